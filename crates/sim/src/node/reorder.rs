//! Datagrams that are overtaken.

use core::time::Duration;

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Holds some datagrams back while the others pass.
#[derive(Debug)]
pub struct Reorder {
    probability: f64,
    longest: Duration,
    schedule: Schedule,
}

impl Reorder {
    /// Holds a datagram back with this probability, for `longest` at most.
    #[must_use]
    pub fn new(probability: f64, longest: Duration) -> Self {
        Self { probability, longest, schedule: Schedule::default() }
    }
}

impl Node for Reorder {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        let held = if random.chance(self.probability) { random.span(self.longest) } else { Duration::ZERO };
        self.schedule.push(now + held, direction, datagram);
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
    fn nothing_is_lost_but_the_order() {
        let mut random = Random::new(1);
        let mut reorder = Reorder::new(0.5, Duration::from_millis(50));
        for index in 0..20 {
            reorder.handle_input(Instant::ZERO, &mut random, Direction::Up, Datagram::example(&[index]));
        }
        let out = bench::run(&mut reorder, &mut random);
        let mut order: Vec<u8> = out.iter().map(|(_, datagram)| datagram.payload[0]).collect();
        assert!(!order.is_sorted());
        order.sort_unstable();
        assert_eq!(order, (0..20).collect::<Vec<_>>());
    }
}
