//! The steps of a run: moving datagrams while there is something to move, and then jumping to the next deadline or arrival.

use core::time::Duration;

use base::{Instant, earliest};

use super::{HostId, LinkId, Network};
use crate::link::Link;
use crate::way::Crossing;
use crate::{Datagram, Direction, Fault, Host};

impl<H: Host> Network<H> {
    /// Runs until `done`, or until `span` has passed. Says whether it is done.
    ///
    /// # Errors
    /// [`Fault`] if a host misbehaves or the run is too long.
    pub fn run_until(&mut self, span: Duration, mut done: impl FnMut(&Self) -> bool) -> Result<bool, Fault> {
        let end = self.now + span;
        loop {
            self.settle()?;
            if done(self) {
                return Ok(true);
            }
            match self.next().filter(|next| *next <= end) {
                Some(next) => self.advance(next)?,
                None => {
                    self.now = end;
                    return Ok(false);
                }
            }
        }
    }

    /// Runs for `span`.
    ///
    /// # Errors
    /// [`Fault`] if a host misbehaves or the run is too long.
    pub fn run_for(&mut self, span: Duration) -> Result<(), Fault> {
        self.run_until(span, |_| false).map(|_| ())
    }

    /// The next moment at which something is due.
    fn next(&self) -> Option<Instant> {
        let links = self.links.iter().map(Link::poll_timeout);
        let ways = self.ways.values().map(Crossing::poll_timeout);
        let hosts = self.hosts.iter().map(|attached| attached.host.poll_timeout());
        links.chain(ways).chain(hosts).fold(None, earliest)
    }

    /// Jumps to `next` and wakes who is due.
    fn advance(&mut self, next: Instant) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(1);
        if self.steps > self.limits.steps {
            return Err(Fault::TooManySteps { now: self.now });
        }
        self.now = self.now.max(next);
        for index in 0..self.hosts.len() {
            self.wake(HostId(index))?;
        }
        Ok(())
    }

    /// Moves datagrams until nothing moves at this moment.
    fn settle(&mut self) -> Result<(), Fault> {
        loop {
            let mut moved = false;
            for index in 0..self.hosts.len() {
                moved |= self.fetch(HostId(index))?;
            }
            for index in 0..self.links.len() {
                moved |= self.pump(LinkId(index))?;
            }
            moved |= self.pump_ways();
            if !moved {
                return Ok(());
            }
        }
    }

    fn pump(&mut self, id: LinkId) -> Result<bool, Fault> {
        let Some(link) = self.links.get_mut(id.0) else { return Ok(false) };
        let mut left = Vec::new();
        link.pump(self.now, &mut self.random, |direction, datagram| left.push((direction, datagram)))?;
        let moved = !left.is_empty();
        for (direction, datagram) in left {
            self.leave(id, direction, datagram);
        }
        Ok(moved)
    }

    /// A datagram has come to the end of a link.
    pub(super) fn leave(&mut self, link: LinkId, direction: Direction, datagram: Datagram) {
        let route = self.routes.get(&datagram.destination.ip()).copied();
        match (direction, route) {
            (Direction::Down, Some((to, Some(host)))) if to == link => self.deliver(host, datagram),
            (Direction::Up, Some((to, host))) if self.is_reachable(to, host) => {
                if let Some(datagram) = self.cross(link, to, datagram) {
                    self.descend(to, datagram);
                }
            }
            _ => self.unroutable = self.unroutable.saturating_add(1),
        }
    }

    /// A datagram goes from the core down a link.
    pub(super) fn descend(&mut self, to: LinkId, datagram: Datagram) {
        let Some(link) = self.links.get_mut(to.0) else { return };
        if let Some(datagram) = link.enter(self.now, &mut self.random, Direction::Down, datagram) {
            self.leave(to, Direction::Down, datagram);
        }
    }

    /// Whether the core knows a way: the own addresses of hosts behind a NAT are nobody else's business.
    fn is_reachable(&self, link: LinkId, host: Option<HostId>) -> bool {
        let translated = self.links.get(link.0).is_some_and(|link| link.public_addresses().next().is_some());
        host.is_none() || !translated
    }
}
