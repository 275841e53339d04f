//! The sender of user data: from messages to DATA chunks, until they are acknowledged (RFC 9260 §6.1, §6.3, §7).
//!
//! ```text
//!  send() ──► queue per stream ──► scheduler ──► fragment ──► ring of TSNs ──► acknowledged, or abandoned
//!                                                               │   ▲
//!                                                               └───┘ retransmission
//! ```
//!
//! Fragments refer to their message by number and offset: nothing is copied but into the packet, and no reference
//! is counted per packet.

mod abandon;
mod congestion;
mod cubic;
mod fill;
mod forward;
mod pacing;
mod queue;
mod retransmit;
mod ring;
mod rto;
mod sack;
mod slow_start;

pub(crate) use rto::Rto;
pub(crate) use sack::SackOutcome;

use alloc::collections::BTreeSet;

use base::{Instant, Serial32};

use crate::config::{Config, SEND_COST};
use crate::transmit::congestion::Congestion;
use crate::transmit::forward::Forward;
use crate::transmit::pacing::Pacer;
use crate::transmit::queue::Queues;
use crate::transmit::ring::Ring;
use crate::transmit::sack::Reported;
use crate::wire::{Data, padded};
use crate::{SendError, SendOptions, StreamId};

/// Everything between `send` and the packets.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) queues: Queues,
    ring: Ring,
    /// Bytes that all messages may cost.
    limit: usize,
    /// Streams of which a message was refused for that.
    refused: BTreeSet<StreamId>,
    congestion: Congestion,
    pub(crate) rto: Rto,
    /// What the peer can still take beyond what is in flight.
    peer_window: usize,
    /// Data is in flight that the peer had no room for: it asks whether there is any now (RFC 9260 §6.1, A).
    probing: bool,
    /// The retransmission timer expired: one packet at a time until an acknowledgement (RFC 9260 §7.2.3).
    after_timeout: bool,
    /// The user waits for the end of what is queued: acknowledgements are asked for (RFC 7053 §4).
    pub(crate) draining: bool,
    /// The next packet goes out whatever the congestion window says (RFC 9260 §7.2.4, 3).
    fast_packet: bool,
    pacer: Pacer,
    /// The chunk whose round trip is being measured.
    measuring: Option<(Serial32, Instant)>,
    /// When DATA was last sent.
    last_sent: Option<Instant>,
    /// Data waits, and the congestion window is full.
    held_back: bool,
    /// The peer understands FORWARD TSN.
    partial_reliability: bool,
    /// RFC 3758 §3.5: how far the peer may be told to go on.
    advanced_ack: Serial32,
    /// The number of the chunk before which the point may move over all, and could go no further: nothing has been abandoned
    /// between the two.
    passable_to: u64,
    /// The gap blocks of the latest SACK.
    reported: Reported,
    /// What the peer is told of it.
    forward: Forward,
    /// A FORWARD TSN is due.
    forward_due: bool,
    /// The last FORWARD TSN sent.
    forwarded: Option<(Serial32, Instant)>,
    /// Something was dropped that was never sent: what waits for an empty queue need not wait for an acknowledgement.
    dropped: bool,
    /// Bytes of chunks in a packet that holds nothing else.
    max_chunks_len: usize,
    pub(crate) counters: Counters,
}

/// What has been counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) messages_sent: u64,
    pub(crate) retransmissions: u64,
    pub(crate) fast_recoveries: u64,
    pub(crate) timeouts: u64,
    pub(crate) abandoned: u64,
}

impl Outbound {
    pub(crate) fn new(config: &Config) -> Self {
        let max_chunks_len = config.max_chunks_len();
        let congestion = Congestion::new(max_chunks_len, config.initial_window_packets);
        Self {
            queues: Queues::new(config),
            ring: Ring::default(),
            limit: config.send_buffer,
            refused: BTreeSet::new(),
            pacer: Pacer::new(max_chunks_len, congestion.window()),
            congestion,
            rto: Rto::new(config),
            peer_window: 0,
            probing: false,
            after_timeout: false,
            draining: false,
            fast_packet: false,
            measuring: None,
            last_sent: None,
            held_back: false,
            partial_reliability: false,
            advanced_ack: Ring::default().first_tsn().previous(),
            passable_to: 0,
            reported: Reported::default(),
            forward: Forward::new(max_chunks_len),
            forward_due: false,
            forwarded: None,
            dropped: false,
            max_chunks_len,
            counters: Counters::default(),
        }
    }

    /// The peer is known: data may leave, the first with our initial TSN.
    pub(crate) fn start(&mut self, initial_tsn: Serial32, peer_window: u32, partial_reliability: bool) {
        self.ring.start(initial_tsn);
        self.peer_window = peer_window as usize;
        self.partial_reliability = partial_reliability;
        self.advanced_ack = initial_tsn.previous();
    }

    /// The peer has restarted: everything that was under way or queued is gone (RFC 9260 §5.2.4, action A).
    pub(crate) fn restart(&mut self, config: &Config) {
        *self = Self { counters: self.counters, ..Self::new(config) };
    }

    /// Whether a message may be queued. One that has no room is noted: its stream hears when there is some.
    pub(crate) fn admit(&mut self, stream: StreamId, len: usize) -> Result<(), SendError> {
        if self.queues.is_resetting(stream) {
            return Err(SendError::Resetting);
        }
        let cost = self.cost();
        // Whatever may be kept at all has room where there is nothing else.
        if cost > 0 && cost + len + SEND_COST > self.limit {
            self.refused.insert(stream);
            return Err(SendError::BufferFull);
        }
        Ok(())
    }

    /// Queues a message that has been [admitted](Self::admit).
    pub(crate) fn send(
        &mut self,
        now: Instant,
        stream: StreamId,
        message: (crate::Ppid, bytes::Bytes),
        options: &SendOptions,
    ) {
        self.queues.push(now, stream, message, options);
    }

    /// Bytes that all messages cost that wait or are not acknowledged.
    pub(crate) fn cost(&self) -> usize {
        self.queues.cost() + self.ring.cost()
    }

    /// The next stream whose buffered bytes fell to its threshold, or for which there is room again after a refusal: half of
    /// all is free.
    pub(crate) fn poll_low(&mut self) -> Option<StreamId> {
        if !self.refused.is_empty() && self.cost() <= self.limit / 2 {
            return self.refused.pop_first();
        }
        self.queues.poll_low()
    }

    /// The TSN of the next new chunk.
    pub(crate) fn next_tsn(&self) -> Serial32 {
        self.ring.next_tsn()
    }

    /// Whether everything sent has been acknowledged, or the peer has been told not to wait for it.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.ring.is_empty()
    }

    /// Whether none of what was sent since `initial_tsn` has been acknowledged.
    pub(crate) fn is_untouched(&self, initial_tsn: Serial32) -> bool {
        self.ring.first_tsn() == initial_tsn && self.ring.find_acked(true, 0).is_none()
    }

    /// Whether something has been dropped, since this was last asked, that was never sent.
    pub(crate) const fn take_dropped(&mut self) -> bool {
        core::mem::replace(&mut self.dropped, false)
    }

    /// Whether the peer's window is closed and one chunk at a time asks for it.
    pub(crate) const fn is_probing(&self) -> bool {
        self.probing
    }

    /// Whether nothing is queued or unacknowledged.
    pub(crate) fn is_drained(&self) -> bool {
        self.ring.is_empty() && self.queues.is_empty()
    }

    /// Takes a stream that is to be reset and on which all that has been sent is acknowledged.
    pub(crate) fn next_drained(&mut self) -> Option<StreamId> {
        self.queues.next_drained(self.ring.number(0))
    }

    /// Bytes in flight, chunk headers included.
    pub(crate) fn in_flight(&self) -> usize {
        self.ring.in_flight()
    }

    /// Chunks not yet acknowledged cumulatively.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn congestion_window(&self) -> usize {
        self.congestion.window()
    }

    pub(crate) fn slow_start_threshold(&self) -> usize {
        self.congestion.threshold()
    }

    pub(crate) fn peer_window(&self) -> usize {
        self.peer_window
    }

    pub(crate) fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }
}

/// Bytes of a DATA chunk in a packet.
const fn chunk_len(payload_len: usize) -> usize {
    Data::HEADER_LEN + padded(payload_len)
}

#[cfg(test)]
mod tests;
