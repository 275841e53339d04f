//! What a driver does between two waits.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use rtc::{ConnectionId, ConnectionMut, Ecn, Event, Ignored, Instant, Path, Transmit};

use crate::Connections;

/// Connections, and the verbs that move them. A driver owns one, and shows its application the [`Connections`] alone.
///
/// Example: [on the first page](crate).
#[derive(Debug)]
pub struct Engine {
    connections: Connections,
}

impl Engine {
    /// Without connections and addresses. Time begins.
    #[must_use]
    pub fn new() -> Self {
        Self { connections: Connections::new() }
    }

    /// Tells all connections, and those to come, of an address.
    pub fn add_address(&mut self, address: SocketAddr) {
        self.connections.addresses.insert(address);
        // One that has enough of them, or is closed, says so: it goes on with those that it has.
        self.for_all(|mut connection| _ = connection.add_local_address(address));
    }

    /// Tells all connections that an address is gone.
    pub fn remove_address(&mut self, address: SocketAddr) {
        let now = self.now();
        self.connections.addresses.remove(&address);
        self.for_all(|mut connection| _ = connection.remove_local_address(now, address));
    }

    /// Gives a datagram to its connection, which may have to be made for it.
    ///
    /// # Errors
    /// [`Ignored`] says why nobody took it.
    pub fn handle_input(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagram: &mut [u8],
    ) -> Result<(), Ignored> {
        let Connections { endpoint, newcomer, .. } = &mut self.connections;
        let Err(ignored) = endpoint.handle_input(now, path, ecn, datagram) else { return Ok(()) };
        let Ignored::UnknownFragment(fragment) = &ignored else { return Err(ignored) };
        let made = newcomer.as_mut().and_then(|newcomer| newcomer(now, fragment));
        let Some(connection) = made else { return Err(ignored) };
        self.insert(connection);
        // Only then it listens at the addresses that it has been told of.
        self.connections.endpoint.handle_timeout(now);
        self.connections.endpoint.handle_input(now, path, ecn, datagram).map(|_| ())
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.connections.endpoint.poll_timeout()
    }

    /// Lets time pass, as far as it has.
    pub fn handle_timeout(&mut self) {
        let now = self.now();
        if self.poll_timeout().is_some_and(|at| at <= now) {
            self.connections.endpoint.handle_timeout(now);
        }
    }

    /// Writes the next datagrams for one path, up to `max_datagrams` of one length.
    ///
    /// # Panics
    /// If `out` is shorter than [`MIN_BUFFER_LEN`](rtc::MIN_BUFFER_LEN), and there is a connection.
    pub fn poll_transmit_batch(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut [u8],
    ) -> Option<Transmit> {
        self.connections.endpoint.poll_transmit_batch(now, max_datagrams, out)
    }

    /// The next thing that happened, and with which connection.
    pub fn poll_event(&mut self) -> Option<(ConnectionId, Event)> {
        self.connections.endpoint.poll_event()
    }

    fn for_all(&mut self, tell: impl Fn(ConnectionMut<'_>)) {
        let ids: Vec<_> = self.connections().map(|(id, _)| id).collect();
        for id in ids {
            self.connection_mut(id).map(&tell);
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Engine {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.connections
    }
}

impl DerefMut for Engine {
    fn deref_mut(&mut self) -> &mut Connections {
        &mut self.connections
    }
}
