//! What travels inside DTLS, for recordings: SCTP packets before they are sealed and after they are opened.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use base::Instant;

use crate::PeerConnection;

/// Packets that wait for being polled at most; of more, the oldest are dropped.
const MAX_WAITING: usize = 1024;

/// An SCTP packet in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedPacket {
    /// When it was written or opened.
    pub at: Instant,
    /// Whether we sent it; otherwise we received it.
    pub sent: bool,
    /// The packet, from SCTP's common header on.
    pub packet: Vec<u8>,
}

/// Keeps packets, if it has been asked to. It takes no more room than a pointer until then.
#[derive(Debug, Default)]
pub(crate) struct Observer(Option<Box<Waiting>>);

#[derive(Debug, Default)]
struct Waiting(VecDeque<ObservedPacket>);

impl PeerConnection {
    /// Keeps a copy of every SCTP packet, sent or received, for [`poll_packet`](Self::poll_packet); or ends that. Off at
    /// first, and free while it is.
    ///
    /// The copies are plaintext: whoever records them gives away what DTLS protects.
    pub fn observe_packets(&mut self, on: bool) {
        self.observer.0 = on.then(Box::default);
    }

    /// The next packet that was observed. Of those that nobody takes, the last 1,024 are kept.
    pub fn poll_packet(&mut self) -> Option<ObservedPacket> {
        self.observer.0.as_mut()?.0.pop_front()
    }
}

impl Observer {
    pub(crate) fn note(&mut self, at: Instant, sent: bool, packet: &[u8]) {
        let Some(Waiting(waiting)) = self.0.as_deref_mut() else { return };
        if waiting.len() >= MAX_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(ObservedPacket { at, sent, packet: packet.to_vec() });
    }
}
