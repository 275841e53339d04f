//! Generating an answer (RFC 9429 §5.3).

use super::Session;
use crate::{Description, Error, SdpType, SignalingState};

impl Session {
    /// An answer to the remote offer: it takes the section for data channels and rejects the others.
    ///
    /// # Errors
    /// [`Error::InvalidState`] unless there is a remote offer to answer.
    pub fn create_answer(&mut self) -> Result<Description, Error> {
        if !matches!(self.state, SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPrAnswer) {
            return Err(Error::InvalidState);
        }
        let negotiation = self.offered.clone().ok_or(Error::InvalidState)?;
        let offer = self.pending_remote.as_ref().ok_or(Error::InvalidState)?;
        let group = negotiation.bundle(|mid| offer.outline.is_bundled(mid));
        let proposal = self.compose(SdpType::Answer, negotiation, group);
        self.answered_before = None;
        Ok(self.created_answer.insert(proposal).description.clone())
    }
}
