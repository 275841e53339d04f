//! One generation of credentials: the peer's side of it, and the checklist (RFC 8445 §6.1.2 and §9).

mod checklist;
mod checks;
mod nomination;
mod remote;
mod transactions;
mod upkeep;
mod validity;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use base::{Instant, Path};
use stun::TransactionId;

pub(crate) use self::transactions::Novelty;
use self::transactions::Transactions;
use crate::candidate::Candidate;
use crate::local::Announced;
use crate::pair::{Pair, PairId, PairState, PairView};
use crate::parameters::{Credentials, Parameters};
use crate::role::Role;
use crate::shared::Shared;

/// The peer's credentials, and the username that our checks carry.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) credentials: Credentials,
    pub(crate) username: String,
}

/// A candidate of the peer. Its number is never used twice within a session.
#[derive(Debug)]
pub(crate) struct RemoteCandidate {
    pub(crate) id: u32,
    pub(crate) candidate: Candidate,
    /// Whether nobody but a check has told of it.
    pub(crate) discovered: bool,
}

/// The state of one generation.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) generation: u32,
    pub(crate) local: Credentials,
    pub(crate) remote: Option<Remote>,
    pub(crate) candidates: Vec<RemoteCandidate>,
    pub(crate) next_candidate: u32,
    pub(crate) end_of_candidates: bool,
    pub(crate) pairs: Vec<Pair>,
    /// Triggered checks, in the order in which they came up.
    pub(crate) triggered: VecDeque<PairId>,
    /// Whether the next check is not for who may be a stranger, where others wait.
    others_turn: bool,
    /// When the next new check may be sent.
    pub(crate) next_check_at: Instant,
    /// The pair that was chosen.
    pub(crate) nominated: Option<PairId>,
    /// The pair that we, controlling, are choosing.
    pub(crate) nominating: Option<PairId>,
    /// How many nominations of the peer have come.
    nominations: u64,
    /// The checks of the peer that came last.
    transactions: Transactions,
    /// How many checks with USE-CANDIDATE we have begun.
    pub(crate) own_nominations: u32,
    /// The largest value of the nomination attribute so far.
    renomination: u32,
    pub(crate) first_valid_at: Option<Instant>,
    /// When we began it, and when both sides' credentials were known.
    pub(crate) begun_at: Instant,
    pub(crate) started_at: Option<Instant>,
    /// Whether consent for the chosen pair has run out.
    pub(crate) consent_lost: bool,
    /// Whether the peer is silent on the chosen pair: then the others are checked.
    pub(crate) silent: bool,
    /// The pair that data takes.
    pub(crate) send: Option<PairId>,
}

impl Session {
    pub(crate) const fn new(generation: u32, local: Credentials, now: Instant) -> Self {
        Self {
            generation,
            local,
            remote: None,
            candidates: Vec::new(),
            next_candidate: 0,
            end_of_candidates: false,
            pairs: Vec::new(),
            triggered: VecDeque::new(),
            others_turn: true,
            next_check_at: now,
            nominated: None,
            nominating: None,
            nominations: 0,
            transactions: Transactions::new(),
            own_nominations: 0,
            renomination: 0,
            first_valid_at: None,
            begun_at: now,
            started_at: None,
            consent_lost: false,
            silent: false,
            send: None,
        }
    }

    /// Since when its owner is patient (RFC 8863 §4).
    pub(crate) fn patient_since(&self) -> Instant {
        self.started_at.unwrap_or(self.begun_at)
    }

    pub(crate) fn remote_parameters(&self) -> Option<&Parameters> {
        self.remote.as_ref().map(|r| &r.credentials.parameters)
    }

    /// As what our candidates are announced in this generation.
    pub(crate) fn announced(&self) -> Announced<'_> {
        let username_fragment = &self.local.parameters.username_fragment;
        Announced { generation: self.generation, username_fragment }
    }

    /// The pair with this name: names grow, and the list is in their order.
    pub(crate) fn pair(&self, id: PairId) -> Option<&Pair> {
        self.pairs.get(self.position(id)?)
    }

    pub(crate) fn pair_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        let at = self.position(id)?;
        self.pairs.get_mut(at)
    }

    pub(crate) fn position(&self, id: PairId) -> Option<usize> {
        self.pairs.binary_search_by_key(&id, |p| p.id).ok()
    }

    /// The pair whose datagrams take `path`. The one that data takes is looked at first.
    pub(crate) fn pair_on(&self, path: &Path) -> Option<&Pair> {
        let sending = self.send.and_then(|id| self.pair(id)).filter(|p| p.is_on(path));
        sending.or_else(|| self.pairs.iter().find(|p| p.is_on(path)))
    }

    /// Counts a check that came by `path` and the answer to it, where there is a pair.
    pub(crate) fn count_check(&mut self, path: &Path, now: Instant) -> Option<&mut Pair> {
        let id = self.pair_on(path)?.id;
        self.count_check_of(id, now)
    }

    /// Counts a check of a pair and the answer to it.
    pub(crate) fn count_check_of(&mut self, id: PairId, now: Instant) -> Option<&mut Pair> {
        let pair = self.pair_mut(id)?;
        pair.last_sent = Some(now);
        pair.stats.requests_received = pair.stats.requests_received.saturating_add(1);
        pair.stats.responses_sent = pair.stats.responses_sent.saturating_add(1);
        Some(pair)
    }

    /// The pair and the position of the check with this id.
    pub(crate) fn find_check(&self, path: &Path, id: TransactionId) -> Option<(PairId, usize)> {
        let on = |p: &Pair| p.check_position(id).map(|at| (p.id, at));
        self.pair_on(path).and_then(on).or_else(|| self.pairs.iter().find_map(on))
    }

    pub(crate) fn view<'a>(&'a self, shared: &'a Shared, pair: &'a Pair) -> Option<PairView<'a>> {
        Some(PairView {
            id: pair.id,
            // It has succeeded once, and more is not said (RTCStatsIceCandidatePairState): not that it is checked again.
            state: if pair.valid { PairState::Succeeded } else { pair.state },
            nominated: self.nominated == Some(pair.id),
            valid: pair.valid,
            priority: pair.priority,
            local: &shared.locals.get(pair.local)?.candidate,
            remote: self.candidate(pair.remote)?,
            path: pair.path,
            stats: &pair.stats,
        })
    }

    /// Gives a pair a check at the next opportunity (RFC 8445 §7.3.1.4).
    pub(crate) fn trigger(&mut self, now: Instant, id: PairId) {
        let Some(pair) = self.pair_mut(id) else { return };
        pair.supersede_checks(now);
        pair.state = PairState::Waiting;
        if !self.triggered.contains(&id) {
            self.triggered.push_back(id);
        }
    }

    /// The same, before all others.
    pub(crate) fn trigger_first(&mut self, now: Instant, id: PairId) {
        self.trigger(now, id);
        self.triggered.retain(|other| *other != id);
        self.triggered.push_front(id);
    }

    /// Ends all checks: the generation is over, and only its pair in use is kept up.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.triggered.clear();
        (self.nominating, self.silent) = (None, false);
        for pair in &mut self.pairs {
            pair.supersede_checks(now);
            if matches!(pair.state, PairState::Waiting | PairState::InProgress) {
                pair.state = PairState::Frozen;
            }
        }
    }

    /// Removes pairs, and what refers to them.
    pub(crate) fn retain_pairs(&mut self, keep: impl FnMut(&Pair) -> bool) {
        self.pairs.retain(keep);
        let pairs = &self.pairs;
        let is_there = |id: &PairId| pairs.binary_search_by_key(id, |p| p.id).is_ok();
        self.triggered.retain(is_there);
        for role in [&mut self.nominated, &mut self.nominating, &mut self.send] {
            *role = role.filter(is_there);
        }
    }

    /// Removes one pair, and its remote candidate where nothing else is known of that.
    pub(crate) fn remove_pair(&mut self, id: PairId) {
        let Some(at) = self.position(id) else { return };
        let gone = self.pairs.remove(at);
        self.triggered.retain(|other| *other != id);
        for role in [&mut self.nominated, &mut self.nominating, &mut self.send] {
            *role = role.filter(|other| *other != id);
        }
        if gone.discovered && !self.pairs.iter().any(|p| p.remote == gone.remote) {
            self.candidates.retain(|c| c.id != gone.remote);
        }
    }

    /// A local candidate is gone: its pairs go with it, and who was only seen as it is seen as its base again.
    pub(crate) fn on_local_removed(&mut self, shared: &Shared) {
        let locals = &shared.locals;
        self.retain_pairs(|p| locals.get(p.base).is_some());
        self.forget_discovered();
        for index in 0..self.pairs.len() {
            let Some(pair) = self.pairs.get_mut(index).filter(|p| locals.get(p.local).is_none()) else {
                continue;
            };
            pair.local = pair.base;
            self.refresh_priority(shared, index);
        }
    }

    /// Computes all priorities anew: they depend on the role.
    pub(crate) fn on_role_change(&mut self, shared: &Shared, now: Instant) {
        for index in 0..self.pairs.len() {
            self.refresh_priority(shared, index);
        }
        match shared.role {
            // What was chosen under the other role is chosen again; meanwhile data goes on.
            Role::Controlling => {
                self.nominating = self.nominated;
                if let Some(id) = self.nominated {
                    self.trigger_first(now, id);
                }
            }
            Role::Controlled => self.nominating = None,
        }
    }
}
