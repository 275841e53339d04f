//! What a driver counts.

/// What went through the sockets, and what did not.
///
/// A datagram more a call: that is what offload gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams that the system took.
    pub datagrams_sent: u64,
    /// Calls of the system that took them.
    pub sends: u64,
    /// Datagrams that came.
    pub datagrams_received: u64,
    /// Buffers that they came in: with offload, one holds several.
    pub buffers_received: u64,
    /// Datagrams that the system refused, or did not take in time. To their connections they are lost on the way.
    pub datagrams_dropped: u64,
    /// Datagrams that no connection took.
    pub datagrams_ignored: u64,
}
