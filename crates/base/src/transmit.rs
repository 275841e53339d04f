//! Where a datagram goes, and what it carries besides its bytes.

use core::net::SocketAddr;

/// The transport under a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// Datagrams as they are.
    #[default]
    Udp,
    /// A TCP connection with the framing of RFC 4571.
    Tcp,
}

/// One way between two transport addresses.
///
/// `local` is the address that the application bound and named to the library: a socket may carry many paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The transport under it.
    pub protocol: Protocol,
    /// Our end.
    pub local: SocketAddr,
    /// The peer's end, as we see it.
    pub remote: SocketAddr,
}

impl Path {
    /// A path over UDP.
    #[must_use]
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self { protocol: Protocol::Udp, local, remote }
    }
}

/// The two bits that Explicit Congestion Notification puts into the IP header (RFC 3168 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecn {
    /// The sender does not take part.
    #[default]
    NotEct,
    /// ECN-capable, low-latency service (RFC 9331).
    Ect1,
    /// ECN-capable, classic.
    Ect0,
    /// Congestion experienced.
    Ce,
}

impl Ecn {
    /// The value of the two bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::NotEct => 0b00,
            Self::Ect1 => 0b01,
            Self::Ect0 => 0b10,
            Self::Ce => 0b11,
        }
    }

    /// The codepoint in the two low bits of a traffic class.
    #[must_use]
    pub const fn from_bits(traffic_class: u8) -> Self {
        match traffic_class & 0b11 {
            0b01 => Self::Ect1,
            0b10 => Self::Ect0,
            0b11 => Self::Ce,
            _ => Self::NotEct,
        }
    }
}

/// A datagram that stands in the caller's buffer and wants to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the datagram is in the buffer, but nobody has sent it"]
pub struct Transmit {
    /// How many bytes of the buffer it takes.
    pub len: usize,
    /// Where it goes.
    pub path: Path,
    /// The ECN codepoint that it asks for.
    pub ecn: Ecn,
}
