//! What becomes of a pair once a check of it is over (RFC 8445 §7.2.5.2 and §7.2.5.3).

use core::net::SocketAddr;

use base::Instant;

use super::Session;
use crate::pair::{Check, PairId, PairState, Purpose};
use crate::role::Role;
use crate::shared::Shared;

impl Session {
    pub(crate) fn take_check(&mut self, id: PairId, at: usize) -> Option<Check> {
        let pair = self.pair_mut(id)?;
        pair.stats.responses_received = pair.stats.responses_received.saturating_add(1);
        (at < pair.checks.len()).then(|| pair.checks.remove(at))
    }

    pub(crate) fn put_back(&mut self, id: PairId, check: Check) {
        if let Some(pair) = self.pair_mut(id) {
            pair.start_check(check);
        }
    }

    /// RFC 8445 §7.2.5.3, and RFC 7675 §5.1 for the answer to a consent check.
    pub(crate) fn on_success(
        &mut self,
        shared: &mut Shared,
        now: Instant,
        id: PairId,
        check: &Check,
        mapped: SocketAddr,
    ) {
        let Some(pair) = self.pair_mut(id) else { return };
        if pair.revoked {
            return;
        }
        if let Some(sent) = check.transaction.first_sent() {
            match check.transaction.requests_sent() {
                1 => pair.on_round_trip(now.since(sent)),
                // To which of the requests this answers, nobody can tell (Karn).
                _ => pair.longest_round_trip = Some(now.since(sent)),
            }
        }
        pair.last_response = Some(now);
        pair.on_proof(now);
        pair.conflicts = 0;
        if check.purpose == Purpose::Connectivity {
            self.on_valid(shared, now, id, mapped);
        }
        let open = match shared.role {
            Role::Controlling => check.nominating && self.nominating == Some(id),
            Role::Controlled => self.is_nomination_open(id),
        };
        if open && self.pair(id).is_some_and(|p| p.valid) {
            self.choose(now, id);
        }
    }

    /// RFC 8445 §7.2.5.2.
    pub(crate) fn fail(&mut self, id: PairId) {
        if let Some(pair) = self.pair_mut(id) {
            pair.state = PairState::Failed;
            (pair.valid, pair.proven) = (false, None);
            pair.checks.retain(|c| c.purpose == Purpose::Consent);
        }
        self.triggered.retain(|t| *t != id);
        if self.nominating == Some(id) {
            self.nominating = None;
        }
    }

    /// Consent for the pair is gone for good.
    pub(crate) fn revoke(&mut self, id: PairId) {
        self.fail(id);
        if let Some(pair) = self.pair_mut(id) {
            pair.revoked = true;
            pair.checks.clear();
            pair.consent_at = None;
        }
        if self.nominated == Some(id) {
            // While the peer was silent the others were checked already.
            let searches = self.silent;
            (self.nominated, self.silent) = (None, false);
            self.consent_lost = true;
            if !searches {
                self.search_again();
            }
        }
    }

    /// The pair works: its local candidate is the one that the peer saw.
    fn on_valid(&mut self, shared: &mut Shared, now: Instant, id: PairId, mapped: SocketAddr) {
        let Some(base) = self.pair(id).map(|p| p.base) else { return };
        let priority = shared.locals.get(base).map_or(0, |l| l.candidate.peer_reflexive_priority());
        let local = shared.locals.mapped(base, mapped, priority, self.announced());
        let Some(pair) = self.pair_mut(id) else { return };
        pair.local = local;
        pair.valid = true;
        let foundation = pair.foundation;
        // Another check of the pair that nominates, queued or under way, goes on.
        let nominating = self.nominating == Some(id);
        let queued = nominating && self.triggered.contains(&id);
        if !queued {
            self.triggered.retain(|t| *t != id);
        }
        if let Some(pair) = self.pair_mut(id) {
            let under_way = nominating && pair.checks.iter().any(|c| c.nominating && !c.superseded);
            if !under_way {
                pair.supersede_checks(now);
            }
            pair.state = match (queued, under_way) {
                (true, _) => PairState::Waiting,
                (false, true) => PairState::InProgress,
                (false, false) => PairState::Succeeded,
            };
        }
        if let Some(index) = self.position(id) {
            self.refresh_priority(shared, index);
        }
        self.first_valid_at = self.first_valid_at.or(Some(now));
        self.unfreeze(foundation);
    }
}
