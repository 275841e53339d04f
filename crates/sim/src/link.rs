//! The way between hosts and the core of the network: a list of nodes.
//!
//! ```text
//!  hosts ──► node ──► node ──► … ──► core      Direction::Up
//!  hosts ◄── node ◄── node ◄── … ◄── core      Direction::Down
//! ```

use core::net::IpAddr;

use base::{Instant, earliest};

use crate::limits::Fault;
use crate::{Datagram, Direction, Node, Random};

/// The most hops of datagrams at one moment.
const MAX_HOPS: u32 = 1_000_000;

/// A list of nodes, hosts first.
#[derive(Debug)]
pub(crate) struct Link {
    nodes: Vec<Box<dyn Node>>,
}

impl Link {
    pub(crate) fn new(nodes: Vec<Box<dyn Node>>) -> Self {
        Self { nodes }
    }

    /// The addresses that its nodes show to the core.
    pub(crate) fn public_addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.nodes.iter().flat_map(|node| node.public_addresses())
    }

    /// Takes a datagram in at one end. `Some` if it comes out of the other at once.
    pub(crate) fn enter(
        &mut self,
        now: Instant,
        random: &mut Random,
        direction: Direction,
        datagram: Datagram,
    ) -> Option<Datagram> {
        let node = match direction {
            Direction::Up => self.nodes.first_mut(),
            Direction::Down => self.nodes.last_mut(),
        };
        match node {
            Some(node) => {
                node.handle_input(now, random, direction, datagram);
                None
            }
            None => Some(datagram),
        }
    }

    /// Moves everything that is due along, and hands what leaves the link to `leave`.
    pub(crate) fn pump(
        &mut self,
        now: Instant,
        random: &mut Random,
        mut leave: impl FnMut(Direction, Datagram),
    ) -> Result<(), Fault> {
        let mut hops = 0_u32;
        loop {
            let before = hops;
            for index in 0..self.nodes.len() {
                self.pump_node(now, random, index, &mut hops, &mut leave);
            }
            if hops == before {
                return Ok(());
            }
            if hops > MAX_HOPS {
                return Err(Fault::RestlessLink { now });
            }
        }
    }

    fn pump_node(
        &mut self,
        now: Instant,
        random: &mut Random,
        index: usize,
        hops: &mut u32,
        leave: &mut impl FnMut(Direction, Datagram),
    ) {
        while *hops <= MAX_HOPS {
            let node = self.nodes.get_mut(index);
            let Some((direction, datagram)) = node.and_then(|node| node.poll_transmit(now, random)) else {
                return;
            };
            *hops = hops.saturating_add(1);
            match self.neighbour(index, direction) {
                Some(next) => next.handle_input(now, random, direction, datagram),
                None => leave(direction, datagram),
            }
        }
    }

    /// The node that comes after the one at `index`.
    fn neighbour(&mut self, index: usize, direction: Direction) -> Option<&mut Box<dyn Node>> {
        let next = match direction {
            Direction::Up => index.checked_add(1),
            Direction::Down => index.checked_sub(1),
        };
        self.nodes.get_mut(next?)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.nodes.iter().map(|node| node.poll_timeout()).fold(None, earliest)
    }
}
