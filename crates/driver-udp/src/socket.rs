//! One socket: which addresses stand for it, how it sends and receives.

use std::cell::Cell;
use std::io::{self, ErrorKind, IoSliceMut};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

use quinn_udp::{EcnCodepoint, RecvMeta, UdpSockRef, UdpSocketState};
use rtc::{Ecn, Path, Transmit};
use socket2::SockRef;

use crate::interfaces::interface_addresses;
use crate::timestamps;

/// What is asked of the system for each direction, in bytes; it may give less. With offload, 64 KiB come and go at once.
const BUFFER_SIZE: usize = 4 << 20;

/// What Linux answers where it learns only from the interface that it cannot cut datagrams. It has no kind.
const EIO: i32 = 5;

/// Which way bytes go.
// Closed: there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the socket.
    Receive,
    /// To the socket.
    Send,
}

/// A socket of a runtime, which wants to see whether the system would have blocked.
pub trait Io {
    /// The socket, for the system.
    fn socket(&self) -> UdpSockRef<'_>;

    /// Calls the system by `call`, and notes it if that would have blocked.
    ///
    /// # Errors
    /// Those of `call`. `WouldBlock` may come without a call, while the runtime knows that it would.
    fn try_io<R>(&self, direction: Direction, call: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
}

/// Binds a socket as a driver wants it: it does not block, and its buffers are large.
///
/// # Errors
/// Those of the system.
pub fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A socket that a driver has.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    pub(crate) io: S,
    state: UdpSocketState,
    /// Whether the system cuts datagrams, as far as it has been tried.
    segments: Cell<bool>,
    bound: Bound,
    /// The addresses that stand for it, in order.
    pub(crate) addresses: Vec<SocketAddr>,
}

/// What a socket is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    address: SocketAddr,
    /// Whether a socket of IPv6 takes IPv4 too.
    is_dual: bool,
}

impl<S: Io> Socket<S> {
    /// Makes a socket one of the runtime's.
    pub(crate) fn new(socket: UdpSocket, to_io: impl FnOnce(UdpSocket) -> io::Result<S>) -> io::Result<Self> {
        let bound = Bound::of(&socket)?;
        let state = UdpSocketState::new((&socket).into())?;
        timestamps::disable(&socket);
        // Where the system has a limit, less has to do.
        let _ = state.set_recv_buffer_size((&socket).into(), BUFFER_SIZE);
        let _ = state.set_send_buffer_size((&socket).into(), BUFFER_SIZE);
        let addresses = bound.addresses()?;
        Ok(Self { io: to_io(socket)?, state, segments: Cell::new(true), bound, addresses })
    }

    pub(crate) const fn bound(&self) -> Bound {
        self.bound
    }

    /// How many datagrams one call may send.
    pub(crate) fn max_segments(&self) -> usize {
        if self.segments.get() { self.state.max_gso_segments().max(1) } else { 1 }
    }

    /// Sends datagrams of a transmit, all in one call. If the system refuses to cut them, they have to be sent one by one from
    /// then on: [`max_segments`](Self::max_segments) says so.
    pub(crate) fn send(&self, transmit: &Transmit, contents: &[u8]) -> io::Result<()> {
        let Path { local, remote, .. } = transmit.path;
        let datagrams = quinn_udp::Transmit {
            destination: self.bound.to_system(remote),
            ecn: EcnCodepoint::from_bits(transmit.ecn.bits()),
            contents,
            segment_size: transmit.segment_size,
            src_ip: self.bound.is_wildcard().then_some(local.ip()),
        };
        let result = self.io.try_io(Direction::Send, || self.state.try_send(self.io.socket(), &datagrams));
        let is_cut = transmit.segment_size.is_some_and(|size| size < contents.len());
        if is_cut && result.as_ref().is_err_and(refuses_to_segment) {
            self.segments.set(false);
        }
        result
    }

    /// Receives into several buffers; how many have been filled.
    pub(crate) fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> io::Result<usize> {
        self.io.try_io(Direction::Receive, || self.state.recv(self.io.socket(), buffers, metas))
    }
}

impl Bound {
    /// What a socket is bound to.
    pub(crate) fn of(socket: &UdpSocket) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let is_dual = address.is_ipv6() && !SockRef::from(socket).only_v6()?;
        Ok(Self { address, is_dual })
    }

    pub(crate) const fn is_wildcard(self) -> bool {
        self.address.ip().is_unspecified()
    }

    /// Its own address; for a wildcard, those of the interfaces.
    pub(crate) fn addresses(self) -> io::Result<Vec<SocketAddr>> {
        if !self.is_wildcard() {
            return Ok(vec![self.address]);
        }
        let is_taken = |ip: &IpAddr| ip.is_ipv4() == self.address.is_ipv4() || self.is_dual;
        let with_port = |ip| SocketAddr::new(ip, self.address.port());
        let addresses = interface_addresses()?.into_iter().filter(is_taken).map(with_port);
        Ok(addresses.filter(|address| rtc::ice::is_candidate_address(*address)).collect())
    }

    /// The path that datagrams came by.
    pub(crate) fn path(self, meta: &RecvMeta) -> Path {
        let local = match meta.dst_ip {
            Some(ip) if self.is_wildcard() => SocketAddr::new(ip.to_canonical(), self.address.port()),
            _ => self.address,
        };
        let remote = match meta.addr.ip().to_canonical() {
            ip @ IpAddr::V4(_) => SocketAddr::new(ip, meta.addr.port()),
            IpAddr::V6(_) => meta.addr,
        };
        Path::udp(local, remote)
    }

    /// A socket of IPv6 knows addresses of IPv4 by another name.
    fn to_system(self, remote: SocketAddr) -> SocketAddr {
        let mapped = |ip: Ipv6Addr| SocketAddr::V6(SocketAddrV6::new(ip, remote.port(), 0, 0));
        match remote.ip() {
            IpAddr::V4(ip) if self.address.is_ipv6() => mapped(ip.to_ipv6_mapped()),
            _ => remote,
        }
    }
}

/// Whether the system takes one datagram where it did not take several.
fn refuses_to_segment(error: &io::Error) -> bool {
    error.kind() == ErrorKind::InvalidInput || error.raw_os_error() == Some(EIO)
}

/// The mark that datagrams came with.
pub(crate) fn ecn(meta: &RecvMeta) -> Ecn {
    Ecn::from_bits(meta.ecn.map_or(0, |codepoint| codepoint as u8))
}

#[cfg(test)]
mod tests;
