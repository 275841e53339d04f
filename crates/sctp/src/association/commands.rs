//! What the user asks for and asks about.

use base::Instant;
use bytes::Bytes;

use super::{Association, Phase};
use crate::{Message, Ppid, SendError, SendOptions, Stats, StreamId, Unsent};

impl Association {
    /// Queues a message. Before the association is established, it waits for that; its lifetime runs from now.
    ///
    /// The payload is shared, not copied, until it goes into packets.
    ///
    /// # Errors
    /// [`Unsent`] says why nothing was queued, and gives the payload back.
    pub fn send(
        &mut self,
        now: Instant,
        stream: StreamId,
        ppid: Ppid,
        payload: Bytes,
        options: SendOptions,
    ) -> Result<(), Unsent> {
        self.advance_clock(now);
        if let Err(error) = self.admit(stream, payload.len()) {
            return Err(Unsent { error, payload });
        }
        self.outbound.send(self.now, stream, (ppid, payload), &options);
        Ok(())
    }

    /// Whether a message of `len` bytes may be queued.
    fn admit(&mut self, stream: StreamId, len: usize) -> Result<(), SendError> {
        if !matches!(
            self.phase,
            Phase::Idle | Phase::CookieWait { .. } | Phase::CookieEchoed { .. } | Phase::Established
        ) {
            return Err(SendError::Closed);
        }
        if len == 0 {
            return Err(SendError::Empty);
        }
        if stream.0 >= self.outgoing_limit() {
            return Err(SendError::NoSuchStream);
        }
        if len > self.config.send_buffer || u32::try_from(len).is_err() {
            return Err(SendError::TooLarge);
        }
        self.outbound.admit(stream, len)
    }

    /// Whether everything that was sent has been acknowledged, or given up.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.outbound.is_drained()
    }

    /// The next message from the peer. What is not taken counts against the window that the peer may fill, so that
    /// a slow application slows the peer down.
    #[inline]
    pub fn receive(&mut self) -> Option<Message> {
        self.inbound.receive()
    }

    /// Takes to the receive window what the user keeps of the messages that it has taken, in bytes with what they cost: what
    /// waits above holds the peer back as well as what waits here.
    pub fn set_retained(&mut self, bytes: usize) {
        self.inbound.set_retained(bytes);
    }

    /// Sets a stream's share under [`WeightedFair`](crate::WeightedFair): twice the priority,
    /// twice the bytes. RFC 8831 §6.4 uses 128, 256 (the default), 512 and 1024. A reset makes it the default again.
    pub fn set_priority(&mut self, stream: StreamId, priority: u16) {
        self.outbound.queues.set_weight(stream, priority);
    }

    /// Bytes of a stream's messages that no packet has carried yet, but for those that were to be
    /// [uncounted](SendOptions::uncounted).
    #[must_use]
    pub fn buffered_amount(&self, stream: StreamId) -> usize {
        self.outbound.queues.buffered(stream)
    }

    /// Asks for an [`Event::BufferedAmountLow`](crate::Event::BufferedAmountLow) whenever a stream's buffered amount
    /// falls from above `bytes` to `bytes` or less. The default is 0, also after a reset. Where a message of the stream was
    /// refused, the event also says that half of the send buffer is free again.
    pub fn set_buffered_amount_low_threshold(&mut self, stream: StreamId, bytes: usize) {
        self.outbound.queues.set_low_threshold(stream, bytes);
    }

    /// Streams that we may send on: those negotiated, or asked for if nothing is negotiated yet.
    #[must_use]
    pub fn outgoing_streams(&self) -> u16 {
        self.outgoing_limit()
    }

    /// Streams that the peer may send on: those negotiated, or allowed if nothing is negotiated yet.
    #[must_use]
    pub fn incoming_streams(&self) -> u16 {
        if self.is_negotiated() { self.peer.outgoing_streams } else { self.config.incoming_streams }
    }

    /// Whether the peer understands stream reset (RFC 6525); false until the association is established.
    #[must_use]
    pub fn peer_resets_streams(&self) -> bool {
        self.is_negotiated() && self.peer.reconfig
    }

    /// What has been counted and measured.
    #[must_use]
    #[inline]
    pub fn stats(&self) -> Stats {
        let counters = self.outbound.counters;
        Stats {
            messages_sent: counters.messages_sent,
            messages_received: self.inbound.taken(),
            retransmissions: counters.retransmissions,
            fast_recoveries: counters.fast_recoveries,
            timeouts: counters.timeouts,
            abandoned: counters.abandoned,
            duplicates: self.inbound.duplicates,
            refused: self.inbound.refused,
            dropped: self.inbound.dropped,
            smoothed_round_trip_time: self.outbound.rto.smoothed(),
            retransmission_timeout: self.outbound.rto.base(),
            congestion_window: self.outbound.congestion_window(),
            slow_start_threshold: self.outbound.slow_start_threshold(),
            in_flight: self.outbound.in_flight(),
            unacknowledged_chunks: self.outbound.unacknowledged(),
            buffered: self.outbound.queues.total_buffered(),
            peer_receive_window: self.outbound.peer_window(),
            receive_window: self.inbound.window_left(),
            max_packet_size: self.config.max_packet_size,
            ..self.stats
        }
    }

    pub(super) fn outgoing_limit(&self) -> u16 {
        if self.is_negotiated() { self.peer.incoming_streams } else { self.config.outgoing_streams }
    }

    fn is_negotiated(&self) -> bool {
        !matches!(self.phase, Phase::Idle | Phase::CookieWait { .. }) && self.peer.tag != 0
    }
}
