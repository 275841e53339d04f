//! Network address translation, with the behaviours of RFC 4787.

use std::collections::{BTreeMap, VecDeque};

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use base::Instant;

use super::{Direction, Node};
use crate::{Datagram, Random};

/// On what of the remote end a mapping or a filter depends (RFC 4787 §4.1, §5).
// Closed: RFC 4787 §4.1 has these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// On nothing: one mapping for all, or everybody may answer.
    EndpointIndependent,
    /// On its address.
    AddressDependent,
    /// On its address and port. A mapping like this makes a NAT "symmetric".
    AddressAndPortDependent,
}

/// A NAT between the hosts of a link and the core, with one public address.
#[derive(Debug)]
pub struct Nat {
    public: IpAddr,
    mapping: Behaviour,
    filtering: Behaviour,
    lifetime: Duration,
    rebindings: Vec<Instant>,
    hairpinning: bool,
    next_port: u16,
    /// By the public port.
    mappings: BTreeMap<u16, Mapping>,
    out: VecDeque<(Direction, Datagram)>,
}

#[derive(Debug)]
struct Mapping {
    internal: SocketAddr,
    scope: Scope,
    used: Instant,
    /// To whom was something sent, and when last.
    remotes: BTreeMap<SocketAddr, Instant>,
}

/// The part of a remote end that counts.
type Scope = (Option<IpAddr>, Option<u16>);

impl Behaviour {
    fn scope(self, remote: SocketAddr) -> Scope {
        match self {
            Self::EndpointIndependent => (None, None),
            Self::AddressDependent => (Some(remote.ip()), None),
            Self::AddressAndPortDependent => (Some(remote.ip()), Some(remote.port())),
        }
    }
}

impl Nat {
    /// A NAT at a public address. Mappings do not depend on the remote end, filters do on its address and port, as RFC
    /// 4787 demands of the one and allows of the other; a mapping lasts five minutes.
    #[must_use]
    pub const fn new(public: IpAddr) -> Self {
        Self {
            public,
            mapping: Behaviour::EndpointIndependent,
            filtering: Behaviour::AddressAndPortDependent,
            lifetime: Duration::from_secs(300),
            rebindings: Vec::new(),
            hairpinning: true,
            next_port: 50_000,
            mappings: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// The same NAT with this mapping behaviour.
    #[must_use]
    pub const fn mapping(mut self, behaviour: Behaviour) -> Self {
        self.mapping = behaviour;
        self
    }

    /// The same NAT with this filtering behaviour.
    #[must_use]
    pub const fn filtering(mut self, behaviour: Behaviour) -> Self {
        self.filtering = behaviour;
        self
    }

    /// The same NAT; a mapping or a filter ends so long after the last datagram that went out by it.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The same NAT; at each of these times it forgets everything, as after a restart.
    #[must_use]
    pub fn rebinding_at(mut self, mut times: Vec<Instant>) -> Self {
        times.sort_unstable();
        self.rebindings = times;
        self
    }

    /// The same NAT; whether its hosts reach each other by their public addresses (RFC 4787 §6).
    #[must_use]
    pub const fn hairpinning(mut self, hairpinning: bool) -> Self {
        self.hairpinning = hairpinning;
        self
    }

    fn forget(&mut self, now: Instant) {
        let passed = self.rebindings.iter().take_while(|at| **at <= now).count();
        if passed > 0 {
            self.rebindings.drain(..passed);
            self.mappings.clear();
        }
        let lifetime = self.lifetime;
        self.mappings.retain(|_, mapping| now.since(mapping.used) < lifetime);
        for mapping in self.mappings.values_mut() {
            mapping.remotes.retain(|_, used| now.since(*used) < lifetime);
        }
    }

    /// Outwards: the source becomes public.
    fn translate_out(&mut self, now: Instant, datagram: &mut Datagram) {
        let scope = self.mapping.scope(datagram.destination);
        let internal = datagram.source;
        let known = self.mappings.iter().find(|(_, m)| m.internal == internal && m.scope == scope);
        let port = match known {
            Some((port, _)) => *port,
            None => self.free_port(),
        };
        let mapping = self.mappings.entry(port).or_insert_with(|| Mapping {
            internal,
            scope,
            used: now,
            remotes: BTreeMap::new(),
        });
        mapping.used = now;
        mapping.remotes.insert(datagram.destination, now);
        datagram.source = SocketAddr::new(self.public, port);
    }

    fn free_port(&mut self) -> u16 {
        for _ in 0..u16::MAX {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(1024);
            if !self.mappings.contains_key(&port) {
                return port;
            }
        }
        self.next_port
    }

    /// Inwards: the destination becomes internal, if a mapping is there and its filter lets the source pass.
    fn translate_in(&self, datagram: &mut Datagram) -> bool {
        let Some(mapping) = self.mappings.get(&datagram.destination.port()) else { return false };
        let source = self.filtering.scope(datagram.source);
        let passes = self.filtering == Behaviour::EndpointIndependent
            || mapping.remotes.keys().any(|remote| self.filtering.scope(*remote) == source);
        if passes {
            datagram.destination = mapping.internal;
        }
        passes
    }
}

impl Node for Nat {
    fn handle_input(
        &mut self,
        now: Instant,
        _random: &mut Random,
        direction: Direction,
        mut datagram: Datagram,
    ) {
        self.forget(now);
        if direction == Direction::Up {
            self.translate_out(now, &mut datagram);
            if datagram.destination.ip() != self.public {
                self.out.push_back((Direction::Up, datagram));
                return;
            }
            if !self.hairpinning {
                return;
            }
        }
        if datagram.destination.ip() == self.public && self.translate_in(&mut datagram) {
            self.out.push_back((Direction::Down, datagram));
        }
    }

    fn poll_transmit(&mut self, _now: Instant, _random: &mut Random) -> Option<(Direction, Datagram)> {
        self.out.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (!self.out.is_empty()).then_some(Instant::ZERO)
    }

    fn public_addresses(&self) -> Vec<IpAddr> {
        vec![self.public]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::bench;

    const INTERNAL: &str = "10.0.0.1:1000";
    const ALICE: &str = "192.0.2.1:1";
    const ALICES_OTHER_PORT: &str = "192.0.2.1:2";
    const BOB: &str = "192.0.2.2:1";

    fn nat() -> Nat {
        Nat::new("198.51.100.1".parse().unwrap())
    }

    fn datagram(source: &str, destination: &str) -> Datagram {
        let mut datagram = Datagram::example(b"x");
        datagram.source = source.parse().unwrap();
        datagram.destination = destination.parse().unwrap();
        datagram
    }

    /// The public source of a datagram from inside.
    fn out(nat: &mut Nat, at: u64, destination: &str) -> SocketAddr {
        let datagram = datagram(INTERNAL, destination);
        bench::pass(nat, Instant::from_millis(at), &mut Random::new(1), datagram)[0].source
    }

    /// Where a datagram from outside arrives.
    fn inwards(nat: &mut Nat, at: u64, source: &str, destination: SocketAddr) -> Option<SocketAddr> {
        let datagram = datagram(source, &destination.to_string());
        let mut random = Random::new(1);
        nat.handle_input(Instant::from_millis(at), &mut random, Direction::Down, datagram);
        let given = bench::drain(nat, Instant::from_millis(at), &mut random);
        given.first().map(|datagram| datagram.destination)
    }

    #[test]
    fn mappings_depend_on_what_they_should() {
        use Behaviour::{AddressAndPortDependent, AddressDependent, EndpointIndependent};
        let cases = [
            (EndpointIndependent, true, true),
            (AddressDependent, true, false),
            (AddressAndPortDependent, false, false),
        ];
        for (behaviour, same_for_port, same_for_address) in cases {
            let mut nat = nat().mapping(behaviour);
            let first = out(&mut nat, 0, ALICE);
            assert_eq!(out(&mut nat, 0, ALICE), first);
            assert_eq!(out(&mut nat, 0, ALICES_OTHER_PORT) == first, same_for_port, "{behaviour:?}");
            assert_eq!(out(&mut nat, 0, BOB) == first, same_for_address, "{behaviour:?}");
        }
    }

    #[test]
    fn filters_depend_on_what_they_should() {
        use Behaviour::{AddressAndPortDependent, AddressDependent, EndpointIndependent};
        let cases = [
            (EndpointIndependent, true, true),
            (AddressDependent, true, false),
            (AddressAndPortDependent, false, false),
        ];
        for (behaviour, other_port, other_address) in cases {
            let mut nat = nat().filtering(behaviour);
            let public = out(&mut nat, 0, ALICE);
            assert_eq!(inwards(&mut nat, 0, ALICE, public), Some(INTERNAL.parse().unwrap()));
            assert_eq!(
                inwards(&mut nat, 0, ALICES_OTHER_PORT, public).is_some(),
                other_port,
                "{behaviour:?}"
            );
            assert_eq!(inwards(&mut nat, 0, BOB, public).is_some(), other_address, "{behaviour:?}");
        }
    }

    #[test]
    fn a_mapping_ends_without_traffic_from_inside() {
        let mut nat = nat().lifetime(Duration::from_secs(2));
        let public = out(&mut nat, 0, ALICE);
        assert_eq!(out(&mut nat, 1999, ALICE), public);
        assert!(inwards(&mut nat, 3998, ALICE, public).is_some());
        assert!(inwards(&mut nat, 3999, ALICE, public).is_none());
        assert_ne!(out(&mut nat, 4000, ALICE), public);
    }

    #[test]
    fn a_rebinding_changes_the_port() {
        let mut nat = nat().rebinding_at(vec![Instant::from_millis(10)]);
        let public = out(&mut nat, 9, ALICE);
        assert_ne!(out(&mut nat, 10, ALICE), public);
        assert!(inwards(&mut nat, 10, ALICE, public).is_none());
    }

    #[test]
    fn hairpins_come_from_the_public_address() {
        for hairpinning in [true, false] {
            let mut nat = nat().filtering(Behaviour::EndpointIndependent).hairpinning(hairpinning);
            let public = out(&mut nat, 0, ALICE);
            let other = datagram("10.0.0.2:7", &public.to_string());
            let given = bench::pass(&mut nat, Instant::ZERO, &mut Random::new(1), other);
            assert_eq!(given.len(), usize::from(hairpinning));
            assert!(given.iter().all(|d| d.destination == INTERNAL.parse().unwrap()
                && d.source.ip() == public.ip()
                && d.source != public));
        }
    }
}
