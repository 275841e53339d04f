//! What a connection reports.

use bytes::Bytes;

use crate::alert::AlertDescription;

/// Something that happened.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake has begun.
    Connecting,
    /// The handshake is finished and the peer's certificate has the promised fingerprint.
    Connected,
    /// Application data that came too early and was held back until now.
    ApplicationData(Bytes),
    /// The connection is over.
    Closed(Reason),
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// `close` was called.
    Local,
    /// The peer closed in order.
    ByPeer,
    /// The peer sent a fatal alert: `RTCError.receivedAlert`.
    AlertReceived(AlertDescription),
    /// The peer broke the protocol and was told so: `RTCError.sentAlert`.
    AlertSent(AlertDescription),
    /// Certificates without a promised fingerprint were shown, and none that has one; or signalling has taken back the
    /// promise for the peer of an open connection. The peer was told `bad_certificate`.
    FingerprintMismatch,
    /// No sequence number is left.
    SequenceExhausted,
    /// The handshake took longer than the configuration allows: most likely for what was noted.
    HandshakeTimeout(Noted),
}

/// What stands in the way of a handshake. Anybody could have caused it, so it has ended nothing; if the handshake is not
/// finished in time, it is most likely why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Noted {
    /// The last fatal alert that came in the clear.
    pub received_alert: Option<AlertDescription>,
    /// The last fatal alert that answered a message which was refused.
    pub sent_alert: Option<AlertDescription>,
    /// Why the last refused message was refused, whether or not its sender was told.
    pub refusal: Option<AlertDescription>,
    /// Whether certificates without a promised fingerprint are shown, and none that has one.
    pub mismatch: bool,
}

/// The state of a connection, as `RTCDtlsTransportState` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Not started.
    New,
    /// Shaking hands, or waiting for the fingerprint.
    Connecting,
    /// Open.
    Connected,
    /// Closed in order, by either side.
    Closed,
    /// Ended by an error.
    Failed,
}

impl State {
    /// The word that W3C has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Closed => "closed",
            Self::Failed => "failed",
        }
    }
}

/// Counters of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Records that were accepted.
    pub records_received: u64,
    /// Those among them that keys have protected: whoever holds these has sent them, and once.
    pub records_opened: u64,
    /// Records that were sent.
    pub records_sent: u64,
    /// Records that were ignored.
    pub discarded: u64,
    /// Those among them that came before.
    pub replayed: u64,
    /// Those among them whose tag does not match.
    pub forged: u64,
    /// Flights that were sent again.
    pub retransmissions: u64,
    /// Alerts that nobody authenticated, and that were therefore ignored.
    pub unauthenticated_alerts: u64,
    /// Whole handshake messages that were refused, before keys existed.
    pub refused: u64,
    /// Handshakes that led nowhere and began anew (RFC 6347 §4.2.8).
    pub begun_anew: u64,
    /// Attempts of the peer to renegotiate.
    pub renegotiations_refused: u64,
}
