//! What is sent again, and when (RFC 9260 §6.3.3, §7.2.4).

use base::Instant;

use super::Outbound;
use super::ring::ChunkState;

impl Outbound {
    /// The retransmission timer has expired.
    pub(crate) fn on_timeout(&mut self, now: Instant) {
        self.counters.timeouts += 1;
        if self.ring.in_flight() > 0 {
            self.congestion.on_timeout();
            self.after_timeout = true;
        }
        self.rto.back_off();
        self.take_back_unreported();
        self.send_all_again(now);
    }

    /// Marks everything in flight to be sent again.
    pub(crate) fn send_all_again(&mut self, now: Instant) {
        self.pacer.grant_packet();
        self.fast_packet = false;
        self.measuring = None;
        let mut at = 0;
        while let Some(next) = self.ring.find_acked(false, at) {
            self.mark(now, next);
            at = next + 1;
        }
        self.advance_ack_point(now, true);
    }

    /// Takes a chunk for lost: it is to be sent again, unless its message has had its chances.
    pub(super) fn mark(&mut self, now: Instant, at: usize) {
        let Some(chunk) = self.ring.chunk(at) else { return };
        if chunk.state().has(ChunkState::MARKED) || chunk.state().has(ChunkState::ABANDONED) {
            return;
        }
        let (number, transmissions, len) = (chunk.message, chunk.transmissions, usize::from(chunk.len));
        self.ring.update(at, ChunkState::MARKED, true);
        self.peer_window = self.peer_window.saturating_add(len);
        let Some(message) = self.ring.message(number) else { return };
        let exhausted = message.max_retransmits.is_some_and(|max| transmissions > max);
        if self.partial_reliability && (exhausted || message.is_expired(now)) {
            self.abandon(number);
        }
    }

    /// Gives up on the message of a chunk if its time is over. Returns whether it did.
    pub(super) fn abandon_if_expired(&mut self, now: Instant, at: usize) -> bool {
        let Some(chunk) = self.ring.chunk(at) else { return false };
        let number = chunk.message;
        let expired = self.ring.message(number).is_some_and(|message| message.is_expired(now));
        if !expired || !self.partial_reliability {
            return false;
        }
        self.abandon(number);
        self.advance_ack_point(now, true);
        true
    }
}
