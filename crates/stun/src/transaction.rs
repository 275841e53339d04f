//! A client transaction over an unreliable transport (RFC 8489 §6.2.1).
//!
//! ```text
//!  request ─ RTO ─ request ─ 2·RTO ─ request ─ 4·RTO ─ … ─ request ─ Rm·RTO ─ timed out
//!     1               2                 3                     Rc
//! ```

use core::time::Duration;

use base::Instant;

use crate::header::TransactionId;

/// How often and how fast a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retransmission {
    /// The pause after the first request; each further one doubles it. 500 ms.
    pub rto: Duration,
    /// How many repetitions follow at that same pace before it doubles. 0, as the RFC has it; where other requests of the
    /// same owner bound the traffic already, as in ICE, more make up sooner for what is lost at random.
    pub even_repeats: u32,
    /// How often the request is sent at most (Rc). 7.
    pub max_requests: u32,
    /// How long to wait after the last request, in units of `rto` (Rm). 16.
    pub final_wait: u32,
}

impl Default for Retransmission {
    fn default() -> Self {
        Self { rto: Duration::from_millis(500), even_repeats: 0, max_requests: 7, final_wait: 16 }
    }
}

impl Retransmission {
    /// For a reliable transport (RFC 8489 §6.2.2): one request, and an answer within 39.5 s.
    #[must_use]
    pub const fn reliable() -> Self {
        Self { rto: Duration::from_millis(39_500), even_repeats: 0, max_requests: 1, final_wait: 1 }
    }

    /// These, with another `rto`.
    #[must_use]
    pub const fn with_rto(self, rto: Duration) -> Self {
        Self { rto, ..self }
    }

    /// How long to wait after the `sent`th request.
    const fn wait_after(&self, sent: u32) -> Duration {
        if sent >= self.max_requests {
            return self.rto.saturating_mul(self.final_wait);
        }
        let doublings = sent.saturating_sub(1).saturating_sub(self.even_repeats);
        self.rto.saturating_mul(if doublings < 31 { 1 << doublings } else { u32::MAX })
    }
}

/// One request and the wait for its response.
///
/// It holds no bytes: when [`poll_transmit`](Self::poll_transmit) says so, its owner writes the request again, with
/// the same id. A response ends it by being dropped.
#[derive(Clone, Debug)]
pub struct Transaction {
    id: TransactionId,
    retransmission: Retransmission,
    sent: u32,
    first_sent: Option<Instant>,
    last_sent: Option<Instant>,
    cancelled: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The request wants to be sent.
    Due,
    /// Waiting for a response, or for this moment.
    Waiting(Instant),
    /// No response came.
    TimedOut,
}

impl Transaction {
    /// A transaction whose request is due at once.
    #[must_use]
    pub const fn new(id: TransactionId, retransmission: Retransmission) -> Self {
        Self {
            id,
            retransmission,
            sent: 0,
            first_sent: None,
            last_sent: None,
            cancelled: false,
            state: State::Due,
        }
    }

    /// The id that its request and its response carry.
    #[must_use]
    pub const fn id(&self) -> TransactionId {
        self.id
    }

    /// How often the request has been sent.
    #[must_use]
    pub const fn requests_sent(&self) -> u32 {
        self.sent
    }

    /// When the request was sent first.
    #[must_use]
    pub const fn first_sent(&self) -> Option<Instant> {
        self.first_sent
    }

    /// When the request was sent last.
    #[must_use]
    pub const fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }

    /// Whether all waiting was in vain.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.state == State::TimedOut
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) would say yes.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.state == State::Due
    }

    /// Stops repeating: the request stays valid for the time that a response may still take (RFC 8445 §7.3.1.4).
    pub fn cancel_retransmissions(&mut self, now: Instant) {
        if self.state != State::TimedOut {
            self.cancelled = true;
            self.state =
                State::Waiting(now + self.retransmission.rto.saturating_mul(self.retransmission.final_wait));
        }
    }

    /// Applies the passing of time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let State::Waiting(until) = self.state
            && until <= now
        {
            let exhausted = self.cancelled || self.sent >= self.retransmission.max_requests;
            self.state = if exhausted { State::TimedOut } else { State::Due };
        }
    }

    /// Whether the request has to be sent now. The caller then sends it: this counts as done.
    pub fn poll_transmit(&mut self, now: Instant) -> bool {
        if self.state != State::Due {
            return false;
        }
        self.sent = self.sent.saturating_add(1);
        self.first_sent = self.first_sent.or(Some(now));
        self.last_sent = Some(now);
        self.state = State::Waiting(now + self.retransmission.wait_after(self.sent));
        true
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Waiting(until) => Some(until),
            State::Due | State::TimedOut => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn schedule(retransmission: Retransmission) -> (Vec<u64>, u64) {
        let mut transaction = Transaction::new(TransactionId([1; 12]), retransmission);
        let mut sent = Vec::new();
        let mut now = Instant::ZERO;
        for _ in 0..100 {
            while transaction.poll_transmit(now) {
                sent.push(now.as_millis());
            }
            let Some(next) = transaction.poll_timeout() else { break };
            now = next;
            transaction.handle_timeout(now);
            assert!(transaction.poll_timeout().is_none_or(|t| t > now));
        }
        assert!(transaction.is_timed_out());
        (sent, now.as_millis())
    }

    /// RFC 8489 §6.2.1.
    #[test]
    fn repeats_at_the_times_of_the_rfc() {
        let (sent, end) = schedule(Retransmission::default());
        assert_eq!(sent, [0, 500, 1500, 3500, 7500, 15500, 31500]);
        assert_eq!(end, 39_500);
    }

    #[test]
    fn the_first_repetitions_may_keep_their_pace() {
        let retransmission = Retransmission { even_repeats: 2, max_requests: 6, ..Retransmission::default() };
        let (sent, end) = schedule(retransmission);
        assert_eq!(sent, [0, 500, 1000, 1500, 2500, 4500]);
        assert_eq!(end, 12_500);
    }

    #[test]
    fn what_is_cancelled_still_says_how_often_it_was_sent() {
        let mut transaction = Transaction::new(TransactionId([1; 12]), Retransmission::default());
        assert!(transaction.poll_transmit(Instant::ZERO));
        transaction.cancel_retransmissions(Instant::from_millis(10));
        assert_eq!(transaction.requests_sent(), 1);
        transaction.handle_timeout(Instant::from_millis(8_010));
        assert!(transaction.is_timed_out() && !transaction.poll_transmit(Instant::from_millis(8_010)));
    }

    /// RFC 8489 §6.2.2.
    #[test]
    fn a_reliable_transport_gets_one_request() {
        assert_eq!(schedule(Retransmission::reliable()), (alloc::vec![0], 39_500));
    }

    #[test]
    fn a_late_owner_sends_one_request_and_not_all_that_it_missed() {
        let mut transaction = Transaction::new(TransactionId([1; 12]), Retransmission::default());
        assert!(transaction.poll_transmit(Instant::ZERO));
        let late = Instant::from_millis(60_000);
        transaction.handle_timeout(late);
        assert!(transaction.poll_transmit(late));
        assert!(!transaction.poll_transmit(late));
        assert_eq!(transaction.poll_timeout(), Some(Instant::from_millis(61_000)));
    }

    /// RFC 8445 §7.3.1.4 says what cancelling is.
    #[test]
    fn a_cancelled_one_is_not_sent_again_but_may_be_answered() {
        let mut transaction = Transaction::new(TransactionId([1; 12]), Retransmission::default());
        assert!(transaction.poll_transmit(Instant::ZERO));
        transaction.cancel_retransmissions(Instant::from_millis(100));
        transaction.handle_timeout(Instant::from_millis(7000));
        assert!(!transaction.poll_transmit(Instant::from_millis(7000)) && !transaction.is_timed_out());
        transaction.handle_timeout(Instant::from_millis(8100));
        assert!(transaction.is_timed_out());
    }

    /// The reference: a request is due at every time of the RFC's table, moved by how late its owner was for the one
    /// before.
    #[derive(Default)]
    struct Model {
        sent: Vec<Duration>,
    }

    impl Model {
        fn next(&self, parameters: &Retransmission) -> Duration {
            let doubling = [2, 4, 8, 16, 32, 64, 128];
            let even = core::iter::repeat_n(1, parameters.even_repeats as usize + 1);
            let Some(last) = self.sent.last() else { return Duration::ZERO };
            let pause = if self.sent.len() >= parameters.max_requests as usize {
                parameters.final_wait
            } else {
                even.chain(doubling).nth(self.sent.len() - 1).unwrap()
            };
            *last + parameters.rto * pause
        }

        fn is_over(&self, parameters: &Retransmission, now: Duration) -> bool {
            self.sent.len() >= parameters.max_requests as usize && self.next(parameters) <= now
        }
    }

    proptest! {
        /// RFC 8489 §6.2.1.
        #[test]
        fn sends_when_the_table_of_the_rfc_says_whoever_asks_and_how_often(
            rto in 1_u64..2000,
            even_repeats in 0_u32..5,
            max_requests in 1_u32..8,
            final_wait in 1_u32..20,
            steps in proptest::collection::vec((0_u64..40_000, any::<bool>()), 1..60),
        ) {
            let rto = Duration::from_millis(rto);
            let parameters = Retransmission { rto, even_repeats, max_requests, final_wait };
            let mut transaction = Transaction::new(TransactionId([1; 12]), parameters);
            let (mut model, mut now) = (Model::default(), Duration::ZERO);
            for (pause, polls) in steps {
                now += Duration::from_millis(pause);
                let at = Instant::ZERO + now;
                transaction.handle_timeout(at);
                let over = model.is_over(&parameters, now);
                let due = !over && model.next(&parameters) <= now;
                prop_assert_eq!(transaction.is_timed_out(), over);
                prop_assert_eq!(transaction.is_due(), due);
                if polls {
                    prop_assert_eq!(transaction.poll_transmit(at), due);
                    if due {
                        model.sent.push(now);
                    }
                }
                let waits = !over && (!due || polls);
                let deadline = waits.then(|| Instant::ZERO + model.next(&parameters));
                prop_assert_eq!(transaction.poll_timeout(), deadline);
            }
        }
    }
}
