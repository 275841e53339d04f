//! Why bytes are dropped and why commands fail.

use crate::wire::Malformed;

/// Why a datagram was ignored. Nothing changed but a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Discard {
    /// It ends before the record does.
    #[error("the datagram ends before the record does")]
    Truncated,
    /// It is not a DTLS record that this version knows.
    #[error("not a DTLS record")]
    NotOurs,
    /// It belongs to an epoch that does not exist, or no longer does.
    #[error("the record belongs to another epoch")]
    Epoch,
    /// It came before.
    #[error("the record came before, or is too old to tell")]
    Replayed,
    /// Its tag does not match.
    #[error("the record is forged")]
    Forged,
    /// Its content does not have the shape of its type.
    #[error("the content of the record is malformed")]
    Malformed,
    /// Its content has no place in the present state.
    #[error("the content of the record has no place here")]
    Unexpected,
    /// It is too long, or too far ahead, or the queue for such records is full.
    #[error("a limit is reached")]
    Limit,
    /// An alert that anybody could have sent.
    #[error("an alert that nobody authenticated")]
    UnauthenticatedAlert,
    /// The connection is over.
    #[error("the connection is over")]
    Closed,
}

impl From<base::Truncated> for Discard {
    fn from(_: base::Truncated) -> Self {
        Self::Truncated
    }
}

impl From<Malformed> for Discard {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Why a connection cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The identity has no certificate.
    #[error("the identity has no certificate")]
    NoCertificate,
    /// The private key cannot be used, or does not belong to the certificate.
    #[error("the private key does not belong to the certificate")]
    Key,
    /// No cipher suite is left that this role could use.
    #[error("no cipher suite is left")]
    NoCipherSuite,
    /// The provider has no key exchange that DTLS 1.2 knows.
    #[error("no key exchange is left")]
    NoKeyExchange,
    /// The MTU is below 256 bytes.
    #[error("the MTU is below 256 bytes")]
    Mtu,
    /// More records are allowed than an epoch has numbers for.
    #[error("more than 2^48 - 16 records are allowed")]
    TooManyRecords,
    /// The certificate chain is longer than a handshake message may be.
    #[error("the certificate chain is too long")]
    CertificateTooLong,
}

/// Why a datagram cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The connection is not connected.
    #[error("the connection is not connected")]
    NotConnected,
    /// The plaintext is longer than a record may be, 2^14 bytes.
    #[error("the plaintext is longer than a record may be")]
    TooLong,
    /// The buffer has no room for the header, the plaintext and the tag.
    #[error("the buffer is too small")]
    BufferTooSmall,
    /// No sequence number is left: the connection closes.
    #[error("no sequence number is left")]
    Exhausted,
}

/// Why keying material cannot be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The handshake is not finished, or the fingerprint not verified.
    #[error("the connection is not connected")]
    NotConnected,
    /// The context is longer than 65535 bytes.
    #[error("the context is too long")]
    ContextTooLong,
}
