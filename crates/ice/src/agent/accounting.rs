//! What an agent is told of the data that takes its pairs (RTCIceCandidatePairStats).

use base::Instant;

use super::Agent;
use crate::event::State;
use crate::pair::{Pair, PairId};

impl Agent {
    /// Notes a datagram that came by a [validated](Self::validated) pair and that only the peer can have sent, and only
    /// now: its data was authenticated, and had not come before. It is a sign of life, and it proves the pair: at a lite
    /// agent, data may follow a nomination there.
    pub fn record_received(&mut self, now: Instant, pair: PairId, len: usize) {
        let now = self.shared.tick(now);
        let Some(received) = self.pair_mut(pair) else { return };
        received.count_received(now, len);
        let first = received.proven.is_none() || received.doubted != 0;
        received.on_proof(now);
        if first {
            self.current.trust_nomination(&self.shared, now, pair);
        }
        if first || self.current.silent || self.state == State::Disconnected {
            self.settle();
        }
    }

    /// Notes a datagram that came by a [validated](Self::validated) pair and that anybody can have sent: of a handshake
    /// that is not finished. At a lite agent, some more may go there for it.
    pub fn record_unproven(&mut self, now: Instant, pair: PairId, len: usize) {
        let now = self.shared.tick(now);
        let Some(received) = self.pair_mut(pair) else { return };
        received.count_received(now, len);
        received.allowance.on_received(u64_of(len));
        let allowed = received.is_allowed();
        if let Some(sending) = self.send.as_mut().filter(|sending| sending.pair == pair) {
            sending.exhausted = !allowed;
        }
    }

    /// Notes a datagram of data that went by [`send_path`](Self::send_path).
    pub fn record_sent(&mut self, now: Instant, len: usize) {
        let now = self.shared.tick(now);
        let Some(id) = self.send.map(|sending| sending.pair) else { return };
        let Some(pair) = self.pair_mut(id) else { return };
        pair.last_sent = Some(now);
        pair.stats.packets_sent = pair.stats.packets_sent.saturating_add(1);
        pair.stats.bytes_sent = pair.stats.bytes_sent.saturating_add(u64_of(len));
        pair.stats.last_packet_sent = Some(now);
        if pair.proven.is_some() {
            return;
        }
        pair.allowance.on_sent(u64_of(len));
        let exhausted = !pair.is_allowed();
        if let Some(sending) = &mut self.send {
            sending.exhausted = exhausted;
        }
    }
}

impl Pair {
    fn count_received(&mut self, now: Instant, len: usize) {
        self.stats.packets_received = self.stats.packets_received.saturating_add(1);
        self.stats.bytes_received = self.stats.bytes_received.saturating_add(u64_of(len));
        self.stats.last_packet_received = Some(now);
    }
}

pub(super) fn u64_of(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
