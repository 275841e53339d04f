//! A socket of `mio`, which tells of readiness once: it has to be noted.

use std::cell::Cell;
use std::io::{self, ErrorKind};

use driver_udp::{Direction, Io, UdpSockRef};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

/// A socket of `mio`, in a driver.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: UdpSocket,
    token: Token,
    /// Whether something may have come.
    is_readable: Cell<bool>,
}

impl Socket {
    pub(crate) fn new(socket: std::net::UdpSocket, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Self { socket, token, is_readable: Cell::new(true) })
    }

    pub(crate) const fn is_readable(&self) -> bool {
        self.is_readable.get()
    }

    pub(crate) fn note_readable(&self) {
        self.is_readable.set(true);
    }

    /// Asks to be told, or no longer, when there is room to send.
    pub(crate) fn await_room(&mut self, registry: &Registry, waits: bool) -> io::Result<()> {
        let interest = if waits { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        // Whatever has come before is told of again.
        registry.reregister(&mut self.socket, self.token, interest)
    }

    /// The socket by itself.
    pub(crate) fn into_inner(mut self, registry: &Registry) -> io::Result<UdpSocket> {
        registry.deregister(&mut self.socket)?;
        Ok(self.socket)
    }
}

impl Io for Socket {
    fn socket(&self) -> UdpSockRef<'_> {
        (&self.socket).into()
    }

    fn try_io<R>(&self, direction: Direction, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        let result = self.socket.try_io(call);
        let would_block = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        if would_block && direction == Direction::Receive {
            self.is_readable.set(false);
        }
        result
    }
}
