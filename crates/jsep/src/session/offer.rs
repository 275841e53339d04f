//! Constructing an offer (RFC 9429 §5.2).

use alloc::string::String;

use super::negotiation::Negotiation;
use super::{OfferOptions, Session};
use crate::credentials::tls_id;
use crate::section::Section;
use crate::{DataTransport, Description, Error, IceCredentials, IceRole, SdpType, SignalingState, Transport};

impl Session {
    /// An offer of everything that the session has and wants.
    ///
    /// # Errors
    /// [`Error::InvalidState`] unless the session is stable or has offered already.
    pub fn create_offer(&mut self, options: OfferOptions) -> Result<Description, Error> {
        if !matches!(self.state, SignalingState::Stable | SignalingState::HaveLocalOffer) {
            return Err(Error::InvalidState);
        }
        let mut negotiation = self.in_force().clone();
        self.renew_credentials(&mut negotiation, options);
        if self.wants_data && !negotiation.has_data_section() {
            self.add_data_section(&mut negotiation);
        }
        let bundle = negotiation.bundle(|_| true);
        let proposal = self.compose(SdpType::Offer, negotiation, bundle);
        Ok(self.created_offer.insert(proposal).description.clone())
    }

    /// New ICE credentials where a restart is asked for (RFC 9429 §5.2.3.1).
    fn renew_credentials(&mut self, negotiation: &mut Negotiation, options: OfferOptions) {
        for transport in &mut negotiation.transports {
            if options.ice_restart || self.to_replace.contains(&transport.local) {
                transport.local = IceCredentials::generate(&mut self.rng);
                transport.restarting = transport.remote.is_some();
            }
        }
    }

    fn add_data_section(&mut self, to: &mut Negotiation) {
        let mid = to.unused_mid();
        to.data = Some(DataTransport {
            mid: mid.clone(),
            transport: mid.clone(),
            local_port: self.config.sctp_port,
            remote_port: None,
            remote_max_message_size: None,
        });
        to.transports.push(self.new_transport(mid.clone(), to.sections.len(), IceRole::Controlling));
        to.sections.push(Section::data(mid));
    }

    pub(super) fn new_transport(&mut self, mid: String, place: usize, ice_role: IceRole) -> Transport {
        Transport {
            mid,
            place,
            local: IceCredentials::generate(&mut self.rng),
            restarting: false,
            ice_role,
            remote: None,
            dtls_role: None,
            tls_id: tls_id(&mut self.rng),
            association: 0,
        }
    }
}
