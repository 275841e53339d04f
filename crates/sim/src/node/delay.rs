//! The time that the way takes.

use core::time::Duration;

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Holds each datagram for the same time.
#[derive(Debug)]
pub struct Delay {
    delay: Duration,
    schedule: Schedule,
}

impl Delay {
    /// A way that takes `delay`.
    #[must_use]
    pub fn new(delay: Duration) -> Self {
        Self { delay, schedule: Schedule::default() }
    }
}

impl Node for Delay {
    fn handle_input(&mut self, now: Instant, _random: &mut Random, direction: Direction, datagram: Datagram) {
        self.schedule.push(now + self.delay, direction, datagram);
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
    fn a_datagram_comes_out_later_and_unchanged() {
        let mut random = Random::new(1);
        let mut delay = Delay::new(Duration::from_millis(20));
        let now = Instant::from_millis(1);
        assert!(bench::pass(&mut delay, now, &mut random, Datagram::example(b"x")).is_empty());
        let out = bench::run(&mut delay, &mut random);
        assert_eq!(out, [(Instant::from_millis(21), Datagram::example(b"x"))]);
    }
}
