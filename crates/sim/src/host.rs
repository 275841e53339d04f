//! What stands at the ends of the network.

use base::{Ecn, Instant, Path, Transmit};

/// A protocol stack, with or without its application, that does no I/O.
///
/// The methods are those of the machines of this workspace, so that an adapter is a few lines; any other sans-IO stack
/// can stand behind them as well. Whatever the application does by itself (send at some time, read slowly) is part of the
/// host: it has a place in `poll_timeout`.
///
/// Example: [on the first page](crate).
pub trait Host {
    /// Takes a datagram that came by `path`. What it ignores is its own business.
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]);

    /// Lets time pass. Afterwards `poll_timeout` has to be later than `now`, once `poll_transmit` has given `None`.
    fn handle_timeout(&mut self, now: Instant);

    /// Writes the next datagram into `out`; `None` if there is nothing to send now.
    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit>;

    /// When `handle_timeout` is due.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Keeps packets for [`poll_plaintext`](Self::poll_plaintext) from now on: the capture begins.
    fn observe_plaintext(&mut self) {}

    /// Hands out a packet that was sent or received encrypted, where the host knows its keys: the capture shows it beside
    /// the datagram. It is asked after each datagram.
    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        None
    }
}

/// A decrypted SCTP packet, for a capture.
// Closed: a direction, and bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plaintext {
    /// Whether it was sent; otherwise it was received.
    pub sent: bool,
    /// The packet, from SCTP's common header on.
    pub packet: Vec<u8>,
}

impl<H: Host + ?Sized> Host for Box<H> {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        (**self).handle_input(now, path, ecn, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        (**self).handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        (**self).poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (**self).poll_timeout()
    }

    fn observe_plaintext(&mut self) {
        (**self).observe_plaintext();
    }

    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        (**self).poll_plaintext()
    }
}
