//! Applying a remote description (RFC 9429 §5.6, §5.10 and §5.11).

use alloc::string::{String, ToString};

use sdp::{Media, MediaKind, SessionDescription, Setup};

use super::{Negotiation, Session};
use crate::config::DEFAULT_SCTP_PORT;
use crate::credentials::tls_id;
use crate::description::Applied;
use crate::section::{Purpose, Section};
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
        // Glare: an offer in have-local-offer takes our own back (webrtc-pc §4.4.1.5), once it proves applicable.
        let glare = description.kind == SdpType::Offer && self.state == SignalingState::HaveLocalOffer;
        let from = if glare { SignalingState::Stable } else { self.state };
        let state = from.after_remote(description.kind).ok_or(Error::InvalidState)?;
        let sdp = SessionDescription::parse(&description.sdp)?;
        verify::description(&sdp)?;
        let negotiation = match description.kind {
            SdpType::Offer => self.offered(&sdp)?,
            _ => self.answered(&sdp)?,
        };
        if glare {
            self.rollback()?;
        }
        self.enter(state, negotiation);
        self.keep_remote(description.kind, Applied::new(description.kind, &sdp));
        Ok(())
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

    /// What holds after the peer's offer: it builds on the last stable state, whatever was offered since.
    fn offered(&mut self, sdp: &SessionDescription) -> Result<Negotiation, Error> {
        let mut negotiation = self.stable.as_ref().unwrap_or(&self.negotiation).clone();
        if sdp.media.len() < negotiation.sections.len() {
            return Err(Error::SectionMismatch);
        }
        for (index, media) in sdp.media.iter().enumerate() {
            let section = Section::offered(media);
            match negotiation.sections.get_mut(index) {
                Some(known) => known.renew(section)?,
                None => negotiation.sections.push(section),
            }
        }
        negotiation.keep_one_data_section();
        match negotiation.data_index().and_then(|index| Some((index, sdp.media.get(index)?))) {
            Some((index, media)) => self.accept_data(&mut negotiation, index, sdp, media)?,
            None => negotiation.drop_data(),
        }
        Ok(negotiation)
    }

    /// Takes the offered section for data channels: a transport of its own, or the one that it had.
    fn accept_data(
        &mut self,
        negotiation: &mut Negotiation,
        index: usize,
        sdp: &SessionDescription,
        media: &Media,
    ) -> Result<(), Error> {
        let remote = self.remote_transport(sdp, media)?;
        let setup = verify::setup(sdp, media).unwrap_or(Setup::ActPass);
        let mid = negotiation.name_section(index);
        let position = negotiation.transports.iter().position(|transport| transport.mid == mid);
        let mut transport = match position {
            Some(position) => negotiation.transports.swap_remove(position),
            // The offerer controls, unless it is lite and we are not (RFC 8445 §6.1.1).
            None if remote.ice_lite && !self.config.ice_lite => {
                self.new_transport(mid.clone(), IceRole::Controlling)
            }
            None => self.new_transport(mid.clone(), IceRole::Controlled),
        };
        let restart = transport.remote.as_ref().is_some_and(|known| known.ice != remote.ice);
        if transport.continue_with(remote, restart)? == Continues::Anew {
            transport.tls_id = tls_id(&mut self.rng);
        }
        if restart {
            transport.local = IceCredentials::generate(&mut self.rng);
        }
        transport.dtls_role = Some(role_in_answer(setup, transport.dtls_role)?);
        negotiation.transports.push(transport);
        negotiation.data = Some(self.data_transport(mid, media));
        Ok(())
    }

    /// The transport that `media` describes, if it goes together with ours.
    fn remote_transport(&self, sdp: &SessionDescription, media: &Media) -> Result<RemoteTransport, Error> {
        let remote = verify::transport(sdp, media)?;
        if remote.ice_lite && self.config.ice_lite { Err(Error::BothIceLite) } else { Ok(remote) }
    }

    /// What holds after the peer's answer: it has our sections, each taken or rejected.
    fn answered(&mut self, sdp: &SessionDescription) -> Result<Negotiation, Error> {
        let mut negotiation = self.negotiation.clone();
        let matches = sdp.media.len() == negotiation.sections.len()
            && negotiation
                .sections
                .iter()
                .zip(&sdp.media)
                .all(|(section, media)| section.is_answered_by(media));
        if !matches {
            return Err(Error::SectionMismatch);
        }
        let Some(index) = negotiation.data_index() else { return Ok(negotiation) };
        let media = sdp.media.get(index).ok_or(Error::SectionMismatch)?;
        if media.is_rejected() {
            negotiation.reject(index);
            negotiation.drop_data();
            return Ok(negotiation);
        }
        let remote = self.remote_transport(sdp, media)?;
        let setup = verify::setup(sdp, media).ok_or(Error::InvalidSetup)?;
        let mid = negotiation.name_section(index);
        let transport = negotiation.transports.iter_mut().find(|transport| transport.mid == mid);
        let transport = transport.ok_or(Error::SectionMismatch)?;
        if remote.ice_lite && !self.config.ice_lite {
            transport.ice_role = IceRole::Controlling;
        }
        let restart = transport.remote.as_ref().is_some_and(|known| known.ice != remote.ice);
        transport.continue_with(remote, restart)?;
        transport.dtls_role = Some(role_after_answer(setup, transport.dtls_role)?);
        negotiation.data = Some(self.data_transport(mid, media));
        Ok(negotiation)
    }

    fn data_transport(&self, mid: String, media: &Media) -> DataTransport {
        let size = media.max_message_size().unwrap_or(DEFAULT_MAX_MESSAGE_SIZE);
        // RFC 8841 §5.1 demands the attribute; the few that forget it use the customary port.
        let remote_port = media.sctp_port().unwrap_or(DEFAULT_SCTP_PORT);
        DataTransport {
            transport: mid.clone(),
            mid,
            local_port: if remote_port == 0 { 0 } else { self.config.sctp_port },
            remote_port: Some(remote_port),
            remote_max_message_size: (size != 0).then_some(size),
        }
    }
}

impl Section {
    /// The same section in a later offer. Its kind and its name stay, unless it was rejected and is recycled
    /// (RFC 9429 §5.10).
    fn renew(&mut self, offered: Self) -> Result<(), Error> {
        let same = self.kind == offered.kind && self.mid == offered.mid;
        if !same && self.purpose != Purpose::Rejected {
            return Err(Error::SectionMismatch);
        }
        *self = offered;
        Ok(())
    }

    /// Whether `media` can be the answer to this section (RFC 9429 §5.8.3).
    fn is_answered_by(&self, media: &Media) -> bool {
        let mid = media.is_rejected() || media.mid().is_none() || media.mid() == self.mid.as_deref();
        self.kind == media.kind && self.protocol.eq_ignore_ascii_case(&media.protocol) && mid
    }
}

impl Negotiation {
    fn data_index(&self) -> Option<usize> {
        self.sections.iter().position(Section::is_data)
    }

    /// A session has one SCTP transport: a second section for data channels is rejected.
    fn keep_one_data_section(&mut self) {
        self.sections.iter_mut().filter(|section| section.is_data()).skip(1).for_each(|section| {
            section.purpose = Purpose::Rejected;
        });
    }

    fn reject(&mut self, index: usize) {
        if let Some(section) = self.sections.get_mut(index) {
            section.purpose = Purpose::Rejected;
        }
    }

    fn drop_data(&mut self) {
        if let Some(data) = self.data.take() {
            self.transports.retain(|transport| transport.mid != data.transport);
        }
    }

    /// The section's `mid`; one that came without gets the name of its place (RFC 9429 §5.10).
    fn name_section(&mut self, index: usize) -> String {
        let fallback = index.to_string();
        let Some(section) = self.sections.get_mut(index) else { return fallback };
        debug_assert!(section.kind == MediaKind::Application, "only data sections have transports so far");
        section.mid.get_or_insert(fallback).clone()
    }
}

impl Transport {
    /// Takes over what the peer says of its end: the same DTLS association, or a new one, which needs an ICE restart
    /// (RFC 9429 §5.11).
    fn continue_with(&mut self, remote: RemoteTransport, restart: bool) -> Result<Continues, Error> {
        let anew = self.remote.as_ref().is_some_and(|known| remote.is_new_association(known));
        if anew && !restart {
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
/// client, so that our first flight needs not wait for the answer's way (RFC 9429 §5.3.1).
fn role_in_answer(offered: Setup, established: Option<DtlsRole>) -> Result<DtlsRole, Error> {
    let role = match offered {
        Setup::ActPass => return Ok(established.unwrap_or(DtlsRole::Client)),
        Setup::Active => DtlsRole::Server,
        Setup::Passive => DtlsRole::Client,
        Setup::HoldConn => return Err(Error::InvalidSetup),
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
