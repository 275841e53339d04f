//! A pair of candidates (RFC 8445 §6.1.2).

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use base::{Instant, Path};
use stun::{Transaction, TransactionId};

use crate::allowance::Allowance;
use crate::candidate::{Candidate, same_endpoint};
use crate::role::Role;

/// Most transactions of a pair whose responses are still welcome.
const MAX_CHECKS: usize = 8;

/// Names a pair for the life of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairId(pub(crate) u32);

impl PairId {
    /// A number, different for every pair of an agent.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// How far the checks of a pair are (RFC 8445 §6.1.2.6).
// Closed: RFC 8445 §6.1.2.6 has these five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PairState {
    /// Waits for another pair of its foundation.
    Frozen,
    /// Waits for its turn.
    Waiting,
    /// A check is under way.
    InProgress,
    /// A check was answered.
    Succeeded,
    /// No check was answered, or one was refused.
    Failed,
}

impl PairState {
    /// The word that W3C has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Waiting => "waiting",
            Self::InProgress => "in-progress",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// What a peer has proved about a path. The later is the stronger proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PathProof {
    /// A check with the right credentials came by it, at this moment last, that had come by no other path before. Who sees
    /// one on its way and is faster than it can be the first to send it, from anywhere.
    Checked(Instant),
    /// It answered a check there, or sent what [only it can have sent](crate::Agent::record_received), at this moment last.
    /// At a lite agent, which checks nothing, the peer's checks count as answers once such data has come by the path.
    Answered(Instant),
}

/// What a pair has seen: the counters of RTCIceCandidatePairStats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PairStats {
    /// Checks sent, without consent checks and repetitions.
    pub requests_sent: u64,
    /// Checks received, repetitions included.
    pub requests_received: u64,
    /// Answers sent.
    pub responses_sent: u64,
    /// Answers received.
    pub responses_received: u64,
    /// Consent checks sent.
    pub consent_requests_sent: u64,
    /// Datagrams of data sent.
    pub packets_sent: u64,
    /// Datagrams of data received.
    pub packets_received: u64,
    /// Bytes of data sent.
    pub bytes_sent: u64,
    /// Bytes of data received.
    pub bytes_received: u64,
    /// When data was sent last.
    pub last_packet_sent: Option<Instant>,
    /// When data was received last.
    pub last_packet_received: Option<Instant>,
    /// The latest round-trip time.
    pub current_round_trip_time: Option<Duration>,
    /// All round-trip times together.
    pub total_round_trip_time: Duration,
    /// How many round trips were measured.
    pub round_trips: u64,
}

/// A pair as its owner sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PairView<'a> {
    /// Its name.
    pub id: PairId,
    /// How far its checks are.
    pub state: PairState,
    /// Whether it was nominated.
    pub nominated: bool,
    /// Whether a check was answered and data may take it.
    pub valid: bool,
    /// Its priority.
    pub priority: u64,
    /// Our candidate: the one that the peer sees, once that is known.
    pub local: &'a Candidate,
    /// The peer's candidate.
    pub remote: &'a Candidate,
    /// The way that its datagrams take.
    pub path: Path,
    /// Its counters.
    pub stats: &'a PairStats,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Finding out whether the pair works.
    Connectivity,
    /// Asking whether the peer still wants to receive (RFC 7675).
    Consent,
}

/// A request that is due or on its way.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) transaction: Transaction,
    pub(crate) purpose: Purpose,
    /// Whether it carries USE-CANDIDATE.
    pub(crate) nominating: bool,
    /// The role that it claims.
    pub(crate) claimed: Role,
    /// Whether another check has taken its place: a response still counts, its absence does not.
    pub(crate) superseded: bool,
}

/// A pair in the checklist. `path` goes from the base of the local candidate.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) id: PairId,
    pub(crate) path: Path,
    /// Index of the local candidate that is the base.
    pub(crate) base: usize,
    /// Index of the local candidate that the peer sees.
    pub(crate) local: usize,
    /// Number of the remote candidate.
    pub(crate) remote: u32,
    /// Whether only checks have revealed that candidate.
    pub(crate) discovered: bool,
    /// Equal for pairs whose candidates have equal foundations.
    pub(crate) foundation: u32,
    pub(crate) priority: u64,
    pub(crate) state: PairState,
    pub(crate) valid: bool,
    /// Position of the last accepted USE-CANDIDATE of the peer for this pair; 0 for none.
    pub(crate) nomination: u64,
    /// Position of one that is not accepted before the pair [proves](Self::proven) itself; 0 for none.
    pub(crate) doubted: u64,
    /// Whether a nomination of this pair is no longer remembered, so that its copy would pass for a new one.
    pub(crate) forgotten: bool,
    pub(crate) checks: Vec<Check>,
    /// Refusals for our role, in a row.
    pub(crate) conflicts: u32,
    /// Whether an authenticated check of the peer came by this path.
    pub(crate) heard: bool,
    /// When the last such check came that was no copy.
    pub(crate) last_check: Option<Instant>,
    /// When something came by this path that only the peer can have sent, and only now: an answer, a record of data.
    pub(crate) proven: Option<Instant>,
    /// What goes to a pair that was never proven.
    pub(crate) allowance: Allowance,
    /// Whether consent was lost: these credentials may not be used on it again (RFC 7675 §5.1).
    pub(crate) revoked: bool,
    /// How long the round trip of a check that was repeated can have been: a bound where nothing better is known.
    pub(crate) longest_round_trip: Option<Duration>,
    pub(crate) last_response: Option<Instant>,
    /// The last sign of life of the peer.
    pub(crate) last_alive: Option<Instant>,
    /// The last datagram of ours, of any kind.
    pub(crate) last_sent: Option<Instant>,
    /// When consent is asked for next, where it is kept up.
    pub(crate) consent_at: Option<Instant>,
    pub(crate) keepalive_due: bool,
    pub(crate) stats: PairStats,
}

impl Pair {
    pub(crate) fn new(id: PairId, path: Path, base: usize, remote: u32) -> Self {
        Self {
            id,
            path,
            base,
            local: base,
            remote,
            discovered: false,
            foundation: 0,
            priority: 0,
            state: PairState::Frozen,
            valid: false,
            nomination: 0,
            doubted: 0,
            forgotten: false,
            checks: Vec::new(),
            conflicts: 0,
            heard: false,
            last_check: None,
            proven: None,
            allowance: Allowance::default(),
            revoked: false,
            longest_round_trip: None,
            last_response: None,
            last_alive: None,
            last_sent: None,
            consent_at: None,
            keepalive_due: false,
            stats: PairStats::default(),
        }
    }

    pub(crate) fn is_on(&self, path: &Path) -> bool {
        self.path.protocol == path.protocol
            && same_endpoint(self.path.remote, path.remote)
            && same_endpoint(self.path.local, path.local)
    }

    /// Whether data may be sent: a check was answered, and not too long ago.
    pub(crate) fn is_consented(&self, now: Instant, timeout: Duration) -> bool {
        self.valid && self.last_response.is_some_and(|at| at + timeout > now)
    }

    /// Whether it may make room for another: the peer has proved nothing by it. A check that waits for its turn may still.
    pub(crate) fn is_expendable(&self) -> bool {
        self.discovered && !self.valid && self.proven.is_none()
    }

    /// Whether the peer was heard on it within `timeout`.
    pub(crate) fn is_alive(&self, now: Instant, timeout: Duration) -> bool {
        self.last_alive.is_some_and(|at| at + timeout > now)
    }

    /// Whether data may go to it now: to a pair that nobody has proven, only little.
    pub(crate) const fn is_allowed(&self) -> bool {
        self.proven.is_some() || self.allowance.is_open()
    }

    pub(crate) fn proof(&self) -> Option<PathProof> {
        let checked = self.last_check.filter(|_| self.heard).map(PathProof::Checked);
        self.proven.map(PathProof::Answered).or(checked)
    }

    /// Something came that only the peer can have sent, and only now.
    pub(crate) const fn on_proof(&mut self, now: Instant) {
        self.proven = Some(now);
        self.last_alive = Some(now);
    }

    /// A check of the peer came that was no copy.
    pub(crate) const fn on_new_check(&mut self, now: Instant, lite: bool) {
        self.last_check = Some(now);
        self.last_alive = Some(now);
        if lite && self.proven.is_some() {
            self.proven = Some(now);
        }
    }

    pub(crate) fn start_check(&mut self, check: Check) {
        if self.checks.len() >= MAX_CHECKS {
            self.checks.remove(0);
        }
        self.checks.push(check);
    }

    /// The check with this id.
    pub(crate) fn check_position(&self, id: TransactionId) -> Option<usize> {
        self.checks.iter().position(|c| c.transaction.id() == id)
    }

    /// Lets the responses of all checks under way still count, but repeats none (RFC 8445 §7.3.1.4).
    pub(crate) fn supersede_checks(&mut self, now: Instant) {
        for check in self.checks.iter_mut().filter(|c| c.purpose == Purpose::Connectivity && !c.superseded) {
            check.superseded = true;
            check.transaction.cancel_retransmissions(now);
        }
    }

    /// Notes a measured round trip.
    pub(crate) fn on_round_trip(&mut self, time: Duration) {
        self.stats.current_round_trip_time = Some(time);
        self.stats.total_round_trip_time = self.stats.total_round_trip_time.saturating_add(time);
        self.stats.round_trips = self.stats.round_trips.saturating_add(1);
    }
}

/// The priority of a pair (RFC 8445 §6.1.2.3): `2³² · min(G, D) + 2 · max(G, D) + (G > D ? 1 : 0)`, where G is the
/// priority of the controlling side's candidate.
pub(crate) fn pair_priority(role: Role, local: u32, remote: u32) -> u64 {
    let (g, d) = match role {
        Role::Controlling => (local, remote),
        Role::Controlled => (remote, local),
    };
    let (min, max) = (u64::from(g.min(d)), u64::from(g.max(d)));
    (min << 32).saturating_add(2 * max).saturating_add(u64::from(g > d))
}

/// The path between a base and a remote candidate. A link-local address is in the scope of the interface.
pub(crate) fn path_between(base: SocketAddr, remote: &Candidate) -> Path {
    let mut to = remote.address;
    if let (SocketAddr::V6(from), SocketAddr::V6(to)) = (base, &mut to)
        && to.ip().is_unicast_link_local()
        && to.scope_id() == 0
    {
        to.set_scope_id(from.scope_id());
    }
    Path::new(remote.protocol, base, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8445 §6.1.2.3.
    #[test]
    fn both_agents_compute_the_same_priority() {
        for (l, r) in [(1, 2), (7, 7), (u32::MAX >> 1, 1), (0, 0), (u32::MAX, u32::MAX)] {
            assert_eq!(pair_priority(Role::Controlling, l, r), pair_priority(Role::Controlled, r, l));
        }
        assert_eq!(pair_priority(Role::Controlling, 3, 2), (2 << 32) + 6 + 1);
    }

    #[test]
    fn a_link_local_peer_is_in_the_scope_of_our_interface() {
        let base = SocketAddr::V6(core::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 9, 0, 3));
        let foundation = crate::Foundation::new("1").unwrap();
        let address = "[fe80::2]:7".parse().unwrap();
        let remote = Candidate::new(foundation, crate::CandidateKind::Host, address, 1);
        let path = path_between(base, &remote);
        assert!(matches!(path.remote, SocketAddr::V6(to) if to.scope_id() == 3));
    }
}
