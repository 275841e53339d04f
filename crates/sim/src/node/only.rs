//! A node for one direction: ways are seldom the same in both.

use base::{Instant, earliest};

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// A node that acts on one direction; datagrams of the other pass by it.
#[derive(Debug)]
pub struct Only<N> {
    direction: Direction,
    node: N,
    schedule: Schedule,
}

impl<N: Node> Only<N> {
    /// `node`, from the hosts to the core.
    #[must_use]
    pub fn up(node: N) -> Self {
        Self { direction: Direction::Up, node, schedule: Schedule::default() }
    }

    /// `node`, from the core to the hosts.
    #[must_use]
    pub fn down(node: N) -> Self {
        Self { direction: Direction::Down, node, schedule: Schedule::default() }
    }
}

impl<N: Node> Node for Only<N> {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        if self.direction == direction {
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
    fn the_other_direction_passes() {
        let mut random = Random::new(1);
        let mut only = Only::down(Loss::uniform(1.0));
        let up = bench::pass(&mut only, Instant::ZERO, &mut random, Datagram::example(b"x"));
        assert_eq!(up.len(), 1);
        only.handle_input(Instant::ZERO, &mut random, Direction::Down, Datagram::example(b"x"));
        assert!(bench::drain(&mut only, Instant::ZERO, &mut random).is_empty());
    }
}
