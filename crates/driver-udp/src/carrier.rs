//! What the drivers of all runtimes have in common: everything but waiting.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;

use rtc::{ConnectionId, ConnectionMut, Endpoint, Event, Instant, PeerConnection};

use crate::Stats;
use crate::clock::Clock;
use crate::input::Input;
use crate::log::say;
use crate::output::Output;
use crate::socket::{Io, Socket};

/// What a driver calls a socket by. No other socket of the same driver ever has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(usize);

impl SocketId {
    /// As a number, for a runtime that knows sockets by numbers.
    #[must_use]
    pub const fn to_usize(self) -> usize {
        self.0
    }

    /// From the number that [`to_usize`](Self::to_usize) gave.
    #[must_use]
    pub const fn from_usize(number: usize) -> Self {
        Self(number)
    }
}

/// Makes a connection for a user name fragment that none has.
pub(crate) type Newcomer = Box<dyn FnMut(Instant, &str) -> Option<PeerConnection> + Send>;

/// Carries datagrams between an [`Endpoint`] and sockets, and time with them.
///
/// `S` is a socket of the runtime, whose driver calls [`poll_event`](Self::poll_event), [`handle_timeout`](Self::handle_timeout),
/// [`send_due`](Self::send_due) and [`receive`](Self::receive), and waits where nothing is left to do.
pub struct Carrier<S> {
    pub(crate) endpoint: Endpoint,
    clock: Clock,
    next: usize,
    pub(crate) sockets: BTreeMap<SocketId, Socket<S>>,
    /// Which socket sends from an address.
    pub(crate) routes: BTreeMap<SocketAddr, SocketId>,
    pub(crate) output: Output,
    pub(crate) input: Input,
    pub(crate) newcomer: Option<Newcomer>,
    pub(crate) stats: Stats,
}

impl<S: Io> Default for Carrier<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Io> Carrier<S> {
    /// Without connections and sockets. Time begins.
    #[must_use]
    pub fn new() -> Self {
        Self {
            endpoint: Endpoint::new(),
            clock: Clock::start(),
            next: 0,
            sockets: BTreeMap::new(),
            routes: BTreeMap::new(),
            output: Output::default(),
            input: Input::default(),
            newcomer: None,
            stats: Stats::default(),
        }
    }

    /// The time, on the timeline that all connections of this driver share.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Takes a connection in, and tells it of all addresses. Its candidates are in the local description that is set after this; if
    /// one is set already, they come as events.
    pub fn insert(&mut self, mut connection: PeerConnection) -> ConnectionId {
        for address in self.routes.keys() {
            // One that has enough of them, or is closed, says so: it goes on with those that it has.
            let _ = connection.add_local_address(*address);
        }
        self.endpoint.insert(connection)
    }

    /// Gives a connection out, as it is.
    pub fn remove(&mut self, id: ConnectionId) -> Option<PeerConnection> {
        self.endpoint.remove(id)
    }

    /// A connection, to look at.
    #[must_use]
    pub fn connection(&self, id: ConnectionId) -> Option<&PeerConnection> {
        self.endpoint.connection(id)
    }

    /// A connection, to do something with it. What it has to send then goes out when the driver is asked for the next event.
    pub fn connection_mut(&mut self, id: ConnectionId) -> Option<ConnectionMut<'_>> {
        self.endpoint.connection_mut(id)
    }

    /// All connections, oldest first.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &PeerConnection)> {
        self.endpoint.connections()
    }

    /// Closes a connection, which is gone when its last words have been sent. Returns whether it is there.
    pub fn close(&mut self, id: ConnectionId) -> bool {
        self.endpoint.close(self.now(), id)
    }

    /// Sets what is asked when a check names a user name fragment that no connection has: for servers whose peers
    /// are announced by nobody. `newcomer` is given the time and the fragment; the connection that it returns has
    /// that fragment, is [inserted](Self::insert), and is given the check.
    ///
    /// Anybody can send such a check, with any fragment: `newcomer` says no to those that it did not give out itself.
    pub fn on_unknown_fragment(
        &mut self,
        newcomer: impl FnMut(Instant, &str) -> Option<PeerConnection> + Send + 'static,
    ) {
        self.newcomer = Some(Box::new(newcomer));
    }

    /// The addresses that stand for the sockets, in order: each socket's own, and those of the interfaces where it is
    /// bound to a wildcard.
    pub fn local_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.routes.keys().copied()
    }

    /// What went through the sockets.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Takes a socket, and tells all connections of its addresses. `to_io` makes it one of the runtime's.
    ///
    /// # Errors
    /// Those of the system and of `to_io`.
    pub fn add_socket(
        &mut self,
        socket: std::net::UdpSocket,
        to_io: impl FnOnce(SocketId, std::net::UdpSocket) -> io::Result<S>,
    ) -> io::Result<SocketId> {
        let id = SocketId(self.next);
        let socket = Socket::new(socket, |socket| to_io(id, socket))?;
        self.next += 1;
        say!("a socket is added", socket = id.0, addresses = socket.addresses.len());
        for address in &socket.addresses {
            self.routes.insert(*address, id);
            add_to_all(&mut self.endpoint, *address);
        }
        self.sockets.insert(id, socket);
        Ok(id)
    }

    /// Gives a socket out, and tells all connections that its addresses are gone.
    pub fn remove_socket(&mut self, id: SocketId) -> Option<S> {
        let socket = self.sockets.remove(&id)?;
        say!("a socket is removed", socket = id.0);
        for address in &socket.addresses {
            self.routes.remove(address);
            remove_from_all(&mut self.endpoint, self.clock.now(), *address);
        }
        Some(socket.io)
    }

    /// A socket.
    #[must_use]
    pub fn socket(&self, id: SocketId) -> Option<&S> {
        self.sockets.get(&id).map(|socket| &socket.io)
    }

    /// A socket, for what the runtime notes of it.
    pub fn socket_mut(&mut self, id: SocketId) -> Option<&mut S> {
        self.sockets.get_mut(&id).map(|socket| &mut socket.io)
    }

    /// Looks which addresses the interfaces have now, for the sockets that are bound to a wildcard, and tells all
    /// connections of those that came and went. Whether there were any. Call it when the system says that the network
    /// has changed, or every few seconds.
    ///
    /// # Errors
    /// Those of the system.
    pub fn refresh_addresses(&mut self) -> io::Result<bool> {
        let now = self.now();
        let mut has_changed = false;
        for (id, socket) in &mut self.sockets {
            let addresses = socket.bound().addresses()?;
            // What came first: then no transport fails between two addresses.
            for address in addresses.iter().filter(|address| !socket.addresses.contains(address)) {
                has_changed = true;
                self.routes.insert(*address, *id);
                add_to_all(&mut self.endpoint, *address);
            }
            for address in socket.addresses.iter().filter(|address| !addresses.contains(address)) {
                has_changed = true;
                self.routes.remove(address);
                remove_from_all(&mut self.endpoint, now, *address);
            }
            socket.addresses = addresses;
        }
        if has_changed {
            say!("addresses have come or gone", addresses = self.routes.len());
        }
        Ok(has_changed)
    }

    /// The next thing that happened, and with which connection.
    pub fn poll_event(&mut self) -> Option<(ConnectionId, Event)> {
        self.endpoint.poll_event()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.endpoint.poll_timeout().into_iter().chain(self.output.gives_up_at()).min()
    }

    /// Lets time pass, as far as it has.
    pub fn handle_timeout(&mut self) {
        let now = self.now();
        if self.endpoint.poll_timeout().is_some_and(|at| at <= now) {
            self.endpoint.handle_timeout(now);
        }
    }
}

fn add_to_all(endpoint: &mut Endpoint, address: SocketAddr) {
    for_all(endpoint, |mut connection| _ = connection.add_local_address(address));
}

fn remove_from_all(endpoint: &mut Endpoint, now: Instant, address: SocketAddr) {
    for_all(endpoint, |mut connection| _ = connection.remove_local_address(now, address));
}

fn for_all(endpoint: &mut Endpoint, tell: impl Fn(ConnectionMut<'_>)) {
    let ids: Vec<_> = endpoint.connections().map(|(id, _)| id).collect();
    for id in ids {
        endpoint.connection_mut(id).map(&tell);
    }
}

impl<S> fmt::Debug for Carrier<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier")
            .field("endpoint", &self.endpoint)
            .field("addresses", &self.routes.keys())
            .finish_non_exhaustive()
    }
}
