//! Constructing an offer (RFC 9429 §5.2).

use alloc::string::{String, ToString};

use sdp::{Attribute, Setup};

use super::{Negotiation, OfferOptions, Proposal, Session};
use crate::credentials::tls_id;
use crate::section::{Section, bundle};
use crate::{DataTransport, Description, Error, IceCredentials, IceRole, SignalingState, Transport};

impl Session {
    /// An offer of everything that the session has and wants.
    ///
    /// # Errors
    /// [`Error::InvalidState`] unless the session is stable or has offered already.
    pub fn create_offer(&mut self, options: OfferOptions) -> Result<Description, Error> {
        if !matches!(self.state, SignalingState::Stable | SignalingState::HaveLocalOffer) {
            return Err(Error::InvalidState);
        }
        let mut negotiation = self.negotiation.clone();
        self.renew_credentials(&mut negotiation, options);
        if self.wants_data && !negotiation.sections.iter().any(super::is_application) {
            self.add_data_section(&mut negotiation);
        }
        let mut sdp = self.frame();
        sdp.attributes.extend(negotiation.bundle(|_| true).map(Attribute::Group));
        for section in &negotiation.sections {
            let transport = negotiation.transport_of(section).map(|transport| (transport, Setup::ActPass));
            sdp.media.push(section.write(&self.config, transport, negotiation.sctp_port()));
        }
        self.candidates.write_into(&mut sdp);
        let description = Description::offer(sdp.to_string());
        self.created_offer = Some(Proposal { description: description.clone(), negotiation });
        Ok(description)
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
        to.transports.push(self.new_transport(mid.clone(), IceRole::Controlling));
        to.sections.push(Section::data(mid));
    }

    pub(super) fn new_transport(&mut self, mid: String, ice_role: IceRole) -> Transport {
        Transport {
            mid,
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

impl Negotiation {
    /// The BUNDLE group over every section that is in use and that may be in it (RFC 9143 §7.2 and §7.3).
    pub(super) fn bundle(&self, may: impl Fn(&str) -> bool) -> Option<sdp::Group> {
        let used = self.sections.iter().filter(|section| section.is_data());
        bundle(used.filter_map(|section| section.mid.as_ref()).filter(|mid| may(mid.as_str())))
    }

    /// Our SCTP port: 0 where the peer wants no association (RFC 8841 §10.3).
    pub(super) fn sctp_port(&self) -> u16 {
        self.data.as_ref().map_or(0, |data| data.local_port)
    }

    /// The transport that a section in use describes.
    pub(super) fn transport_of(&self, section: &Section) -> Option<&Transport> {
        let mid = section.mid.as_ref().filter(|_| section.is_data())?;
        self.transports.iter().find(|transport| transport.mid == *mid)
    }

    /// The smallest number that is no section's `mid`: short, as RFC 9143 §15.1 asks of what rides in RTP packets.
    fn unused_mid(&self) -> String {
        let used = |mid: &String| self.sections.iter().any(|section| section.mid.as_ref() == Some(mid));
        let mut mids = (0..=self.sections.len()).map(|number| number.to_string());
        mids.find(|mid| !used(mid)).unwrap_or_default()
    }
}
