//! Waiting, as `mio` does it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use driver_udp::{Carrier, Connections, SocketId, Stats};
use mio::{Events, Poll, Registry, Token};
use rtc::{ConnectionId, Event};

use crate::socket::Socket;

/// The first token that the driver uses for its sockets. Those below are the application's.
pub const FIRST_TOKEN: Token = Token(1 << 30);

/// How many events of the system are taken at once.
const EVENTS: usize = 256;

/// Connections and their sockets, over `mio`.
///
/// It does everything in [`poll`](Self::poll), so somebody has to wait there. What is done with the connections themselves stands at
/// [`Connections`].
///
/// Example: [on the first page](crate).
#[derive(Debug)]
pub struct Driver {
    carrier: Carrier<Socket>,
    poll: Poll,
    events: Events,
    /// What became ready of the application's own.
    ready: Vec<Token>,
    /// The socket that has no room, and is to tell when it has.
    awaited: Option<SocketId>,
}

impl Driver {
    /// Without connections and sockets.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            carrier: Carrier::new(),
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            ready: Vec::new(),
            awaited: None,
        })
    }

    /// With one socket. One that is bound to a wildcard (`0.0.0.0:0`, or `[::]:0` for both families) stands for all
    /// addresses of this host.
    ///
    /// # Errors
    /// Those of the system.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let mut driver = Self::new()?;
        driver.add_socket(driver_udp::bind(address)?)?;
        Ok(driver)
    }

    /// Takes a socket, and tells all connections of its addresses.
    ///
    /// # Errors
    /// Those of the system.
    pub fn add_socket(&mut self, socket: std::net::UdpSocket) -> io::Result<SocketId> {
        let registry = self.poll.registry();
        self.carrier.add_socket(socket, |id, socket| Socket::new(socket, registry, token(id)))
    }

    /// Gives a socket out, and tells all connections that its addresses are gone.
    ///
    /// # Errors
    /// Those of the system.
    pub fn remove_socket(&mut self, id: SocketId) -> io::Result<Option<mio::net::UdpSocket>> {
        let socket = self.carrier.remove_socket(id);
        socket.map(|socket| socket.into_inner(self.poll.registry())).transpose()
    }

    /// Looks which addresses the interfaces have now, for the sockets that are bound to a wildcard, and tells all
    /// connections of those that came and went. Whether there were any. Call it when the system says that the network
    /// has changed, or every few seconds.
    ///
    /// # Errors
    /// Those of the system.
    pub fn refresh_addresses(&mut self) -> io::Result<bool> {
        self.carrier.refresh_addresses()
    }

    /// What went through the sockets.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.carrier.stats()
    }

    /// Where the application registers what it waits for besides, with tokens below [`FIRST_TOKEN`].
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// What became ready of that, each token once for each time it did.
    pub fn take_ready(&mut self) -> impl Iterator<Item = Token> + '_ {
        self.ready.drain(..)
    }

    /// Carries datagrams until something happens; what, and with which connection. `None` when `timeout` has passed, or
    /// something of [the application's own](Self::registry) is [ready](Self::take_ready).
    ///
    /// # Errors
    /// Those of the system that are about a socket itself. What concerns one destination only is counted.
    pub fn poll(&mut self, timeout: Option<Duration>) -> io::Result<Option<(ConnectionId, Event)>> {
        // All that is known already comes first, so that what it leads to goes out together.
        if let Some(event) = self.carrier.poll_event() {
            return Ok(Some(event));
        }
        let until = timeout.map(|timeout| self.carrier.now() + timeout);
        loop {
            self.carrier.handle_timeout();
            let blocked = self.carrier.send_due();
            self.await_room(blocked)?;
            let has_come = self.carrier.receive(|socket| Ok(socket.is_readable()))?;
            if has_come {
                // Others want to be noticed too, however much comes to this one.
                self.wait(Some(Duration::ZERO))?;
            }
            if let Some(event) = self.carrier.poll_event() {
                return Ok(Some(event));
            }
            let now = self.carrier.now();
            if !self.ready.is_empty() || until.is_some_and(|until| until <= now) {
                return Ok(None);
            }
            if !has_come {
                let deadline = self.carrier.poll_timeout().into_iter().chain(until).min();
                self.wait(deadline.map(|at| at.since(now)))?;
            }
        }
    }

    /// Sends what is due, without taking anything in: the last words of what was closed, before the driver is dropped.
    ///
    /// # Errors
    /// Those of the system that are about a socket itself.
    pub fn flush(&mut self) -> io::Result<()> {
        while let Some(blocked) = self.carrier.send_due() {
            self.await_room(Some(blocked))?;
            let now = self.carrier.now();
            self.wait(self.carrier.poll_timeout().map(|at| at.since(now)))?;
        }
        Ok(())
    }

    /// Has the system tell of room in the socket that has none, and of no other.
    fn await_room(&mut self, blocked: Option<SocketId>) -> io::Result<()> {
        if blocked == self.awaited {
            return Ok(());
        }
        for (id, waits) in [(self.awaited, false), (blocked, true)] {
            if let Some(socket) = id.and_then(|id| self.carrier.socket_mut(id)) {
                socket.await_room(self.poll.registry(), waits)?;
            }
        }
        self.awaited = blocked;
        Ok(())
    }

    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            let Some(number) = event.token().0.checked_sub(FIRST_TOKEN.0) else {
                self.ready.push(event.token());
                continue;
            };
            if let Some(socket) = self.carrier.socket(SocketId::from_usize(number)) {
                socket.note_readable();
            }
        }
        Ok(())
    }
}

impl Deref for Driver {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.carrier
    }
}

impl DerefMut for Driver {
    fn deref_mut(&mut self) -> &mut Connections {
        &mut self.carrier
    }
}

const fn token(id: SocketId) -> Token {
    Token(FIRST_TOKEN.0 + id.to_usize())
}
