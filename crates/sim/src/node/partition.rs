//! Times at which nothing passes.

use core::ops::Range;

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Drops everything within its windows of time.
#[derive(Debug)]
pub struct Partition {
    windows: Vec<Range<Instant>>,
    schedule: Schedule,
}

impl Partition {
    /// A way that is interrupted within these windows.
    #[must_use]
    pub fn new(windows: Vec<Range<Instant>>) -> Self {
        Self { windows, schedule: Schedule::default() }
    }
}

impl Node for Partition {
    fn handle_input(&mut self, now: Instant, _random: &mut Random, direction: Direction, datagram: Datagram) {
        if !self.windows.iter().any(|window| window.contains(&now)) {
            self.schedule.push(now, direction, datagram);
        }
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
    fn a_partition_heals_when_its_window_ends() {
        let mut random = Random::new(1);
        let window = Instant::from_millis(10)..Instant::from_millis(20);
        let mut partition = Partition::new(vec![window]);
        for (at, passes) in [(9, true), (10, false), (19, false), (20, true)] {
            let at = Instant::from_millis(at);
            let out = bench::pass(&mut partition, at, &mut random, Datagram::example(b"x"));
            assert_eq!(out.len(), usize::from(passes), "{at}");
        }
    }
}
