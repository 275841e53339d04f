//! Candidates come and go: ours as the application has addresses, the peer's as signalling tells (RFC 8838).

use core::net::SocketAddr;

use base::{Instant, Protocol};

use super::Agent;
use crate::candidate::{Candidate, is_candidate_address};
use crate::error::{CandidateError, LocalAddressError};
use crate::event::State;
use crate::local::LocalCandidate;

impl Agent {
    /// Adds an address that the application has bound: a host candidate. Over TCP it is one at which the application
    /// listens. The same address again gives the same candidate: so it is added to another generation.
    ///
    /// # Errors
    /// [`LocalAddressError`] if the address can be no candidate.
    pub fn add_local_address(
        &mut self,
        now: Instant,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Result<Candidate, LocalAddressError> {
        self.refuse_if_closed()?;
        let index = self.shared.locals.add_host(address, protocol, self.current.announced())?;
        self.on_local_candidate(now, index)
    }

    /// Adds a candidate that was gathered elsewhere: server-reflexive, relayed, or over TCP.
    ///
    /// # Errors
    /// [`LocalAddressError`] if the address can be no candidate.
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        local: LocalCandidate,
    ) -> Result<Candidate, LocalAddressError> {
        self.refuse_if_closed()?;
        let index = self.shared.locals.add(local, self.current.announced())?;
        self.on_local_candidate(now, index)
    }

    /// Withdraws an address that the application has bound no longer, and the candidates that have it as their base. Their
    /// pairs are gone at once, in every generation; where another works, data takes that one. What the peer was told it
    /// does not unlearn: a [`restart`](Self::restart) tells it anew. Whether there was such a candidate.
    pub fn remove_local_address(&mut self, now: Instant, address: SocketAddr, protocol: Protocol) -> bool {
        let now = self.shared.tick(now);
        let removed = self.shared.locals.remove(protocol, address);
        if removed {
            self.shared.outbox.forget(protocol, address);
            self.current.on_local_removed(&self.shared);
            self.current.search_again();
            if let Some(previous) = &mut self.previous {
                previous.session.on_local_removed(&self.shared);
            }
            self.advance(now);
        }
        removed
    }

    /// There are no more local candidates in this generation.
    pub fn end_of_local_candidates(&mut self, now: Instant) {
        let now = self.shared.tick(now);
        self.end_of_local = true;
        self.advance(now);
    }

    /// Adds a candidate of the peer. One that is known already changes nothing.
    ///
    /// # Errors
    /// [`CandidateError`] if it cannot be used; a counter of [`discards`](Self::discards) knows.
    pub fn add_remote_candidate(&mut self, now: Instant, candidate: Candidate) -> Result<(), CandidateError> {
        let now = self.shared.tick(now);
        let checked = self.check_remote_candidate(&candidate);
        if checked.is_err() {
            self.shared.discards.count_remote_candidate();
        }
        checked?;
        self.current.add_remote_candidate(&mut self.shared, candidate)?;
        self.advance(now);
        Ok(())
    }

    /// The peer has no more candidates in this generation.
    pub fn end_of_remote_candidates(&mut self, now: Instant) {
        let now = self.shared.tick(now);
        self.current.end_of_candidates = true;
        self.advance(now);
    }

    fn refuse_if_closed(&self) -> Result<(), LocalAddressError> {
        if self.state == State::Closed { Err(LocalAddressError::Closed) } else { Ok(()) }
    }

    fn on_local_candidate(&mut self, now: Instant, index: usize) -> Result<Candidate, LocalAddressError> {
        let now = self.shared.tick(now);
        self.current.on_local_candidate(&mut self.shared, index);
        self.advance(now);
        let local = self.shared.locals.get(index).ok_or(LocalAddressError::TooMany)?;
        Ok(local.candidate.clone())
    }

    fn check_remote_candidate(&self, candidate: &Candidate) -> Result<(), CandidateError> {
        if self.state == State::Closed {
            return Err(CandidateError::Closed);
        }
        let generation = self.current.remote_parameters().map(|p| p.username_fragment.as_str());
        if let (Some(theirs), Some(current)) = (candidate.username_fragment.as_deref(), generation)
            && theirs != current
        {
            return Err(CandidateError::WrongGeneration);
        }
        if candidate.component != 1 {
            return Err(CandidateError::Component);
        }
        is_candidate_address(candidate.address).then_some(()).ok_or(CandidateError::Unusable)
    }
}
