//! The offer/answer machine (RFC 9429 §3.2 and §4.1).
//!
//! ```text
//!                      setRemote(OFFER)               setLocal(PRANSWER)
//!                          /-----\                               /-----\
//!                          |     |                               |     |
//!                          v     |                               v     |
//!           +---------------+    |                +---------------+    |
//!           |               |----/                |               |----/
//!           |  have-        | setLocal(PRANSWER)  | have-         |
//!           |  remote-offer |------------------- >| local-pranswer|
//!           |               |                     |               |
//!           +---------------+                     +---------------+
//!                ^   | setLocal(ANSWER)                  | setLocal(ANSWER)
//!  setRemote     |   v                                   |
//!  (OFFER)  +---------------+                            |
//!           |    stable     |<---------------------------+---------+
//!           +---------------+                                      |
//!  setLocal      |   ^ setRemote(ANSWER)                           | setRemote(ANSWER)
//!  (OFFER)       v   |                                             |
//!           +---------------+                     +---------------+
//!           |  have-        | setRemote(PRANSWER) | have-         |
//!           |  local-offer  |------------------- >| remote-pransw.|
//!           +---------------+                     +---------------+
//! ```

mod answer;
pub(crate) mod candidates;
mod compose;
mod local;
mod negotiation;
mod offer;
mod remote;
mod views;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::candidates::LocalCandidates;
use self::negotiation::Negotiation;
use crate::applied::Applied;
use crate::config::{Config, Rng};
use crate::credentials::session_id;
use crate::{Description, Error, IceCredentials, SdpType, SignalingState};

/// An offer/answer session.
///
/// Each method either does its whole work or returns an error and changes nothing.
///
/// Example: [on the first page](crate).
pub struct Session {
    config: Config,
    rng: Rng,
    session_id: u64,
    version: u64,
    state: SignalingState,
    /// What the last answer has settled.
    stable: Negotiation,
    /// What has been offered since.
    offered: Option<Negotiation>,
    /// What a provisional answer has made of that.
    provisional: Option<Negotiation>,
    current_local: Option<Description>,
    current_remote: Option<Applied>,
    pending_local: Option<Description>,
    pending_remote: Option<Applied>,
    /// webrtc-pc's `[[LastCreatedOffer]]` and `[[LastCreatedAnswer]]`: the only descriptions that `set_local` takes.
    created_offer: Option<Proposal>,
    created_answer: Option<Proposal>,
    /// The offer that the created answer is for, where another one is pending now or none.
    answered_before: Option<Box<str>>,
    wants_data: bool,
    /// webrtc-pc's `[[LocalIceCredentialsToReplace]]`.
    to_replace: Vec<IceCredentials>,
    candidates: LocalCandidates,
    /// Whether the candidates in the remote description may be news to a transport.
    candidates_due: bool,
}

/// A description that was created, and what holds once it is applied.
#[derive(Debug)]
struct Proposal {
    description: Description,
    negotiation: Negotiation,
}

/// The options of an offer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferOptions {
    /// Whether the offer asks for an ICE restart (RFC 9429 §5.2.3.1).
    pub ice_restart: bool,
}

impl OfferOptions {
    /// Options that ask for an ICE restart.
    #[must_use]
    pub const fn restart() -> Self {
        Self { ice_restart: true }
    }
}

impl Session {
    /// A session in which nothing has been said.
    #[must_use]
    pub fn new(config: Config, mut rng: Rng) -> Self {
        Self {
            config,
            session_id: session_id(&mut rng),
            rng,
            version: 0,
            state: SignalingState::Stable,
            stable: Negotiation::default(),
            offered: None,
            provisional: None,
            current_local: None,
            current_remote: None,
            pending_local: None,
            pending_remote: None,
            created_offer: None,
            created_answer: None,
            answered_before: None,
            wants_data: false,
            to_replace: Vec::new(),
            candidates: LocalCandidates::default(),
            candidates_due: false,
        }
    }

    /// Asks for a section for data channels in the next offer. It is never given up again.
    pub const fn want_data(&mut self) {
        self.wants_data = true;
    }

    /// Asks for an ICE restart in the next offer (webrtc-pc, `restartIce`).
    pub fn restart_ice(&mut self) {
        let transports = self.in_force().transports.iter().chain(&self.stable.transports);
        self.to_replace = transports.map(|transport| transport.local.clone()).collect();
    }

    /// Ends the session. What was agreed on can still be looked at.
    pub fn close(&mut self) {
        self.state = SignalingState::Closed;
        self.forget_created();
    }

    /// Whether an offer is due (webrtc-pc §4.7.3). It can be asked at any time; while the session is not stable the
    /// answer is no.
    #[must_use]
    pub fn needs_negotiation(&self) -> bool {
        let data_missing = self.wants_data && !self.stable.has_data_section();
        self.state == SignalingState::Stable && (data_missing || !self.to_replace.is_empty())
    }

    /// What the transports are to follow. An offer of the peer does not count before we have answered it: until then it
    /// may be taken back, and nothing that lives may notice (RFC 8842 §3.1, RFC 9429 §5.7 and §5.11).
    fn in_force(&self) -> &Negotiation {
        let is_ours = matches!(self.state, SignalingState::HaveLocalOffer | SignalingState::Closed);
        let ours = self.offered.as_ref().filter(|_| is_ours);
        self.provisional.as_ref().or(ours).unwrap_or(&self.stable)
    }

    /// What an offer of the peer proposes.
    fn proposed(&self) -> Option<&Negotiation> {
        self.offered.as_ref().filter(|_| self.state == SignalingState::HaveRemoteOffer)
    }

    /// Takes an offer back (RFC 9429 §5.7). Once it has a provisional answer, that is no longer possible (webrtc-pc
    /// §4.4.1.5).
    fn rollback(&mut self) -> Result<(), Error> {
        if !matches!(self.state, SignalingState::HaveLocalOffer | SignalingState::HaveRemoteOffer) {
            return Err(Error::InvalidState);
        }
        self.offered = None;
        self.pending_local = None;
        if let Some(offer) = self.pending_remote.take() {
            self.set_aside(offer);
        }
        self.state = SignalingState::Stable;
        self.candidates_due = true;
        self.candidates.keep_generations(&self.stable.transports);
        Ok(())
    }

    /// The peer's offer is no longer the pending one. An answer that was created for it can be applied once it is again:
    /// `[[LastCreatedAnswer]]` outlives a rollback (webrtc-pc §4.4.1.5).
    fn set_aside(&mut self, offer: Applied) {
        if self.created_answer.is_some() && self.answered_before.is_none() {
            self.answered_before = Some(offer.into_text());
        }
    }

    /// The created answer, if it is one to the pending offer.
    fn fitting_answer(&self) -> Option<&Proposal> {
        self.created_answer.as_ref().filter(|_| self.answered_before.is_none())
    }

    /// A description of this type was applied: it makes `negotiation` of what held before.
    fn enter(&mut self, state: SignalingState, kind: SdpType, negotiation: Negotiation) {
        match kind {
            SdpType::Offer => self.offered = Some(negotiation),
            SdpType::PrAnswer => self.provisional = Some(negotiation),
            _ => self.settle(negotiation),
        }
        self.state = state;
        // An offer of the peer puts nothing in force.
        self.candidates_due |= state != SignalingState::HaveRemoteOffer;
    }

    /// An offer has its answer.
    fn settle(&mut self, mut negotiation: Negotiation) {
        negotiation.drop_unused();
        self.stable = negotiation;
        self.offered = None;
        self.provisional = None;
        self.forget_created();
        let transports = &self.stable.transports;
        self.candidates.keep_generations(transports);
        // Replaced credentials are gone for good; those that are still in use are still to be replaced.
        self.to_replace.retain(|old| transports.iter().any(|transport| transport.local == *old));
    }

    fn forget_created(&mut self) {
        self.created_offer = None;
        self.created_answer = None;
        self.answered_before = None;
    }
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session").field("state", &self.state).field("in_force", self.in_force()).finish()
    }
}
