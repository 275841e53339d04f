//! Hosts of different types in one network.

use core::any::{Any, type_name};
use core::fmt;
use core::marker::PhantomData;
use core::net::IpAddr;
use core::ops::{Index, IndexMut};

use base::{Ecn, Instant, Path, Transmit};

use crate::{Host, HostId, LinkId, Network, Plaintext};

/// A host of any type, beside hosts of other types.
pub struct AnyHost(Box<dyn Erased>);

trait Erased: Host + Any {}

impl<T: Host + 'static> Erased for T {}

impl AnyHost {
    /// Forgets the type of a host.
    #[must_use]
    pub fn new(host: impl Host + 'static) -> Self {
        Self(Box::new(host))
    }

    /// The host, if that is its type.
    #[must_use]
    pub fn downcast_ref<T: Host + 'static>(&self) -> Option<&T> {
        let host: &dyn Any = &*self.0;
        host.downcast_ref()
    }

    /// The host, to use it, if that is its type.
    pub fn downcast_mut<T: Host + 'static>(&mut self) -> Option<&mut T> {
        let host: &mut dyn Any = &mut *self.0;
        host.downcast_mut()
    }
}

impl Host for AnyHost {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        self.0.handle_input(now, path, ecn, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.0.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    fn observe_plaintext(&mut self) {
        self.0.observe_plaintext();
    }

    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        self.0.poll_plaintext()
    }
}

impl fmt::Debug for AnyHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyHost").finish_non_exhaustive()
    }
}

/// A host of a network of any hosts, whose type is known: `network[handle]` is that host.
///
/// ```
/// # use sim::{Ecn, Host, Instant, Network, Path, Transmit};
/// # #[derive(Default)]
/// # struct Listener { heard: u32 }
/// # impl Host for Listener {
/// #     fn handle_input(&mut self, _: Instant, _: Path, _: Ecn, _: &mut [u8]) { self.heard += 1; }
/// #     fn handle_timeout(&mut self, _: Instant) {}
/// #     fn poll_transmit(&mut self, _: Instant, _: &mut [u8]) -> Option<Transmit> { None }
/// #     fn poll_timeout(&self) -> Option<Instant> { None }
/// # }
/// let mut network = Network::new(42);
/// let listener = network.add(&["192.0.2.1".parse()?], Listener::default());
/// assert_eq!(network[listener].heard, 0);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub struct Handle<T> {
    id: HostId,
    host: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    /// The host, of whatever type.
    #[must_use]
    pub const fn id(self) -> HostId {
        self.id
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<T> Eq for Handle<T> {}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.id).field(&type_name::<T>()).finish()
    }
}

impl<T> From<Handle<T>> for HostId {
    fn from(handle: Handle<T>) -> Self {
        handle.id
    }
}

impl Network<AnyHost> {
    /// Adds a host with its addresses, on a link of its own that does nothing to datagrams.
    pub fn add<T: Host + 'static>(&mut self, addresses: &[IpAddr], host: T) -> Handle<T> {
        let link = self.add_link(Vec::new());
        self.add_to(link, addresses, host)
    }

    /// Adds a host with its addresses at the end of a link: behind a NAT, on a slow line.
    pub fn add_to<T: Host + 'static>(&mut self, link: LinkId, addresses: &[IpAddr], host: T) -> Handle<T> {
        Handle { id: self.add_host(link, addresses, AnyHost::new(host)), host: PhantomData }
    }
}

/// # Panics
/// If the handle is of another network, whose host of that number has another type, or is none.
impl<T: Host + 'static> Index<Handle<T>> for Network<AnyHost> {
    type Output = T;

    #[allow(
        clippy::expect_used,
        reason = "an index out of bounds is a mistake in the test, as in any collection"
    )]
    fn index(&self, handle: Handle<T>) -> &T {
        self.host(handle.id).and_then(AnyHost::downcast_ref).expect("a handle of this network")
    }
}

/// To use a host: what it wants to send is fetched at the next step.
///
/// # Panics
/// If the handle is of another network, whose host of that number has another type, or is none.
impl<T: Host + 'static> IndexMut<Handle<T>> for Network<AnyHost> {
    #[allow(
        clippy::expect_used,
        reason = "an index out of bounds is a mistake in the test, as in any collection"
    )]
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        self.host_mut(handle.id).and_then(AnyHost::downcast_mut).expect("a handle of this network")
    }
}
