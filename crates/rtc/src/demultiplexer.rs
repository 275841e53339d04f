//! Many connections on one socket.
//!
//! A datagram finds its connection by the user name fragment in a check (RFC 8445 §7.2.2), and everything else by the
//! address that such a check came from or was answered at: addresses are believed only after that.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use base::Path;
use stun::{AttributeType, Message};

/// How many addresses are remembered for one connection. A peer that uses more loses the oldest.
const MAX_PATHS: usize = 32;

/// Where a datagram belongs.
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
/// # use rtc::{Demultiplexer, Path, Route};
/// # let path = Path::udp("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
/// let mut demultiplexer = Demultiplexer::new();
/// demultiplexer.register("abcd", 7);          // the connection's own fragment, from its description
/// demultiplexer.learn(path, &7);              // it sent to, or accepted from, this address
/// assert_eq!(demultiplexer.route(path, &[22, 254, 253]), Route::Known(7));
/// demultiplexer.forget(&7);
/// assert_eq!(demultiplexer.route(path, &[22, 254, 253]), Route::Nowhere);
/// ```
#[derive(Clone, Debug)]
pub struct Demultiplexer<K> {
    fragments: BTreeMap<String, K>,
    paths: BTreeMap<Path, K>,
    learnt: BTreeMap<K, Vec<Path>>,
}

impl<K: Clone + Ord> Demultiplexer<K> {
    /// Knows nobody.
    #[must_use]
    pub const fn new() -> Self {
        Self { fragments: BTreeMap::new(), paths: BTreeMap::new(), learnt: BTreeMap::new() }
    }

    /// A connection has this local user name fragment; a restart gives it another one besides.
    pub fn register(&mut self, username_fragment: &str, connection: K) {
        self.fragments.insert(username_fragment.into(), connection);
    }

    /// The connection is gone.
    pub fn forget(&mut self, connection: &K) {
        self.fragments.retain(|_, known| known != connection);
        for path in self.learnt.remove(connection).unwrap_or_default() {
            if self.paths.get(&path) == Some(connection) {
                self.paths.remove(&path);
            }
        }
    }

    /// The connection uses this path: call it after `handle_input` accepted a check from it, and for the checks that
    /// `poll_transmit` gives out.
    pub fn learn(&mut self, path: Path, connection: &K) {
        if self.paths.get(&path) == Some(connection) {
            return;
        }
        self.paths.insert(path, connection.clone());
        let paths = self.learnt.entry(connection.clone()).or_default();
        if paths.len() >= MAX_PATHS {
            let oldest = paths.remove(0);
            if self.paths.get(&oldest) == Some(connection) {
                self.paths.remove(&oldest);
            }
        }
        paths.push(path);
    }

    /// The connection that `datagram` belongs to.
    #[must_use]
    pub fn route(&self, path: Path, datagram: &[u8]) -> Route<K> {
        if let Some(fragment) = local_fragment(datagram) {
            return match self.fragments.get(fragment) {
                Some(connection) => Route::Known(connection.clone()),
                None => Route::UnknownFragment(fragment.into()),
            };
        }
        self.paths.get(&path).cloned().map_or(Route::Nowhere, Route::Known)
    }
}

impl<K: Clone + Ord> Default for Demultiplexer<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// The receiver's half of the user name in a check: `local:remote`, as seen by the receiver.
fn local_fragment(datagram: &[u8]) -> Option<&str> {
    if !stun::is_stun(datagram) {
        return None;
    }
    let user_name = Message::parse(datagram).ok()?.raw(AttributeType::USERNAME)?;
    core::str::from_utf8(user_name).ok()?.split(':').next()
}
