//! `a=candidate` (RFC 8839 §5.1).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use super::Unreadable;

/// A candidate, as it is signalled.
///
/// ```text
/// candidate:3103945609 1 udp 2122194687 192.0.2.1 57885 typ srflx raddr 10.0.0.1 rport 9 generation 0
///           foundation | |   priority   address   port      kind  related address        extensions
///              component transport
/// ```
// Closed: the grammar of RFC 8839 §5.1, which keeps extensions as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Equal for candidates that share type, base, protocol and server: 1 to 32 ice-chars.
    pub foundation: String,
    /// 1 for RTP and everything multiplexed with it, 2 for RTCP.
    pub component: u16,
    /// The transport protocol.
    pub transport: CandidateTransport,
    /// The priority (RFC 8445 §5.1.2).
    pub priority: u32,
    /// The address, or a name that stands for it.
    pub address: CandidateAddress,
    /// The port.
    pub port: u16,
    /// How the candidate was obtained.
    pub kind: CandidateKind,
    /// The related address, for diagnostics only.
    pub related: Option<Related>,
    /// How a TCP candidate opens its connection (RFC 6544 §4.5).
    pub tcp_kind: Option<TcpKind>,
    /// The extensions in order, by name and value.
    pub extensions: Vec<(String, String)>,
}

/// A candidate's transport protocol.
// Closed: what is unknown has a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CandidateTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// One that we do not know.
    Other(String),
}

/// A password of ICE. Printed for developers, it is hidden.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// A candidate's address.
// Closed: the grammar of RFC 8839 §5.1: an address or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CandidateAddress {
    /// An IP address.
    Ip(IpAddr),
    /// A name: mDNS (`….local`) or DNS. Also an address with a zone, which only its sender understands.
    Name(String),
}

/// How a candidate was obtained (RFC 8445 §5.1.1).
// Closed: RFC 8445 §4 has these four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// From a local interface.
    Host,
    /// The address that a STUN server saw.
    ServerReflexive,
    /// The address that the peer saw.
    PeerReflexive,
    /// An address on a TURN server.
    Relayed,
}

/// The base of a reflexive candidate, or the mapped address of a relayed one.
// Closed: the grammar of RFC 8839 §5.1: an address and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The address.
    pub address: CandidateAddress,
    /// The port.
    pub port: u16,
}

/// How a TCP candidate opens its connection (RFC 6544 §4.5).
// Closed: RFC 6544 §4.5 has these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpKind {
    /// It connects.
    Active,
    /// It listens.
    Passive,
    /// Both at once.
    SimultaneousOpen,
}

impl Candidate {
    /// The value of an extension attribute, such as `ufrag` or `generation`.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&str> {
        self.extensions.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl FromStr for Candidate {
    type Err = Unreadable;

    /// Reads the attribute's value, with or without `candidate:` (and `a=`) in front.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let text = text.strip_prefix("a=").unwrap_or(text);
        let text = text.strip_prefix("candidate:").unwrap_or(text);
        let mut words = text.split_ascii_whitespace();
        let mut word = || words.next().ok_or(Unreadable);
        let mut candidate = Self {
            foundation: word()?.into(),
            component: number(word()?)?,
            transport: CandidateTransport::parse(word()?),
            priority: number(word()?)?,
            address: CandidateAddress::parse(word()?),
            port: number(word()?)?,
            kind: match (word()?, word()?) {
                ("typ", kind) => kind.parse()?,
                _ => return Err(Unreadable),
            },
            related: None,
            tcp_kind: None,
            extensions: Vec::new(),
        };
        candidate.read_extensions(words)?;
        candidate.check()
    }
}

impl Candidate {
    fn read_extensions<'a>(&mut self, mut words: impl Iterator<Item = &'a str>) -> Result<(), Unreadable> {
        let mut related = None;
        while let Some(name) = words.next() {
            // A name without a value is what a cut-off line leaves; what came before it still counts.
            let Some(value) = words.next() else { break };
            match name {
                "raddr" => related = Some(CandidateAddress::parse(value)),
                "rport" => {
                    let address = related.take().ok_or(Unreadable)?;
                    self.related = Some(Related { address, port: number(value)? });
                }
                "tcptype" => self.tcp_kind = Some(value.parse()?),
                _ => self.extensions.push((name.into(), value.into())),
            }
        }
        Ok(())
    }

    /// What the grammar limits: a foundation has 1 to 32 ice-chars, components go from 1 to 256.
    fn check(self) -> Result<Self, Unreadable> {
        let foundation = self.foundation.len() <= 32 && self.foundation.bytes().all(is_ice_char);
        let component = (1..=256).contains(&self.component);
        if foundation && component { Ok(self) } else { Err(Unreadable) }
    }
}

/// ice-char (RFC 8839 §5.1), and the four more that deployed peers use and browsers take.
#[must_use]
pub const fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'=' | b'#' | b'_')
}

fn number<T: FromStr>(text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable)
}

impl fmt::Display for Candidate {
    /// Writes the attribute's value, without `candidate:`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { foundation, component, transport, priority, address, port, kind, .. } = self;
        write!(f, "{foundation} {component} {transport} {priority} {address} {port} typ {kind}")?;
        if let Some(Related { address, port }) = &self.related {
            write!(f, " raddr {address} rport {port}")?;
        }
        if let Some(tcp_kind) = self.tcp_kind {
            write!(f, " tcptype {tcp_kind}")?;
        }
        self.extensions.iter().try_for_each(|(name, value)| write!(f, " {name} {value}"))
    }
}

impl CandidateTransport {
    fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("udp") {
            Self::Udp
        } else if text.eq_ignore_ascii_case("tcp") {
            Self::Tcp
        } else {
            Self::Other(text.into())
        }
    }
}

impl fmt::Display for CandidateTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Other(text) => text,
        })
    }
}

impl CandidateAddress {
    fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.into()), Self::Ip)
    }
}

impl fmt::Display for CandidateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl CandidateKind {
    /// The word behind `typ`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }
}

impl FromStr for CandidateKind {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        [Self::Host, Self::ServerReflexive, Self::PeerReflexive, Self::Relayed]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(Unreadable)
    }
}

impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TcpKind {
    /// The word behind `tcptype`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::SimultaneousOpen => "so",
        }
    }
}

impl FromStr for TcpKind {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        [Self::Active, Self::Passive, Self::SimultaneousOpen]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(Unreadable)
    }
}

impl fmt::Display for TcpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 8839 §5.1.
    #[test]
    fn chromium_156_host_candidate_round_trips() {
        let text =
            "3103945609 1 udp 2122194687 127.0.0.1 57885 typ host generation 0 network-id 3 network-cost 50";
        let candidate: Candidate = text.parse().unwrap();
        assert_eq!(candidate.kind, CandidateKind::Host);
        assert_eq!(candidate.extension("network-id"), Some("3"));
        assert_eq!(candidate.to_string(), text);
    }

    /// RFC 6544 §4.5.
    #[test]
    fn firefox_153_tcp_candidate_keeps_its_tcp_type() {
        let candidate: Candidate =
            "candidate:3 1 TCP 2105524479 fd00::2 9 typ host tcptype active".parse().unwrap();
        assert_eq!(candidate.transport, CandidateTransport::Tcp);
        assert_eq!(candidate.tcp_kind, Some(TcpKind::Active));
    }

    #[test]
    fn an_mdns_name_is_an_address() {
        let text = "1 1 udp 1 7a8c4f0e-aaaa.local 5000 typ host";
        let candidate: Candidate = text.parse().unwrap();
        assert_eq!(candidate.address, CandidateAddress::Name("7a8c4f0e-aaaa.local".into()));
    }

    /// RFC 8839 §5.1.
    #[test]
    fn values_outside_the_grammar_are_unreadable() {
        for text in [
            "1 1 udp 1 192.0.2.1 65536 typ host",
            "1 0 udp 1 192.0.2.1 5000 typ host",
            "1 257 udp 1 192.0.2.1 5000 typ host",
            "1 1 udp 1 192.0.2.1 5000 typ shadow",
            "1 1 udp 1 192.0.2.1 5000 host",
            "1 1 udp 1 192.0.2.1 5000",
            "123456789012345678901234567890123 1 udp 1 192.0.2.1 5000 typ host",
            "f*o 1 udp 1 192.0.2.1 5000 typ host",
            "",
        ] {
            assert_eq!(text.parse::<Candidate>(), Err(Unreadable), "{text}");
        }
    }
}
