//! A socket of `tokio`.

use std::io;
use std::task::{Context, Poll};

use driver_udp::{Direction, Io, UdpSockRef};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// A socket of `tokio`, in a driver.
#[derive(Debug)]
pub(crate) struct Socket(UdpSocket);

impl Socket {
    pub(crate) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        UdpSocket::from_std(socket).map(Self)
    }

    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<()>> {
        match direction {
            Direction::Receive => self.0.poll_recv_ready(cx),
            Direction::Send => self.0.poll_send_ready(cx),
        }
    }

    /// The socket by itself.
    pub(crate) fn into_inner(self) -> UdpSocket {
        self.0
    }
}

impl Io for Socket {
    fn socket(&self) -> UdpSockRef<'_> {
        (&self.0).into()
    }

    fn try_io<R>(&self, direction: Direction, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        let interest = match direction {
            Direction::Receive => Interest::READABLE,
            Direction::Send => Interest::WRITABLE,
        };
        self.0.try_io(interest, call)
    }
}
