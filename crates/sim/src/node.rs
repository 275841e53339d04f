//! What a link is made of: each node does one thing to the datagrams that pass.

mod codel;
mod corrupt;
mod delay;
mod duplicate;
mod ecn;
mod jitter;
mod loss;
mod mtu;
mod nat;
mod only;
mod partition;
mod rate;
mod reorder;
mod roam;
mod schedule;

use core::fmt::Debug;
use core::net::IpAddr;

use base::Instant;

pub use codel::CoDel;
pub use corrupt::Corrupt;
pub use delay::Delay;
pub use duplicate::Duplicate;
pub use ecn::{Bleach, Mark};
pub use jitter::Jitter;
pub use loss::{GilbertElliott, Loss};
pub use mtu::Mtu;
pub use nat::{Behaviour, Nat};
pub use only::Only;
pub use partition::Partition;
pub use rate::{Queue, Rate, TailDrop};
pub use reorder::Reorder;
pub use roam::Roam;
pub use schedule::Schedule;

use crate::{Datagram, Random};

/// Which way a datagram goes through a link.
// Closed: there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the hosts to the core.
    Up,
    /// From the core to the hosts.
    Down,
}

/// A piece of a link. It takes datagrams of both directions and gives them, or others, or none.
///
/// Each node here treats both directions alike, with a state for each; [`Only`] confines one to a direction, a time, or what the caller likes.
pub trait Node: Debug + Send {
    /// Takes a datagram.
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram);

    /// Gives the next datagram that is due.
    fn poll_transmit(&mut self, now: Instant, random: &mut Random) -> Option<(Direction, Datagram)>;

    /// When the next datagram is due.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The addresses by which the core reaches this node, where they are not those of the hosts.
    fn public_addresses(&self) -> Vec<IpAddr> {
        Vec::new()
    }
}

impl<N: Node + ?Sized> Node for Box<N> {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        (**self).handle_input(now, random, direction, datagram);
    }

    fn poll_transmit(&mut self, now: Instant, random: &mut Random) -> Option<(Direction, Datagram)> {
        (**self).poll_transmit(now, random)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (**self).poll_timeout()
    }

    fn public_addresses(&self) -> Vec<IpAddr> {
        (**self).public_addresses()
    }
}

/// One value for each direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Each<T> {
    up: T,
    down: T,
}

impl<T> Each<T> {
    pub(crate) const fn of(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    pub(crate) const fn both(&self) -> [&T; 2] {
        [&self.up, &self.down]
    }
}

#[cfg(test)]
pub(crate) mod bench {
    //! A node by itself.

    use super::*;

    /// Puts a datagram in and returns what comes out at once.
    pub(crate) fn pass(
        node: &mut impl Node,
        now: Instant,
        random: &mut Random,
        datagram: Datagram,
    ) -> Vec<Datagram> {
        node.handle_input(now, random, Direction::Up, datagram);
        drain(node, now, random)
    }

    /// What is due.
    pub(crate) fn drain(node: &mut impl Node, now: Instant, random: &mut Random) -> Vec<Datagram> {
        core::iter::from_fn(|| node.poll_transmit(now, random).map(|(_, datagram)| datagram)).collect()
    }

    /// Everything that comes out, with the time at which it does.
    pub(crate) fn run(node: &mut impl Node, random: &mut Random) -> Vec<(Instant, Datagram)> {
        let mut out = Vec::new();
        for _ in 0..100_000 {
            let Some(at) = node.poll_timeout() else { return out };
            out.extend(drain(node, at, random).into_iter().map(|datagram| (at, datagram)));
        }
        panic!("the node never comes to rest");
    }
}
