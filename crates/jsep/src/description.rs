//! Descriptions, and the states between them (RFC 9429 §4.1, webrtc-pc §4.2).

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use sdp::SessionDescription;

use crate::Error;
use crate::layout::Layout;
use crate::trickled::Trickled;

/// How many trickled candidates a description shows: many more than ICE takes.
const MAX_TRICKLED: usize = 1000;

/// What a description is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What it is for.
    pub kind: SdpType,
    /// The text; empty for a rollback.
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

/// A description that has been applied. It is kept as its text: read, it would be ten times as large, for as long as
/// the connection lives, and it is read only now and then.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) kind: SdpType,
    text: Box<str>,
    /// What the peer has trickled since. It stands beside the text, which would be read and written for each.
    trickled: Vec<Trickled>,
}

impl Applied {
    pub(crate) fn new(kind: SdpType, sdp: &SessionDescription) -> Self {
        Self { kind, text: sdp.to_string().into(), trickled: Vec::new() }
    }

    /// What the text says. It was written from what had been read, so it can be read again.
    pub(crate) fn without_trickled(&self) -> SessionDescription {
        SessionDescription::parse(&self.text).unwrap_or_default()
    }

    /// The same, with everything that has been trickled.
    pub(crate) fn sdp(&self) -> SessionDescription {
        let mut sdp = self.without_trickled();
        if self.trickled.is_empty() {
            return sdp;
        }
        let layout = Layout::of(&sdp);
        let places: Vec<_> = self.trickled.iter().map(|trickled| trickled.places(&layout)).collect();
        for (trickled, places) in self.trickled.iter().zip(places) {
            trickled.write_into(&mut sdp, &places);
        }
        sdp
    }

    /// Takes what the peer has trickled, once. Of too many candidates the later ones do not show; the end of them does.
    pub(crate) fn add(&mut self, trickled: Trickled) {
        let has_room = self.trickled.len() < MAX_TRICKLED || trickled.candidate.is_none();
        if has_room && !self.trickled.contains(&trickled) {
            self.trickled.push(trickled);
        }
    }

    /// Takes the place of an offer that nobody has answered. What was trickled for it has reached no ICE agent yet: of the
    /// same generation, it is for this one too.
    pub(crate) fn replace(&mut self, offer: Self, layout: &Layout<'_>) {
        let lasts = |t: &Trickled| t.username_fragment.is_some() && !t.places(layout).is_empty();
        self.trickled = offer.trickled.into_iter().filter(lasts).collect();
    }

    /// The user name fragment that holds for the section at `place`.
    pub(crate) fn ufrag_at(&self, place: usize) -> Option<String> {
        Layout::of(&self.without_trickled()).ufrag(place).map(String::from)
    }

    /// Whether a candidate has been trickled for the section at `place` itself.
    pub(crate) fn has_trickled_to(&self, place: usize) -> bool {
        self.trickled.iter().any(|trickled| trickled.index == Some(place) && trickled.candidate.is_some())
    }

    pub(crate) fn to_description(&self) -> Description {
        if self.trickled.is_empty() {
            return Description::new(self.kind, &*self.text);
        }
        Description::new(self.kind, self.sdp().to_string())
    }
}

impl From<Description> for Applied {
    /// A description that we wrote ourselves.
    fn from(description: Description) -> Self {
        Self { kind: description.kind, text: description.sdp.into(), trickled: Vec::new() }
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
