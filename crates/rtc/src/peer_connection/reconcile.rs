//! Making what both sides agreed on so. The session says what should be; this compares it with what is. While an offer
//! of the peer waits for its answer, nothing differs.

use alloc::boxed::Box;
use alloc::string::String;

use base::Instant;

use super::PeerConnection;
use super::construction::child;
use crate::certificate::from_sdp;
use crate::error::ConfigurationError;
use crate::log::say;
use crate::state::IceGatheringState;
use crate::transport::{Transport, TransportId};
use crate::{Configuration, Error, Event};

impl PeerConnection {
    /// Brings the transports and the association into line with the session.
    pub(super) fn reconcile(&mut self, now: Instant) -> Result<(), Error> {
        let agreed = self.session.transports().to_vec();
        let proposed = self.session.proposed_transports().to_vec();
        self.drop_transports(now, |mid| agreed.iter().chain(&proposed).any(|known| known.mid == mid));
        for proposed in &proposed {
            if !self.transports.iter().any(|transport| transport.mid == proposed.mid) {
                let index = self.add_transport(proposed)?;
                self.transports.get_mut(index).into_iter().for_each(|transport| transport.is_proposed = true);
            }
        }
        for agreed in &agreed {
            let index = match self.transports.iter().position(|transport| transport.mid == agreed.mid) {
                Some(index) => index,
                None => self.add_transport(agreed)?,
            };
            let Some(transport) = self.transports.get_mut(index) else { continue };
            transport.is_proposed = false;
            let rng = &mut self.rng;
            bring_into_line(transport, agreed, &self.config, now, || child(rng))?;
        }
        self.reconcile_association(now)?;
        self.add_described_candidates(now);
        self.replay_early(now);
        Ok(())
    }

    /// Transports that were rejected or rolled back end.
    fn drop_transports(&mut self, now: Instant, is_wanted: impl Fn(&str) -> bool) {
        for mut gone in self.transports.extract_if(.., |transport| !is_wanted(&transport.mid)) {
            gone.ice.close(now);
        }
    }

    fn add_transport(&mut self, agreed: &jsep::Transport) -> Result<usize, Error> {
        let mut config = self.config.ice.clone();
        config.local_parameters = Some(parameters(&agreed.local, config.lite));
        let mut agent = ice::Agent::new(config, self.config.provider, child(&mut self.rng))
            .map_err(ConfigurationError::Ice)?;
        // From here on the agent knows better: of a lite peer, and of conflicts (RFC 8445 §7.3.1.1 and §9).
        agent.set_role(role(agreed.ice_role));
        let id = TransportId(self.next_transport);
        let fragment = self.log().shown(&agreed.local.username_fragment);
        let role = agent.role().as_str();
        say!(
            self.log(),
            debug,
            "a transport is made",
            transport = id.0,
            ice_role = role,
            fragment = fragment
        );
        self.next_transport = self.next_transport.wrapping_add(1);
        self.transports.reserve_exact(1);
        self.transports.push(Transport::new(id, agreed.mid.clone(), agent));
        Ok(self.transports.len().saturating_sub(1))
    }

    /// The candidates that stand in the remote description. Those that ICE has already, it takes once.
    fn add_described_candidates(&mut self, now: Instant) {
        for candidate in self.session.described_candidates() {
            self.take_remote_candidate(now, &candidate);
        }
    }

    /// Gives a candidate of the peer to the transports that it is for.
    pub(super) fn take_remote_candidate(&mut self, now: Instant, candidate: &jsep::RemoteCandidate) {
        for transport in self.transports.iter_mut().filter(|t| candidate.transports.contains(&t.mid)) {
            if let Err(reason) = transport.take_remote_candidate(now, candidate) {
                say!(self.events.log, debug, "a candidate of the peer is refused", reason = reason);
            }
        }
        if let Some(sdp::CandidateAddress::Name(name)) = candidate.candidate.as_ref().map(|c| &c.address) {
            self.events.push_back(Event::UnresolvedCandidate(name.as_str().into()));
        }
    }

    /// Handshake datagrams that came before the answer are taken now.
    fn replay_early(&mut self, now: Instant) {
        for index in 0..self.transports.len() {
            let Some(transport) = self.transports.get_mut(index).filter(|t| t.dtls.is_some()) else {
                continue;
            };
            for (path, mut datagram) in transport.take_early() {
                // The peer repeats what is ignored here, as it would if the network had lost it.
                let _ = self.handle_dtls(now, path, &mut datagram);
            }
        }
    }
}

fn bring_into_line(
    transport: &mut Transport,
    agreed: &jsep::Transport,
    config: &Configuration,
    now: Instant,
    rng: impl FnOnce() -> crypto::Rng,
) -> Result<(), Error> {
    let local = parameters(&agreed.local, config.ice.lite);
    if *transport.ice.local_parameters() != local {
        restart(transport, local, now)?;
    }
    let Some(remote) = &agreed.remote else { return Ok(()) };
    if !agreed.restarting {
        transport.ice.set_remote_pacing(remote.ice_pacing);
        let ice = parameters(&remote.ice, remote.ice_lite);
        // A restart of the peer comes with one of ours. Where ours are as before, another peer has answered.
        transport.ice.replace_remote_parameters(now, ice).map_err(|_| jsep::Error::InvalidIceCredentials)?;
    }
    let Some(dtls_role) = agreed.dtls_role else { return Ok(()) };
    if transport.dtls.is_none() || transport.association != agreed.association {
        let role = match dtls_role {
            jsep::DtlsRole::Client => dtls::Role::Client,
            jsep::DtlsRole::Server => dtls::Role::Server,
        };
        let identities = config.identities()?;
        let dtls = dtls::Connection::new(config.dtls(), role, identities, config.provider, rng())
            .map_err(ConfigurationError::Dtls)?;
        transport.dtls = Some(Box::new(dtls));
        transport.association = agreed.association;
        transport.started = false;
    }
    if let Some(dtls) = &mut transport.dtls {
        dtls.set_remote_fingerprints(now, remote.fingerprints.iter().map(from_sdp).collect());
    }
    Ok(())
}

/// A new generation; or, where its offer was rolled back, the one before.
fn restart(transport: &mut Transport, local: ice::Parameters, now: Instant) -> Result<(), Error> {
    let undone = transport.ice.undo_restart(now) && *transport.ice.local_parameters() == local;
    if !undone {
        transport.ice.restart_with(now, local).map_err(|_| jsep::Error::InvalidIceCredentials)?;
        transport.gathered = 0;
        transport.gathering = IceGatheringState::New;
    }
    Ok(())
}

fn parameters(credentials: &jsep::IceCredentials, lite: bool) -> ice::Parameters {
    let (ufrag, pwd): (String, String) =
        (credentials.username_fragment.clone(), credentials.password.clone());
    let mut parameters = ice::Parameters::new(ufrag, pwd);
    parameters.lite = lite;
    parameters
}

const fn role(role: jsep::IceRole) -> ice::Role {
    match role {
        jsep::IceRole::Controlling => ice::Role::Controlling,
        jsep::IceRole::Controlled => ice::Role::Controlled,
    }
}
