//! What follows from everything else: the pair that data takes, the state of the transport, the next deadline.
//!
//! ```text
//!                              restart
//!                          ┌────────────┐
//!  New ─► Checking ─► Connected ─► Completed         (Completed: a pair is chosen, and candidates have ended on both
//!            │  ▲        │  ▲        │  ▲             sides)
//!            │  │        ▼  │        ▼  │
//!            │  └────── Disconnected ───┘            (the peer is silent; back to Checking by a restart, or where consent is
//!            ▼               │                        lost and other pairs may still work)
//!         Failed ◄───────────┘                       (every pair has failed or lost consent)
//! ```

use base::{Instant, earliest};

use super::{Agent, Sending};
use crate::event::{Event, State};
use crate::pair::{Pair, PairState};
use crate::session::Session;

/// Events that wait at most; beyond that only the last state is kept.
pub(super) const MAX_EVENTS: usize = 256;

impl Agent {
    /// Brings everything that depends on the pairs up to date. O(pairs).
    pub(super) fn settle(&mut self) {
        let now = self.shared.now;
        if self.state == State::Closed {
            (self.send, self.pending, self.wake) = (None, false, None);
            return;
        }
        self.current.expire(&self.shared, now);
        self.current.watch(&self.shared, now);
        self.current.nominate_if_due(&self.shared, now);
        self.current.choose_send(&self.shared, now);
        self.current.keep_up(&mut self.shared, now);
        if let Some(previous) = &mut self.previous {
            previous.session.expire(&self.shared, now);
            previous.session.choose_send(&self.shared, now);
            previous.session.keep_up(&mut self.shared, now);
            if self.current.nominated.is_some() && previous.until.is_none() {
                previous.until = Some(now + self.shared.config.old_generation_linger);
            }
        }
        self.send = self.carrier().and_then(|session| {
            let pair = session.send_pair()?;
            Some(Sending::on(pair, session.nominated == Some(pair.id)))
        });
        let state = self.evaluate(now);
        self.enter(state);
        self.pending = self.is_pending(now);
        self.wake = self.next_deadline(now);
    }

    /// The generation that carries data: the old one until the new one has chosen a pair.
    fn carrier(&self) -> Option<&Session> {
        let previous = self.previous.as_ref().map(|p| &p.session).filter(|s| s.send.is_some());
        let current = Some(&self.current).filter(|s| s.send.is_some());
        if self.current.nominated.is_some() { current.or(previous) } else { previous.or(current) }
    }

    fn evaluate(&self, now: Instant) -> State {
        if let Some(pair) = self.current.send_pair() {
            let ended = self.end_of_local && self.current.end_of_candidates;
            return match (self.is_alive(pair, now), self.current.nominated.is_some() && ended) {
                (false, _) => State::Disconnected,
                (true, false) => State::Connected,
                (true, true) => State::Completed,
            };
        }
        if self.current.remote.is_none() {
            return self.evaluate_unstarted(now);
        }
        if self.is_exhausted(now) {
            return State::Failed;
        }
        // While the new generation is being checked, data goes on in the one before (webrtc-pc §5.6.2).
        let previous = self.previous.as_ref().and_then(|p| p.session.send_pair());
        if previous.is_some_and(|pair| self.is_alive(pair, now)) {
            return State::Connected;
        }
        if self.current.candidates.is_empty() && self.state == State::New {
            return State::New;
        }
        State::Checking
    }

    /// Before the peer's parameters are known, only the old generation has a say. Where that has no pair left, it finds none
    /// either: the peer has to answer before patience runs out.
    fn evaluate_unstarted(&self, now: Instant) -> State {
        let Some(previous) = self.previous.as_ref().map(|p| &p.session) else { return self.state };
        match (previous.send_pair(), self.state) {
            (Some(pair), _) if !self.is_alive(pair, now) => State::Disconnected,
            // Candidates are gathered anew: nothing is complete.
            (Some(_), State::Disconnected | State::Completed) => State::Connected,
            (None, _) if previous.consent_lost || self.has_waited(now) => State::Failed,
            (None, State::Connected | State::Completed) => State::Disconnected,
            (_, state) => state,
        }
    }

    fn is_alive(&self, pair: &Pair, now: Instant) -> bool {
        pair.is_alive(now, self.shared.config.disconnected_timeout)
    }

    /// Whether every pair has failed or lost consent (RFC 8445 §7.2.5.4), after patience (RFC 8863 §4), which is for a peer
    /// that has not been reached yet.
    fn is_exhausted(&self, now: Instant) -> bool {
        let pairs = &self.current.pairs;
        let hopeless = match (self.shared.config.lite, pairs.is_empty()) {
            (true, _) => self.current.heard_until(&self.shared).is_none_or(|until| until <= now),
            (false, true) => self.current.end_of_candidates,
            (false, false) => pairs.iter().all(|p| p.state == PairState::Failed),
        };
        hopeless && (self.current.consent_lost || self.has_waited(now))
    }

    /// Whether patience has run out (RFC 8863 §4).
    fn has_waited(&self, now: Instant) -> bool {
        self.current.patient_since() + self.shared.config.patience <= now
    }

    /// Enters a state, through those that lie between.
    pub(super) fn enter(&mut self, state: State) {
        let between = match (self.state, state) {
            (State::New, State::Connected | State::Completed | State::Failed) => Some(State::Checking),
            (State::Checking | State::Failed, State::Completed) => Some(State::Connected),
            _ => None,
        };
        if let Some(between) = between {
            self.enter(between);
        }
        if self.state == state {
            return;
        }
        self.state = state;
        if self.events.len() >= MAX_EVENTS {
            self.events.pop_back();
        }
        self.events.push_back(Event::StateChange(state));
    }

    fn is_pending(&self, now: Instant) -> bool {
        let due = self.sessions().any(|s| {
            s.pairs.iter().any(|p| p.keepalive_due || p.checks.iter().any(|c| c.transaction.is_due()))
        });
        due || self.is_check_due(now)
    }

    pub(super) fn is_check_due(&self, now: Instant) -> bool {
        !self.shared.config.lite && self.current.next_check_at <= now && self.current.has_work()
    }

    fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let later = |at: Option<Instant>| at.filter(|at| *at > now);
        let config = &self.shared.config;
        let pacing = !config.lite && self.current.next_check_at > now && self.current.has_work();
        let begun = self.current.remote.is_some() || self.previous.is_some();
        let waiting_for_the_end = begun && self.current.send.is_none() && self.state != State::Failed;
        let patience = waiting_for_the_end.then(|| self.current.patient_since() + config.patience);
        let deadlines = [
            pacing.then_some(self.current.next_check_at),
            self.current.nomination_timeout(&self.shared),
            later(patience),
            config
                .lite
                .then(|| self.current.heard_until(&self.shared))
                .flatten()
                .and_then(|at| later(Some(at))),
            self.previous.as_ref().and_then(|p| p.until),
        ];
        let deadlines = deadlines.into_iter().fold(None, earliest);
        self.sessions().fold(deadlines, |at, s| earliest(at, s.deadline(&self.shared, now)))
    }
}
