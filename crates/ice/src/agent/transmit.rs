//! The order of what is due: answers, checks, one new check every Ta (RFC 8445 §6.1.4.2), keep-alives (§11).

use base::{Instant, Transmit};
use stun::{MessageType, MessageWriter, TransactionId};

use super::Agent;

impl Agent {
    /// The oldest answer that still has a key.
    pub(super) fn poll_response(&mut self, out: &mut [u8]) -> Option<Transmit> {
        while let Some(response) = self.shared.outbox.pop() {
            let session = self.sessions().find(|s| s.generation == response.generation);
            let len = session.and_then(|s| response.emit(&s.local.key, out).ok());
            if let Some(len) = len {
                return Some(Transmit::new(response.path, len));
            }
        }
        None
    }

    /// The next check or keep-alive that is due.
    pub(super) fn poll_request(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        if let Some(transmit) = self.current.poll_due_check(&self.shared, now, out) {
            return Some(transmit);
        }
        let previous = self.previous.as_mut().map(|p| &mut p.session);
        if let Some(transmit) = previous.and_then(|s| s.poll_due_check(&self.shared, now, out)) {
            return Some(transmit);
        }
        if self.is_check_due(now)
            && let Some(transmit) = self.poll_new_check(now, out)
        {
            return Some(transmit);
        }
        self.poll_keepalive(now, out)
    }

    fn poll_new_check(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let id = self.current.next_check()?;
        self.current.next_check_at = now + self.shared.pacing;
        self.current.begin_check(&mut self.shared, id);
        self.current.poll_due_check(&self.shared, now, out)
    }

    /// An indication without credentials: it only has to pass the NAT.
    fn poll_keepalive(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let previous = self.previous.iter_mut().flat_map(|p| &mut p.session.pairs);
        let pair = self.current.pairs.iter_mut().chain(previous).find(|p| p.keepalive_due)?;
        pair.keepalive_due = false;
        pair.last_sent = Some(now);
        let id = TransactionId::random(&mut self.shared.rng.0);
        let writer = MessageWriter::new(out, MessageType::BINDING_INDICATION, id).ok()?;
        Some(Transmit::new(pair.path, writer.fingerprint().ok()?))
    }
}
