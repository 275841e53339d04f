//! Limits.

/// The limits of [`Channels`](crate::Channels).
///
/// Example: [on the first page](crate).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many channels may exist at once, ours and the peer's. Each takes some hundred bytes, here and in the association.
    pub max_channels: usize,
    /// Bytes of what the peer has sent that may be kept, with what they cost: labels and protocols of its channels, messages
    /// that come before their channel is open (RFC 8832 §6), and the parts of legacy partial messages (RFC 8831 §6.6). An OPEN
    /// that does not fit is refused; a channel whose messages do not fit fails.
    pub max_retained: usize,
    /// The largest message that legacy partial messages may grow to, in bytes.
    pub max_message_size: usize,
}

/// Bytes that a channel takes beyond its names: itself, its places in the tables, and what waits to be told of it.
const CHANNEL_COST: usize = 1000;
/// Bytes that are noted of a stream on which something came too early.
const STREAM_COST: usize = 24;

impl Config {
    /// Bytes of heap that the channels take at most, whatever the peer does, beyond the names that the application gives to
    /// its own.
    #[must_use]
    pub const fn most_heap(&self) -> usize {
        let channels = self.max_channels.saturating_mul(CHANNEL_COST);
        // A message in parts has two places for a moment, where it grows.
        let messages = self.max_retained.saturating_add(self.max_message_size);
        channels.saturating_add(messages).saturating_add(u16::MAX as usize * STREAM_COST)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { max_channels: 1024, max_retained: 1 << 20, max_message_size: 262_144 }
    }
}
