//! Who takes part in a scenario.

use sim::{Ecn, Host, Instant, Path, Plaintext, Transmit};

use super::liar::Liar;
use super::peer::Peer;
use super::victim::Victim;

/// A host of the network.
pub enum Guest {
    /// One of two whose connection has to keep every promise.
    Peer(Box<Peer>),
    /// An authenticated peer that lies.
    Liar(Box<Liar>),
    /// The honest side of a connection with it.
    Victim(Box<Victim>),
}

impl Guest {
    pub fn as_peer(&self) -> Option<&Peer> {
        if let Self::Peer(peer) = self { Some(peer) } else { None }
    }

    pub fn as_peer_mut(&mut self) -> Option<&mut Peer> {
        if let Self::Peer(peer) = self { Some(peer) } else { None }
    }

    pub fn as_liar(&self) -> Option<&Liar> {
        if let Self::Liar(liar) = self { Some(liar) } else { None }
    }

    pub fn as_victim(&self) -> Option<&Victim> {
        if let Self::Victim(victim) = self { Some(victim) } else { None }
    }

    pub fn as_victim_mut(&mut self) -> Option<&mut Victim> {
        if let Self::Victim(victim) = self { Some(victim) } else { None }
    }

    fn host(&self) -> &dyn Host {
        match self {
            Self::Peer(peer) => &**peer,
            Self::Liar(liar) => &**liar,
            Self::Victim(victim) => &**victim,
        }
    }

    fn host_mut(&mut self) -> &mut dyn Host {
        match self {
            Self::Peer(peer) => &mut **peer,
            Self::Liar(liar) => &mut **liar,
            Self::Victim(victim) => &mut **victim,
        }
    }
}

impl Host for Guest {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        self.host_mut().handle_input(now, path, ecn, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.host_mut().handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.host_mut().poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.host().poll_timeout()
    }

    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        self.host_mut().poll_plaintext()
    }
}
