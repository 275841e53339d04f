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
mod local;
mod offer;
mod remote;
mod views;

use alloc::vec::Vec;

use sdp::{Attribute, Origin, SessionDescription};

use self::candidates::LocalCandidates;
use crate::config::{Config, DEFAULT_ICE_PACING, Rng};
use crate::credentials::session_id;
use crate::description::Applied;
use crate::section::Section;
use crate::{DataTransport, Description, Error, IceCredentials, SignalingState, Transport};

/// An offer/answer session.
///
/// Each method either does its whole work or returns an error and changes nothing.
pub struct Session {
    config: Config,
    rng: Rng,
    session_id: u64,
    version: u64,
    state: SignalingState,
    /// What holds after the last description.
    negotiation: Negotiation,
    /// What held in the last stable state, while there is something to roll back.
    stable: Option<Negotiation>,
    current_local: Option<Applied>,
    current_remote: Option<Applied>,
    pending_local: Option<Applied>,
    pending_remote: Option<Applied>,
    /// The last results of `create_offer` and `create_answer`: the only descriptions that `set_local` takes.
    created_offer: Option<Proposal>,
    created_answer: Option<Proposal>,
    wants_data: bool,
    /// webrtc-pc's `[[LocalIceCredentialsToReplace]]`.
    to_replace: Vec<IceCredentials>,
    candidates: LocalCandidates,
}

/// What the sections and the transports are: what a rollback restores.
#[derive(Clone, Debug, Default)]
struct Negotiation {
    sections: Vec<Section>,
    transports: Vec<Transport>,
    data: Option<DataTransport>,
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
            negotiation: Negotiation::default(),
            stable: None,
            current_local: None,
            current_remote: None,
            pending_local: None,
            pending_remote: None,
            created_offer: None,
            created_answer: None,
            wants_data: false,
            to_replace: Vec::new(),
            candidates: LocalCandidates::default(),
        }
    }

    /// Asks for a section for data channels in the next offer. It is never given up again.
    pub const fn want_data(&mut self) {
        self.wants_data = true;
    }

    /// Asks for an ICE restart in the next offer (webrtc-pc, `restartIce`).
    pub fn restart_ice(&mut self) {
        let transports = self.negotiation.transports.iter();
        let stable = self.stable.iter().flat_map(|stable| &stable.transports);
        self.to_replace = transports.chain(stable).map(|transport| transport.local.clone()).collect();
    }

    /// Ends the session.
    pub fn close(&mut self) {
        self.state = SignalingState::Closed;
        self.negotiation = Negotiation::default();
        self.stable = None;
        self.created_offer = None;
        self.created_answer = None;
    }

    /// Whether an offer is due (webrtc-pc §4.7.3). It can be asked at any time; while the session is not stable the
    /// answer is no.
    #[must_use]
    pub fn needs_negotiation(&self) -> bool {
        let data_missing = self.wants_data && !self.negotiation.sections.iter().any(is_application);
        self.state == SignalingState::Stable && (data_missing || !self.to_replace.is_empty())
    }

    /// Takes the proposed changes back (RFC 9429 §5.7).
    fn rollback(&mut self) -> Result<(), Error> {
        let stable = self.stable.take().ok_or(Error::InvalidState)?;
        self.negotiation = stable;
        self.pending_local = None;
        self.pending_remote = None;
        self.state = SignalingState::Stable;
        self.forget_created();
        Ok(())
    }

    /// Moves to `state`, and remembers what held before when that leaves the stable state.
    fn enter(&mut self, state: SignalingState, negotiation: Negotiation) {
        let before = core::mem::replace(&mut self.negotiation, negotiation);
        if self.state == SignalingState::Stable {
            self.stable = Some(before);
        }
        if state == SignalingState::Stable {
            self.stable = None;
            let transports = &self.negotiation.transports;
            self.candidates.keep_generations(transports);
            // Replaced credentials are gone for good; those that are still in use are still to be replaced.
            self.to_replace.retain(|old| transports.iter().any(|transport| transport.local == *old));
        }
        self.state = state;
        self.forget_created();
    }

    fn forget_created(&mut self) {
        self.created_offer = None;
        self.created_answer = None;
    }

    /// An empty description of ours, of a new version (RFC 9429 §5.2.1).
    fn frame(&mut self) -> SessionDescription {
        self.version = self.version.saturating_add(1);
        let origin = Origin {
            session_id: self.session_id,
            version: self.version,
            address: "0.0.0.0".into(),
            ..Origin::default()
        };
        let mut frame = SessionDescription { origin, ..SessionDescription::default() };
        if self.config.ice_lite {
            frame.attributes.push(Attribute::IceLite);
        } else if self.config.ice_pacing != DEFAULT_ICE_PACING {
            frame.attributes.push(Attribute::IcePacing(self.config.ice_pacing));
        }
        frame
    }
}

fn is_application(section: &Section) -> bool {
    section.kind == sdp::MediaKind::Application
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session").field("state", &self.state).field("negotiation", &self.negotiation).finish()
    }
}
