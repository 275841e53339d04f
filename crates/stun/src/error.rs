//! What can be wrong with a message.

use base::Truncated;

use crate::attribute::AttributeType;

/// Why bytes are no STUN message. Such bytes are discarded in silence (RFC 8489 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Shorter than a header.
    #[error("the datagram is shorter than a STUN header")]
    Truncated,
    /// The two top bits or the magic cookie say that this is another protocol.
    #[error("not a STUN message")]
    NotStun,
    /// The length field is no multiple of four, or is not what the datagram carries.
    #[error("the length field does not fit the datagram")]
    Length,
    /// An attribute reaches beyond the end of the message.
    #[error("an attribute reaches beyond the message")]
    AttributeOverrun,
    /// An integrity attribute or FINGERPRINT has a length that it cannot have, or something follows FINGERPRINT.
    #[error("an integrity or fingerprint attribute is malformed")]
    Trailer,
    /// FINGERPRINT does not match.
    #[error("the fingerprint does not match")]
    Fingerprint,
}

impl From<Truncated> for ParseError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

/// The value of an attribute does not have the shape that its type prescribes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed value of attribute {0}")]
pub struct Malformed(pub AttributeType);

/// Why a message is not authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrityError {
    /// It carries neither MESSAGE-INTEGRITY nor MESSAGE-INTEGRITY-SHA256.
    #[error("the message carries no integrity attribute")]
    Missing,
    /// The code is shorter than this usage allows.
    #[error("the integrity attribute is truncated too far")]
    TooShort,
    /// The code is wrong: another key, or a forgery.
    #[error("the integrity attribute does not match")]
    Mismatch,
}

/// The text cannot be a username, realm or password: it is empty or has control characters (RFC 8265 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is empty or has control characters")]
pub struct NotOpaque;
