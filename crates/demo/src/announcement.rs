//! Addresses at which we are reached, without having them ourselves: a candidate for each (RFC 8445 §5.1.1.2).
//!
//! A NAT that maps one address to another leaves nothing to ask a STUN server. The candidate is server-reflexive: its base is
//! the host candidate behind it, by which everything comes and goes.

use std::net::SocketAddr;

use crate::arguments::PublicAddress;

/// The priority of a server-reflexive candidate (RFC 8445 §5.1.2.1): below each of the host's own.
const PRIORITY: u32 = (100 << 24) + (65_535 << 8) + 255;

/// The description, with a candidate for each public address whose family has a host candidate.
pub(crate) fn announce(sdp: &str, public: &[PublicAddress]) -> String {
    let hosts: Vec<SocketAddr> = sdp.lines().filter_map(host_address).collect();
    let candidates: String =
        public.iter().zip(1..).filter_map(|(public, n)| candidate(*public, n, &hosts)).collect();
    // They stand in the first section: one transport carries all.
    match sdp.find("a=candidate:").and_then(|at| sdp.split_at_checked(at)) {
        Some((before, after)) => format!("{before}{candidates}{after}"),
        None => sdp.to_string(),
    }
}

/// The line of a public address: it stands for a host candidate that is no loopback, where there is one.
fn candidate(public: PublicAddress, number: usize, hosts: &[SocketAddr]) -> Option<String> {
    let of_family = |host: &&SocketAddr| host.is_ipv4() == public.ip.is_ipv4();
    let reaches_out = |host: &&SocketAddr| !host.ip().is_loopback();
    let mut candidates = hosts.iter().filter(of_family);
    let base = candidates.clone().find(reaches_out).or_else(|| candidates.next())?;
    Some(format!(
        "a=candidate:public{number} 1 udp {PRIORITY} {} {} typ srflx raddr {} rport {}\r\n",
        public.ip,
        public.port.unwrap_or(base.port()),
        base.ip(),
        base.port(),
    ))
}

/// The address of a host candidate.
fn host_address(line: &str) -> Option<SocketAddr> {
    let mut words = line.strip_prefix("a=candidate:")?.split(' ').skip(4);
    let (ip, port) = (words.next()?, words.next()?);
    let address = SocketAddr::new(ip.parse().ok()?, port.parse().ok()?);
    (words.nth(1) == Some("host")).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
        a=candidate:1 1 udp 2130706431 127.0.0.1 3478 typ host\r\n\
        a=candidate:2 1 udp 2130706175 10.0.0.5 3478 typ host\r\n\
        a=end-of-candidates\r\n";

    fn public(ip: &str, port: Option<u16>) -> PublicAddress {
        PublicAddress { ip: ip.parse().unwrap(), port }
    }

    #[test]
    fn a_public_address_stands_for_a_host_candidate_that_reaches_out() {
        let announced = announce(SDP, &[public("192.0.2.7", None), public("192.0.2.8", Some(9))]);
        let expected = "a=candidate:public1 1 udp 1694498815 192.0.2.7 3478 typ srflx raddr 10.0.0.5 rport 3478\r\n\
            a=candidate:public2 1 udp 1694498815 192.0.2.8 9 typ srflx raddr 10.0.0.5 rport 3478\r\n";
        assert_eq!(announced.replacen(expected, "", 1), SDP);
        assert!(announced.contains(expected), "{announced}");
    }

    #[test]
    fn what_no_socket_carries_is_not_announced() {
        assert_eq!(announce(SDP, &[public("2001:db8::7", None)]), SDP);
    }
}
