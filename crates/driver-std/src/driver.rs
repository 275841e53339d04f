//! Waiting in the socket itself.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use rtc::{ConnectionId, ConnectionMut, Ecn, Endpoint, Event, Ignored, Instant, Path, PeerConnection};

use crate::Stats;
use crate::clock::Clock;
use crate::log::say;
use crate::port::{Port, Wait};

/// The longest datagram that there is, in bytes.
const BUFFER_LEN: usize = 65_536;

/// How many datagrams are taken in before something is sent.
const TURN: usize = 64;

/// Makes a connection for a user name fragment that none has.
type Newcomer = Box<dyn FnMut(Instant, &str) -> Option<PeerConnection> + Send>;

/// Connections on one socket, over the standard library alone.
///
/// It does everything in [`poll`](Self::poll), so somebody has to wait there.
pub struct Driver {
    endpoint: Endpoint,
    clock: Clock,
    port: Option<Port>,
    buffer: Vec<u8>,
    newcomer: Option<Newcomer>,
    stats: Stats,
}

impl Driver {
    /// Without connections and without a socket.
    #[must_use]
    pub fn new() -> Self {
        Self {
            endpoint: Endpoint::new(),
            clock: Clock::start(),
            port: None,
            buffer: vec![0; BUFFER_LEN],
            newcomer: None,
            stats: Stats::default(),
        }
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
        self.for_all(|connection, _| _ = connection.add_local_address(local));
        if let Some(before) = before.filter(|before| before.local != local) {
            self.for_all(|connection, now| _ = connection.remove_local_address(now, before.local));
        }
        Ok(())
    }

    /// Gives the socket out, and tells all connections that its address is gone.
    pub fn remove_socket(&mut self) -> Option<UdpSocket> {
        let port = self.port.take()?;
        say!("a socket is removed");
        self.for_all(|connection, now| _ = connection.remove_local_address(now, port.local));
        Some(port.socket)
    }

    /// The address that the socket is bound to.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.port.as_ref().map(|port| port.local)
    }

    /// The time, on the timeline that all connections of this driver share.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Takes a connection in, and tells it of the address. Its candidate is in the local description that is set after
    /// this; if one is set already, it comes as an event.
    pub fn insert(&mut self, mut connection: PeerConnection) -> ConnectionId {
        if let Some(port) = &self.port {
            // One that is closed says so: it has nothing to send either.
            let _ = connection.add_local_address(port.local);
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

    /// A connection, to do something with it. What it has to send then goes out by [`poll`](Self::poll).
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
        if let Some(event) = self.endpoint.poll_event() {
            return Ok(Some(event));
        }
        let until = timeout.map(|timeout| self.now() + timeout);
        loop {
            self.endpoint.handle_timeout(self.now());
            self.flush()?;
            if let Some(event) = self.endpoint.poll_event() {
                return Ok(Some(event));
            }
            let deadline = self.endpoint.poll_timeout().into_iter().chain(until).min();
            self.receive(deadline)?;
            let event = self.endpoint.poll_event();
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
        while let Some(transmit) = self.endpoint.poll_transmit(self.clock.now(), &mut self.buffer) {
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
            if self.hand_in(path, len).is_err() {
                self.stats.datagrams_ignored += 1;
            }
        }
        Ok(())
    }

    /// Gives a datagram to its connection, which may have to be made for it.
    fn hand_in(&mut self, path: Path, len: usize) -> Result<(), Ignored> {
        let now = self.now();
        let datagram = self.buffer.get_mut(..len).unwrap_or_default();
        let Err(ignored) = self.endpoint.handle_input(now, path, Ecn::NotEct, datagram) else {
            return Ok(());
        };
        let Ignored::UnknownFragment(fragment) = &ignored else { return Err(ignored) };
        let made = self.newcomer.as_mut().and_then(|newcomer| newcomer(now, fragment));
        let Some(connection) = made else { return Err(ignored) };
        self.insert(connection);
        // Only then it listens at the address that it has been told of.
        self.endpoint.handle_timeout(now);
        let datagram = self.buffer.get_mut(..len).unwrap_or_default();
        self.endpoint.handle_input(now, path, Ecn::NotEct, datagram).map(|_| ())
    }

    fn for_all(&mut self, tell: impl Fn(&mut PeerConnection, Instant)) {
        let now = self.now();
        let ids: Vec<_> = self.endpoint.connections().map(|(id, _)| id).collect();
        for id in ids {
            if let Some(mut connection) = self.endpoint.connection_mut(id) {
                tell(&mut connection, now);
            }
        }
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
            .field("endpoint", &self.endpoint)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
