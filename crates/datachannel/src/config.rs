//! Limits.

/// The limits of [`Channels`](crate::Channels).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many channels may exist at once, ours and the peer's. Each takes some hundred bytes and its label.
    pub max_channels: usize,
    /// How many messages may wait for a channel that is not open yet: data can overtake the OPEN, and a negotiated
    /// channel may be created late (RFC 8832 §6).
    pub max_early_messages: usize,
    /// How many bytes these messages may have together.
    pub max_early_bytes: usize,
    /// The largest message that legacy partial messages may grow to, in bytes.
    pub max_message_size: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_channels: 65_535,
            max_early_messages: 256,
            max_early_bytes: 1 << 20,
            max_message_size: 262_144,
        }
    }
}
