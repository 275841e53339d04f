//! What the core does on its own, between links.

use super::{HostId, LinkId, Network};
use crate::way::Way;
use crate::{Datagram, Direction, Host};

impl<H: Host> Network<H> {
    /// The way between two hosts, there and back. It lies between their links: hosts on one link share it. At first it does nothing.
    pub fn between(&mut self, a: impl Into<HostId>, b: impl Into<HostId>) -> Way<'_> {
        let (key, _) = self.way(a.into(), b.into());
        Way::new(self.ways.entry(key).or_default(), &[Direction::Up, Direction::Down])
    }

    /// The way from one host to another, and not back.
    pub fn from_to(&mut self, from: impl Into<HostId>, to: impl Into<HostId>) -> Way<'_> {
        let (key, direction) = self.way(from.into(), to.into());
        let directions: &[_] = match direction {
            Direction::Up => &[Direction::Up],
            Direction::Down => &[Direction::Down],
        };
        Way::new(self.ways.entry(key).or_default(), directions)
    }

    /// Hosts of other networks share a way that nobody takes.
    fn way(&self, from: HostId, to: HostId) -> ((LinkId, LinkId), Direction) {
        let link = |id: HostId| self.hosts.get(id.0).map_or(LinkId(usize::MAX), |attached| attached.link);
        key(link(from), link(to))
    }

    /// Takes a datagram across the core. `Some` if it is there at once.
    pub(super) fn cross(&mut self, from: LinkId, to: LinkId, datagram: Datagram) -> Option<Datagram> {
        let (key, direction) = key(from, to);
        let Some(way) = self.ways.get_mut(&key) else { return Some(datagram) };
        way.enter(self.now, &mut self.random, direction, datagram);
        None
    }

    /// Lets everything go on that has crossed the core. Says whether that was anything.
    pub(super) fn pump_ways(&mut self) -> bool {
        let mut crossed = Vec::new();
        for ((low, high), way) in &mut self.ways {
            let arrived = core::iter::from_fn(|| way.leave(self.now));
            crossed.extend(arrived.map(|(direction, datagram)| match direction {
                Direction::Up => (*high, datagram),
                Direction::Down => (*low, datagram),
            }));
        }
        let moved = !crossed.is_empty();
        for (to, datagram) in crossed {
            self.descend(to, datagram);
        }
        moved
    }
}

/// Of the way between two links, and which way through it.
fn key(from: LinkId, to: LinkId) -> ((LinkId, LinkId), Direction) {
    if from <= to { ((from, to), Direction::Up) } else { ((to, from), Direction::Down) }
}
