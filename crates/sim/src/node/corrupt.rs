//! Datagrams that arrive changed, as they do where UDP's checksum misses it, or a box on the way rewrites.

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Flips a bit, cuts off the end, or appends a byte.
#[derive(Debug)]
pub struct Corrupt {
    probability: f64,
    schedule: Schedule,
}

impl Corrupt {
    /// Changes a datagram with this probability.
    #[must_use]
    pub fn new(probability: f64) -> Self {
        Self { probability, schedule: Schedule::default() }
    }
}

impl Node for Corrupt {
    fn handle_input(
        &mut self,
        now: Instant,
        random: &mut Random,
        direction: Direction,
        mut datagram: Datagram,
    ) {
        if random.chance(self.probability) {
            change(&mut datagram.payload, random);
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

fn change(payload: &mut Vec<u8>, random: &mut Random) {
    let index = usize::try_from(random.below(payload.len() as u64)).unwrap_or(0);
    match random.below(4) {
        0 => payload.truncate(index),
        1 => payload.push(0),
        _ => {
            if let Some(byte) = payload.get_mut(index) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::bench;

    #[test]
    fn every_datagram_arrives_and_none_as_it_was() {
        let mut random = Random::new(1);
        let mut corrupt = Corrupt::new(1.0);
        for _ in 0..100 {
            let out = bench::pass(&mut corrupt, Instant::ZERO, &mut random, Datagram::example(b"some bytes"));
            assert_eq!(out.len(), 1);
            assert_ne!(out[0], Datagram::example(b"some bytes"));
        }
    }

    #[test]
    fn an_empty_datagram_can_be_changed_too() {
        let mut random = Random::new(1);
        (0..100).for_each(|_| change(&mut Vec::new(), &mut random));
    }
}
