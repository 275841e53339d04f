//! Applying a local description (RFC 9429 §5.5 and §5.9).

use alloc::string::String;

use super::{Proposal, Session};
use crate::{Description, Error, OfferOptions, SdpType, SignalingState};

impl Session {
    /// Applies a description that [`create_offer`](Self::create_offer) or [`create_answer`](Self::create_answer) made
    /// last, or takes the last one back. An empty text stands for the one created last; where there is none, or more is
    /// wanted since, it is created.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if this type of description is not possible now, [`Error::InvalidModification`] if it is
    /// not the one that was created last.
    pub fn set_local_description(&mut self, description: &Description) -> Result<(), Error> {
        if description.kind == SdpType::Rollback {
            return self.rollback();
        }
        self.apply_local(description.kind, &description.sdp).map(|_| ())
    }

    /// Applies the description that is due: an answer to a remote offer, else an offer (webrtc-pc §4.4.1.5).
    ///
    /// # Errors
    /// [`Error::InvalidState`] if the session is closed or waits for the peer's final answer.
    pub fn set_local_description_due(&mut self) -> Result<Description, Error> {
        let kind = match self.state {
            SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPrAnswer => SdpType::Answer,
            _ => SdpType::Offer,
        };
        self.apply_local(kind, "")
    }

    fn apply_local(&mut self, kind: SdpType, sdp: &str) -> Result<Description, Error> {
        let state = self.state.after_local(kind).ok_or(Error::InvalidState)?;
        if sdp.is_empty() {
            self.create_where_due(kind)?;
        }
        let created = match kind {
            SdpType::Offer => self.created_offer.as_ref(),
            _ => self.fitting_answer(),
        };
        let is_meant = |made: &&Proposal| sdp.is_empty() || made.description.sdp == sdp;
        let proposal = created.filter(is_meant).ok_or(Error::InvalidModification)?;
        let negotiation = proposal.negotiation.clone();
        // An answer may be applied as a provisional one.
        let description = Description::new(kind, String::from(&proposal.description.sdp));
        self.enter(state, kind, negotiation);
        if kind == SdpType::Answer {
            self.current_local = Some(description.clone());
            self.current_remote = self.pending_remote.take();
            self.pending_local = None;
        } else {
            self.pending_local = Some(description.clone());
        }
        Ok(description)
    }

    /// Creates what is to be applied, unless what was created last still says everything.
    fn create_where_due(&mut self, kind: SdpType) -> Result<(), Error> {
        match kind {
            SdpType::Offer if !self.created_offer.as_ref().is_some_and(|made| self.is_up_to_date(made)) => {
                self.create_offer(OfferOptions::default()).map(|_| ())
            }
            SdpType::Answer | SdpType::PrAnswer if self.fitting_answer().is_none() => {
                self.create_answer().map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Whether an offer that was created has everything that is wanted now.
    fn is_up_to_date(&self, offer: &Proposal) -> bool {
        let negotiation = &offer.negotiation;
        let has_data = !self.wants_data || negotiation.has_data_section();
        let is_old = |ice| self.to_replace.contains(ice);
        has_data && !negotiation.transports.iter().any(|transport| is_old(&transport.local))
    }
}
