//! Applying a local description (RFC 9429 §5.5 and §5.9).

use super::Session;
use crate::{Description, Error, OfferOptions, SdpType, SignalingState};

impl Session {
    /// Applies a description that [`create_offer`](Self::create_offer) or [`create_answer`](Self::create_answer) made
    /// last, or takes the last one back.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if this type of description is not possible now, [`Error::InvalidModification`] if it is
    /// not the one that was created last.
    pub fn set_local_description(&mut self, description: &Description) -> Result<(), Error> {
        if description.kind == SdpType::Rollback {
            return self.rollback();
        }
        let state = self.state.after_local(description.kind).ok_or(Error::InvalidState)?;
        let created = match description.kind {
            SdpType::Offer => &mut self.created_offer,
            _ => &mut self.created_answer,
        };
        let proposal = created
            .take_if(|made| made.description.sdp == description.sdp)
            .ok_or(Error::InvalidModification)?;
        self.enter(state, description.kind, proposal.negotiation);
        // An answer may be applied as a provisional one.
        let applied = Description { kind: description.kind, ..proposal.description }.into();
        if description.kind == SdpType::Answer {
            self.current_local = Some(applied);
            self.current_remote = self.pending_remote.take();
            self.pending_local = None;
        } else {
            self.pending_local = Some(applied);
        }
        Ok(())
    }

    /// Applies the description that is due: an answer to a remote offer, else an offer (webrtc-pc §4.4.1.5).
    ///
    /// # Errors
    /// [`Error::InvalidState`] if the session is closed or waits for the peer's final answer.
    pub fn set_local_description_due(&mut self) -> Result<Description, Error> {
        let description = match self.state {
            SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPrAnswer => self.create_answer()?,
            _ => self.create_offer(OfferOptions::default())?,
        };
        self.set_local_description(&description)?;
        Ok(description)
    }
}
