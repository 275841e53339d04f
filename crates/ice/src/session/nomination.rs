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
    /// The peer's USE-CANDIDATE for a pair, unless its nomination attribute says that it is an old one.
    pub(crate) fn accept_nomination(&mut self, id: PairId, renomination: Option<u32>) -> bool {
        if let Some(value) = renomination {
            if value < self.renomination {
                return false;
            }
            self.renomination = value;
        }
        self.nominations = self.nominations.saturating_add(1);
        let nominations = self.nominations;
        if let Some(pair) = self.pair_mut(id) {
            pair.nomination = nominations;
        }
        true
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
        self.consent_lost = false;
        self.conclude(now, id);
    }

    /// Chooses the best valid pair once it is time, and sends it a check that says so.
    pub(crate) fn nominate_if_due(&mut self, shared: &Shared, now: Instant) {
        if shared.config.lite || shared.role != Role::Controlling || self.remote.is_none() {
            return;
        }
        if self.nominated.is_some() || self.nominating.is_some() {
            return;
        }
        let Some(best) = self.best_valid(shared, now) else { return };
        let waited = self.first_valid_at.is_none_or(|at| at + shared.config.nomination_delay <= now);
        if waited || !self.is_better_pending(best) {
            self.nominating = Some(best);
            self.trigger(now, best);
        }
    }

    /// When [`nominate_if_due`](Self::nominate_if_due) will do something.
    pub(crate) fn nomination_timeout(&self, shared: &Shared) -> Option<Instant> {
        let open = self.nominated.is_none() && self.nominating.is_none() && self.remote.is_some();
        let due = self.first_valid_at? + shared.config.nomination_delay;
        let controlling = shared.role == Role::Controlling && !shared.config.lite;
        (open && controlling && due > shared.now).then_some(due)
    }

    /// The valid pair with the highest priority among those on which the peer still wants to receive.
    pub(crate) fn best_valid(&self, shared: &Shared, now: Instant) -> Option<PairId> {
        let consented = self.pairs.iter().filter(|p| p.is_consented(now, shared.config.consent_timeout));
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
