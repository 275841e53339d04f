//! Descriptions, and the states between them (RFC 9429 §4.1, webrtc-pc §4.2).

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::Error;

/// What a description is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum SdpType {
    /// It proposes.
    Offer,
    /// It answers for the time being.
    PrAnswer,
    /// It answers for good.
    Answer,
    /// It takes the last proposal back.
    Rollback,
}

impl SdpType {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::PrAnswer => "pranswer",
            Self::Answer => "answer",
            Self::Rollback => "rollback",
        }
    }
}

impl FromStr for SdpType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Offer, Self::PrAnswer, Self::Answer, Self::Rollback]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(Error::UnknownType)
    }
}

impl fmt::Display for SdpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A description with its type, as applications exchange it.
///
/// With the feature `serde`, it is what `JSON.stringify` makes of a browser's. Printed for developers, it hides the passwords.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Description {
    /// What it is for: W3C's `type`.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub kind: SdpType,
    /// The text; empty for a rollback.
    #[cfg_attr(feature = "serde", serde(default))]
    pub sdp: String,
}

impl Description {
    /// A description of this type with this text.
    #[must_use]
    pub fn new(kind: SdpType, sdp: impl Into<String>) -> Self {
        Self { kind, sdp: sdp.into() }
    }

    /// An offer.
    #[must_use]
    pub fn offer(sdp: impl Into<String>) -> Self {
        Self::new(SdpType::Offer, sdp)
    }

    /// An answer.
    #[must_use]
    pub fn answer(sdp: impl Into<String>) -> Self {
        Self::new(SdpType::Answer, sdp)
    }

    /// Takes the last proposal back.
    #[must_use]
    pub const fn rollback() -> Self {
        Self { kind: SdpType::Rollback, sdp: String::new() }
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Description")
            .field("kind", &self.kind)
            .field("sdp", &WithoutSecrets(&self.sdp))
            .finish()
    }
}

/// A text whose lines are shown, but for the values of those that hold a password or a key (RFC 8839 §5.4, RFC 4568,
/// RFC 4566 §5.12).
struct WithoutSecrets<'a>(&'a str);

impl fmt::Debug for WithoutSecrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |line| {
            let mut secrets = ["a=ice-pwd:", "a=crypto:", "k="].into_iter();
            secrets.find(|start| str::starts_with(line, start)).unwrap_or(line)
        };
        f.debug_list().entries(self.0.lines().map(shown)).finish()
    }
}

/// Where the session stands between offer and answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignalingState {
    /// Nothing is proposed.
    #[default]
    Stable,
    /// We have offered.
    HaveLocalOffer,
    /// The peer has offered.
    HaveRemoteOffer,
    /// The peer has offered, and we have answered for the time being.
    HaveLocalPrAnswer,
    /// We have offered, and the peer has answered for the time being.
    HaveRemotePrAnswer,
    /// The session is over.
    Closed,
}

impl SignalingState {
    /// W3C's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::HaveLocalOffer => "have-local-offer",
            Self::HaveRemoteOffer => "have-remote-offer",
            Self::HaveLocalPrAnswer => "have-local-pranswer",
            Self::HaveRemotePrAnswer => "have-remote-pranswer",
            Self::Closed => "closed",
        }
    }

    /// The state after a local description of this type, if that is allowed now (RFC 9429 §5.5).
    pub(crate) const fn after_local(self, kind: SdpType) -> Option<Self> {
        match (self, kind) {
            (Self::Stable | Self::HaveLocalOffer, SdpType::Offer) => Some(Self::HaveLocalOffer),
            (Self::HaveRemoteOffer | Self::HaveLocalPrAnswer, SdpType::PrAnswer) => {
                Some(Self::HaveLocalPrAnswer)
            }
            (Self::HaveRemoteOffer | Self::HaveLocalPrAnswer, SdpType::Answer) => Some(Self::Stable),
            _ => None,
        }
    }

    /// The state after a remote description of this type, if that is allowed now (RFC 9429 §5.6).
    pub(crate) const fn after_remote(self, kind: SdpType) -> Option<Self> {
        match (self, kind) {
            (Self::Stable | Self::HaveRemoteOffer, SdpType::Offer) => Some(Self::HaveRemoteOffer),
            (Self::HaveLocalOffer | Self::HaveRemotePrAnswer, SdpType::PrAnswer) => {
                Some(Self::HaveRemotePrAnswer)
            }
            (Self::HaveLocalOffer | Self::HaveRemotePrAnswer, SdpType::Answer) => Some(Self::Stable),
            _ => None,
        }
    }
}

impl fmt::Display for SignalingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
