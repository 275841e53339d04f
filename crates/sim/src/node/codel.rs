//! Controlled delay (RFC 8289): a queue that drops from its head once datagrams have waited too long for too long.
//!
//! ```text
//!            sojourn ≥ target for an interval
//!  forward ──────────────────────────────────► dropping: one, then at interval/√count
//!     ▲                                           │
//!     └───────── sojourn < target ────────────────┘
//! ```

use std::collections::VecDeque;

use core::time::Duration;

use base::Instant;

use super::Queue;
use super::ecn::mark;
use crate::Datagram;

/// The largest packet: with less than that in the queue, nothing is dropped (RFC 8289 §4.4).
const MAX_PACKET: usize = 1514;

/// A queue under CoDel. What is ECN-capable is marked instead of dropped.
#[derive(Debug)]
pub struct CoDel {
    target: Duration,
    interval: Duration,
    capacity: usize,
    bytes: usize,
    waiting: VecDeque<(Instant, Datagram)>,
    /// When the sojourn time will have been above the target for an interval.
    first_above: Option<Instant>,
    dropping: bool,
    drop_next: Instant,
    count: u32,
    last_count: u32,
}

impl CoDel {
    /// A queue that holds so many bytes at most, with a target of 5 ms and an interval of 100 ms (RFC 8289 §4.2, §4.3).
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            target: Duration::from_millis(5),
            interval: Duration::from_millis(100),
            capacity,
            bytes: 0,
            waiting: VecDeque::new(),
            first_above: None,
            dropping: false,
            drop_next: Instant::ZERO,
            count: 0,
            last_count: 0,
        }
    }

    /// Takes the head, and says whether it could be dropped (`dodequeue`, RFC 8289 §5.4).
    fn dequeue(&mut self, now: Instant) -> Option<(Datagram, bool)> {
        let Some((came, datagram)) = self.waiting.pop_front() else {
            self.first_above = None;
            return None;
        };
        self.bytes = self.bytes.saturating_sub(datagram.packet_len());
        if now.since(came) < self.target || self.bytes <= MAX_PACKET {
            self.first_above = None;
            return Some((datagram, false));
        }
        let first = *self.first_above.get_or_insert(now + self.interval);
        Some((datagram, now >= first))
    }

    /// The time of the next drop (the control law, RFC 8289 §5.5).
    fn control_law(&self, from: Instant) -> Instant {
        from + self.interval.div_f64(f64::from(self.count.max(1)).sqrt())
    }

    /// Drops, as long as it is time to.
    fn go_on_dropping(&mut self, now: Instant, mut head: (Datagram, bool)) -> Option<Datagram> {
        while self.dropping && now >= self.drop_next {
            if !head.1 {
                self.dropping = false;
                break;
            }
            self.count = self.count.saturating_add(1);
            let marked = mark(&mut head.0);
            if !marked {
                let Some(next) = self.dequeue(now) else {
                    self.dropping = false;
                    return None;
                };
                head = next;
            }
            self.dropping = marked || head.1;
            self.drop_next = self.control_law(self.drop_next);
            if marked {
                break;
            }
        }
        Some(head.0)
    }

    /// Drops the first one, at a rate that remembers the last time (RFC 8289 §5.5).
    fn begin_dropping(&mut self, now: Instant, mut datagram: Datagram) -> Option<Datagram> {
        let next = if mark(&mut datagram) { Some(datagram) } else { self.dequeue(now).map(|(next, _)| next) };
        self.dropping = true;
        let recent = now.since(self.drop_next) < self.interval.saturating_mul(16);
        let delta = self.count.saturating_sub(self.last_count);
        self.count = if recent && delta > 1 { delta } else { 1 };
        self.drop_next = self.control_law(now);
        self.last_count = self.count;
        next
    }
}

impl Queue for CoDel {
    fn push(&mut self, now: Instant, datagram: Datagram) {
        let bytes = self.bytes.saturating_add(datagram.packet_len());
        if bytes <= self.capacity {
            self.bytes = bytes;
            self.waiting.push_back((now, datagram));
        }
    }

    fn pop(&mut self, now: Instant) -> Option<Datagram> {
        let Some((datagram, may_drop)) = self.dequeue(now) else {
            self.dropping = false;
            return None;
        };
        if self.dropping {
            if !may_drop {
                self.dropping = false;
                return Some(datagram);
            }
            return self.go_on_dropping(now, (datagram, may_drop));
        }
        if may_drop { self.begin_dropping(now, datagram) } else { Some(datagram) }
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Ecn;

    /// Offers a packet of 1,000 bytes each millisecond and takes one at each `service`, for two seconds; returns how many
    /// came out, how many of them marked, and the longest wait of the last second.
    fn run(service: Duration, ecn: Ecn) -> (usize, usize, Duration) {
        let mut queue = CoDel::new(10_000_000);
        let (mut out, mut marked, mut longest) = (0, 0, Duration::ZERO);
        let mut served = Instant::ZERO;
        for millis in 0..2000 {
            let now = Instant::from_millis(millis);
            queue.push(now, datagram(millis, ecn));
            while served <= now {
                let Some(datagram) = queue.pop(now) else { break };
                out += 1;
                marked += usize::from(datagram.ecn == Ecn::Ce);
                longest = longest.max(wait(now, &datagram));
                served = served + service;
            }
        }
        (out, marked, longest)
    }

    /// A packet of 1,000 bytes that says when it was sent.
    fn datagram(millis: u64, ecn: Ecn) -> Datagram {
        let mut datagram = Datagram { ecn, ..Datagram::example(&[0; 972]) };
        datagram.payload[..8].copy_from_slice(&millis.to_be_bytes());
        datagram
    }

    /// How long it waited, if that was in the last second.
    fn wait(now: Instant, datagram: &Datagram) -> Duration {
        let came = u64::from_be_bytes(datagram.payload[..8].try_into().unwrap());
        if now < Instant::from_millis(1000) { Duration::ZERO } else { now.since(Instant::from_millis(came)) }
    }

    #[test]
    fn a_line_that_keeps_up_loses_nothing() {
        assert_eq!(run(Duration::from_millis(1), Ecn::NotEct).0, 2000);
    }

    #[test]
    fn a_standing_queue_is_thinned_out() {
        // A little too slow: tail drop would let the wait grow to 95 ms.
        let slow = Duration::from_micros(1050);
        let (out, _, longest) = run(slow, Ecn::NotEct);
        assert!(out > 1800, "{out}");
        assert!(longest < Duration::from_millis(60), "{longest:?}");
    }

    #[test]
    fn who_takes_part_is_marked_and_not_dropped() {
        let (out, marked, _) = run(Duration::from_micros(1050), Ecn::Ect0);
        assert!((1890..=1910).contains(&out), "{out}");
        assert!(marked > 5, "{marked}");
    }
}
