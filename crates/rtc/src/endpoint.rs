//! Many connections, without I/O.
//!
//! ```text
//!  datagram ──► demultiplexer ──► connection ──► events, by turns
//!  time ──────► deadlines ──────►     │
//!                                     └────────► datagrams, by turns
//! ```
//!
//! Whatever happens costs the logarithm of how many connections there are, and a connection with which nothing happens costs
//! nothing.

mod agenda;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

use base::{Ecn, Instant, Path, Transmit};

use self::agenda::{Agenda, Marks};
use crate::log::{Log, say};
use crate::peer_connection::take_each;
use crate::transport::Transport;
use crate::{Demultiplexer, Discard, Event, PeerConnection, Route};

/// What an endpoint calls a connection by. No other connection of the same endpoint ever has the same.
///
/// Example: [the guide](crate::guide::many_connections).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// As a number, for another language.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// From the number that [`to_u64`](Self::to_u64) gave.
    #[must_use]
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }
}

/// Why an endpoint ignored a datagram.
///
/// Example: [the guide](crate::guide::many_connections).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// It is a check for a user name fragment that no connection has. Who serves peers that nobody announced makes a
    /// connection with that fragment, inserts it, and gives the datagram in again.
    UnknownFragment(String),
    /// It belongs to no connection.
    NoConnection,
    /// Its connection ignored it.
    Connection(ConnectionId, Discard),
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFragment(_) => {
                f.write_str("a check for a user name fragment that no connection has")
            }
            Self::NoConnection => f.write_str("the datagram belongs to no connection"),
            Self::Connection(_, discard) => discard.fmt(f),
        }
    }
}

impl core::error::Error for Ignored {}

/// Many connections on the same sockets: one machine with the verbs of [`PeerConnection`], which names the connection.
///
/// ```
/// # use rtc::{Certificate, Configuration, Endpoint, Instant, KeyAlgorithm, PeerConnection, UnixTime};
/// # use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
/// # let now = Instant::ZERO;
/// # let mut rng = ChaCha20Rng::seed_from_u64(1);
/// # let certificate = Certificate::generate(
/// #     &crypto_rust::PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, UnixTime::from_secs(1_800_000_000))?;
/// # let configuration = Configuration::new(&crypto_rust::PROVIDER, certificate);
/// let mut endpoint = Endpoint::new();
/// let id = endpoint.insert(PeerConnection::new(configuration, Box::new(rng), now)?);
/// endpoint.connection_mut(id).ok_or("gone")?.add_local_address("192.0.2.1:4000".parse()?)?;
///
/// let mut buffer = [0; 65_535];
/// while let Some(transmit) = endpoint.poll_transmit_batch(now, 16, &mut buffer) {
///     for datagram in transmit.datagrams(&buffer) { /* send it by transmit.path */ }
/// }
/// while let Some((id, event)) = endpoint.poll_event() { /* what happened, and with whom */ }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Endpoint {
    connections: BTreeMap<ConnectionId, Entry>,
    next: u64,
    demultiplexer: Demultiplexer<ConnectionId>,
    agenda: Agenda,
    ignored: u64,
}

/// A connection, and what is noted of it.
struct Entry {
    /// In a box: entries move when the tree does.
    connection: Box<PeerConnection>,
    /// The user name fragments by which it is found.
    fragments: Vec<String>,
    /// It goes when it has nothing more to send.
    is_leaving: bool,
    marks: Marks,
}

impl Endpoint {
    /// Without any connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a connection in. All connections of an endpoint share a timeline.
    pub fn insert(&mut self, mut connection: PeerConnection) -> ConnectionId {
        let id = ConnectionId(self.next);
        self.next += 1;
        connection.log_as(id.0);
        say!(Log::of(id.0), debug, "a connection is inserted", connections = self.connections.len() + 1);
        let entry = Entry {
            connection: Box::new(connection),
            fragments: Vec::new(),
            is_leaving: false,
            marks: Marks::default(),
        };
        self.connections.insert(id, entry);
        // What it has been told already is looked at when it is given back.
        drop(self.connection_mut(id));
        id
    }

    /// Gives a connection out.
    pub fn remove(&mut self, id: ConnectionId) -> Option<PeerConnection> {
        let entry = self.connections.remove(&id)?;
        say!(Log::of(id.0), debug, "a connection is removed", connections = self.connections.len());
        self.demultiplexer.forget(&id);
        let connections = &self.connections;
        self.agenda.forget(id, entry.marks, |id| connections.contains_key(id), connections.len());
        Some(*entry.connection)
    }

    /// [Closes](PeerConnection::close) a connection, and removes it when its last words have been written. Returns whether it is
    /// there.
    pub fn close(&mut self, now: Instant, id: ConnectionId) -> bool {
        let Some(mut connection) = self.connection_mut(id) else { return false };
        connection.close(now);
        connection.entry.is_leaving = true;
        true
    }

    /// [Closes](PeerConnection::close_when_sent) a connection when what was sent has arrived, after `patience` at the latest, and
    /// removes it then. Returns whether it is there.
    pub fn close_when_sent(&mut self, now: Instant, id: ConnectionId, patience: Duration) -> bool {
        let Some(mut connection) = self.connection_mut(id) else { return false };
        connection.close_when_sent(now, patience);
        connection.entry.is_leaving = true;
        true
    }

    /// A connection, to look at.
    #[must_use]
    pub fn connection(&self, id: ConnectionId) -> Option<&PeerConnection> {
        self.connections.get(&id).map(|entry| &*entry.connection)
    }

    /// A connection, to do something with it. What it has to send and to tell since then is polled from the endpoint.
    pub fn connection_mut(&mut self, id: ConnectionId) -> Option<ConnectionMut<'_>> {
        let entry = self.connections.get_mut(&id)?;
        Some(ConnectionMut { id, entry, demultiplexer: &mut self.demultiplexer, agenda: &mut self.agenda })
    }

    /// All connections, oldest first.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &PeerConnection)> {
        self.connections.iter().map(|(id, entry)| (*id, &*entry.connection))
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether there is no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Takes a datagram that came by `path` with the congestion mark `ecn`, and says whose it was; it is decrypted in place.
    ///
    /// # Errors
    /// [`Ignored`] says why nobody took it: nothing has changed but a counter.
    pub fn handle_input(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagram: &mut [u8],
    ) -> Result<ConnectionId, Ignored> {
        let id = match self.demultiplexer.route(path, datagram) {
            Route::Known(id) => id,
            Route::UnknownFragment(fragment) => return self.ignore(Ignored::UnknownFragment(fragment)),
            Route::Nowhere => return self.ignore(Ignored::NoConnection),
        };
        let entry = self.connections.get_mut(&id).ok_or(Ignored::NoConnection)?;
        let result = entry.connection.handle_input(now, path, ecn, datagram);
        // Only ICE learns where a peer is.
        if stun::is_stun(datagram)
            && let Some(proof) = entry.connection.path_proof(path)
        {
            self.demultiplexer.learn(path, &id, proof);
        }
        result.map_err(|discard| Ignored::Connection(id, discard))?;
        self.agenda.touch(id, &mut entry.marks);
        Ok(id)
    }

    /// How many datagrams had no connection, those included that one was made for. Each connection
    /// [counts](PeerConnection::discarded) those that it ignored itself.
    #[must_use]
    pub const fn ignored(&self) -> u64 {
        self.ignored
    }

    fn ignore(&mut self, why: Ignored) -> Result<ConnectionId, Ignored> {
        self.ignored = self.ignored.saturating_add(1);
        say!(Log::default(), debug, "a datagram is ignored", reason = why, ignored = self.ignored);
        Err(why)
    }

    /// Takes datagrams that came by one path with one mark, one behind the other: all `stride` bytes long but the last. That is
    /// what generic receive offload gives.
    ///
    /// # Errors
    /// The last [`Ignored`] if nobody took any.
    ///
    /// # Panics
    /// If `stride` is 0.
    pub fn handle_input_batch(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagrams: &mut [u8],
        stride: usize,
    ) -> Result<(), Ignored> {
        take_each(datagrams.chunks_mut(stride).map(|one| self.handle_input(now, path, ecn, one).map(drop)))
    }

    /// Lets time pass for those connections for which it matters.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.agenda.next_due(now) {
            let Some(entry) = self.connections.get_mut(&id) else { break };
            self.agenda.strike(id, &mut entry.marks);
            self.agenda.touch(id, &mut entry.marks);
        }
        while let Some(id) = self.agenda.next_listed() {
            let Some(entry) = self.connections.get_mut(&id) else { continue };
            if Agenda::leave_list(&mut entry.marks) {
                if entry.connection.poll_timeout().is_some_and(|at| at <= now) {
                    entry.connection.handle_timeout(now);
                }
                self.agenda.settle(id, &mut entry.marks, entry.connection.poll_timeout());
            }
        }
    }

    /// Writes the next datagram: [`PeerConnection::poll_transmit`] of the connection whose turn it is.
    ///
    /// # Panics
    /// If `out` is shorter than [`MIN_BUFFER_LEN`](crate::MIN_BUFFER_LEN), and there is a connection.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.poll_transmit_batch(now, 1, out)
    }

    /// Writes the next datagrams: [`PeerConnection::poll_transmit_batch`] of the connection whose turn it is. Then it is the
    /// next one's.
    ///
    /// # Panics
    /// If `out` is shorter than [`MIN_BUFFER_LEN`](crate::MIN_BUFFER_LEN), and there is a connection.
    pub fn poll_transmit_batch(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut [u8],
    ) -> Option<Transmit> {
        while let Some(id) = self.agenda.next_sender() {
            let Some(entry) = self.connections.get_mut(&id) else { continue };
            if let Some(transmit) = entry.connection.poll_transmit_batch(now, max_datagrams, out) {
                for datagram in transmit.datagrams(out).filter(|datagram| stun::is_stun(datagram)) {
                    self.demultiplexer.expect(transmit.path, datagram, &id);
                }
                self.agenda.send_again(id, &mut entry.marks);
                return Some(transmit);
            }
            Agenda::fall_silent(&mut entry.marks);
            self.agenda.settle(id, &mut entry.marks, entry.connection.poll_timeout());
            if entry.is_leaving && entry.connection.is_closed() {
                self.remove(id);
            }
        }
        None
    }

    /// The next thing that happened, and with which connection; see [`PeerConnection::poll_event`].
    pub fn poll_event(&mut self) -> Option<(ConnectionId, Event)> {
        while let Some(id) = self.agenda.teller() {
            let mut entry = self.connections.get_mut(&id);
            if let Some(entry) = &mut entry
                && let Some(event) = entry.connection.poll_event()
            {
                // A message that is taken opens the window for the next one.
                self.agenda.touch(id, &mut entry.marks);
                return Some((id, event));
            }
            self.agenda.has_told(entry.map(|entry| &mut entry.marks));
        }
        None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout): at once, if there may be something to send.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.agenda.next_deadline()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("connections", &self.connections.len()).finish_non_exhaustive()
    }
}

/// A connection of an endpoint, borrowed to do something with it. When it is given back, the endpoint looks at what has changed.
///
/// Example: [the guide](crate::guide::many_connections).
pub struct ConnectionMut<'a> {
    id: ConnectionId,
    entry: &'a mut Entry,
    demultiplexer: &'a mut Demultiplexer<ConnectionId>,
    agenda: &'a mut Agenda,
}

impl Deref for ConnectionMut<'_> {
    type Target = PeerConnection;

    fn deref(&self) -> &PeerConnection {
        &self.entry.connection
    }
}

impl DerefMut for ConnectionMut<'_> {
    fn deref_mut(&mut self) -> &mut PeerConnection {
        &mut self.entry.connection
    }
}

impl Drop for ConnectionMut<'_> {
    fn drop(&mut self) {
        self.note_fragments();
        self.agenda.touch(self.id, &mut self.entry.marks);
    }
}

impl ConnectionMut<'_> {
    /// A description may have given it other user name fragments.
    fn note_fragments(&mut self) {
        let Entry { connection, fragments: known, .. } = &mut *self.entry;
        let of_transport = |t: &Transport| t.ice.local_parameters().username_fragment.clone();
        let is_same =
            |(t, known): (&Transport, &String)| t.ice.local_parameters().username_fragment == *known;
        let transports = connection.transports();
        if transports.len() == known.len() && transports.iter().zip(&*known).all(is_same) {
            return;
        }
        let fragments: Vec<String> = transports.iter().map(of_transport).collect();
        for fragment in fragments.iter().filter(|fragment| !known.contains(fragment)) {
            self.demultiplexer.register(fragment, self.id);
        }
        *known = fragments;
    }
}

impl fmt::Debug for ConnectionMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionMut").field("id", &self.id).finish_non_exhaustive()
    }
}
