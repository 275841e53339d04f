//! What a driver can do besides waiting.

use std::io;
use std::net::SocketAddr;

use driver_udp::Stats;
use rtc::{ConnectionId, ConnectionMut, Instant, PeerConnection};

use crate::Driver;

impl Driver {
    /// The time, on the timeline that all connections of this driver share.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.carrier.now()
    }

    /// Takes a connection in, and tells it of all addresses. Its candidates are in the local description that is set after this; if
    /// one is set already, they come as events.
    pub fn insert(&mut self, connection: PeerConnection) -> ConnectionId {
        self.carrier.insert(connection)
    }

    /// Gives a connection out, as it is.
    pub fn remove(&mut self, id: ConnectionId) -> Option<PeerConnection> {
        self.carrier.remove(id)
    }

    /// A connection, to look at.
    #[must_use]
    pub fn connection(&self, id: ConnectionId) -> Option<&PeerConnection> {
        self.carrier.connection(id)
    }

    /// A connection, to do something with it. What it has to send then goes out by [`poll`](Self::poll).
    pub fn connection_mut(&mut self, id: ConnectionId) -> Option<ConnectionMut<'_>> {
        self.carrier.connection_mut(id)
    }

    /// All connections, oldest first.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &PeerConnection)> {
        self.carrier.connections()
    }

    /// Closes a connection, which is gone when its last words have been sent. Returns whether it is there.
    pub fn close(&mut self, id: ConnectionId) -> bool {
        self.carrier.close(id)
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
        self.carrier.on_unknown_fragment(newcomer);
    }

    /// The addresses that stand for the sockets, in order: each socket's own, and those of the interfaces where it is
    /// bound to a wildcard.
    pub fn local_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.carrier.local_addresses()
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
}
