//! What an application does with a driver besides waiting.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use rtc::{ConnectionId, ConnectionMut, Endpoint, Instant, PeerConnection};

use crate::clock::Clock;

/// Makes a connection for a user name fragment that none has.
pub(crate) type Newcomer = Box<dyn FnMut(Instant, &str) -> Option<PeerConnection> + Send>;

/// The connections of a driver, on one timeline and on the same addresses.
///
/// Every driver dereferences to it. What is done here goes out when the driver is asked for the next event.
pub struct Connections {
    pub(crate) endpoint: Endpoint,
    clock: Clock,
    pub(crate) addresses: BTreeSet<SocketAddr>,
    pub(crate) newcomer: Option<Newcomer>,
}

impl Connections {
    /// None yet, and no addresses. Time begins.
    pub(crate) fn new() -> Self {
        Self { endpoint: Endpoint::new(), clock: Clock::start(), addresses: BTreeSet::new(), newcomer: None }
    }

    /// The time, on the timeline that all connections of this driver share.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Takes a connection in, and tells it of all addresses. Its candidates are in the local description that is set after this; if
    /// one is set already, they come as events.
    pub fn insert(&mut self, mut connection: PeerConnection) -> ConnectionId {
        for address in &self.addresses {
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

    /// Closes a connection when what was sent has arrived, after `patience` at the latest. Returns whether it is there.
    pub fn close_when_sent(&mut self, id: ConnectionId, patience: Duration) -> bool {
        self.endpoint.close_when_sent(self.now(), id, patience)
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
        self.addresses.iter().copied()
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("endpoint", &self.endpoint)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
