//! The size that the way carries.

use base::Instant;

use super::{Direction, Node, Schedule};
use crate::{Datagram, Random};

/// Drops IP packets that are too large, without a word: a black hole of path MTU discovery (RFC 8899 §1.1).
#[derive(Debug)]
pub struct Mtu {
    bytes: usize,
    schedule: Schedule,
}

impl Mtu {
    /// A way that carries IP packets of at most so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { bytes, schedule: Schedule::default() }
    }
}

impl Node for Mtu {
    fn handle_input(&mut self, now: Instant, _random: &mut Random, direction: Direction, datagram: Datagram) {
        if datagram.packet_len() <= self.bytes {
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
    fn the_headers_of_ip_and_udp_count() {
        let mut random = Random::new(1);
        let mut mtu = Mtu::new(1280);
        let fits = Datagram::example(&[0; 1252]);
        let exceeds = Datagram::example(&[0; 1253]);
        assert_eq!(bench::pass(&mut mtu, Instant::ZERO, &mut random, fits.clone()), [fits]);
        assert!(bench::pass(&mut mtu, Instant::ZERO, &mut random, exceeds).is_empty());
        let mut six = Datagram::example(&[0; 1233]);
        six.destination = "[2001:db8::1]:1".parse().unwrap();
        assert!(bench::pass(&mut mtu, Instant::ZERO, &mut random, six).is_empty());
    }
}
