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
#[non_exhaustive]
pub struct Path {
    /// The transport under it.
    pub protocol: Protocol,
    /// Our end.
    pub local: SocketAddr,
    /// The peer's end, as we see it.
    pub remote: SocketAddr,
}

impl Path {
    /// A path over any transport.
    #[must_use]
    pub const fn new(protocol: Protocol, local: SocketAddr, remote: SocketAddr) -> Self {
        Self { protocol, local, remote }
    }

    /// A path over UDP.
    #[must_use]
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self::new(Protocol::Udp, local, remote)
    }
}

/// The two bits that Explicit Congestion Notification puts into the IP header (RFC 3168 §5).
// Closed: two bits of the IP header.
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

/// Datagrams that stand in the caller's buffer and want to be sent: one, or several for the same path, one behind the other.
///
/// All are `segment_size` bytes long but the last, which may be shorter. That is what generic segmentation offload takes
/// (`UDP_SEGMENT` on Linux, `quinn-udp` anywhere); where there is none, [`datagrams`](Self::datagrams) gives one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "the datagram is in the buffer, but nobody has sent it"]
pub struct Transmit {
    /// How many bytes of the buffer they take.
    pub len: usize,
    /// The length of each but the last, in bytes; `None` for one datagram alone.
    pub segment_size: Option<usize>,
    /// Where they go.
    pub path: Path,
    /// The ECN codepoint that they ask for.
    pub ecn: Ecn,
}

impl Transmit {
    /// One datagram of `len` bytes that takes no part in ECN.
    pub const fn new(path: Path, len: usize) -> Self {
        Self { len, segment_size: None, path, ecn: Ecn::NotEct }
    }

    /// The datagrams in the buffer that was given to `poll_transmit`.
    pub fn datagrams(self, buffer: &[u8]) -> impl Iterator<Item = &[u8]> {
        let segment_size = self.segment_size.unwrap_or(self.len).max(1);
        buffer.get(..self.len).unwrap_or_default().chunks(segment_size)
    }
}
