//! What the demo is told on its command line.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lexopt::{Arg, Parser, ValueExt as _};

/// What `--help` says.
pub(crate) const USAGE: &str = "\
A page in the browser talks to this stack: chat, files, throughput, round trips.

Usage: demo [OPTIONS]

  --listen ADDRESS:PORT   where the page is served [127.0.0.1, a free port]
  --udp ADDRESS:PORT      where connections go [all addresses, a free port]
  --public-address IP[:PORT]
                          where the UDP socket is reached from outside, behind a
                          one-to-one NAT or in a container; may be repeated
  -h, --help              this

From a phone in the same network:  demo --listen 0.0.0.0:8080
In a container:                    demo --listen 0.0.0.0:8080 --udp 0.0.0.0:3478 --public-address HOST
  with the ports 8080 (TCP) and 3478 (UDP) published
On a host that SSH reaches:        demo --listen 127.0.0.1:8080 --udp 0.0.0.0:3478
  here: ssh -L 8080:127.0.0.1:8080 HOST, then open http://127.0.0.1:8080/

Whoever reaches the page can use it: 16 visitors at once, with a file of up to 256 MiB each, in memory.";

/// An address at which we are reached, without having it ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PublicAddress {
    pub(crate) ip: IpAddr,
    /// `None` where the port outside is the one inside.
    pub(crate) port: Option<u16>,
}

/// The command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Where the page is served.
    pub(crate) listen: SocketAddr,
    /// Where connections go; `None` for everywhere.
    pub(crate) udp: Option<SocketAddr>,
    pub(crate) public: Vec<PublicAddress>,
}

impl Arguments {
    /// Reads those of this process. `None` if it is asked for help.
    pub(crate) fn from_env() -> Result<Option<Self>, lexopt::Error> {
        Self::parse(Parser::from_env())
    }

    fn parse(mut parser: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut arguments =
            Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), udp: None, public: Vec::new() };
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("listen") => arguments.listen = parser.value()?.parse()?,
                Arg::Long("udp") => arguments.udp = Some(parser.value()?.parse()?),
                Arg::Long("public-address") => {
                    arguments.public.push(parser.value()?.parse_with(public_address)?);
                }
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}

fn public_address(text: &str) -> Result<PublicAddress, std::net::AddrParseError> {
    match text.parse::<SocketAddr>() {
        Ok(address) => Ok(PublicAddress { ip: address.ip(), port: Some(address.port()) }),
        Err(_) => Ok(PublicAddress { ip: text.parse()?, port: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, lexopt::Error> {
        Arguments::parse(Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn without_arguments_only_this_host_sees_the_page() {
        let arguments = parse("").unwrap().unwrap();
        assert!(arguments.listen.ip().is_loopback());
        assert_eq!(arguments.udp, None);
    }

    #[test]
    fn every_address_is_taken_as_it_is_given() {
        let arguments = parse(
            "--listen 0.0.0.0:80 --udp=[::]:3478 --public-address 192.0.2.7 --public-address [2001:db8::7]:9",
        )
        .unwrap()
        .unwrap();
        assert_eq!(arguments.listen, "0.0.0.0:80".parse().unwrap());
        assert_eq!(arguments.udp, Some("[::]:3478".parse().unwrap()));
        let expected = [
            PublicAddress { ip: "192.0.2.7".parse().unwrap(), port: None },
            PublicAddress { ip: "2001:db8::7".parse().unwrap(), port: Some(9) },
        ];
        assert_eq!(arguments.public, expected);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(parse("--listen nowhere").unwrap_err().to_string().contains("nowhere"));
        assert!(parse("--port 80").unwrap_err().to_string().contains("--port"));
        assert_eq!(parse("-h").unwrap(), None);
    }
}
