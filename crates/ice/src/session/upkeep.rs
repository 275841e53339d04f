//! What time does to a generation: repetitions and their end (RFC 8489 §6.2.1), consent (RFC 7675 §5.1), keep-alives
//! (RFC 8445 §11).

use core::time::Duration;

use base::{Instant, earliest};
use rand_core::Rng as _;
use stun::{Retransmission, Transaction, TransactionId};

use super::Session;
use crate::config::Config;
use crate::pair::{Check, Pair, PairId, Purpose};
use crate::role::Role;
use crate::shared::{Generator, Shared};

impl Session {
    /// Lets checks be repeated or given up.
    pub(crate) fn on_time(&mut self, now: Instant) {
        for index in 0..self.pairs.len() {
            let Some(pair) = self.pairs.get_mut(index) else { return };
            let mut unanswered = false;
            pair.checks.retain_mut(|check| {
                check.transaction.handle_timeout(now);
                let over = check.transaction.is_timed_out();
                unanswered |= over && check.purpose == Purpose::Connectivity && !check.superseded;
                !over
            });
            let id = pair.id;
            if unanswered {
                self.fail(id);
            }
        }
    }

    pub(crate) fn send_pair(&self) -> Option<&Pair> {
        self.send.and_then(|id| self.pair(id))
    }

    /// Stops using a pair on which consent has run out (RFC 7675 §5.1).
    pub(crate) fn expire(&mut self, shared: &Shared, now: Instant) {
        let used = self.nominated.or(self.send);
        let timeout = shared.config.consent_timeout;
        if let Some(id) = used.filter(|id| self.pair(*id).is_some_and(|p| !p.is_consented(now, timeout))) {
            self.revoke(id);
        }
    }

    /// Checks the other pairs while the peer is silent on the chosen one, so that data need not wait until consent is lost.
    /// What they have answered before, they have to answer again.
    pub(crate) fn watch(&mut self, shared: &Shared, now: Instant) {
        let timeout = shared.config.disconnected_timeout;
        let chosen = self.nominated.and_then(|id| self.pair(id));
        let silent = chosen.is_some_and(|pair| !pair.is_alive(now, timeout));
        let was_silent = core::mem::replace(&mut self.silent, silent);
        match (was_silent, silent, self.nominated) {
            (false, true, chosen) => {
                // A lite agent has nothing but what it has heard.
                for pair in self.pairs.iter_mut().filter(|p| Some(p.id) != chosen && !shared.config.lite) {
                    pair.last_response = None;
                }
                self.search_again();
                if let Some(id) = self.last_doubted() {
                    self.trust_nomination(shared, now, id);
                }
            }
            (true, false, Some(id)) => {
                self.nominating = None;
                self.conclude(now, id);
            }
            _ => {}
        }
    }

    /// Data takes the chosen pair, or before there is one the best that works (RFC 8445 §12.1). Where the peer is silent on
    /// the chosen pair and speaks on another, data takes that until either is chosen.
    pub(crate) fn choose_send(&mut self, shared: &Shared, now: Instant) {
        self.send = match self.nominated {
            Some(id) if !self.silent => Some(id),
            chosen => self.best_valid(shared, now).or(chosen),
        };
    }

    /// Whether consent and the NAT binding of a pair are kept up: of the chosen one, and of the one that data takes.
    fn is_kept_up(&self, id: PairId) -> bool {
        self.send == Some(id) || self.nominated == Some(id)
    }

    /// Keeps consent and NAT bindings of the pairs in use alive, and of no other.
    pub(crate) fn keep_up(&mut self, shared: &mut Shared, now: Instant) {
        let (send, nominated) = (self.send, self.nominated);
        for pair in &mut self.pairs {
            if Some(pair.id) == send || Some(pair.id) == nominated {
                pair.ask_consent(shared, now, Some(pair.id) == nominated);
            } else {
                pair.consent_at = None;
                pair.keepalive_due = false;
            }
        }
    }

    /// Until when a lite agent, which checks no pair, hopes to be nominated one: the peer checks what it wants.
    pub(crate) fn heard_until(&self, shared: &Shared) -> Option<Instant> {
        let last = self.pairs.iter().filter_map(|pair| pair.last_check).max();
        last.map(|at| at + shared.config.consent_timeout)
    }

    pub(crate) fn deadline(&self, shared: &Shared, now: Instant) -> Option<Instant> {
        let kept = self.pairs.iter().filter(|pair| self.is_kept_up(pair.id));
        kept.fold(self.check_timeout(), |at, pair| earliest(at, pair.deadline(&shared.config, now)))
    }
}

impl Pair {
    /// When silence, consent or the NAT binding of a pair in use want attention.
    fn deadline(&self, config: &Config, now: Instant) -> Option<Instant> {
        let silence = self.last_alive.map(|at| at + config.disconnected_timeout).filter(|at| *at > now);
        let keepalive =
            self.last_sent.filter(|_| !self.keepalive_due).map(|at| at + config.keepalive_interval);
        let expiry = self.last_response.map(|at| at + config.consent_timeout);
        [self.consent_at, expiry, silence, keepalive].into_iter().fold(None, earliest)
    }

    /// Asks for consent and keeps the NAT binding, where it is time.
    fn ask_consent(&mut self, shared: &mut Shared, now: Instant, nominated: bool) {
        let last_sent = *self.last_sent.get_or_insert(now);
        self.keepalive_due |= last_sent + shared.config.keepalive_interval <= now;
        if shared.config.lite {
            return;
        }
        let from = self.last_response.unwrap_or(now);
        let interval = shared.config.consent_interval;
        let due = *self.consent_at.get_or_insert_with(|| from + varied(&mut shared.rng, interval));
        if due > now {
            return;
        }
        self.consent_at = Some(now + varied(&mut shared.rng, interval));
        let mut once = Retransmission::default().with_rto(shared.config.consent_timeout);
        (once.max_requests, once.final_wait) = (1, 1);
        self.start_check(Check {
            transaction: Transaction::new(TransactionId::random(&mut shared.rng.0), once),
            purpose: Purpose::Consent,
            nominating: nominated && shared.role == Role::Controlling,
            claimed: shared.role,
            superseded: false,
        });
    }
}

/// `interval`, varied at random between 0.8 and 1.2 times.
fn varied(rng: &mut Generator, interval: Duration) -> Duration {
    let (low, span) = (interval.saturating_mul(4) / 5, interval.saturating_mul(2) / 5);
    let fraction = u128::from(rng.0.next_u32());
    let extra = span.as_nanos().saturating_mul(fraction) >> 32;
    low.saturating_add(Duration::from_nanos(u64::try_from(extra).unwrap_or(0)))
}
