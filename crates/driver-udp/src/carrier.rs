//! What the drivers of all runtimes have in common: everything but waiting.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use driver::{Connections, Engine, say};
use rtc::{ConnectionId, Event, Instant};

use crate::Stats;
use crate::input::Input;
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

/// Carries datagrams between an [`Engine`] and sockets, and time with them.
///
/// `S` is a socket of the runtime, whose driver calls [`poll_event`](Self::poll_event), [`handle_timeout`](Self::handle_timeout),
/// [`send_due`](Self::send_due) and [`receive`](Self::receive), and waits where nothing is left to do.
///
/// Example: [on the first page](crate).
pub struct Carrier<S> {
    pub(crate) engine: Engine,
    next: usize,
    pub(crate) sockets: BTreeMap<SocketId, Socket<S>>,
    /// Which socket sends from an address.
    pub(crate) routes: BTreeMap<SocketAddr, SocketId>,
    pub(crate) output: Output,
    pub(crate) input: Input,
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
            engine: Engine::new(),
            next: 0,
            sockets: BTreeMap::new(),
            routes: BTreeMap::new(),
            output: Output::default(),
            input: Input::default(),
            stats: Stats::default(),
        }
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
            self.engine.add_address(*address);
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
            self.engine.remove_address(*address);
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
        let mut has_changed = false;
        for (id, socket) in &mut self.sockets {
            let addresses = socket.bound().addresses()?;
            // What came first: then no transport fails between two addresses.
            for address in addresses.iter().filter(|address| !socket.addresses.contains(address)) {
                has_changed = true;
                self.routes.insert(*address, *id);
                self.engine.add_address(*address);
            }
            for address in socket.addresses.iter().filter(|address| !addresses.contains(address)) {
                has_changed = true;
                self.routes.remove(address);
                self.engine.remove_address(*address);
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
        self.engine.poll_event()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.engine.poll_timeout().into_iter().chain(self.output.gives_up_at()).min()
    }

    /// Lets time pass, as far as it has.
    pub fn handle_timeout(&mut self) {
        self.engine.handle_timeout();
    }
}

impl<S> Deref for Carrier<S> {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.engine
    }
}

impl<S> DerefMut for Carrier<S> {
    fn deref_mut(&mut self) -> &mut Connections {
        &mut self.engine
    }
}

impl<S> fmt::Debug for Carrier<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier")
            .field("engine", &self.engine)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
