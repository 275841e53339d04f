//! Probing a silent path (RFC 9260 §8.3).

use base::{Instant, Reader};

use super::Association;
use crate::timer::Timer;

/// The Heartbeat Info parameter (RFC 9260 §3.3.5): type, length, and a number that only we know. When it was sent stays with
/// us: the peer could change it on its way.
const INFO: u16 = 1;
const INFO_LEN: u16 = 12;
/// Bytes of a packet that a HEARTBEAT ACK needs besides the information.
const OVERHEAD: usize = 16;

/// The probe that is under way.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    /// Its number, and when it was due.
    sent: Option<(u64, Instant)>,
}

impl Association {
    /// Begins to watch the path.
    pub(super) fn start_heartbeats(&mut self) {
        self.heartbeat = Heartbeat::default();
        self.schedule_heartbeat(self.now);
    }

    /// A probe is due one interval and one RTO after the path was last used, give or take half an RTO.
    fn schedule_heartbeat(&mut self, last_used: Instant) {
        let Some(interval) = self.config.heartbeat_interval else { return };
        let rto = self.outbound.rto.current();
        let jitter = rto / 256 * (self.rng.next_u32() & 0xff);
        self.timers.start(Timer::Heartbeat, last_used + interval + rto / 2 + jitter);
    }

    pub(super) fn on_heartbeat_timeout(&mut self) {
        if !self.has_association() {
            return;
        }
        if self.heartbeat.sent.take().is_some() && self.count_error() {
            return;
        }
        let Some(interval) = self.config.heartbeat_interval else { return };
        let in_flight = (self.outbound.in_flight() > 0).then_some(self.now);
        let lately = self.outbound.last_sent().filter(|used| self.now.since(*used) < interval);
        if let Some(last_used) = in_flight.or(lately) {
            // Data is a probe of its own.
            self.schedule_heartbeat(last_used);
            return;
        }
        let nonce = self.rng.next_u64();
        self.heartbeat.sent = Some((nonce, self.now));
        let mut information = [0; INFO_LEN as usize];
        let mut writer = base::Writer::new(&mut information);
        // The array has the size of what is written.
        let _fits = writer.u16(INFO).and_then(|()| writer.u16(INFO_LEN)).and_then(|()| writer.u64(nonce));
        self.pending.heartbeat = Some(information);
        self.schedule_heartbeat(self.now);
    }

    /// Sends the information back as it came, if it fits a packet.
    pub(super) fn on_heartbeat(&mut self, information: &[u8]) {
        if self.has_association() && information.len() + OVERHEAD <= self.longest_packet {
            self.pending.acknowledge_heartbeat(information);
        }
    }

    /// The path is alive, if this is the answer to our last probe.
    pub(super) fn on_heartbeat_ack(&mut self, information: &[u8]) {
        let mut reader = Reader::new(information);
        let (Ok(INFO), Ok(INFO_LEN)) = (reader.u16(), reader.u16()) else { return };
        let Ok(nonce) = reader.u64() else { return };
        let Some((_, sent)) = self.heartbeat.sent.take_if(|(expected, _)| *expected == nonce) else { return };
        self.errors = 0;
        self.outbound.rto.measure(self.now.since(sent));
    }
}
