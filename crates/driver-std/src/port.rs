//! The socket, and how it waits.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// The socket.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) socket: UdpSocket,
    pub(crate) local: SocketAddr,
    /// How it waits, as far as it has been told.
    waits: Option<Wait>,
}

/// How long to wait for a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Not,
    For(Duration),
    Forever,
}

impl Port {
    pub(crate) const fn new(socket: UdpSocket, local: SocketAddr) -> Self {
        Self { socket, local, waits: None }
    }

    /// Sends a datagram; whether the system took it.
    pub(crate) fn send(&mut self, datagram: &[u8], remote: SocketAddr) -> io::Result<bool> {
        match self.socket.send_to(datagram, remote) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && self.waits == Some(Wait::Not) => {
                self.set_wait(Wait::Forever)?;
                Ok(self.socket.send_to(datagram, remote).is_ok())
            }
            result => Ok(result.is_ok()),
        }
    }

    /// The next datagram, and where it came from; `None` if there is none in that time.
    pub(crate) fn receive(
        &mut self,
        wait: Wait,
        buffer: &mut [u8],
    ) -> io::Result<Option<(usize, SocketAddr)>> {
        self.set_wait(wait)?;
        match self.socket.recv_from(buffer) {
            Ok(received) => Ok(Some(received)),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
                // Somebody's port is closed; the system says so about an earlier datagram, each in its words.
                ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Tells the socket how to wait, if it does not know.
    fn set_wait(&mut self, wait: Wait) -> io::Result<()> {
        if self.waits == Some(wait) {
            return Ok(());
        }
        match wait {
            Wait::Not => self.socket.set_nonblocking(true)?,
            Wait::For(span) => {
                self.socket.set_nonblocking(false)?;
                self.socket.set_read_timeout(Some(span))?;
            }
            Wait::Forever => {
                self.socket.set_nonblocking(false)?;
                self.socket.set_read_timeout(None)?;
            }
        }
        self.waits = Some(wait);
        Ok(())
    }
}

impl Wait {
    pub(crate) const fn until(span: Duration) -> Self {
        if span.is_zero() { Self::Not } else { Self::For(span) }
    }
}
