//! Errors of commands, reasons of discards, and `RTCError`.

use alloc::string::String;

use datachannel::Payload;

/// A command was refused; nothing has changed. [`name`](Self::name) is the exception that webrtc-pc throws.
///
/// # Example
/// ```
/// use rtc::{DataChannelInit, Error, PeerConnection};
///
/// fn open(connection: &mut PeerConnection) -> Result<(), Error> {
///     match connection.create_data_channel("chat", DataChannelInit::default()) {
///         Ok(_) | Err(Error::Closed) => Ok(()),
///         Err(error) => Err(error),
///     }
/// }
/// assert_eq!(Error::Closed.name(), "InvalidStateError");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection is closed.
    #[error("the connection is closed")]
    Closed,
    /// The configuration has no certificate.
    #[error("the configuration has no certificate")]
    NoCertificate,
    /// A certificate is past its validity.
    #[error("a certificate has expired: generate a new one")]
    CertificateExpired,
    /// A part of the configuration cannot work.
    #[error("the configuration cannot work: {0}")]
    Configuration(#[from] ConfigurationError),
    /// The cryptography failed: a key that cannot be used.
    #[error("the key or the certificate cannot be used")]
    Crypto,
    /// The provider makes no keys of this kind.
    #[error("the cryptography knows no keys of this kind")]
    UnsupportedKey,
    /// The negotiation refused it.
    #[error(transparent)]
    Negotiation(#[from] jsep::Error),
    /// Both a life time and a number of retransmissions limit the channel.
    #[error("a channel has maxPacketLifeTime or maxRetransmits, not both")]
    BothLimits,
    /// A negotiated channel without an id.
    #[error("a negotiated channel needs an id")]
    MissingId,
    /// The channel cannot be created.
    #[error(transparent)]
    Open(#[from] datachannel::OpenError),
    /// The local address cannot be one: unspecified, multicast, broadcast, IPv4-mapped, or without a port.
    #[error("this address is not one that a socket is bound to")]
    InvalidAddress,
    /// There are as many local addresses as the configuration of ICE allows.
    #[error("there are too many local addresses")]
    TooManyAddresses,
}

impl Error {
    /// The name of the exception that webrtc-pc throws here.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Closed => "InvalidStateError",
            Self::CertificateExpired | Self::NoCertificate => "InvalidAccessError",
            Self::Negotiation(error) => error.name(),
            Self::BothLimits | Self::MissingId => "TypeError",
            Self::Open(datachannel::OpenError::NameTooLong | datachannel::OpenError::InvalidId) => {
                "TypeError"
            }
            Self::Configuration(_) | Self::InvalidAddress => "TypeError",
            Self::UnsupportedKey => "NotSupportedError",
            Self::Open(_) | Self::Crypto | Self::TooManyAddresses => "OperationError",
        }
    }
}

/// Which part of a configuration cannot work, and why.
///
/// Example: [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The settings of ICE.
    #[error("ICE: {0}")]
    Ice(ice::ConfigError),
    /// The settings of DTLS, with the datagram's size and the certificate.
    #[error("DTLS: {0}")]
    Dtls(dtls::ConfigError),
    /// The settings of SCTP, with the sizes of datagrams and messages.
    #[error("SCTP: {0}")]
    Sctp(sctp::ConfigError),
}

impl Error {
    /// `errorDetail` of the `RTCError` that webrtc-pc throws for a description that cannot be read.
    #[must_use]
    pub fn error_detail(&self) -> Option<RtcErrorDetail> {
        self.sdp_line_number().map(|_| RtcErrorDetail::SdpSyntaxError)
    }

    /// `sdpLineNumber` of that error: the line at fault, counted from 1.
    #[must_use]
    pub fn sdp_line_number(&self) -> Option<usize> {
        match self {
            Self::Negotiation(error) => error.sdp_line_number(),
            _ => None,
        }
    }
}

impl From<crypto::Failed> for Error {
    fn from(_: crypto::Failed) -> Self {
        Self::Crypto
    }
}

/// A message that was not sent, and why.
///
/// Example: [the guide](crate::guide::data_channels).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Unsent {
    /// The reason.
    pub error: SendError,
    /// The message, as it was given.
    pub payload: Payload,
}

impl From<datachannel::Unsent> for Unsent {
    fn from(unsent: datachannel::Unsent) -> Self {
        Self { error: unsent.error.into(), payload: unsent.payload }
    }
}

/// Why a message was not sent. [`name`](Self::name) is the exception that webrtc-pc throws.
///
/// Example: [the guide](crate::guide::data_channels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The channel is not open.
    #[error("the channel is not open")]
    NotOpen,
    /// The message is larger than the peer takes.
    #[error("the message is larger than the peer takes")]
    TooLarge,
    /// Too much is waiting to be sent, on all channels together: try again when the buffer of one is reported low.
    #[error("the send buffer, which all channels share, is full: wait for BufferedAmountLow of any")]
    BufferFull,
}

impl SendError {
    /// The name of the exception that webrtc-pc throws here.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotOpen => "InvalidStateError",
            Self::TooLarge => "TypeError",
            Self::BufferFull => "OperationError",
        }
    }
}

impl From<datachannel::SendError> for SendError {
    fn from(error: datachannel::SendError) -> Self {
        match error {
            datachannel::SendError::TooLarge => Self::TooLarge,
            _ => Self::NotOpen,
        }
    }
}

impl From<sctp::SendError> for SendError {
    fn from(error: sctp::SendError) -> Self {
        match error {
            sctp::SendError::TooLarge => Self::TooLarge,
            sctp::SendError::BufferFull => Self::BufferFull,
            _ => Self::NotOpen,
        }
    }
}

/// A datagram was ignored: nothing has changed but a counter.
///
/// Example: [the guide](crate::guide::first_connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Discard {
    /// The connection is closed.
    #[error("the connection is closed")]
    Closed,
    /// No protocol of ours starts like this (RFC 7983).
    #[error("the datagram is of no protocol that is spoken here")]
    UnknownProtocol,
    /// There is no transport yet that it could be for.
    #[error("no transport exists yet")]
    NoTransport,
    /// DTLS from an address that ICE has not validated.
    #[error("ICE has not validated this path")]
    UnvalidatedPath,
    /// DTLS before it is known who opens the association, and more of it than is kept.
    #[error("too early")]
    TooEarly,
    /// ICE ignored it.
    #[error("ICE: {0}")]
    Ice(ice::Discard),
    /// DTLS ignored it.
    #[error("DTLS: {0}")]
    Dtls(dtls::Discard),
}

/// What kind of failure an [`RtcError`] tells (`RTCErrorDetailType`).
///
/// Example: [`RtcError`](crate::RtcError).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RtcErrorDetail {
    /// A data channel failed.
    DataChannelFailure,
    /// The DTLS handshake failed, or the association was closed by a fatal error.
    DtlsFailure,
    /// The peer's certificate has none of the promised fingerprints.
    FingerprintFailure,
    /// The SCTP association failed.
    SctpFailure,
    /// A description cannot be read.
    SdpSyntaxError,
}

impl RtcErrorDetail {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataChannelFailure => "data-channel-failure",
            Self::DtlsFailure => "dtls-failure",
            Self::FingerprintFailure => "fingerprint-failure",
            Self::SctpFailure => "sctp-failure",
            Self::SdpSyntaxError => "sdp-syntax-error",
        }
    }
}

/// What an `error` event carries (`RTCError`).
///
/// # Example
/// ```
/// use rtc::{End, PeerConnection};
///
/// fn why(connection: &PeerConnection) -> Option<String> {
///     match connection.end()? {
///         End::Failed(error) => Some(format!("{:?}: {}", error.detail, error.message)),
///         end => Some(format!("{end:?}")),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RtcError {
    /// The kind of failure.
    pub detail: RtcErrorDetail,
    /// A text for people.
    pub message: String,
    /// The DTLS alert that came: the peer's reason, if [`authenticated`](Self::authenticated).
    pub received_alert: Option<u8>,
    /// The DTLS alert that was sent: our reason.
    pub sent_alert: Option<u8>,
    /// Whether it was the peer itself that has said or done what this tells. Where a handshake was not finished, it may have
    /// been anybody on the path.
    pub authenticated: bool,
    /// The cause in the SCTP ABORT.
    pub sctp_cause_code: Option<u16>,
}

impl RtcError {
    pub(crate) const fn new(detail: RtcErrorDetail, message: String) -> Self {
        Self {
            detail,
            message,
            received_alert: None,
            sent_alert: None,
            authenticated: true,
            sctp_cause_code: None,
        }
    }
}
