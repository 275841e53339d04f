//! Applying a remote description (RFC 9429 §5.6, §5.10 and §5.11).

use alloc::string::String;

use sdp::{Media, SessionDescription, Setup};

use super::Session;
use super::negotiation::Negotiation;
use crate::applied::Applied;
use crate::config::DEFAULT_SCTP_PORT;
use crate::credentials::tls_id;
use crate::layout::Layout;
use crate::{
    DataTransport, Description, DtlsRole, Error, IceCredentials, IceRole, RemoteTransport, SdpType,
    SignalingState, Transport, verify,
};

/// What a peer that names no maximum takes (RFC 8841 §6.1).
const DEFAULT_MAX_MESSAGE_SIZE: u64 = 65_536;

impl Session {
    /// Applies the peer's description. An offer that meets an offer of ours takes ours back first.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if this type of description is not possible now; another [`Error`] if the description
    /// cannot be read, lacks what it must have, or does not fit the session.
    pub fn set_remote_description(&mut self, description: &Description) -> Result<(), Error> {
        if description.kind == SdpType::Rollback {
            return self.rollback();
        }
        // Glare: an offer in have-local-offer takes our own back first (webrtc-pc §4.4.1.6). That holds whatever the offer
        // turns out to be.
        if description.kind == SdpType::Offer && self.state == SignalingState::HaveLocalOffer {
            self.rollback()?;
        }
        let state = self.state.after_remote(description.kind).ok_or(Error::InvalidState)?;
        if description.sdp.len() > self.config.max_description_len {
            return Err(Error::DescriptionTooLong);
        }
        let sdp = SessionDescription::parse(&description.sdp)?;
        verify::description(&sdp, self.config.max_sections)?;
        let layout = Layout::of(&sdp);
        let negotiation = match description.kind {
            SdpType::Offer => self.offered(&layout)?,
            _ => self.answered(&layout)?,
        };
        let mut applied = Applied::new(description.kind, layout);
        if description.kind == SdpType::Offer {
            self.take_up(&mut applied);
        }
        self.enter(state, description.kind, negotiation);
        self.keep_remote(description.kind, applied);
        Ok(())
    }

    /// The peer's offer takes the place of the one before, if there was one. It may be one that has an answer already.
    fn take_up(&mut self, offer: &mut Applied) {
        if let Some(replaced) = self.pending_remote.take() {
            offer.replace(&replaced);
            self.set_aside(replaced);
        }
        self.answered_before.take_if(|answered| offer.says(answered));
    }

    fn keep_remote(&mut self, kind: SdpType, applied: Applied) {
        if kind == SdpType::Answer {
            self.current_remote = Some(applied);
            self.current_local = self.pending_local.take();
            self.pending_remote = None;
        } else {
            self.pending_remote = Some(applied);
        }
    }

    /// What the peer's offer proposes: it builds on the last answer, whatever was offered since.
    fn offered(&mut self, offer: &Layout<'_>) -> Result<Negotiation, Error> {
        let mut negotiation = self.stable.clone();
        negotiation.renew_sections(&offer.sdp.media)?;
        negotiation.data = None;
        if let Some(section) = negotiation.data_section(offer.sdp) {
            self.accept_data(&mut negotiation, offer, section)?;
        }
        Ok(negotiation)
    }

    /// Takes the offered section for data channels: a transport of its own, or the one that it had.
    fn accept_data(
        &mut self,
        negotiation: &mut Negotiation,
        offer: &Layout<'_>,
        (place, name, media): (usize, String, &Media),
    ) -> Result<(), Error> {
        let remote = self.remote_transport(offer, place)?;
        let setup = verify::setup(offer, place);
        // The offerer controls, unless it is lite and we are not (RFC 8445 §6.1.1).
        let role = if remote.ice_lite { IceRole::Controlling } else { IceRole::Controlled };
        let new = || self.new_transport(name.clone(), place, role);
        let transport = negotiation.transport_or(&name, new).ok_or(Error::SectionMismatch)?;
        transport.place = place;
        let restart = transport.is_restarted_by(&remote);
        if transport.continue_with(remote)? == Continues::Anew {
            transport.tls_id = tls_id(&mut self.rng);
        }
        if restart {
            transport.local = IceCredentials::generate(&mut self.rng);
        }
        transport.dtls_role = Some(role_in_answer(setup, transport.dtls_role)?);
        negotiation.data = Some(self.data_transport(name, media));
        Ok(())
    }

    /// What the peer's answer makes of our offer: it has our sections, each taken or rejected. The transports may have
    /// seen a provisional answer already; the sections, each answer decides anew (RFC 9429 §4.1.10.1).
    fn answered(&self, answer: &Layout<'_>) -> Result<Negotiation, Error> {
        let offered = self.offered.as_ref().ok_or(Error::InvalidState)?;
        let mut negotiation = Negotiation { transports: self.transports().to_vec(), ..offered.clone() };
        let same_count = answer.sdp.media.len() == offered.sections.len();
        let mut answers = offered.sections.iter().zip(&answer.sdp.media);
        if !same_count || !answers.all(|(section, media)| section.is_answered_by(media)) {
            return Err(Error::SectionMismatch);
        }
        match offered.data_section(answer.sdp) {
            Some((_, _, media)) if media.is_rejected() => negotiation.reject_data(),
            Some(section) => self.take_answer(&mut negotiation, answer, section)?,
            None => {}
        }
        Ok(negotiation)
    }

    /// The peer has taken our section for data channels.
    fn take_answer(
        &self,
        negotiation: &mut Negotiation,
        answer: &Layout<'_>,
        (place, name, media): (usize, String, &Media),
    ) -> Result<(), Error> {
        let remote = self.remote_transport(answer, place)?;
        let setup = verify::setup(answer, place).ok_or(Error::InvalidSetup)?;
        self.check_restart(&name, &remote)?;
        let transport = negotiation.transport_mut(&name).ok_or(Error::SectionMismatch)?;
        if remote.ice_lite {
            transport.ice_role = IceRole::Controlling;
        }
        transport.continue_with(remote)?;
        transport.dtls_role = Some(role_after_answer(setup, transport.dtls_role)?);
        negotiation.data = Some(self.data_transport(name, media));
        Ok(())
    }

    /// The peer restarts ICE if we did: else one side would use credentials that the other does not know (RFC 9429 §5.10).
    /// Where the credentials that we offered are new, provisional answers may differ: they may come from several peers
    /// (RFC 9429 §3.8.1).
    fn check_restart(&self, name: &str, remote: &RemoteTransport) -> Result<(), Error> {
        let mut offered = self.offered.iter().flat_map(|offered| &offered.transports);
        let before = offered.find(|transport| transport.mid == name);
        let fits = before.is_none_or(|before| before.restarting == before.is_restarted_by(remote));
        if fits { Ok(()) } else { Err(Error::RestartMismatch) }
    }

    /// The transport of the section at `place`, if it goes together with ours.
    fn remote_transport(&self, sdp: &Layout<'_>, place: usize) -> Result<RemoteTransport, Error> {
        let remote = verify::transport(sdp, place)?;
        if remote.ice_lite && self.config.ice_lite { Err(Error::BothIceLite) } else { Ok(remote) }
    }

    fn data_transport(&self, name: String, media: &Media) -> DataTransport {
        let size = media.max_message_size().unwrap_or(DEFAULT_MAX_MESSAGE_SIZE);
        // RFC 8841 §5.1 demands the attribute; the few that forget it use the customary port.
        let remote_port = media.sctp_port().unwrap_or(DEFAULT_SCTP_PORT);
        DataTransport {
            transport: name.clone(),
            mid: name,
            local_port: if remote_port == 0 { 0 } else { self.config.sctp_port },
            remote_port: Some(remote_port),
            remote_max_message_size: (size != 0).then_some(size),
        }
    }
}

impl Transport {
    /// Whether the peer has other ICE credentials than before.
    fn is_restarted_by(&self, remote: &RemoteTransport) -> bool {
        self.remote.as_ref().is_some_and(|known| known.ice != remote.ice)
    }

    /// Takes over what the peer says of its end: the same DTLS association, or a new one, which needs an ICE restart
    /// (RFC 9429 §5.11).
    fn continue_with(&mut self, remote: RemoteTransport) -> Result<Continues, Error> {
        let anew = self.remote.as_ref().is_some_and(|known| remote.is_new_association(known));
        if anew && !self.is_restarted_by(&remote) {
            return Err(Error::RestartNeeded);
        }
        if anew {
            self.association = self.association.saturating_add(1);
            self.dtls_role = None;
        }
        self.remote = Some(remote);
        self.restarting = false;
        Ok(if anew { Continues::Anew } else { Continues::AsBefore })
    }
}

/// Whether the DTLS association of a transport lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Continues {
    AsBefore,
    /// Another one begins, which an answerer gives an id of its own (RFC 8842 §5.3).
    Anew,
}

/// Our role when we answer an offer with this `a=setup`: the one that we have, else what the offer leaves us, else
/// client, so that our first flight needs not wait for the answer's way (RFC 9429 §5.3.1). An offerer that does not say is
/// active (RFC 4145 §4).
fn role_in_answer(offered: Option<Setup>, established: Option<DtlsRole>) -> Result<DtlsRole, Error> {
    let role = match offered {
        Some(Setup::ActPass) => return Ok(established.unwrap_or(DtlsRole::Client)),
        None => return Ok(established.unwrap_or(DtlsRole::Server)),
        Some(Setup::Active) => DtlsRole::Server,
        Some(Setup::Passive) => DtlsRole::Client,
        Some(Setup::HoldConn) => return Err(Error::InvalidSetup),
    };
    unchanged(role, established)
}

/// Our role after an answer with this `a=setup`.
fn role_after_answer(answered: Setup, established: Option<DtlsRole>) -> Result<DtlsRole, Error> {
    let role = match answered {
        Setup::Active => DtlsRole::Server,
        Setup::Passive => DtlsRole::Client,
        Setup::ActPass | Setup::HoldConn => return Err(Error::InvalidSetup),
    };
    unchanged(role, established)
}

/// Roles last as long as the association (RFC 8842 §5.5).
fn unchanged(role: DtlsRole, established: Option<DtlsRole>) -> Result<DtlsRole, Error> {
    if established.is_some_and(|known| known != role) { Err(Error::InvalidSetup) } else { Ok(role) }
}
