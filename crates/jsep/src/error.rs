//! Why a step of the negotiation was refused.

use sdp::ParseError;

/// A step of the negotiation was refused; nothing has changed.
///
/// [`name`](Self::name) gives the exception that webrtc-pc asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The step is not possible in this signalling state.
    #[error("this is not possible in the current signaling state")]
    InvalidState,
    /// No type of description has this name.
    #[error("this is no type of description")]
    UnknownType,
    /// A local description is not the one that was created last.
    #[error("a local description must be the last one created, unchanged")]
    InvalidModification,
    /// The text is no session description.
    #[error("the description cannot be read: {0}")]
    Syntax(#[from] ParseError),
    /// An attribute that matters here has a malformed value.
    #[error("line {line}: the value of this attribute is malformed")]
    MalformedAttribute {
        /// The line, counted from 1.
        line: usize,
    },
    /// The description has more sections than [`Config::max_sections`](crate::Config::max_sections).
    #[error("the description has too many sections")]
    TooManySections,
    /// The description is longer than [`Config::max_description_len`](crate::Config::max_description_len).
    #[error("the description is too long")]
    DescriptionTooLong,
    /// An answer, or a later offer, has not the sections that it must have.
    #[error("the description's sections do not match those of the session")]
    SectionMismatch,
    /// Two sections share a `mid`, or one has a `mid` that is no token (RFC 5888 §4).
    #[error("a section's mid is repeated, or no token")]
    InvalidMid,
    /// A BUNDLE group names a section that does not exist, or names one twice.
    #[error("a BUNDLE group names a section that does not exist, or one twice")]
    InvalidBundle,
    /// A section has no ICE credentials, or some that break RFC 8839 §5.4.
    #[error("a section has no ICE credentials, or invalid ones")]
    InvalidIceCredentials,
    /// Both sides are ICE lite: nobody would check anything (RFC 8835 §3.4 wants a full agent).
    #[error("both sides are ICE lite: one has to be a full agent")]
    BothIceLite,
    /// A section has no fingerprint with a hash function that is known and strong.
    #[error("a section has no usable certificate fingerprint")]
    MissingFingerprint,
    /// A section's DTLS role is missing, impossible in this kind of description, or against the established one.
    #[error("a section's DTLS setup role is missing or impossible here")]
    InvalidSetup,
    /// A new fingerprint or TLS id without an ICE restart (RFC 9429 §5.11).
    #[error("a new DTLS association needs an ICE restart")]
    RestartNeeded,
    /// An answer has new ICE credentials though the offer asked for no restart, or the old ones though it did.
    #[error("an answer has new ICE credentials if, and only if, its offer restarts ICE")]
    RestartMismatch,
    /// A candidate names no section.
    #[error("a candidate must name its section by mid or by index")]
    CandidateWithoutSection,
    /// A candidate names a section or a generation that the remote description does not have.
    #[error("a candidate names a section or a generation that does not exist")]
    UnknownSection,
    /// A candidate cannot be read.
    #[error("the candidate cannot be read")]
    InvalidCandidate,
}

impl Error {
    /// The name of the exception that webrtc-pc throws here.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InvalidState => "InvalidStateError",
            Self::InvalidModification => "InvalidModificationError",
            Self::Syntax(_) | Self::MalformedAttribute { .. } => "RTCError",
            Self::CandidateWithoutSection | Self::UnknownType => "TypeError",
            Self::UnknownSection | Self::InvalidCandidate => "OperationError",
            _ => "InvalidAccessError",
        }
    }

    /// The line of the description that is at fault, counted from 1: `sdpLineNumber` of an `RTCError`.
    #[must_use]
    pub const fn sdp_line_number(&self) -> Option<usize> {
        match self {
            Self::Syntax(ParseError { line, .. }) | Self::MalformedAttribute { line } => Some(*line),
            _ => None,
        }
    }
}
