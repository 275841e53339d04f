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
    /// The candidate with this number: numbers grow, and the list is in their order.
    pub(crate) fn candidate(&self, id: u32) -> Option<&Candidate> {
        let at = self.candidates.binary_search_by_key(&id, |c| c.id).ok()?;
        self.candidates.get(at).map(|c| &c.candidate)
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
        self.retain_pairs(|p| known.binary_search(&p.remote).is_ok());
    }

    /// Takes a signalled candidate. One that a check discovered before only learns its true nature: its pairs keep
    /// state, nomination and round-trip time.
    pub(crate) fn add_remote_candidate(
        &mut self,
        shared: &mut Shared,
        mut candidate: Candidate,
    ) -> Result<(), CandidateError> {
        candidate.priority = clamp_priority(candidate.priority);
        let known = self.candidates.iter().find(|c| c.candidate.is_same(&candidate));
        let known = known.map(|c| (c.id, c.discovered));
        if known.is_some_and(|(_, discovered)| !discovered) {
            return Ok(());
        }
        let signalled = self.candidates.iter().filter(|c| !c.discovered).count();
        if signalled >= shared.config.max_remote_candidates {
            shared.discards.count_remote_candidate();
            return Err(CandidateError::TooMany);
        }
        let id = match known {
            Some((id, _)) => {
                self.on_candidate_signalled(shared, id, candidate);
                id
            }
            None => self.push_candidate(candidate, false),
        };
        for base in shared.locals.indices() {
            self.pair_up(shared, base, id);
        }
        Ok(())
    }

    /// The candidate from which a check came: known, or discovered just now.
    pub(crate) fn discover(&mut self, path: &Path, priority: u32, username_fragment: &str) -> (u32, bool) {
        if let Some(id) = self.candidate_at(path.protocol, path.remote) {
            return (id, false);
        }
        let foundation = Foundation::numbered("prflx", self.next_candidate);
        let mut candidate =
            Candidate::new(foundation, CandidateKind::PeerReflexive, path.remote, clamp_priority(priority));
        candidate.protocol = path.protocol;
        candidate.tcp_type = (path.protocol == Protocol::Tcp).then_some(TcpType::Active);
        candidate.username_fragment = Some(String::from(username_fragment));
        (self.push_candidate(candidate, true), true)
    }

    /// Whether a check that came by a new path may make a pair. Where there are too many already, one of those makes room
    /// that proved nothing: the oldest that was checked in vain, or else the newest that was not yet checked.
    pub(crate) fn make_room(&mut self, shared: &mut Shared) -> bool {
        let discovered = self.pairs.iter().filter(|p| p.discovered).count();
        if discovered < shared.config.max_discovered_pairs {
            return true;
        }
        shared.discards.count_remote_candidate();
        let (triggered, busy) = (&self.triggered, [self.nominated, self.nominating]);
        let expendable = |p: &&Pair| p.is_expendable() && !busy.contains(&Some(p.id));
        let mut expendable = self.pairs.iter().filter(expendable).map(|p| p.id);
        let mut waiting = None;
        let checked = expendable.find(|id| {
            let waits = triggered.contains(id);
            if waits {
                waiting = Some(*id);
            }
            !waits
        });
        let Some(gone) = checked.or(waiting) else { return false };
        self.remove_pair(gone);
        true
    }

    /// Removes the candidates that only checks have revealed and that are in no pair any more.
    pub(crate) fn forget_discovered(&mut self) {
        let pairs = &self.pairs;
        self.candidates.retain(|c| !c.discovered || pairs.iter().any(|p| p.remote == c.id));
    }

    fn push_candidate(&mut self, candidate: Candidate, discovered: bool) -> u32 {
        let id = self.next_candidate;
        self.next_candidate = self.next_candidate.wrapping_add(1);
        self.candidates.reserve_exact(1);
        self.candidates.push(RemoteCandidate { id, candidate, discovered });
        id
    }

    /// A discovered candidate got its foundation and its priority.
    fn on_candidate_signalled(&mut self, shared: &Shared, id: u32, candidate: Candidate) {
        if let Some(known) = self.candidates.iter_mut().find(|c| c.id == id) {
            (known.candidate, known.discovered) = (candidate, false);
        }
        for index in 0..self.pairs.len() {
            if let Some(pair) = self.pairs.get_mut(index).filter(|p| p.remote == id) {
                pair.discovered = false;
                self.refresh_foundation(shared, index);
                self.refresh_priority(shared, index);
            }
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
        pair.discovered = self.candidates.iter().any(|c| c.id == remote && c.discovered);
        let id = self.insert_pair(shared, pair)?;
        self.pair_mut(id)?.state = PairState::Waiting;
        Some(id)
    }
}
