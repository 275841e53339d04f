//! Forming pairs, pruning them, and choosing the next check (RFC 8445 §6.1.2 and §6.1.4, RFC 8838 §12).

use alloc::collections::BTreeSet;
use core::net::{IpAddr, SocketAddr};

use base::{Instant, Protocol};

use super::Session;
use crate::candidate::{Candidate, TcpType};
use crate::local::LocalCandidate;
use crate::pair::{Pair, PairId, PairState, pair_priority, path_between};
use crate::shared::Shared;

impl Session {
    /// Makes the pair of a local and a remote candidate, unless they do not fit, it is there already, or the local one
    /// belongs to an earlier generation only.
    ///
    /// Only bases are paired: a pair of a reflexive candidate would send the same checks as the pair of its base, and
    /// be pruned (RFC 8445 §6.1.2.4).
    pub(crate) fn pair_up(&mut self, shared: &mut Shared, base: usize, remote: u32) {
        let Some(local) = shared.locals.announced(base, self.generation) else { return };
        let Some(candidate) = self.candidate(remote) else { return };
        if !fits(local, candidate) {
            return;
        }
        let path = path_between(local.base, candidate);
        if self.pair_on(&path).is_none() {
            self.insert_pair(shared, Pair::new(PairId(shared.next_pair), path, base, remote));
        }
    }

    /// Puts a pair on the list. Where that is full, the least of those goes that nothing is known of: this one, unless the
    /// peer was heard on it; or else one by which the peer was heard and proved nothing.
    pub(crate) fn insert_pair(&mut self, shared: &mut Shared, pair: Pair) -> Option<PairId> {
        let id = pair.id;
        self.pairs.reserve_exact(1);
        self.pairs.push(pair);
        let index = self.pairs.len().saturating_sub(1);
        self.refresh_foundation(shared, index);
        self.refresh_priority(shared, index);
        if self.pairs.len() > shared.config.max_pairs {
            shared.discards.count_pair();
            self.drop_least(id);
        }
        let state = self.initial_state(id)?;
        self.pair_mut(id)?.state = state;
        shared.next_pair = shared.next_pair.wrapping_add(1);
        Some(id)
    }

    /// Removes the pair with the lowest priority that nothing is known of yet; where something is of all, an expendable one,
    /// or else the newest.
    fn drop_least(&mut self, newest: PairId) {
        let expendable = |p: &&Pair| {
            let idle = matches!(p.state, PairState::Frozen | PairState::Waiting | PairState::Failed);
            idle && !p.valid && !p.heard
        };
        let least = self.pairs.iter().filter(expendable).min_by_key(|p| p.priority);
        let least = least.or_else(|| self.pairs.iter().find(|p| p.is_expendable() && p.id != newest));
        let least = least.map_or(newest, |p| p.id);
        self.remove_pair(least);
    }

    /// All pairs trickle in, so the rules of RFC 8838 §12 hold: the best of its foundation waits, and so does one whose
    /// foundation is known to work; the others are frozen.
    fn initial_state(&self, id: PairId) -> Option<PairState> {
        let new = self.pair(id)?;
        let mut twins = self.pairs.iter().filter(|p| p.id != id && p.foundation == new.foundation);
        let best = twins.clone().all(|p| p.priority < new.priority);
        let works = twins.any(|p| p.state == PairState::Succeeded);
        let waits = self.is_searching() && (best || works);
        Some(if waits { PairState::Waiting } else { PairState::Frozen })
    }

    /// Pairs with equal foundations get the same number.
    pub(super) fn refresh_foundation(&mut self, shared: &Shared, index: usize) {
        let number = self.pairs.get(index).map_or(0, |pair| {
            let own = self.foundation_of(shared, pair);
            let twin = self.pairs.iter().find(|p| p.id != pair.id && self.foundation_of(shared, p) == own);
            twin.map_or(pair.id.0, |p| p.foundation)
        });
        if let Some(pair) = self.pairs.get_mut(index) {
            pair.foundation = number;
        }
    }

    fn foundation_of<'a>(&'a self, shared: &'a Shared, pair: &Pair) -> Option<(&'a str, &'a str)> {
        let local = &shared.locals.get(pair.base)?.candidate.foundation;
        let remote = &self.candidate(pair.remote)?.foundation;
        Some((local.as_str(), remote.as_str()))
    }

    pub(crate) fn refresh_priority(&mut self, shared: &Shared, index: usize) {
        let Some(pair) = self.pairs.get(index) else { return };
        let local = shared.locals.get(pair.local).map_or(0, |l| l.candidate.priority);
        let remote = self.candidate(pair.remote).map_or(0, |c| c.priority);
        let priority = pair_priority(shared.role, local, remote);
        if let Some(pair) = self.pairs.get_mut(index) {
            pair.priority = priority;
        }
    }

    /// Whether a new check could be sent, were it its turn.
    pub(crate) fn has_work(&self) -> bool {
        if self.remote.is_none() {
            return false;
        }
        let ordinary = || self.pairs.iter().any(|p| p.state == PairState::Waiting) || self.thaw().is_some();
        !self.triggered.is_empty() || (self.is_searching() && ordinary())
    }

    /// Whether checks go out without the peer's asking for them.
    pub(crate) const fn is_searching(&self) -> bool {
        self.nominated.is_none() || self.silent
    }

    /// The pair that is checked next (RFC 8445 §6.1.4.2). Those that are triggered by who may be a stranger take turns with
    /// the others, for there may be many.
    pub(crate) fn next_check(&mut self) -> Option<PairId> {
        self.remote.as_ref()?;
        let first = self.triggered.front().and_then(|id| self.pair(*id));
        let stranger = first.is_some_and(Pair::is_expendable);
        if stranger
            && self.others_turn
            && let Some(other) = self.next_ordinary_check()
        {
            self.others_turn = false;
            return Some(other);
        }
        self.others_turn = true;
        self.triggered.pop_front().or_else(|| self.next_ordinary_check())
    }

    /// The best pair that waits for its turn, unless a check is triggered for it.
    fn next_ordinary_check(&self) -> Option<PairId> {
        if !self.is_searching() {
            return None;
        }
        let waits = |p: &&Pair| p.state == PairState::Waiting && !self.triggered.contains(&p.id);
        let waiting = self.pairs.iter().filter(waits).max_by_key(|p| p.priority);
        waiting.map(|p| p.id).or_else(|| self.thaw())
    }

    /// The best frozen pair whose foundation nobody is checking.
    fn thaw(&self) -> Option<PairId> {
        let active = self.pairs.iter().filter(|p| is_active(p.state));
        let busy: BTreeSet<u32> = active.map(|p| p.foundation).collect();
        let frozen = self.pairs.iter().filter(|p| p.state == PairState::Frozen);
        frozen.filter(|p| !busy.contains(&p.foundation)).max_by_key(|p| p.priority).map(|p| p.id)
    }

    /// A pair of this foundation works, so the others are worth a check (RFC 8445 §7.2.5.3.3).
    pub(crate) fn unfreeze(&mut self, foundation: u32) {
        if !self.is_searching() {
            return;
        }
        let twins = |p: &&mut Pair| p.foundation == foundation && p.state == PairState::Frozen;
        for pair in self.pairs.iter_mut().filter(twins) {
            pair.state = PairState::Waiting;
        }
    }

    /// Where no pair is chosen any more, or the peer is silent on that one, the others are checked at once, also those that
    /// worked before: consent was asked for on none of them.
    pub(crate) fn search_again(&mut self) {
        if !self.is_searching() {
            return;
        }
        let nominated = self.nominated;
        let spare = |p: &&mut Pair| {
            Some(p.id) != nominated && matches!(p.state, PairState::Succeeded | PairState::Frozen)
        };
        for pair in self.pairs.iter_mut().filter(spare) {
            pair.state = PairState::Waiting;
        }
    }

    /// How many checks wait or are under way: what the RTO grows with (RFC 8445 §14.3).
    pub(crate) fn load(&self) -> u32 {
        let active = self.pairs.iter().filter(|p| is_active(p.state)).count();
        u32::try_from(active).unwrap_or(u32::MAX)
    }

    /// Ends all checks (RFC 8445 §8.1.2): the chosen pair has proved itself. The others stay known: the peer may choose
    /// again.
    pub(super) fn conclude(&mut self, now: Instant, chosen: PairId) {
        for pair in self.pairs.iter_mut().filter(|p| is_active(p.state)) {
            pair.supersede_checks(now);
            pair.state = if pair.id == chosen { PairState::Succeeded } else { PairState::Frozen };
        }
        let (pairs, latest) = (&self.pairs, self.nominations);
        let later = |p: &Pair| p.id != chosen && p.nomination == latest && latest != 0;
        self.triggered.retain(|id| pairs.iter().any(|p| p.id == *id && later(p)));
        for pair in self.pairs.iter_mut().filter(|p| self.triggered.contains(&p.id)) {
            pair.state = PairState::Waiting;
        }
    }
}

const fn is_active(state: PairState) -> bool {
    matches!(state, PairState::Waiting | PairState::InProgress)
}

/// Whether checks can go from a local candidate to a remote one (RFC 8445 §6.1.2.2, RFC 6544 §6.2).
fn fits(local: &LocalCandidate, remote: &Candidate) -> bool {
    let ours = &local.candidate;
    let transport = ours.protocol == remote.protocol && ours.component == remote.component;
    let reach = scope(local.base) == scope(remote.address);
    local.is_base() && transport && reach && tcp_fits(ours, remote)
}

/// Over TCP a check needs a side that opens the connection: a passive one of ours waits for the peer.
const fn tcp_fits(local: &Candidate, remote: &Candidate) -> bool {
    match local.protocol {
        Protocol::Tcp => matches!(
            (local.tcp_type, remote.tcp_type),
            (Some(TcpType::Active), Some(TcpType::Passive))
                | (Some(TcpType::SimultaneousOpen), Some(TcpType::SimultaneousOpen))
        ),
        _ => true,
    }
}

/// Addresses reach each other only within their family, their link and their host.
#[derive(PartialEq, Eq)]
enum Scope {
    Loopback4,
    Loopback6,
    Link6,
    Global4,
    Global6,
}

fn scope(address: SocketAddr) -> Scope {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => Scope::Loopback4,
        IpAddr::V4(_) => Scope::Global4,
        IpAddr::V6(ip) if ip.is_loopback() => Scope::Loopback6,
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Scope::Link6,
        IpAddr::V6(_) => Scope::Global6,
    }
}
