//! What the machine tells the application, and what it asks of the association.

use bytes::Bytes;

use crate::{ChannelId, Payload, Ppid, Reliability, StreamId};

/// What happened to a channel.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The peer opened a channel.
    Incoming(ChannelId),
    /// The channel carries messages from now on.
    Open(ChannelId),
    /// A message came.
    Message(ChannelId, Payload),
    /// The channel's buffer has fallen to what the application asked to hear of.
    BufferedAmountLow(ChannelId),
    /// The peer closes the channel.
    Closing(ChannelId),
    /// The channel failed; [`Event::Closed`] follows.
    Error(ChannelId, Failure),
    /// The channel is gone. Its id stays unused; its stream may be used again.
    Closed(ChannelId),
}

/// Why a channel failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No stream was left for it, or the one it asked for does not exist in this association.
    #[error("the association has no stream for this channel")]
    NoStream,
    /// The association ended by an error.
    #[error("the association failed")]
    Association,
    /// The peer ended the association at once, as its user wished: it closed its connection.
    #[error("the peer has ended the association")]
    EndedByPeer,
    /// More came than may be kept, before a reliable channel was open or in parts: messages are lost.
    #[error("more came than may be kept")]
    Overrun,
    /// The peer sent a text that is not UTF-8, or a partial message that is too large.
    #[error("the peer sent an invalid message")]
    InvalidMessage,
    /// The peer broke the establishment protocol: it opened a channel that is open.
    #[error("the peer broke the establishment protocol")]
    Protocol,
}

/// What the association has to do.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Send a message.
    Send(Outgoing),
    /// Reset the outgoing direction of this stream, after what was queued on it has arrived.
    Reset(StreamId),
    /// Give a stream this weight against the others.
    Priority(StreamId, u16),
    /// Report when a stream's buffer falls to so many bytes.
    LowThreshold(StreamId, usize),
}

/// A message for the association.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// The stream.
    pub stream: StreamId,
    /// What it is.
    pub ppid: Ppid,
    /// Its bytes.
    pub payload: Bytes,
    /// Whether it may overtake others.
    pub unordered: bool,
    /// Whether its bytes are none of the application's, and do not count as buffered: a message of the establishment protocol,
    /// or the byte that stands for an empty message.
    pub uncounted: bool,
    /// How much to insist on its delivery.
    pub reliability: Reliability,
}
