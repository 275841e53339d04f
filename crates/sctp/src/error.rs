//! What goes wrong and whose matter it is: a command's error is the caller's, a discard is the peer's.

use bytes::Bytes;

/// A configuration that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The packet size lies outside 256 to 65 532 bytes.
    #[error("the packet size is out of range")]
    PacketSize,
    /// There must be at least one stream each way.
    #[error("an association needs at least one stream each way")]
    Streams,
    /// The receive window must hold the largest message, at least 1500 bytes, and fit 32 bits.
    #[error("the receive window does not hold the largest message")]
    ReceiveWindow,
    /// RTO.Initial, RTO.Min and the pause between heartbeats must lie above zero, RTO.Min not above RTO.Max, SACK.Delay
    /// not above 500 ms.
    #[error("the timer values contradict each other or RFC 9260")]
    Timers,
    /// The initial window must be at least one packet.
    #[error("the initial window is zero")]
    Congestion,
}

/// Why `send` did not take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// SCTP has no empty messages (RFC 9260 §6.2); RFC 8831 §6.6 has a way to say "empty".
    #[error("a message has at least one byte")]
    Empty,
    /// The message alone exceeds the send buffer.
    #[error("the message is larger than the send buffer")]
    TooLarge,
    /// Too much is waiting already; try again after an `Event::BufferedAmountLow`.
    #[error("the send buffer is full")]
    BufferFull,
    /// The stream's number is not below the number of outgoing streams.
    #[error("there is no such outgoing stream")]
    NoSuchStream,
    /// The stream is being reset; it can be used again after `Event::ResetDone`.
    #[error("the stream is being reset")]
    Resetting,
    /// The association is shutting down or has ended.
    #[error("the association is closing or closed")]
    Closed,
}

/// A message that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Unsent {
    /// The reason.
    pub error: SendError,
    /// Its bytes, as they were given.
    pub payload: Bytes,
}

/// Why `reset_streams` did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResetError {
    /// A stream's number is not below the number of outgoing streams.
    #[error("there is no such outgoing stream")]
    NoSuchStream,
    /// The association is shutting down or has ended.
    #[error("the association is closing or closed")]
    Closed,
}

/// Why bytes from the network were ignored. Nothing but a counter has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Discard {
    /// The packet or a chunk ends before its length says.
    #[error("the packet or a chunk is truncated")]
    Truncated,
    /// A length, a flag or a combination that RFC 9260 excludes.
    #[error("the packet is malformed")]
    Malformed,
    /// The CRC32c does not match.
    #[error("the checksum is wrong")]
    BadChecksum,
    /// The ports are not those of this association.
    #[error("the ports are of another association")]
    WrongPorts,
    /// The verification tag is not ours (RFC 9260 §8.5).
    #[error("the verification tag is wrong")]
    WrongTag,
    /// The state cookie is not one that we made, or for another association.
    #[error("the state cookie is forged or foreign")]
    BadCookie,
    /// Right in itself, but not expected in this state.
    #[error("the packet is not expected in this state")]
    Unexpected,
    /// The packet belongs to no association (RFC 9260 §8.4) and asks for no answer.
    #[error("the packet is out of the blue")]
    OutOfTheBlue,
}
