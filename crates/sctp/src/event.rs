//! What the association has to say.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::{CauseCode, StreamId};

/// Something that happened to the association.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The peer has named its limits: a message that is queued now goes with the cookie, a round trip before the
    /// association is established. It comes again where the peer lets the set-up begin anew, and not at all on the side
    /// that only answers.
    #[non_exhaustive]
    Negotiated {
        /// Streams that we may send on: 0 up to this, exclusive.
        outgoing_streams: u16,
        /// Streams that the peer may send on.
        incoming_streams: u16,
    },
    /// The association is established.
    #[non_exhaustive]
    Connected {
        /// Streams that we may send on: 0 up to this, exclusive.
        outgoing_streams: u16,
        /// Streams that the peer may send on.
        incoming_streams: u16,
    },
    /// The peer lost its state and set the association up anew (RFC 9260 §5.2.4, action A). All streams start from
    /// the beginning, and what had been sent and not acknowledged, or queued, is gone, and so are the streams' priorities and
    /// thresholds. All that the peer sent before has been taken by `receive` already.
    #[non_exhaustive]
    Restarted {
        /// Streams that we may send on: 0 up to this, exclusive.
        outgoing_streams: u16,
        /// Streams that the peer may send on.
        incoming_streams: u16,
    },
    /// The peer has reset its outgoing streams, our incoming ones (RFC 6525 §5.2.2). All that it sent on them
    /// before has been taken by `receive` already.
    ///
    /// Closing a data channel takes a reset in each direction: the answer is up to the user (RFC 8831 §6.7).
    #[non_exhaustive]
    StreamsReset {
        /// The streams; none means every incoming stream.
        streams: Vec<StreamId>,
    },
    /// The peer has carried out our reset: the streams may be used again, from sequence number 0.
    #[non_exhaustive]
    ResetDone {
        /// The streams, as given to `reset_streams`.
        streams: Vec<StreamId>,
    },
    /// The peer refused our reset: the streams go on as they were.
    #[non_exhaustive]
    ResetFailed {
        /// The streams.
        streams: Vec<StreamId>,
        /// Why.
        failure: ResetFailure,
    },
    /// What waits on a stream has fallen to its threshold or below it.
    BufferedAmountLow(StreamId),
    /// The association has ended; the packet that tells the peer is out. It is the last event, but for resets that wait
    /// for the messages before them to be taken.
    Closed(Reason),
}

/// Why a reset failed (RFC 6525 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResetFailure {
    /// The peer did not announce RFC 6525.
    NotSupported,
    /// The peer's policy forbids it.
    Denied,
    /// The peer answered with an error: the Result field.
    Failed(u32),
}

/// Why an association ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Both sides have sent everything, and agreed (RFC 9260 §9.2).
    Shutdown,
    /// We aborted it by command.
    Aborted,
    /// The peer aborted it (RFC 9260 §9.1).
    #[non_exhaustive]
    AbortedByPeer {
        /// The first error cause that it gave.
        cause: Option<CauseCode>,
        /// The text of a User-Initiated Abort, cut at 256 bytes; the peer's bytes, not checked to be UTF-8.
        text: Bytes,
    },
    /// We aborted it because the peer broke the protocol or a limit; the cause told to it.
    PeerError(CauseCode),
    /// Too many timeouts in a row.
    Unreachable,
}
