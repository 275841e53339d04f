//! What the channels keep of what the peer has sent: names, parts of messages, messages that wait. It comes out of one
//! budget, in bytes of memory.

/// Bytes that a message costs beyond its own while it waits: its place in a tree or a queue, and its allocation.
const MESSAGE_COST: usize = 160;

/// The bytes in use, of those that may be.
#[derive(Debug)]
pub(super) struct Retained {
    used: usize,
    limit: usize,
}

impl Retained {
    pub(super) const fn new(limit: usize) -> Self {
        Self { used: 0, limit }
    }

    pub(super) const fn used(&self) -> usize {
        self.used
    }

    /// Takes so many bytes, if there are.
    pub(super) const fn take(&mut self, bytes: usize) -> bool {
        let fits = self.used.saturating_add(bytes) <= self.limit;
        if fits {
            self.used += bytes;
        }
        fits
    }

    /// Counts bytes that are there already, on their way to the application.
    pub(super) const fn count(&mut self, bytes: usize) {
        self.used = self.used.saturating_add(bytes);
    }

    pub(super) const fn give_back(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes);
    }
}

/// What a message costs while it waits.
pub(super) const fn message_cost(len: usize) -> usize {
    len.saturating_add(MESSAGE_COST)
}
