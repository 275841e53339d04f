//! A host that moves from one network to another.

use core::net::IpAddr;

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Lets datagrams pass only by the address that the host has at the time.
///
/// The host knows all its addresses from the beginning as far as the network is concerned
/// ([`add_host`](crate::Network::add_host)); whether its application has heard of the new one is the host's business.
#[derive(Debug)]
pub struct Roam {
    first: IpAddr,
    moves: Vec<(Instant, IpAddr)>,
    schedule: Schedule,
}

impl Roam {
    /// The host is at `first`, and from each of these times on, which are in order, at that address.
    #[must_use]
    pub fn new(first: IpAddr, moves: Vec<(Instant, IpAddr)>) -> Self {
        Self { first, moves, schedule: Schedule::default() }
    }

    fn address(&self, now: Instant) -> IpAddr {
        let passed = self.moves.iter().take_while(|(at, _)| *at <= now);
        passed.last().map_or(self.first, |(_, address)| *address)
    }
}

impl Node for Roam {
    fn handle_input(&mut self, now: Instant, _random: &mut Random, direction: Direction, datagram: Datagram) {
        let end = match direction {
            Direction::Up => datagram.source,
            Direction::Down => datagram.destination,
        };
        if end.ip() == self.address(now) {
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
    fn the_old_address_is_dead_after_the_move() {
        let mut random = Random::new(1);
        let old: IpAddr = "10.0.0.1".parse().unwrap();
        let new: IpAddr = "10.0.0.2".parse().unwrap();
        let mut roam = Roam::new(old, vec![(Instant::from_millis(10), new)]);
        for (at, from, passes) in [(9, old, true), (9, new, false), (10, old, false), (10, new, true)] {
            let mut datagram = Datagram::example(b"x");
            datagram.source.set_ip(from);
            let out = bench::pass(&mut roam, Instant::from_millis(at), &mut random, datagram);
            assert_eq!(out.len(), usize::from(passes), "{from} at {at}");
        }
    }
}
