//! What may go to an address before its owner has proved that it wants it: somebody may have written that address on a
//! check of the peer (the limit is that of RFC 9000 §8.1).

/// What may go without anything received, in bytes: the flight of a DTLS server, a few times.
const HEAD_START: u64 = 4096;

/// How much may go for what came, in bytes for a byte.
const FACTOR: u64 = 3;

/// What came from an address, and what went there, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowance {
    received: u64,
    sent: u64,
}

impl Allowance {
    pub(crate) const fn on_received(&mut self, len: u64) {
        self.received = self.received.saturating_add(len);
    }

    pub(crate) const fn on_sent(&mut self, len: u64) {
        self.sent = self.sent.saturating_add(len);
    }

    /// Whether another datagram may go: the limit is passed by one at most.
    pub(crate) const fn is_open(&self) -> bool {
        self.sent < HEAD_START.saturating_add(self.received.saturating_mul(FACTOR))
    }
}
