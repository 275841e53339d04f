//! The network: hosts, links, and the core that joins them.
//!
//! ```text
//!  host ─┐                                  ┌─ host
//!  host ─┴─ link ──────── core ──────── link ┴─ host
//!                 between two links: a way
//! ```
//!
//! Time stands still while anything is to do, and then jumps to the next moment at which something is.

mod hosts;
mod running;
mod ways;

use std::collections::BTreeMap;

use base::Instant;
use core::net::IpAddr;

use self::hosts::Attached;
use crate::link::Link;
use crate::way::Crossing;
use crate::{Capture, Digest, Host, Limits, Node, Random};

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
///
/// Example: [on the first page](crate).
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
    /// The ways through the core that do something.
    ways: BTreeMap<(LinkId, LinkId), Crossing>,
    digest: Digest,
    unroutable: u64,
    buffer: Vec<u8>,
}

impl<H: Host> Network<H> {
    /// A network without hosts, at [`Instant::ZERO`]. The same seed, and the same hosts, give the same run.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_limits(seed, Limits::default())
    }

    /// A network without hosts, at [`Instant::ZERO`], with limits of its own.
    #[must_use]
    pub fn with_limits(seed: u64, limits: Limits) -> Self {
        Self {
            now: Instant::ZERO,
            random: Random::new(seed),
            buffer: vec![0; limits.buffer],
            limits,
            steps: 0,
            links: Vec::new(),
            hosts: Vec::new(),
            routes: BTreeMap::new(),
            ways: BTreeMap::new(),
            digest: Digest::default(),
            unroutable: 0,
        }
    }

    /// The same network at another time, before anything has happened in it: for what must not depend on the origin of the timeline.
    #[must_use]
    pub const fn starting_at(mut self, start: Instant) -> Self {
        self.now = start;
        self
    }

    /// A generator for a host, or for whatever else has to follow from the seed. Each call gives another one, in the order of the
    /// calls.
    pub fn generator(&mut self) -> Random {
        self.random.child()
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
    pub fn counters(&self, id: impl Into<HostId>) -> Counters {
        self.hosts.get(id.into().0).map(|attached| attached.counters).unwrap_or_default()
    }

    /// Records from now on what a host sends and receives, with what it knows to be inside.
    pub fn capture(&mut self, id: impl Into<HostId>) {
        if let Some(attached) = self.hosts.get_mut(id.into().0) {
            attached.host.observe_plaintext();
            attached.capture = Some(Capture::default());
        }
    }

    /// What was recorded of a host.
    #[must_use]
    pub fn captured(&self, id: impl Into<HostId>) -> Option<&Capture> {
        self.hosts.get(id.into().0)?.capture.as_ref()
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
}
