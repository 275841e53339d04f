//! Offers, answers and candidates (webrtc-pc §4.4.2): `jsep` decides, and the transports follow.

use base::Instant;
use jsep::{CandidateInit, Description, OfferOptions, SdpType, SignalingState};

use super::PeerConnection;
use crate::log::say;
use crate::{Error, Event};

impl PeerConnection {
    /// `createOffer`.
    ///
    /// # Errors
    /// [`Error::Negotiation`] in a state that allows no offer.
    pub fn create_offer(&mut self, options: OfferOptions) -> Result<Description, Error> {
        self.alive()?;
        Ok(self.session.create_offer(options)?)
    }

    /// `createAnswer`.
    ///
    /// # Errors
    /// [`Error::Negotiation`] without an offer to answer.
    pub fn create_answer(&mut self) -> Result<Description, Error> {
        self.alive()?;
        Ok(self.session.create_answer()?)
    }

    /// `setLocalDescription`. An empty text stands for the description that was created last.
    ///
    /// # Errors
    /// [`Error::Negotiation`] if it is not the last one created, or not due.
    pub fn set_local_description(&mut self, now: Instant, description: &Description) -> Result<(), Error> {
        self.alive()?;
        self.change(now, "local", |session| {
            session.set_local_description(description).map(|()| description.kind)
        })
    }

    /// `setLocalDescription` without argument: the answer or offer that is due.
    ///
    /// # Errors
    /// [`Error::Negotiation`] if neither is possible now.
    pub fn set_local_description_due(&mut self, now: Instant) -> Result<(), Error> {
        self.alive()?;
        self.change(now, "local", |session| session.set_local_description_due().map(|applied| applied.kind))
    }

    /// `setRemoteDescription`. An offer that meets an offer of ours takes ours back, also if it cannot be applied itself.
    ///
    /// # Errors
    /// [`Error::Negotiation`] if it cannot be read, is not due or does not fit.
    pub fn set_remote_description(&mut self, now: Instant, description: &Description) -> Result<(), Error> {
        self.alive()?;
        // An offer that meets ours takes it back first, visibly (webrtc-pc §4.4.1.6).
        if description.kind == SdpType::Offer && self.signaling_state() == SignalingState::HaveLocalOffer {
            self.set_remote(now, &Description::rollback())?;
        }
        self.set_remote(now, description)
    }

    fn set_remote(&mut self, now: Instant, description: &Description) -> Result<(), Error> {
        self.change(now, "remote", |session| {
            session.set_remote_description(description).map(|()| description.kind)
        })
    }

    /// `addIceCandidate`. An empty candidate says that there are no more.
    ///
    /// A candidate that is well-formed but of no use to us (a name, a component or a protocol that we do not have) is
    /// ignored, as W3C asks.
    ///
    /// # Errors
    /// [`Error::Negotiation`] if it belongs nowhere or cannot be read.
    pub fn add_ice_candidate(&mut self, now: Instant, init: &CandidateInit) -> Result<(), Error> {
        self.alive()?;
        let candidate = self.session.add_remote_candidate(init)?;
        self.take_remote_candidate(now, &candidate);
        self.progress(now);
        Ok(())
    }

    /// `restartIce`: the next offer has new ICE credentials.
    pub fn restart_ice(&mut self) {
        if !self.closed {
            self.session.restart_ice();
            self.announce_negotiation();
        }
    }

    /// `signalingState`.
    #[must_use]
    pub const fn signaling_state(&self) -> SignalingState {
        self.session.signaling_state()
    }

    /// `localDescription`, with the candidates gathered so far.
    #[must_use]
    pub fn local_description(&self) -> Option<Description> {
        self.session.local_description()
    }

    /// `currentLocalDescription`.
    #[must_use]
    pub fn current_local_description(&self) -> Option<Description> {
        self.session.current_local_description()
    }

    /// `pendingLocalDescription`.
    #[must_use]
    pub fn pending_local_description(&self) -> Option<Description> {
        self.session.pending_local_description()
    }

    /// `remoteDescription`.
    #[must_use]
    pub fn remote_description(&self) -> Option<Description> {
        self.session.remote_description()
    }

    /// `currentRemoteDescription`.
    #[must_use]
    pub fn current_remote_description(&self) -> Option<Description> {
        self.session.current_remote_description()
    }

    /// `pendingRemoteDescription`.
    #[must_use]
    pub fn pending_remote_description(&self) -> Option<Description> {
        self.session.pending_remote_description()
    }

    /// `canTrickleIceCandidates`.
    #[must_use]
    pub fn can_trickle_ice_candidates(&self) -> Option<bool> {
        self.session.can_trickle()
    }

    /// A step of the session, and everything that follows from it, in W3C's order: the signalling state first.
    fn change(
        &mut self,
        now: Instant,
        side: &str,
        step: impl FnOnce(&mut jsep::Session) -> Result<SdpType, jsep::Error>,
    ) -> Result<(), Error> {
        let before = self.session.signaling_state();
        let kind = step(&mut self.session)?;
        say!(self.log(), debug, "a description is set", side = side, kind = kind);
        let after = self.session.signaling_state();
        if before != after {
            self.events.push_back(Event::SignalingStateChange(after));
        }
        self.reconcile(now)?;
        self.gather(now);
        // What nobody has taken yet is said anew, if it still holds.
        self.events.retain(|event| *event != Event::NegotiationNeeded);
        self.negotiation_announced = false;
        self.announce_negotiation();
        self.progress(now);
        // Transports may have come or gone.
        self.report_states();
        Ok(())
    }

    /// Whether an offer is due: W3C's `[[NegotiationNeeded]]`, as it is now.
    #[must_use]
    pub fn needs_negotiation(&self) -> bool {
        self.session.needs_negotiation()
    }

    /// Reports once that an offer is due. Whether it still is, is asked again when the event is taken.
    pub(super) fn announce_negotiation(&mut self) {
        if self.session.needs_negotiation() && !self.negotiation_announced {
            self.negotiation_announced = true;
            self.events.push_back(Event::NegotiationNeeded);
        }
    }
}
