//! Gathering (webrtc-pc §4.4.1.2). The application says which addresses it has bound; each is a host candidate.

use alloc::boxed::Box;
use alloc::string::String;
use core::net::SocketAddr;

use base::{Instant, Protocol};

use super::PeerConnection;
use crate::candidate::candidate_from_ice;
use crate::log::say;
use crate::state::IceGatheringState;
use crate::transport::Transport;
use crate::{Error, Event, IceCandidate, IceTransportPolicy};

impl PeerConnection {
    /// Tells of a UDP socket that the application has bound to `address`. Datagrams that come in on it, or are to go
    /// out by it, carry the address as their path's local end.
    ///
    /// # Errors
    /// [`Error::InvalidAddress`] for an address that no candidate can have: bind to each interface by itself.
    /// [`Error::TooManyAddresses`] beyond `ice::Config::max_local_candidates`: take away those that are gone.
    pub fn add_local_address(&mut self, address: SocketAddr) -> Result<(), Error> {
        self.alive()?;
        if !ice::is_candidate_address(address) {
            return Err(Error::InvalidAddress);
        }
        if self.addresses.contains(&address) {
            return Ok(());
        }
        if self.addresses.len() >= self.config.ice.max_local_candidates {
            say!(self.log(), debug, "the limit of local addresses is reached", limit = self.addresses.len());
            return Err(Error::TooManyAddresses);
        }
        self.addresses.push(address);
        self.restless = true;
        Ok(())
    }

    /// Tells that a socket is gone: nothing is sent from `address` any more. Where another address works the connection
    /// goes on there; where none does, tell of the new one and [restart](Self::restart_ice): descriptions name the old one
    /// until then. Whether it was one.
    pub fn remove_local_address(&mut self, now: Instant, address: SocketAddr) -> bool {
        // What was told of before has its turn first, so that no transport fails between two addresses.
        self.progress(now);
        let Some(index) = self.addresses.iter().position(|known| *known == address) else { return false };
        self.addresses.remove(index);
        for transport in &mut self.transports {
            transport.gathered = transport.gathered.saturating_sub(usize::from(index < transport.gathered));
            transport.ice.remove_local_address(now, address, Protocol::Udp);
        }
        self.restless = true;
        true
    }

    /// Says which candidates may be used from the next gathering on: the next transport, the next ICE restart. Of
    /// `setConfiguration` this is the part that can change; candidates that the peer knows stay.
    pub const fn set_ice_transport_policy(&mut self, policy: IceTransportPolicy) {
        self.config.ice_transport_policy = policy;
    }

    /// Gathers for every transport. There are only those that a description of ours names, which has been applied.
    pub(super) fn gather(&mut self, now: Instant) {
        for index in 0..self.transports.len() {
            if self.transports.get(index).is_some_and(|transport| !transport.is_proposed) {
                self.gather_for(now, index);
            }
        }
        // Transports may have gone.
        self.report_gathering_state();
    }

    fn gather_for(&mut self, now: Instant, index: usize) {
        let relay_only = self.config.ice_transport_policy == IceTransportPolicy::Relay;
        let Some(transport) = self.transports.get(index) else { return };
        let first = transport.gathered;
        let begins = transport.gathering != IceGatheringState::Complete || first < self.addresses.len();
        if !begins {
            return;
        }
        self.set_gathering_state(index, IceGatheringState::Gathering);
        let addresses = self.addresses.get(first..).unwrap_or_default().to_vec();
        for address in addresses {
            if !relay_only {
                self.gather_host(now, index, address);
            }
            if let Some(transport) = self.transports.get_mut(index) {
                transport.gathered = transport.gathered.saturating_add(1);
            }
        }
        let Some(transport) = self.transports.get_mut(index) else { return };
        transport.ice.end_of_local_candidates(now);
        let ufrag = transport.ice.local_parameters().username_fragment.clone();
        self.session.end_local_candidates(&ufrag);
        self.tell_candidate(index, None);
        self.set_gathering_state(index, IceGatheringState::Complete);
    }

    fn gather_host(&mut self, now: Instant, index: usize, address: SocketAddr) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        // ICE refuses none that was taken above.
        let Ok(candidate) = transport.ice.add_local_address(now, address, Protocol::Udp) else { return };
        let username_fragment = transport.ice.local_parameters().username_fragment.clone();
        let candidate = candidate_from_ice(&candidate, &username_fragment);
        self.session.add_local_candidate(&username_fragment, &candidate);
        self.tell_candidate(index, Some(candidate));
    }

    /// Tells of a candidate of a transport, or that its generation has no more.
    fn tell_candidate(&mut self, index: usize, candidate: Option<sdp::Candidate>) {
        let Some(transport) = self.transports.get(index) else { return };
        let ufrag = &transport.ice.local_parameters().username_fragment;
        let event = self.ice_candidate(transport, ufrag, candidate);
        self.events.push_back(Event::IceCandidate(Some(Box::new(event))));
    }

    /// A candidate of a transport, with the section that it is signalled for.
    pub(crate) fn ice_candidate(
        &self,
        transport: &Transport,
        username_fragment: &str,
        candidate: Option<sdp::Candidate>,
    ) -> IceCandidate {
        let section = self.session.place_of(&transport.mid);
        IceCandidate {
            candidate,
            sdp_mid: section.and_then(|(_, mid)| mid).map(String::from),
            sdp_m_line_index: section.map(|(place, _)| place),
            username_fragment: username_fragment.into(),
        }
    }

    /// The transport's state first, then what follows from it for the connection (webrtc-pc, "RTCIceTransport Interface").
    fn set_gathering_state(&mut self, index: usize, state: IceGatheringState) {
        if let Some(transport) = self.transports.get_mut(index).filter(|t| t.gathering != state) {
            transport.gathering = state;
            self.events.push_back(Event::IceTransportGatheringStateChange(transport.id, state));
        }
        self.report_gathering_state();
    }

    /// The state of all transports together (webrtc-pc §4.3.2).
    fn report_gathering_state(&mut self) {
        let state = IceGatheringState::of(&self.agreed_transports().map(|transport| transport.gathering));
        if self.states.gathering != state {
            self.states.gathering = state;
            self.events.push_back(Event::IceGatheringStateChange(state));
            if state == IceGatheringState::Complete {
                self.events.push_back(Event::IceCandidate(None));
            }
        }
    }
}
