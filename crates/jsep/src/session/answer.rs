//! Generating an answer (RFC 9429 §5.3).

use alloc::string::ToString;

use sdp::Attribute;

use super::{Proposal, Session};
use crate::section::setup_of;
use crate::{Description, DtlsRole, Error, SignalingState};

impl Session {
    /// An answer to the remote offer: it takes the section for data channels and rejects the others.
    ///
    /// # Errors
    /// [`Error::InvalidState`] unless there is a remote offer to answer.
    pub fn create_answer(&mut self) -> Result<Description, Error> {
        if !matches!(self.state, SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPrAnswer) {
            return Err(Error::InvalidState);
        }
        let negotiation = self.negotiation.clone();
        let mut sdp = self.frame();
        let offer = self.pending_remote.as_ref().map(|offer| offer.sdp());
        let was_offered = |mid: &str| {
            let mut mids = offer.iter().flat_map(|offer| offer.bundles()).flat_map(|group| &group.mids);
            mids.any(|offered| offered == mid)
        };
        sdp.attributes.extend(negotiation.bundle(was_offered).map(Attribute::Group));
        for section in &negotiation.sections {
            let transport = negotiation
                .transport_of(section)
                .map(|transport| (transport, setup_of(transport.dtls_role.unwrap_or(DtlsRole::Client))));
            sdp.media.push(section.write(&self.config, transport, negotiation.sctp_port()));
        }
        self.candidates.write_into(&mut sdp);
        let description = Description::answer(sdp.to_string());
        self.created_answer = Some(Proposal { description: description.clone(), negotiation });
        Ok(description)
    }
}
