//! What happens to the congestion marks on the way (RFC 3168 §5).

use base::{Ecn, Instant};

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Marks some of the datagrams that are ECN-capable as having met congestion. Queues mark by themselves
/// ([`CoDel`](super::CoDel), [`TailDrop`](super::TailDrop)); this is for tests that want a given share.
#[derive(Debug)]
pub struct Mark {
    probability: f64,
    schedule: Schedule,
}

impl Mark {
    /// Marks with this probability.
    #[must_use]
    pub fn new(probability: f64) -> Self {
        Self { probability, schedule: Schedule::default() }
    }
}

impl Node for Mark {
    fn handle_input(
        &mut self,
        now: Instant,
        random: &mut Random,
        direction: Direction,
        mut datagram: Datagram,
    ) {
        if random.chance(self.probability) {
            mark(&mut datagram);
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

/// Marks a datagram; `false` if its sender does not take part, so that it has to be dropped instead.
pub(super) fn mark(datagram: &mut Datagram) -> bool {
    let capable = datagram.ecn != Ecn::NotEct;
    if capable {
        datagram.ecn = Ecn::Ce;
    }
    capable
}

/// Clears the marks of all datagrams, as many a box on the way does.
#[derive(Debug, Default)]
pub struct Bleach {
    schedule: Schedule,
}

impl Bleach {
    /// A way that knows no marks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Node for Bleach {
    fn handle_input(
        &mut self,
        now: Instant,
        _random: &mut Random,
        direction: Direction,
        mut datagram: Datagram,
    ) {
        datagram.ecn = Ecn::NotEct;
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

    fn after(node: &mut impl Node, ecn: Ecn) -> Ecn {
        let mut datagram = Datagram::example(b"x");
        datagram.ecn = ecn;
        bench::pass(node, Instant::ZERO, &mut Random::new(1), datagram)[0].ecn
    }

    #[test]
    fn only_capable_datagrams_are_marked() {
        let mut mark = Mark::new(1.0);
        assert_eq!(after(&mut mark, Ecn::NotEct), Ecn::NotEct);
        assert_eq!(after(&mut mark, Ecn::Ect0), Ecn::Ce);
        assert_eq!(after(&mut mark, Ecn::Ect1), Ecn::Ce);
    }

    #[test]
    fn bleaching_clears_every_mark() {
        for ecn in [Ecn::NotEct, Ecn::Ect0, Ecn::Ect1, Ecn::Ce] {
            assert_eq!(after(&mut Bleach::new(), ecn), Ecn::NotEct);
        }
    }
}
