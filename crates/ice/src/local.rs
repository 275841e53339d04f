//! Our own candidates, which outlive the generations (RFC 8445 §5.1.1).

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use base::Protocol;

use crate::candidate::{
    Candidate, CandidateKind, Foundation, TcpType, is_candidate_address, priority, same_endpoint,
    tcp_local_preference,
};
use crate::error::LocalAddressError;

/// A candidate of ours, and the address from which its packets leave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalCandidate {
    /// The candidate.
    pub candidate: Candidate,
    /// Its base: the address that the application bound, or for a relayed candidate the relayed address.
    pub base: SocketAddr,
}

impl LocalCandidate {
    /// A candidate and its base.
    #[must_use]
    pub const fn new(candidate: Candidate, base: SocketAddr) -> Self {
        Self { candidate, base }
    }

    /// Whether checks leave from this candidate itself: reflexive ones are only other names of their base.
    pub(crate) const fn is_base(&self) -> bool {
        matches!(self.candidate.kind, CandidateKind::Host | CandidateKind::Relayed)
    }
}

/// The generation in which candidates are announced, and its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announced<'a> {
    pub(crate) generation: u32,
    pub(crate) username_fragment: &'a str,
}

#[derive(Debug)]
struct Entry {
    local: LocalCandidate,
    /// The last generation in which it was announced.
    generation: u32,
}

/// The list of them. An index stays valid until its candidate is removed; then its place is used again.
#[derive(Debug)]
pub(crate) struct Locals {
    places: Vec<Option<Entry>>,
    /// The most that the application may add, and the most that the peer may discover besides.
    limit: usize,
    next_foundation: u32,
}

impl Locals {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { places: Vec::new(), limit, next_foundation: 0 }
    }

    fn entry(&self, index: usize) -> Option<&Entry> {
        self.places.get(index)?.as_ref()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&LocalCandidate> {
        self.entry(index).map(|e| &e.local)
    }

    /// The same, where it was announced in this generation.
    pub(crate) fn announced(&self, index: usize, generation: u32) -> Option<&LocalCandidate> {
        self.entry(index).filter(|e| e.generation == generation).map(|e| &e.local)
    }

    pub(crate) fn indices(&self) -> core::ops::Range<usize> {
        0..self.places.len()
    }

    fn iter(&self) -> impl Iterator<Item = &LocalCandidate> {
        self.places.iter().flatten().map(|e| &e.local)
    }

    fn position(&self, is: impl Fn(&LocalCandidate) -> bool) -> Option<usize> {
        self.indices().find(|index| self.get(*index).is_some_and(&is))
    }

    /// The candidate whose checks arrive at `address`.
    pub(crate) fn base_at(&self, protocol: Protocol, address: SocketAddr) -> Option<usize> {
        self.position(|l| l.is_base() && l.candidate.protocol == protocol && same_endpoint(l.base, address))
    }

    /// The candidate with this address, of any kind.
    fn named(&self, protocol: Protocol, address: SocketAddr) -> Option<usize> {
        self.position(|l| l.candidate.protocol == protocol && same_endpoint(l.candidate.address, address))
    }

    /// Adds a host candidate; an address that is one already is announced again.
    pub(crate) fn add_host(
        &mut self,
        address: SocketAddr,
        protocol: Protocol,
        announced: Announced<'_>,
    ) -> Result<usize, LocalAddressError> {
        if let Some(index) = self.base_at(protocol, address) {
            self.announce(index, announced);
            return Ok(index);
        }
        let tcp_type = (protocol == Protocol::Tcp).then_some(TcpType::Passive);
        let mut candidate = Candidate::new(
            self.foundation(CandidateKind::Host, address.ip(), protocol),
            CandidateKind::Host,
            address,
            self.host_priority(address.ip(), tcp_type),
        );
        candidate.protocol = protocol;
        candidate.tcp_type = tcp_type;
        self.add(LocalCandidate::new(candidate, address), announced)
    }

    /// Adds a candidate of any kind; one that is there already is announced again.
    pub(crate) fn add(
        &mut self,
        local: LocalCandidate,
        announced: Announced<'_>,
    ) -> Result<usize, LocalAddressError> {
        if !is_candidate_address(local.candidate.address) {
            return Err(LocalAddressError::Unusable);
        }
        let known = |l: &LocalCandidate| {
            l.candidate.is_same(&local.candidate)
                && same_endpoint(l.base, local.base)
                && l.is_base() == local.is_base()
        };
        let index = match self.position(known) {
            Some(index) => index,
            None if self.is_full(local.candidate.kind) => return Err(LocalAddressError::TooMany),
            None => self.place(Entry { local, generation: announced.generation }),
        };
        self.announce(index, announced);
        Ok(index)
    }

    /// What the peer discovers takes no room from what the application adds.
    fn is_full(&self, kind: CandidateKind) -> bool {
        let discovered = |kind| kind == CandidateKind::PeerReflexive;
        let alike = self.iter().filter(|l| discovered(l.candidate.kind) == discovered(kind));
        alike.count() >= self.limit
    }

    fn place(&mut self, entry: Entry) -> usize {
        if let Some(index) = self.places.iter().position(Option::is_none)
            && let Some(place) = self.places.get_mut(index)
        {
            *place = Some(entry);
            return index;
        }
        self.places.reserve_exact(1);
        self.places.push(Some(entry));
        self.places.len().saturating_sub(1)
    }

    /// Removes all candidates with this base. Whether there were any.
    pub(crate) fn remove(&mut self, protocol: Protocol, base: SocketAddr) -> bool {
        self.retain(|_, l| l.candidate.protocol != protocol || !same_endpoint(l.base, base))
    }

    /// Removes what the peer discovered and no pair uses any more.
    pub(crate) fn forget_unused(&mut self, used: &[usize]) {
        self.retain(|index, l| l.candidate.kind != CandidateKind::PeerReflexive || used.contains(&index));
    }

    /// Whether any was removed.
    fn retain(&mut self, keep: impl Fn(usize, &LocalCandidate) -> bool) -> bool {
        let mut removed = false;
        for (index, place) in self.places.iter_mut().enumerate() {
            removed |= place.take_if(|e| !keep(index, &e.local)).is_some();
        }
        removed
    }

    /// The candidate that the peer saw: a known one, or a peer-reflexive one that this makes (RFC 8445 §7.2.5.3.1).
    /// `base` where there is no room for another.
    pub(crate) fn mapped(
        &mut self,
        base: usize,
        address: SocketAddr,
        priority: u32,
        announced: Announced<'_>,
    ) -> usize {
        let Some(base_candidate) = self.get(base) else { return base };
        let (from, protocol) = (base_candidate.base, base_candidate.candidate.protocol);
        let tcp_type = base_candidate.candidate.tcp_type;
        if let Some(index) = self.named(protocol, address) {
            return index;
        }
        let kind = CandidateKind::PeerReflexive;
        let mut candidate =
            Candidate::new(self.foundation(kind, from.ip(), protocol), kind, address, priority);
        (candidate.protocol, candidate.tcp_type) = (protocol, tcp_type);
        candidate.related_address = Some(from);
        let local = LocalCandidate::new(candidate, from);
        self.add(local, announced).unwrap_or(base)
    }

    fn announce(&mut self, index: usize, announced: Announced<'_>) {
        if let Some(Some(entry)) = self.places.get_mut(index) {
            entry.generation = announced.generation;
            entry.local.candidate.username_fragment = Some(String::from(announced.username_fragment));
        }
    }

    /// What was announced since the generation `to` belongs to it again: those that came after it are taken back.
    pub(crate) fn take_back(&mut self, to: Announced<'_>) {
        for index in self.indices() {
            if self.entry(index).is_some_and(|e| e.generation > to.generation) {
                self.announce(index, to);
            }
        }
    }

    /// Candidates share a foundation if kind, base and transport are the same (RFC 8445 §5.1.1.3).
    fn foundation(&mut self, kind: CandidateKind, base: IpAddr, protocol: Protocol) -> Foundation {
        let same = |l: &&LocalCandidate| {
            l.candidate.kind == kind && l.base.ip() == base && l.candidate.protocol == protocol
        };
        if let Some(local) = self.iter().find(same) {
            return local.candidate.foundation.clone();
        }
        let number = self.next_foundation;
        self.next_foundation = self.next_foundation.wrapping_add(1);
        Foundation::numbered("", number)
    }

    /// The priority of a host candidate, which no other has. The families take turns, IPv6 first, so that a broken one
    /// delays the other little (RFC 8421 §4).
    fn host_priority(&self, ip: IpAddr, tcp_type: Option<TcpType>) -> u32 {
        let of_turn = |turn: u16| {
            let turn = turn.saturating_mul(2).saturating_add(u16::from(ip.is_ipv4()));
            let local_preference = match tcp_type {
                None => u16::MAX.saturating_sub(turn),
                Some(tcp_type) => {
                    tcp_local_preference(CandidateKind::Host, tcp_type, 0x1fff_u16.saturating_sub(turn))
                }
            };
            priority(CandidateKind::Host, local_preference, 1)
        };
        let is_free = |priority: &u32| self.iter().all(|l| l.candidate.priority != *priority);
        (0..u16::MAX).map(of_turn).find(is_free).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Announced<'_> = Announced { generation: 0, username_fragment: "ufrag" };

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn locals(addresses: &[&str]) -> Locals {
        let mut locals = Locals::new(8);
        for a in addresses {
            locals.add_host(address(a), Protocol::Udp, NOW).unwrap();
        }
        locals
    }

    /// RFC 8421 §4.
    #[test]
    fn the_families_take_turns() {
        let locals = locals(&["192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1", "[2001:db8::2]:1"]);
        let mut order: Vec<_> = locals.iter().map(|l| (l.candidate.priority, l.base)).collect();
        order.sort_by(|a, b| b.cmp(a));
        let order: Vec<_> = order.into_iter().map(|(_, base)| base).collect();
        let expected = ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1", "192.0.2.2:1"].map(address);
        assert_eq!(order, expected);
    }

    /// RFC 8445 §5.1.3.
    #[test]
    fn an_address_is_a_candidate_once() {
        let mut locals = locals(&["192.0.2.1:1"]);
        assert_eq!(locals.add_host(address("192.0.2.1:1"), Protocol::Udp, NOW), Ok(0));
        assert_eq!(locals.add_host(address("192.0.2.1:1"), Protocol::Tcp, NOW), Ok(1));
        assert_eq!(locals.indices(), 0..2);
    }

    #[test]
    fn the_place_of_what_is_removed_is_used_again() {
        let mut locals = locals(&["192.0.2.1:1", "192.0.2.1:2"]);
        assert_eq!(locals.mapped(0, address("198.51.100.1:7"), 5, NOW), 2);
        assert!(locals.remove(Protocol::Udp, address("192.0.2.1:1")));
        assert!(locals.get(0).is_none() && locals.get(1).is_some() && locals.get(2).is_none());
        assert_eq!(locals.add_host(address("192.0.2.1:3"), Protocol::Udp, NOW), Ok(0));
        assert_eq!(locals.mapped(1, address("198.51.100.1:8"), 5, NOW), 2);
        assert_eq!(locals.indices(), 0..3);
    }

    /// RFC 8445 §5.1.1.3.
    #[test]
    fn foundations_tell_addresses_and_transports_apart_but_not_ports() {
        let mut locals = locals(&["192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"]);
        locals.add_host(address("192.0.2.1:1"), Protocol::Tcp, NOW).unwrap();
        let f: Vec<_> = locals.iter().map(|l| l.candidate.foundation.clone()).collect();
        assert!(f[0] == f[1] && f[0] != f[2] && f[0] != f[3] && f[2] != f[3]);
    }

    /// RFC 8445 §7.2.5.3.1.
    #[test]
    fn the_address_that_the_peer_saw_becomes_a_candidate_once() {
        let mut locals = locals(&["192.0.2.1:1"]);
        assert_eq!(locals.mapped(0, address("192.0.2.1:1"), 5, NOW), 0);
        assert_eq!(locals.mapped(0, address("198.51.100.1:7"), 5, NOW), 1);
        assert_eq!(locals.mapped(0, address("198.51.100.1:7"), 5, NOW), 1);
        let prflx = &locals.get(1).unwrap().candidate;
        assert_eq!((prflx.kind, prflx.priority), (CandidateKind::PeerReflexive, 5));
        assert_eq!(prflx.related_address, Some(address("192.0.2.1:1")));
    }
}
