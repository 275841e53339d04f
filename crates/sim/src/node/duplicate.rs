//! Datagrams that arrive twice.

use core::time::Duration;

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Sends some datagrams once more, at some time later.
#[derive(Debug)]
pub struct Duplicate {
    probability: f64,
    later: Duration,
    schedule: Schedule,
}

impl Duplicate {
    /// Repeats with this probability, at most `later` after the first.
    #[must_use]
    pub fn new(probability: f64, later: Duration) -> Self {
        Self { probability, later, schedule: Schedule::default() }
    }
}

impl Node for Duplicate {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        if random.chance(self.probability) {
            self.schedule.push(now + random.span(self.later), direction, datagram.clone());
        }
        self.schedule.push(now, direction, datagram);
    }

    fn poll_transmit(&mut self, now: Instant, _random: &mut Random) -> Option<(Direction, Datagram)> {
        self.schedule.pop(now)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.schedule.poll_timeout()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::bench;

    #[test]
    fn a_duplicate_is_the_same_datagram_a_little_later() {
        let mut random = Random::new(1);
        let mut duplicate = Duplicate::new(1.0, Duration::from_millis(5));
        duplicate.handle_input(Instant::ZERO, &mut random, Direction::Down, Datagram::example(b"x"));
        let out = bench::run(&mut duplicate, &mut random);
        assert_eq!(out.len(), 2);
        assert!(out.iter().all(|(at, datagram)| {
            *at <= Instant::from_millis(5) && *datagram == Datagram::example(b"x")
        }));
    }
}
