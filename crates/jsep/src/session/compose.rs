//! What offers and answers of ours have in common (RFC 9429 §5.2.1).

use alloc::string::ToString;

use sdp::{Attribute, Group, Origin, SessionDescription, Setup};

use super::negotiation::Negotiation;
use super::{Proposal, Session};
use crate::config::DEFAULT_ICE_PACING;
use crate::section::setup_of;
use crate::{Description, DtlsRole, SdpType, Transport};

impl Session {
    /// Writes the description that proposes `negotiation`, with these sections in a bundle.
    pub(super) fn compose(
        &mut self,
        kind: SdpType,
        negotiation: Negotiation,
        bundle: Option<Group>,
    ) -> Proposal {
        let mut sdp = self.frame();
        sdp.attributes.extend(bundle.map(Attribute::Group));
        for section in &negotiation.sections {
            let transport =
                negotiation.transport_of(section).map(|transport| (transport, setup(kind, transport)));
            sdp.media.push(section.write(&self.config, transport, negotiation.sctp_port()));
        }
        self.candidates.write_into(&mut sdp);
        Proposal { description: Description::new(kind, sdp.to_string()), negotiation }
    }

    /// An empty description of ours, of a new version.
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
            let millis = self.config.ice_pacing.as_millis();
            frame.attributes.push(Attribute::IcePacing(u64::try_from(millis).unwrap_or(u64::MAX)));
        }
        frame
    }
}

/// An offer leaves the DTLS role open, an answer has decided it (RFC 8842 §5.2 and §5.3).
fn setup(kind: SdpType, transport: &Transport) -> Setup {
    match kind {
        SdpType::Offer => Setup::ActPass,
        _ => setup_of(transport.dtls_role.unwrap_or(DtlsRole::Client)),
    }
}
