//! A node for some datagrams only: ways are seldom the same in both directions, and what is wrong heals.

use core::fmt;
use core::ops::Range;

use base::{Instant, earliest};

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Whether a node acts on a datagram.
type Applies = dyn Fn(Instant, Direction, &Datagram) -> bool + Send;

/// A node that acts on some datagrams; the others pass by it.
pub struct Only<N> {
    applies: Box<Applies>,
    node: N,
    schedule: Schedule,
}

impl<N: Node> Only<N> {
    /// `node`, for datagrams of which `applies` is true, by the time at which they come, their direction and themselves.
    #[must_use]
    pub fn when(applies: impl Fn(Instant, Direction, &Datagram) -> bool + Send + 'static, node: N) -> Self {
        Self { applies: Box::new(applies), node, schedule: Schedule::default() }
    }

    /// `node`, from the hosts to the core.
    #[must_use]
    pub fn up(node: N) -> Self {
        Self::when(|_, direction, _| direction == Direction::Up, node)
    }

    /// `node`, from the core to the hosts.
    #[must_use]
    pub fn down(node: N) -> Self {
        Self::when(|_, direction, _| direction == Direction::Down, node)
    }

    /// `node`, within a window of time.
    #[must_use]
    pub fn during(window: Range<Instant>, node: N) -> Self {
        Self::when(move |now, _, _| window.contains(&now), node)
    }
}

impl<N: Node> Node for Only<N> {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        if (self.applies)(now, direction, &datagram) {
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

impl<N: fmt::Debug> fmt::Debug for Only<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Only").field(&self.node).finish()
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

    #[test]
    fn loss_heals() {
        let mut random = Random::new(1);
        let window = Instant::from_millis(10)..Instant::from_millis(20);
        let mut only = Only::during(window, Loss::uniform(1.0));
        for (at, passes) in [(9, true), (10, false), (19, false), (20, true)] {
            let at = Instant::from_millis(at);
            let out = bench::pass(&mut only, at, &mut random, Datagram::example(b"x"));
            assert_eq!(out.len(), usize::from(passes), "{at}");
        }
    }

    #[test]
    fn a_datagram_may_decide_by_itself() {
        let mut random = Random::new(1);
        let mut only = Only::when(|_, _, datagram| datagram.payload == b"x", Loss::uniform(1.0));
        for (payload, passes) in [(b"x", 0), (b"y", 1)] {
            let out = bench::pass(&mut only, Instant::ZERO, &mut random, Datagram::example(payload));
            assert_eq!(out.len(), passes);
        }
    }
}
