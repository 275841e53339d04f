//! What can go wrong.

use crate::Payload;

/// A message of the peer was not delivered, and was counted. Nothing else has changed, except where a variant says that the
/// stream is reset or the channel closed: the peer is authenticated, and what breaks the protocol has its consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Discard {
    /// A DCEP message that ends too early or is longer than it says: an OPEN's stream is reset.
    #[error("malformed DCEP message")]
    Malformed,
    /// A DCEP message or a payload protocol that does not exist, or an OPEN of a type that does not: its stream is reset.
    #[error("unknown message type or payload protocol")]
    Unknown,
    /// An ACK for a channel that has not asked for one.
    #[error("unexpected acknowledgement")]
    Unexpected,
    /// An OPEN on a stream whose parity is ours, that is taken, or that cannot be a channel: the stream is reset.
    #[error("refused OPEN")]
    RefusedOpen,
    /// Data for a channel that does not exist, beyond what may wait for it.
    #[error("too much data for a channel that is not open")]
    TooEarly,
    /// Data for a channel that is closing.
    #[error("the channel is closing")]
    Closing,
    /// A message after the end of the association.
    #[error("the association is closed")]
    Closed,
    /// A text that is not UTF-8, or a partial message that grows too large: the channel is closed.
    #[error("invalid user message")]
    InvalidMessage,
}

/// A channel cannot be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The label or the protocol has more than 65,535 bytes.
    #[error("label and protocol have at most 65535 bytes")]
    NameTooLong,
    /// The id is 65,535, which RFC 8832 §3 reserves.
    #[error("this id cannot be a channel's")]
    InvalidId,
    /// A channel with this id exists.
    #[error("a channel with this id exists")]
    IdInUse,
    /// No id is left, or the one asked for is not below the number of streams, or there are as many channels as the
    /// configuration allows.
    #[error("no more channels can be created")]
    TooMany,
    /// The association is over.
    #[error("the association is closed")]
    Closed,
}

/// A message that cannot be sent, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Unsent {
    /// The reason.
    pub error: SendError,
    /// The message, as it was given.
    pub payload: Payload,
}

/// Why a message cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no such channel.
    #[error("there is no such channel")]
    NoChannel,
    /// The channel is not open.
    #[error("the channel is not open")]
    NotOpen,
    /// The message is larger than the peer takes.
    #[error("the message is larger than the peer takes")]
    TooLarge,
}
