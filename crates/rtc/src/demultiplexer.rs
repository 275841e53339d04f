//! Many connections on one socket.
//!
//! A datagram finds its connection by what it names: a check by the user name fragment (RFC 8445 §7.2.2), the answer to
//! a check by its transaction. Everything else goes by the path, and a path belongs to the connection whose peer proved
//! itself there: sending somewhere proves nothing. Every verb costs the logarithm of how many connections there are.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use base::Path;
use ice::PathProof;
use stun::{AttributeType, Class, Message, TransactionId};

use crate::PeerConnection;

/// How many paths are remembered for one connection.
const MAX_PATHS: usize = 32;

/// How many checks of one connection are awaited by their transaction. A check goes out every 50 ms, so that each answer has
/// at least three seconds.
const MAX_CHECKS: usize = 64;

/// How many user name fragments one connection has: each ICE restart gives it another, and the one before goes on for a while.
const MAX_FRAGMENTS: usize = 8;

/// How long a path stays with who answered there, whoever else sends checks from its address. A connection that lives is
/// answered, or checked, every six seconds (RFC 7675 §5.1).
const LIVES: Duration = Duration::from_secs(10);

/// Where a datagram belongs.
///
/// Example: [`Demultiplexer`](crate::Demultiplexer).
// Closed: a datagram belongs to a connection, names one that is unknown, or does neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<K> {
    /// To this connection.
    Known(K),
    /// A check for a user name fragment that nobody registered: a server may make a connection for it.
    UnknownFragment(String),
    /// To nobody.
    Nowhere,
}

/// Finds the connection that a datagram belongs to. `K` is what the application calls a connection by.
///
/// ```
/// # use rtc::{Demultiplexer, Instant, Path, PathProof, Route};
/// # let path = Path::udp("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
/// let mut demultiplexer = Demultiplexer::new();
/// # let now = Instant::ZERO;
/// demultiplexer.register("abcd", 7); // the connection's own fragment, from its description
/// demultiplexer.learn(path, &7, PathProof::Checked(now)); // what its `path_proof` says after `handle_input`
/// assert_eq!(demultiplexer.route(path, &[22, 254, 253]), Route::Known(7));
/// demultiplexer.forget(&7);
/// assert_eq!(demultiplexer.route(path, &[22, 254, 253]), Route::Nowhere);
/// ```
#[derive(Clone, Debug)]
pub struct Demultiplexer<K> {
    fragments: BTreeMap<String, K>,
    paths: BTreeMap<Path, Owner<K>>,
    checks: BTreeMap<TransactionId, K>,
    /// What of these is whose, oldest first.
    belongings: BTreeMap<K, Belongings>,
}

#[derive(Clone, Debug)]
struct Owner<K> {
    connection: K,
    proof: PathProof,
}

#[derive(Clone, Debug, Default)]
struct Belongings {
    fragments: VecDeque<String>,
    paths: Vec<Path>,
    checks: VecDeque<TransactionId>,
}

impl<K: Clone + Ord> Demultiplexer<K> {
    /// Knows nobody.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fragments: BTreeMap::new(),
            paths: BTreeMap::new(),
            checks: BTreeMap::new(),
            belongings: BTreeMap::new(),
        }
    }

    /// A connection has this local user name fragment; a restart gives it another one besides, and the last 8 are known.
    pub fn register(&mut self, username_fragment: &str, connection: K) {
        if let Some(before) = self.fragments.insert(username_fragment.into(), connection.clone())
            && let Some(loser) = self.belongings.get_mut(&before)
        {
            loser.fragments.retain(|known| known != username_fragment);
        }
        let registered = &mut self.belongings.entry(connection).or_default().fragments;
        registered.push_back(username_fragment.into());
        if registered.len() > MAX_FRAGMENTS
            && let Some(oldest) = registered.pop_front()
        {
            self.fragments.remove(&oldest);
        }
    }

    /// The connection is gone.
    pub fn forget(&mut self, connection: &K) {
        let gone = self.belongings.remove(connection).unwrap_or_default();
        for fragment in gone.fragments {
            self.fragments.remove(&fragment);
        }
        for path in gone.paths {
            self.paths.remove(&path);
        }
        for check in gone.checks {
            self.checks.remove(&check);
        }
    }

    /// The connection sends `datagram` by `path`: call it for all that `poll_transmit` gives out. If it is a check, its
    /// answer finds the connection, whoever has the path. The connection's last 64 such checks are awaited.
    pub fn expect(&mut self, path: Path, datagram: &[u8], connection: &K) {
        if self.paths.get(&path).is_some_and(|owner| owner.connection == *connection) {
            return;
        }
        let Some(check) = stun_message(datagram).filter(|m| m.message_type().class == Class::Request) else {
            return;
        };
        let id = check.transaction_id();
        self.checks.insert(id, connection.clone());
        let awaited = &mut self.belongings.entry(connection.clone()).or_default().checks;
        awaited.retain(|known| *known != id);
        awaited.push_back(id);
        if awaited.len() > MAX_CHECKS
            && let Some(oldest) = awaited.pop_front()
        {
            self.checks.remove(&oldest);
        }
    }

    /// The connection's peer has proved itself on `path`: call it after `handle_input`, with what
    /// [`PeerConnection::path_proof`] says. A peer that only sent a check takes a path where nobody has answered for ten
    /// seconds; one that answered takes it from whoever has it, unless that one answered later. All connections have to
    /// share a timeline.
    ///
    /// A connection has 32 paths; for another it gives up the oldest of those that were never answered at, and the oldest
    /// of the others only for one that was.
    pub fn learn(&mut self, path: Path, connection: &K, proof: PathProof) {
        match self.paths.get_mut(&path) {
            Some(owner) if owner.connection == *connection => {
                owner.proof = owner.proof.max(proof);
                return;
            }
            Some(owner) if !takes(proof, owner.proof) => return,
            _ => {}
        }
        if !self.make_room(connection, proof) {
            return;
        }
        let owner = Owner { connection: connection.clone(), proof };
        if let Some(before) = self.paths.insert(path, owner)
            && let Some(loser) = self.belongings.get_mut(&before.connection)
        {
            loser.paths.retain(|known| *known != path);
        }
        self.belongings.entry(connection.clone()).or_default().paths.push(path);
    }

    /// Whether the connection may have one more path.
    fn make_room(&mut self, connection: &K, proof: PathProof) -> bool {
        let full = |owned: &&mut Belongings| owned.paths.len() >= MAX_PATHS;
        let Some(owned) = self.belongings.get_mut(connection).filter(full) else { return true };
        let unanswered = |path: &Path| self.paths.get(path).is_some_and(|o| !is_answered(o.proof));
        let dispensable = match owned.paths.iter().position(unanswered) {
            None if !is_answered(proof) => return false,
            position => position.unwrap_or(0),
        };
        let gone = owned.paths.remove(dispensable);
        self.paths.remove(&gone);
        true
    }

    /// The connection that `datagram` belongs to.
    #[must_use]
    pub fn route(&self, path: Path, datagram: &[u8]) -> Route<K> {
        let message = stun_message(datagram);
        if let Some(fragment) = message.as_ref().and_then(local_fragment) {
            return match self.fragments.get(fragment) {
                Some(connection) => Route::Known(connection.clone()),
                None => Route::UnknownFragment(fragment.into()),
            };
        }
        let asked = message.filter(is_answer).and_then(|answer| self.checks.get(&answer.transaction_id()));
        let found = asked.or_else(|| self.paths.get(&path).map(|owner| &owner.connection));
        found.cloned().map_or(Route::Nowhere, Route::Known)
    }
}

impl<K: Clone + Ord> Default for Demultiplexer<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl PeerConnection {
    /// What the peer has proved about `path`, for [`Demultiplexer::learn`]; `None` where nothing authentic came from.
    #[must_use]
    pub fn path_proof(&self, path: Path) -> Option<PathProof> {
        self.transports().iter().filter_map(|transport| transport.ice.path_proof(path)).max()
    }
}

const fn is_answered(proof: PathProof) -> bool {
    matches!(proof, PathProof::Answered(_))
}

/// Whether who gives one proof takes a path from who gave the other.
fn takes(new: PathProof, old: PathProof) -> bool {
    match (new, old) {
        (PathProof::Checked(at), PathProof::Answered(lived)) => lived + LIVES <= at,
        _ => new > old,
    }
}

fn stun_message(datagram: &[u8]) -> Option<Message<'_>> {
    stun::is_stun(datagram).then(|| Message::parse(datagram).ok())?
}

fn is_answer(message: &Message<'_>) -> bool {
    matches!(message.message_type().class, Class::Success | Class::Error)
}

/// The receiver's half of the user name in a check: `local:remote`, as seen by the receiver. In anything but a request
/// nobody vouches for it.
fn local_fragment<'a>(message: &Message<'a>) -> Option<&'a str> {
    let request = Some(message).filter(|m| m.message_type().class == Class::Request)?;
    core::str::from_utf8(request.raw(AttributeType::USERNAME)?).ok()?.split(':').next()
}
