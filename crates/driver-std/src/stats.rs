//! What a driver counts.

/// What went through the socket, and what did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams that the system took.
    pub datagrams_sent: u64,
    /// Datagrams that came.
    pub datagrams_received: u64,
    /// Datagrams that the system refused. To their connections they are lost on the way.
    pub datagrams_dropped: u64,
    /// Datagrams that no connection took.
    pub datagrams_ignored: u64,
}
