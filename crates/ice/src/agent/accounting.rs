//! What an agent is told of the data that takes its pairs (RTCIceCandidatePairStats).

use base::Instant;

use super::Agent;
use crate::event::State;
use crate::pair::PairId;

impl Agent {
    /// Notes a datagram of data that came by a [validated](Self::validated) pair: it counts as a sign of life.
    pub fn record_received(&mut self, now: Instant, pair: PairId, len: usize) {
        let now = self.shared.tick(now);
        let Some(pair) = self.pair_mut(pair) else { return };
        pair.last_alive = Some(now);
        pair.stats.packets_received = pair.stats.packets_received.saturating_add(1);
        pair.stats.bytes_received = pair.stats.bytes_received.saturating_add(u64_of(len));
        pair.stats.last_packet_received = Some(now);
        if self.state == State::Disconnected {
            self.settle();
        }
    }

    /// Notes a datagram of data that went by [`send_path`](Self::send_path).
    pub fn record_sent(&mut self, now: Instant, len: usize) {
        let now = self.shared.tick(now);
        let Some(pair) = self.send.and_then(|(id, _)| self.pair_mut(id)) else { return };
        pair.last_sent = Some(now);
        pair.stats.packets_sent = pair.stats.packets_sent.saturating_add(1);
        pair.stats.bytes_sent = pair.stats.bytes_sent.saturating_add(u64_of(len));
        pair.stats.last_packet_sent = Some(now);
    }
}

fn u64_of(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
