//! The network: hosts, links, and the core that joins them.
//!
//! ```text
//!  host ─┐                                  ┌─ host
//!  host ─┴─ link ──────── core ──────── link ┴─ host
//! ```
//!
//! Time stands still while anything is to do, and then jumps to the next moment at which something is.

mod hosts;

use std::collections::BTreeMap;

use core::net::IpAddr;
use core::time::Duration;

use base::{Instant, earliest};

use self::hosts::Attached;
use crate::link::Link;
use crate::{Capture, Datagram, Digest, Direction, Fault, Host, Limits, Node, Random};

/// A host of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(usize);

/// A link of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(usize);

/// What a host has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Datagrams that it sent.
    pub sent: u64,
    /// Datagrams that it received.
    pub received: u64,
    /// Timeouts that it was due.
    pub timeouts: u64,
}

/// Hosts, links, and their time.
#[derive(Debug)]
pub struct Network<H> {
    now: Instant,
    random: Random,
    limits: Limits,
    steps: u64,
    links: Vec<Link>,
    hosts: Vec<Attached<H>>,
    /// Which link leads to an address, and to which host, where it is a host's own.
    routes: BTreeMap<IpAddr, (LinkId, Option<HostId>)>,
    digest: Digest,
    unroutable: u64,
    buffer: Vec<u8>,
}

impl<H: Host> Network<H> {
    /// A network without hosts. The same seed, and the same hosts, give the same run.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_limits(seed, Limits::default())
    }

    /// A network without hosts, with limits of its own.
    #[must_use]
    pub fn with_limits(seed: u64, limits: Limits) -> Self {
        Self {
            now: Instant::from_millis(1000),
            random: Random::new(seed),
            buffer: vec![0; limits.buffer],
            limits,
            steps: 0,
            links: Vec::new(),
            hosts: Vec::new(),
            routes: BTreeMap::new(),
            digest: Digest::default(),
            unroutable: 0,
        }
    }

    /// Adds a link, from the node next to the hosts to the node next to the core.
    pub fn add_link(&mut self, nodes: Vec<Box<dyn Node>>) -> LinkId {
        let id = LinkId(self.links.len());
        let link = Link::new(nodes);
        self.routes.extend(link.public_addresses().map(|address| (address, (id, None))));
        self.links.push(link);
        id
    }

    /// Adds a host with its addresses at the end of a link. Whoever has an address already keeps it.
    pub fn add_host(&mut self, link: LinkId, addresses: &[IpAddr], host: H) -> HostId {
        let id = HostId(self.hosts.len());
        for address in addresses {
            self.routes.entry(*address).or_insert((link, Some(id)));
        }
        self.hosts.push(Attached::new(link, host));
        id
    }

    /// The present.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// A host; `None` if it belongs to another network.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&H> {
        self.hosts.get(id.0).map(|attached| &attached.host)
    }

    /// A host, to use it: what it wants to send is fetched at the next step.
    pub fn host_mut(&mut self, id: HostId) -> Option<&mut H> {
        let attached = self.hosts.get_mut(id.0)?;
        attached.stirred = true;
        Some(&mut attached.host)
    }

    /// The hosts, in the order in which they were added.
    pub fn hosts(&self) -> impl Iterator<Item = (HostId, &H)> {
        self.hosts.iter().enumerate().map(|(index, attached)| (HostId(index), &attached.host))
    }

    /// What a host has done.
    #[must_use]
    pub fn counters(&self, id: HostId) -> Counters {
        self.hosts.get(id.0).map(|attached| attached.counters).unwrap_or_default()
    }

    /// Records from now on what a host sends and receives.
    pub fn capture(&mut self, id: HostId) {
        if let Some(attached) = self.hosts.get_mut(id.0) {
            attached.capture = Some(Capture::default());
        }
    }

    /// What was recorded of a host.
    #[must_use]
    pub fn captured(&self, id: HostId) -> Option<&Capture> {
        self.hosts.get(id.0)?.capture.as_ref()
    }

    /// A digest of every datagram that was sent so far: of its time, its addresses and its bytes.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// How many datagrams went to addresses that nobody has.
    #[must_use]
    pub const fn unroutable(&self) -> u64 {
        self.unroutable
    }

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
        let links = self.links.iter().map(Link::poll_timeout).fold(None, earliest);
        self.hosts.iter().map(|attached| attached.host.poll_timeout()).fold(links, earliest)
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
    fn leave(&mut self, link: LinkId, direction: Direction, datagram: Datagram) {
        let route = self.routes.get(&datagram.destination.ip()).copied();
        match (direction, route) {
            (Direction::Down, Some((to, Some(host)))) if to == link => self.deliver(host, datagram),
            (Direction::Up, Some((to, host))) if self.is_reachable(to, host) => {
                let Some(link) = self.links.get_mut(to.0) else { return };
                if let Some(datagram) = link.enter(self.now, &mut self.random, Direction::Down, datagram) {
                    self.leave(to, Direction::Down, datagram);
                }
            }
            _ => self.unroutable = self.unroutable.saturating_add(1),
        }
    }

    /// Whether the core knows a way: the own addresses of hosts behind a NAT are nobody else's business.
    fn is_reachable(&self, link: LinkId, host: Option<HostId>) -> bool {
        let translated = self.links.get(link.0).is_some_and(|link| link.public_addresses().next().is_some());
        host.is_none() || !translated
    }
}
