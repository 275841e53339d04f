//! Waiting in the socket itself.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use driver::{Connections, Engine, say};
use rtc::{ConnectionId, Ecn, Event, Instant, Path};

use crate::Stats;
use crate::port::{Port, Wait};

/// The longest datagram that there is, in bytes.
const BUFFER_LEN: usize = 65_536;

/// How many datagrams are taken in before something is sent.
const TURN: usize = 64;

/// Connections on one socket, over the standard library alone.
///
/// It does everything in [`poll`](Self::poll), so somebody has to wait there. What is done with the connections themselves stands at
/// [`Connections`].
///
/// Example: [on the first page](crate).
pub struct Driver {
    engine: Engine,
    port: Option<Port>,
    buffer: Vec<u8>,
    stats: Stats,
}

impl Driver {
    /// Without connections and without a socket.
    #[must_use]
    pub fn new() -> Self {
        Self { engine: Engine::new(), port: None, buffer: vec![0; BUFFER_LEN], stats: Stats::default() }
    }

    /// With a socket that is bound to one address of this host.
    ///
    /// # Errors
    /// Those of the system, and those of [`set_socket`](Self::set_socket).
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let mut driver = Self::new();
        driver.set_socket(UdpSocket::bind(address)?)?;
        Ok(driver)
    }

    /// Takes a socket in the place of the one before, and tells all connections of its address, then that the other one is gone. A
    /// connection whose peer cannot reach the new address by itself needs an ICE restart.
    ///
    /// # Errors
    /// Those of the system; `InvalidInput` for a socket that is bound to a wildcard: the standard library does not say to which
    /// address of this host a datagram came.
    pub fn set_socket(&mut self, socket: UdpSocket) -> io::Result<()> {
        let local = socket.local_addr()?;
        if !rtc::ice::is_candidate_address(local) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "bind to one address of this host"));
        }
        let before = self.port.replace(Port::new(socket, local));
        say!("a socket is set");
        self.engine.add_address(local);
        if let Some(before) = before.filter(|before| before.local != local) {
            self.engine.remove_address(before.local);
        }
        Ok(())
    }

    /// Gives the socket out, and tells all connections that its address is gone.
    pub fn remove_socket(&mut self) -> Option<UdpSocket> {
        let port = self.port.take()?;
        say!("a socket is removed");
        self.engine.remove_address(port.local);
        Some(port.socket)
    }

    /// The address that the socket is bound to.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.port.as_ref().map(|port| port.local)
    }

    /// What went through the socket.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Carries datagrams until something happens; what, and with which connection. `None` when `timeout` has passed.
    ///
    /// # Errors
    /// Those of the system that are about the socket itself, and `NotConnected` without a socket. What concerns one
    /// destination only is counted.
    pub fn poll(&mut self, timeout: Option<Duration>) -> io::Result<Option<(ConnectionId, Event)>> {
        // All that is known already comes first, so that what it leads to goes out together.
        if let Some(event) = self.engine.poll_event() {
            return Ok(Some(event));
        }
        let until = timeout.map(|timeout| self.now() + timeout);
        loop {
            self.engine.handle_timeout();
            self.flush()?;
            if let Some(event) = self.engine.poll_event() {
                return Ok(Some(event));
            }
            let deadline = self.engine.poll_timeout().into_iter().chain(until).min();
            self.receive(deadline)?;
            let event = self.engine.poll_event();
            if event.is_some() || until.is_some_and(|until| until <= self.now()) {
                return Ok(event);
            }
        }
    }

    /// Sends what is due, without taking anything in: the last words of what was closed, before the driver is dropped. Where
    /// the system has no room, it waits.
    ///
    /// # Errors
    /// Those of the system that are about the socket itself, and `NotConnected` without a socket.
    pub fn flush(&mut self) -> io::Result<()> {
        let port = self.port.as_mut().ok_or(ErrorKind::NotConnected)?;
        while let Some(transmit) = self.engine.poll_transmit_batch(self.engine.now(), 1, &mut self.buffer) {
            let datagram = self.buffer.get(..transmit.len).unwrap_or_default();
            if transmit.path.local == port.local && port.send(datagram, transmit.path.remote)? {
                self.stats.datagrams_sent += 1;
            } else {
                // As lost as on the way: the protocols repeat what matters.
                self.stats.datagrams_dropped += 1;
                say!("a datagram is dropped", dropped = self.stats.datagrams_dropped);
            }
        }
        Ok(())
    }

    /// Waits for a datagram, and takes those that have come with it.
    fn receive(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        let mut wait = deadline.map_or(Wait::Forever, |deadline| Wait::until(deadline.since(self.now())));
        for _ in 0..TURN {
            let port = self.port.as_mut().ok_or(ErrorKind::NotConnected)?;
            let Some((len, remote)) = port.receive(wait, &mut self.buffer)? else { break };
            wait = Wait::Not;
            let path = Path::udp(port.local, remote);
            self.stats.datagrams_received += 1;
            let datagram = self.buffer.get_mut(..len).unwrap_or_default();
            if self.engine.handle_input(self.engine.now(), path, Ecn::NotEct, datagram).is_err() {
                self.stats.datagrams_ignored += 1;
            }
        }
        Ok(())
    }
}

impl Deref for Driver {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.engine
    }
}

impl DerefMut for Driver {
    fn deref_mut(&mut self) -> &mut Connections {
        &mut self.engine
    }
}

impl Default for Driver {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("engine", &self.engine)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
