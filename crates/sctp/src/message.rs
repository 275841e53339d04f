//! What users hand over and get back (RFC 9260 §1.3, "user message").

use core::time::Duration;

use bytes::Bytes;

/// The number of a stream. Streams run one way: the same number in the other direction is another stream.
///
/// Example: [on the first page](crate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u16);

/// The payload protocol identifier: carried for the user and never read by SCTP (RFC 9260 §3.3.1).
///
/// Example: [on the first page](crate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppid(pub u32);

/// A message from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The peer's outgoing stream.
    pub stream: StreamId,
    /// What the peer said the payload is.
    pub ppid: Ppid,
    /// Whether it may have overtaken others of its stream.
    pub unordered: bool,
    /// The bytes, at least one.
    pub payload: Bytes,
}

/// How one message is to be sent. The default is ordered and reliable.
///
/// Example: [on the first page](crate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// The message may overtake, and be overtaken by, others of its stream.
    pub unordered: bool,
    /// Give up on the message this long after `send` (RFC 3758 §4). Ignored if the peer lacks partial reliability.
    pub lifetime: Option<Duration>,
    /// Give up after this many retransmissions of a fragment (RFC 7496 §3.1); 0 sends each fragment once.
    /// Ignored if the peer lacks partial reliability.
    pub max_retransmits: Option<u16>,
    /// The bytes do not count as buffered: they are none of the user's own, but of a protocol above.
    pub uncounted: bool,
}

impl SendOptions {
    /// Sets [`unordered`](Self::unordered).
    #[must_use]
    pub const fn with_unordered(mut self, unordered: bool) -> Self {
        self.unordered = unordered;
        self
    }

    /// Sets [`lifetime`](Self::lifetime).
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets [`max_retransmits`](Self::max_retransmits).
    #[must_use]
    pub const fn with_max_retransmits(mut self, count: u16) -> Self {
        self.max_retransmits = Some(count);
        self
    }

    /// Sets [`uncounted`](Self::uncounted).
    #[must_use]
    pub const fn with_uncounted(mut self, uncounted: bool) -> Self {
        self.uncounted = uncounted;
        self
    }
}
