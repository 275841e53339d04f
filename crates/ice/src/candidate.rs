//! Candidates, their priorities and their foundations (RFC 8445 §5.1, RFC 6544 §4.2, RFC 8421).

use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use base::Protocol;

use crate::parameters::is_ice_char;

/// The longest foundation (RFC 8839 §5.1).
const MAX_FOUNDATION_LEN: usize = 32;
/// The largest priority of a candidate (RFC 8445 §5.1.2).
const MAX_PRIORITY: u32 = 0x7fff_ffff;

/// How a candidate was found.
// Closed: RFC 8445 §4 has these four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateKind {
    /// An address of the host itself.
    Host,
    /// The address that a STUN server saw.
    ServerReflexive,
    /// The address that the peer saw.
    PeerReflexive,
    /// An address of a TURN server.
    Relayed,
}

impl CandidateKind {
    /// The word that SDP and W3C have for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }

    /// The recommended type preference (RFC 8445 §5.1.2.2).
    #[must_use]
    pub const fn type_preference(self) -> u8 {
        match self {
            Self::Host => 126,
            Self::PeerReflexive => 110,
            Self::ServerReflexive => 100,
            Self::Relayed => 0,
        }
    }
}

/// Who opens the connection of a TCP candidate (RFC 6544 §4.5).
// Closed: RFC 6544 §4.5 has these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TcpType {
    /// This side opens it.
    Active,
    /// The other side opens it.
    Passive,
    /// Both do, at the same time.
    SimultaneousOpen,
}

impl TcpType {
    /// The word that SDP and W3C have for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::SimultaneousOpen => "so",
        }
    }
}

/// What candidates have in common that were found in the same way: 1 to 32 ice-chars (RFC 8839 §5.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Foundation(String);

impl Foundation {
    /// A foundation, where `text` can be one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let valid = (1..=MAX_FOUNDATION_LEN).contains(&text.len()) && text.bytes().all(is_ice_char);
        valid.then(|| Self(text.into()))
    }

    /// A foundation that a number makes: a counter, told from others by its first letters.
    pub(crate) fn numbered(prefix: &str, number: u32) -> Self {
        Self(alloc::format!("{prefix}{number}"))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Foundation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// A transport address at which a side may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// Its foundation.
    pub foundation: Foundation,
    /// Its component: always 1 here.
    pub component: u16,
    /// Its transport.
    pub protocol: Protocol,
    /// Who opens the connection, over TCP.
    pub tcp_type: Option<TcpType>,
    /// Its priority, from 1 to 2³¹ − 1.
    pub priority: u32,
    /// The address.
    pub address: SocketAddr,
    /// How it was found.
    pub kind: CandidateKind,
    /// The address from which it was found: its base, or for a relayed one the mapped address.
    pub related_address: Option<SocketAddr>,
    /// The generation that it belongs to. `None` means the current one.
    pub username_fragment: Option<String>,
}

impl Candidate {
    /// A candidate over UDP for component 1. The other fields can be set afterwards.
    #[must_use]
    pub const fn new(
        foundation: Foundation,
        kind: CandidateKind,
        address: SocketAddr,
        priority: u32,
    ) -> Self {
        Self {
            foundation,
            component: 1,
            protocol: Protocol::Udp,
            tcp_type: None,
            priority,
            address,
            kind,
            related_address: None,
            username_fragment: None,
        }
    }

    /// Whether both are one: the same address over the same transport.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.protocol == other.protocol && same_endpoint(self.address, other.address)
    }

    /// The priority that a check from this candidate announces (RFC 8445 §7.1.1).
    pub(crate) const fn peer_reflexive_priority(&self) -> u32 {
        self.priority & 0x00ff_ffff | (CandidateKind::PeerReflexive.type_preference() as u32) << 24
    }
}

/// The priority of a candidate (RFC 8445 §5.1.2.1):
/// `2²⁴ · type preference + 2⁸ · local preference + (256 − component)`.
#[must_use]
pub const fn priority(kind: CandidateKind, local_preference: u16, component: u16) -> u32 {
    let component = if component > 256 { 256 } else { component };
    (kind.type_preference() as u32) << 24
        | (local_preference as u32) << 8
        | 256_u32.saturating_sub(component as u32)
}

/// The local preference of a TCP candidate (RFC 6544 §4.2), of which `other` are the low 13 bits.
#[must_use]
pub const fn tcp_local_preference(kind: CandidateKind, tcp_type: TcpType, other: u16) -> u16 {
    let reflexive = matches!(kind, CandidateKind::ServerReflexive | CandidateKind::PeerReflexive);
    let direction = match (reflexive, tcp_type) {
        (false, TcpType::Active) | (true, TcpType::SimultaneousOpen) => 6,
        (false, TcpType::Passive) | (true, TcpType::Active) => 4,
        (false, TcpType::SimultaneousOpen) | (true, TcpType::Passive) => 2,
    };
    direction << 13 | other & 0x1fff
}

/// Whether checks may be sent to or from an address at all: not where it is unspecified, multicast, broadcast or
/// IPv4-mapped (RFC 8445 §5.1.1.1), or has no port.
#[must_use]
pub const fn is_candidate_address(address: SocketAddr) -> bool {
    let reaches_somebody = match address.ip() {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && ip.to_ipv4_mapped().is_none(),
    };
    reaches_somebody && address.port() != 0
}

/// A priority within its range, whatever the peer claims.
pub(crate) fn clamp_priority(priority: u32) -> u32 {
    priority.clamp(1, MAX_PRIORITY)
}

/// Whether two addresses are one for the network. The scope of a link-local address is known to one side only.
pub(crate) fn same_endpoint(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && a.ip() == b.ip()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8445 §5.1.2.1 and §5.1.2.2.
    #[test]
    fn priorities_are_those_of_the_formula() {
        assert_eq!(priority(CandidateKind::Host, 65_535, 1), 2_130_706_431);
        assert_eq!(priority(CandidateKind::ServerReflexive, 65_535, 1), 1_694_498_815);
        assert_eq!(priority(CandidateKind::Relayed, 65_535, 256), 0x00ff_ff00);
        assert_eq!(priority(CandidateKind::Relayed, 0, u16::MAX), 0);
    }

    /// RFC 8445 §7.1.1.
    #[test]
    fn a_check_announces_the_peer_reflexive_type() {
        let address = "192.0.2.1:9".parse().unwrap();
        let foundation = Foundation::new("1").unwrap();
        let host =
            Candidate::new(foundation, CandidateKind::Host, address, priority(CandidateKind::Host, 77, 1));
        assert_eq!(host.peer_reflexive_priority(), priority(CandidateKind::PeerReflexive, 77, 1));
    }

    /// RFC 6544 §4.2.
    #[test]
    fn active_host_candidates_come_first_over_tcp() {
        let of = |kind, tcp_type| tcp_local_preference(kind, tcp_type, 0x1fff);
        assert_eq!(of(CandidateKind::Host, TcpType::Active), 0xdfff);
        assert!(of(CandidateKind::Host, TcpType::Active) > of(CandidateKind::Host, TcpType::Passive));
        assert!(
            of(CandidateKind::ServerReflexive, TcpType::SimultaneousOpen)
                > of(CandidateKind::ServerReflexive, TcpType::Active)
        );
    }

    #[test]
    fn addresses_that_reach_nobody_are_unusable() {
        let usable = |text: &str| is_candidate_address(text.parse().unwrap());
        for bad in [
            "0.0.0.0:1",
            "224.0.0.1:1",
            "255.255.255.255:1",
            "192.0.2.1:0",
            "[::]:1",
            "[ff02::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(!usable(bad), "{bad}");
        }
        for good in ["192.0.2.1:1", "127.0.0.1:1", "[fe80::1]:1", "[::1]:1"] {
            assert!(usable(good), "{good}");
        }
    }

    /// RFC 8839 §5.1.
    #[test]
    fn foundations_are_ice_chars() {
        assert!(Foundation::new("a+/9").is_some());
        for bad in ["", "a b", "ä", &"x".repeat(33)] {
            assert!(Foundation::new(bad).is_none(), "{bad}");
        }
    }
}
