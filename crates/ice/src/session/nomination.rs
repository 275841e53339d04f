//! Choosing the pair (RFC 8445 §7.2.5.3.4, §7.3.1.5 and §8.1).
//!
//! ```text
//!  controlling:  first valid pair ─ nomination delay ─► check with USE-CANDIDATE ─ success ─► chosen
//!  controlled:   check with USE-CANDIDATE ─► pair valid? ─ yes ─► chosen
//!                                                └ no ─► triggered check ─ success ─► chosen
//! ```
//!
//! A peer may nominate every pair that it checks, or choose again later: the latest nomination counts, also where its
//! pair proves valid only after that of an earlier one.

use base::{Instant, earliest};

use super::Session;
use crate::pair::{Pair, PairId, PairState};
use crate::role::Role;
use crate::shared::Shared;

impl Session {
    /// The position of a USE-CANDIDATE of the peer among all; 0 if its nomination attribute says that it is an old one.
    pub(crate) fn number_nomination(&mut self, renomination: Option<u32>) -> u64 {
        if let Some(value) = renomination {
            if value < self.renomination {
                return 0;
            }
            self.renomination = value;
        }
        self.nominations = self.nominations.saturating_add(1);
        self.nominations
    }

    /// Takes the peer's nomination with this position for a pair. Whether the pair is to be chosen for it now.
    pub(crate) fn take_nomination(
        &mut self,
        shared: &Shared,
        now: Instant,
        id: PairId,
        position: u64,
    ) -> bool {
        let doubtful = self.is_doubtful(shared, now, id);
        let Some(pair) = self.pair_mut(id).filter(|_| position != 0) else { return false };
        if doubtful {
            pair.doubted = position;
            return false;
        }
        (pair.nomination, pair.doubted) = (pair.nomination.max(position), 0);
        self.is_nomination_open(id)
    }

    /// Whether a nomination of this pair may be another's doing, while the chosen pair works: data stays there until the
    /// peer has proved itself on this one. A lite agent doubts every one, for it checks no pair; a full one those that it
    /// could not tell from a copy.
    fn is_doubtful(&self, shared: &Shared, now: Instant, id: PairId) -> bool {
        let timeout = shared.config.disconnected_timeout;
        let Some(chosen) = self.nominated.filter(|chosen| *chosen != id).and_then(|chosen| self.pair(chosen))
        else {
            return false;
        };
        let doubts = if shared.config.lite {
            chosen.proven.is_some()
        } else {
            self.pair(id).is_some_and(|pair| pair.forgotten)
        };
        doubts && chosen.is_alive(now, timeout)
    }

    /// Doubts about the nomination of a pair are over: it has proved itself, or the chosen one works no more. Where consent is
    /// gone for good, the pair is not checked again.
    pub(crate) fn trust_nomination(&mut self, shared: &Shared, now: Instant, id: PairId) {
        let timeout = shared.config.consent_timeout;
        let is_meant = |pair: &&mut Pair| pair.doubted != 0 && !pair.revoked;
        let Some(pair) = self.pair_mut(id).filter(is_meant) else { return };
        (pair.nomination, pair.doubted) = (pair.nomination.max(pair.doubted), 0);
        let works = pair.is_consented(now, timeout);
        match (self.is_nomination_open(id), shared.config.lite) {
            (false, _) => {}
            (true, true) => self.choose_unchecked(now, id),
            (true, false) if works => self.choose(now, id),
            (true, false) => self.trigger(now, id),
        }
    }

    /// The pair that the peer nominated last and that was doubted for the sake of the chosen one.
    pub(crate) fn last_doubted(&self) -> Option<PairId> {
        let doubted = self.pairs.iter().filter(|p| p.doubted != 0 && !p.revoked);
        doubted.max_by_key(|p| p.doubted).map(|p| p.id)
    }

    /// Whether the peer chose this pair, and none later that is chosen already.
    pub(crate) fn is_nomination_open(&self, id: PairId) -> bool {
        let position = |id: Option<PairId>| id.and_then(|id| self.pair(id)).map_or(0, |p| p.nomination);
        position(Some(id)) > position(self.nominated.filter(|chosen| *chosen != id))
    }

    /// The pair is chosen.
    pub(crate) fn choose(&mut self, now: Instant, id: PairId) {
        self.nominated = Some(id);
        self.nominating = None;
        (self.consent_lost, self.silent) = (false, false);
        self.conclude(now, id);
    }

    /// A lite agent chooses what it cannot check (RFC 8445 §7.3.2).
    pub(crate) fn choose_unchecked(&mut self, now: Instant, id: PairId) {
        let Some(pair) = self.pair_mut(id) else { return };
        (pair.valid, pair.state) = (true, PairState::Succeeded);
        self.choose(now, id);
    }

    /// Chooses the best valid pair once it is time, and sends it a check that says so: before all others, so that it is not
    /// they who decide how long that takes.
    pub(crate) fn nominate_if_due(&mut self, shared: &Shared, now: Instant) {
        if shared.config.lite || shared.role != Role::Controlling || self.remote.is_none() {
            return;
        }
        if !self.is_searching() || self.nominating.is_some() {
            return;
        }
        let Some(best) = self.best_valid(shared, now) else { return };
        let waited = self.first_valid_at.is_none_or(|at| at + shared.config.nomination_delay <= now);
        if waited || !self.is_better_pending(best) {
            self.nominating = Some(best);
            self.trigger_first(now, best);
        }
    }

    /// When [`nominate_if_due`](Self::nominate_if_due) will do something.
    pub(crate) fn nomination_timeout(&self, shared: &Shared) -> Option<Instant> {
        let open = self.is_searching() && self.nominating.is_none() && self.remote.is_some();
        let due = self.first_valid_at? + shared.config.nomination_delay;
        let controlling = shared.role == Role::Controlling && !shared.config.lite;
        (open && controlling && due > shared.now).then_some(due)
    }

    /// The valid pair with the highest priority among those on which the peer still wants to receive, and where it is
    /// silent on the chosen one among those on which it was heard since.
    pub(crate) fn best_valid(&self, shared: &Shared, now: Instant) -> Option<PairId> {
        let config = &shared.config;
        let speaks = |p: &Pair| !self.silent || p.is_alive(now, config.disconnected_timeout);
        let consented =
            self.pairs.iter().filter(|p| p.is_consented(now, config.consent_timeout) && speaks(p));
        consented.max_by_key(|p| p.priority).map(|p| p.id)
    }

    fn is_better_pending(&self, best: PairId) -> bool {
        let priority = self.pair(best).map_or(0, |p| p.priority);
        let pending = |p: &Pair| !p.valid && p.state != PairState::Failed && p.priority > priority;
        self.pairs.iter().any(pending)
    }

    /// The earliest moment at which a check of any pair is repeated or given up.
    pub(crate) fn check_timeout(&self) -> Option<Instant> {
        let checks = self.pairs.iter().flat_map(|p| &p.checks);
        checks.fold(None, |at, check| earliest(at, check.transaction.poll_timeout()))
    }
}
