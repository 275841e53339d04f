//! What goes over the network and what travels inside DTLS, for recordings: SCTP packets before they are sealed and after
//! they are opened, and datagrams as they are.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use base::{Ecn, Instant, Path, Transmit};
use dtls::KeyLog;

use crate::PeerConnection;
use crate::transport::Transport;

/// Packets that wait for being polled at most; of more, the oldest are dropped.
const MAX_WAITING: usize = 1024;

/// A packet that was sent or received.
///
/// # Example
/// ```
/// use rtc::{ObservedLayer, PeerConnection};
///
/// /// Bytes of SCTP that came in, since [`observe_packets`](PeerConnection::observe_packets) was asked for.
/// fn received(connection: &mut PeerConnection) -> usize {
///     let packets = std::iter::from_fn(|| connection.poll_packet());
///     let came_in = packets.filter(|packet| !packet.sent && packet.layer == ObservedLayer::Sctp);
///     came_in.map(|packet| packet.packet.len()).sum()
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedPacket {
    /// When it was written or opened.
    pub at: Instant,
    /// Whether we sent it; otherwise we received it.
    pub sent: bool,
    /// Where it was seen.
    pub layer: ObservedLayer,
    /// Its bytes: of SCTP, from the common header on.
    pub packet: Vec<u8>,
}

/// Where a packet was seen.
///
/// Example: [`ObservedPacket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObservedLayer {
    /// On the network, on this path with this congestion mark.
    Datagram(Path, Ecn),
    /// Inside DTLS, in the clear.
    Sctp,
}

/// Keeps packets, if it has been asked to. It takes no more room than a pointer until then.
#[derive(Debug, Default)]
pub(crate) struct Observer(Option<Box<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    packets: VecDeque<ObservedPacket>,
    sees_datagrams: bool,
    sees_inside: bool,
}

impl PeerConnection {
    /// Keeps a copy of every SCTP packet, sent or received, for [`poll_packet`](Self::poll_packet); or ends that. Off at
    /// first, and free while it is.
    ///
    /// The copies are plaintext: whoever records them gives away what DTLS protects.
    pub fn observe_packets(&mut self, on: bool) {
        self.observer.set(|waiting| waiting.sees_inside = on);
    }

    /// Keeps a copy of every datagram, sent or received, as the network has it, for [`poll_packet`](Self::poll_packet); or ends
    /// that. Off at first, and free while it is.
    pub fn observe_datagrams(&mut self, on: bool) {
        self.observer.set(|waiting| waiting.sees_datagrams = on);
    }

    /// The next secret of a DTLS association that has come up: `None`, always, unless
    /// [`dtls::Config::key_log`] was set when the connection was made. **Whoever gets it reads and forges everything that is
    /// said**, now and in a recording of the past.
    pub fn poll_key_log(&mut self) -> Option<KeyLog> {
        let untold = |t: &&mut Transport| t.keys_told != Some(t.association);
        self.transports_mut().iter_mut().filter(untold).find_map(|transport| {
            let line = transport.dtls.as_ref()?.key_log()?;
            transport.keys_told = Some(transport.association);
            Some(line)
        })
    }

    /// The next packet that was observed. Of those that nobody takes, the last 1,024 are kept.
    pub fn poll_packet(&mut self) -> Option<ObservedPacket> {
        self.observer.0.as_mut()?.packets.pop_front()
    }
}

impl Observer {
    fn set(&mut self, change: impl FnOnce(&mut Waiting)) {
        let waiting = self.0.get_or_insert_default();
        change(waiting);
        if !waiting.sees_datagrams && !waiting.sees_inside {
            self.0 = None;
        }
    }

    /// Sees a packet inside DTLS.
    pub(crate) fn note(&mut self, at: Instant, sent: bool, packet: &[u8]) {
        if let Some(waiting) = self.0.as_deref_mut().filter(|waiting| waiting.sees_inside) {
            waiting.keep(at, sent, ObservedLayer::Sctp, packet);
        }
    }

    /// Sees a datagram that came in.
    pub(crate) fn note_received(&mut self, at: Instant, path: Path, ecn: Ecn, datagram: &[u8]) {
        if let Some(waiting) = self.0.as_deref_mut().filter(|waiting| waiting.sees_datagrams) {
            waiting.keep(at, false, ObservedLayer::Datagram(path, ecn), datagram);
        }
    }

    /// Sees the datagrams that stand in a buffer to go out.
    pub(crate) fn note_sent(&mut self, at: Instant, transmit: Transmit, buffer: &[u8]) {
        if let Some(waiting) = self.0.as_deref_mut().filter(|waiting| waiting.sees_datagrams) {
            for datagram in transmit.datagrams(buffer) {
                waiting.keep(at, true, ObservedLayer::Datagram(transmit.path, transmit.ecn), datagram);
            }
        }
    }
}

impl Waiting {
    fn keep(&mut self, at: Instant, sent: bool, layer: ObservedLayer, packet: &[u8]) {
        if self.packets.len() >= MAX_WAITING {
            self.packets.pop_front();
        }
        self.packets.push_back(ObservedPacket { at, sent, layer, packet: packet.to_vec() });
    }
}
