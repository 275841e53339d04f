//! The peer's candidates: signalled (RFC 8838 §11) or discovered (RFC 8445 §7.3.1.3).

use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

use base::{Instant, Path, Protocol};

use super::{Remote, RemoteCandidate, Session};
use crate::candidate::{Candidate, CandidateKind, Foundation, TcpType, clamp_priority};
use crate::error::CandidateError;
use crate::pair::{Pair, PairId, PairState};
use crate::parameters::{Credentials, Parameters};
use crate::shared::Shared;

impl Session {
    pub(crate) fn candidate(&self, id: u32) -> Option<&Candidate> {
        self.candidates.iter().find(|c| c.id == id).map(|c| &c.candidate)
    }

    fn candidate_at(&self, protocol: Protocol, address: SocketAddr) -> Option<u32> {
        let at = |c: &&RemoteCandidate| {
            c.candidate.protocol == protocol && crate::candidate::same_endpoint(c.candidate.address, address)
        };
        self.candidates.iter().find(at).map(|c| c.id)
    }

    /// Learns the peer's credentials: checks may start. What came earlier under another name is forgotten.
    pub(crate) fn set_remote(&mut self, shared: &mut Shared, now: Instant, parameters: Parameters) {
        let mut username = String::from(&parameters.username_fragment);
        username.push(':');
        username.push_str(&self.local.parameters.username_fragment);
        self.forget_strangers(&parameters.username_fragment);
        let credentials = Credentials::new(shared.provider, parameters);
        self.remote = Some(Remote { credentials, username });
        self.started_at = Some(now);
    }

    /// Removes candidates that belong to another generation, and their pairs.
    fn forget_strangers(&mut self, username_fragment: &str) {
        self.candidates
            .retain(|c| c.candidate.username_fragment.as_deref().is_none_or(|u| u == username_fragment));
        let known: Vec<u32> = self.candidates.iter().map(|c| c.id).collect();
        self.retain_pairs(|p| known.contains(&p.remote));
    }

    /// Takes a signalled candidate. One that a check discovered before only learns its true nature: its pairs keep
    /// state, nomination and round-trip time.
    pub(crate) fn add_remote_candidate(
        &mut self,
        shared: &mut Shared,
        mut candidate: Candidate,
    ) -> Result<(), CandidateError> {
        candidate.priority = clamp_priority(candidate.priority);
        if let Some(known) = self.candidates.iter_mut().find(|c| c.candidate.is_same(&candidate)) {
            if known.candidate.kind == CandidateKind::PeerReflexive
                && candidate.kind != CandidateKind::PeerReflexive
            {
                known.candidate = candidate;
                let id = known.id;
                self.on_candidate_signalled(shared, id);
            }
            return Ok(());
        }
        let id = self.push_candidate(shared, candidate).ok_or(CandidateError::TooMany)?;
        for base in shared.locals.indices() {
            self.pair_up(shared, base, id);
        }
        Ok(())
    }

    /// The candidate from which a check came: known, or discovered just now, unless there are too many.
    pub(crate) fn discover(
        &mut self,
        shared: &mut Shared,
        path: &Path,
        priority: u32,
        username_fragment: &str,
    ) -> Option<(u32, bool)> {
        if let Some(id) = self.candidate_at(path.protocol, path.remote) {
            return Some((id, false));
        }
        let foundation = Foundation::numbered("prflx", self.next_candidate);
        let mut candidate =
            Candidate::new(foundation, CandidateKind::PeerReflexive, path.remote, clamp_priority(priority));
        candidate.protocol = path.protocol;
        candidate.tcp_type = (path.protocol == Protocol::Tcp).then_some(TcpType::Active);
        candidate.username_fragment = Some(String::from(username_fragment));
        self.push_candidate(shared, candidate).map(|id| (id, true))
    }

    fn push_candidate(&mut self, shared: &mut Shared, candidate: Candidate) -> Option<u32> {
        if self.candidates.len() >= shared.config.max_remote_candidates {
            shared.discards.count_remote_candidate();
            return None;
        }
        let id = self.next_candidate;
        self.next_candidate = self.next_candidate.wrapping_add(1);
        self.candidates.reserve_exact(1);
        self.candidates.push(RemoteCandidate { id, candidate });
        Some(id)
    }

    /// A discovered candidate got its foundation and its priority; it may make further pairs now.
    fn on_candidate_signalled(&mut self, shared: &mut Shared, id: u32) {
        for index in 0..self.pairs.len() {
            if self.pairs.get(index).is_some_and(|p| p.remote == id) {
                self.refresh_foundation(shared, index);
                self.refresh_priority(shared, index);
            }
        }
        for base in shared.locals.indices() {
            self.pair_up(shared, base, id);
        }
    }

    /// Pairs a new local candidate with all of the peer's.
    pub(crate) fn on_local_candidate(&mut self, shared: &mut Shared, base: usize) {
        for index in 0..self.candidates.len() {
            if let Some(id) = self.candidates.get(index).map(|c| c.id) {
                self.pair_up(shared, base, id);
            }
        }
    }

    /// The pair on `path`, which an authenticated check took: made if need be.
    pub(crate) fn pair_of_check(
        &mut self,
        shared: &mut Shared,
        path: &Path,
        base: usize,
        remote: u32,
    ) -> Option<PairId> {
        if let Some(pair) = self.pair_on(path) {
            return Some(pair.id);
        }
        let mut pair = Pair::new(PairId(shared.next_pair), *path, base, remote);
        pair.heard = true;
        let id = self.insert_pair(shared, pair)?;
        self.pair_mut(id)?.state = PairState::Waiting;
        Some(id)
    }
}
