//! A node for a while: what is wrong heals.

use core::ops::Range;

use base::{Instant, earliest};

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// A node that acts within a window of time; before and after, datagrams pass by it.
#[derive(Debug)]
pub struct During<N> {
    window: Range<Instant>,
    node: N,
    schedule: Schedule,
}

impl<N: Node> During<N> {
    /// `node`, within `window`.
    #[must_use]
    pub fn new(window: Range<Instant>, node: N) -> Self {
        Self { window, node, schedule: Schedule::default() }
    }
}

impl<N: Node> Node for During<N> {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        if self.window.contains(&now) {
            self.node.handle_input(now, random, direction, datagram);
        } else {
            self.schedule.push(now, direction, datagram);
        }
    }

    fn poll_transmit(&mut self, now: Instant, random: &mut Random) -> Option<(Direction, Datagram)> {
        self.node.poll_transmit(now, random).or_else(|| self.schedule.pop(now))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        earliest(self.node.poll_timeout(), self.schedule.poll_timeout())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Loss, bench};

    #[test]
    fn loss_heals() {
        let mut random = Random::new(1);
        let window = Instant::from_millis(10)..Instant::from_millis(20);
        let mut during = During::new(window, Loss::uniform(1.0));
        for (at, passes) in [(9, true), (10, false), (19, false), (20, true)] {
            let at = Instant::from_millis(at);
            let out = bench::pass(&mut during, at, &mut random, Datagram::example(b"x"));
            assert_eq!(out.len(), usize::from(passes), "{at}");
        }
    }
}
