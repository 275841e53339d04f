//! The passing of time: repetitions and their end (RFC 8489 §6.2.1), consent (RFC 7675 §5.1), keep-alives
//! (RFC 8445 §11).

use core::time::Duration;

use base::Instant;
use rand_core::Rng as _;
use stun::{Retransmission, Transaction, TransactionId};

use super::{Agent, Generator, Shared};
use crate::event::State;
use crate::pair::{Check, Pair, Purpose};
use crate::role::Role;
use crate::session::Session;

impl Agent {
    /// Applies everything that is due at `now`, and all that follows from it.
    pub(super) fn advance(&mut self, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        if self.previous.as_ref().is_some_and(|p| p.until.is_some_and(|until| until <= now)) {
            self.previous = None;
        }
        self.current.on_time(now);
        if let Some(previous) = &mut self.previous {
            previous.session.on_time(now);
        }
        self.settle();
    }
}

impl Session {
    /// Lets checks be repeated or given up.
    fn on_time(&mut self, now: Instant) {
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
}

impl Pair {
    /// Asks for consent and keeps the NAT binding, where it is time.
    pub(super) fn keep_up(&mut self, shared: &mut Shared, now: Instant, nominated: bool) {
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
