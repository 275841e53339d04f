//! A delay that varies, as queues of other people's traffic make it.

use core::time::Duration;

use base::Instant;

use super::{Direction, Each, Node, Schedule};
use crate::{Datagram, Random};

/// Holds each datagram for a random time, but keeps their order: [`Reorder`](super::Reorder) is for the rest.
#[derive(Debug)]
pub struct Jitter {
    longest: Duration,
    last: Each<Instant>,
    schedule: Schedule,
}

impl Jitter {
    /// A delay between zero and `longest`.
    #[must_use]
    pub fn new(longest: Duration) -> Self {
        Self { longest, last: Each::default(), schedule: Schedule::default() }
    }
}

impl Node for Jitter {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        let last = self.last.of(direction);
        *last = (now + random.span(self.longest)).max(*last);
        self.schedule.push(*last, direction, datagram);
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
    fn delays_differ_and_the_order_stays() {
        let mut random = Random::new(1);
        let mut jitter = Jitter::new(Duration::from_millis(50));
        for index in 0..20 {
            let now = Instant::from_millis(10 * u64::from(index));
            jitter.handle_input(now, &mut random, Direction::Up, Datagram::example(&[index]));
        }
        let out = bench::run(&mut jitter, &mut random);
        let order: Vec<u8> = out.iter().map(|(_, datagram)| datagram.payload[0]).collect();
        assert_eq!(order, (0..20).collect::<Vec<_>>());
        let delays = out.iter().zip(0..).map(|((at, _), index)| at.since(Instant::from_millis(10 * index)));
        let delays: Vec<Duration> = delays.collect();
        assert!(delays.iter().any(|delay| *delay != delays[0]));
        assert!(delays.iter().all(|delay| *delay <= Duration::from_millis(50)));
    }
}
