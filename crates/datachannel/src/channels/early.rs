//! Messages that come before their channel: an unordered message can overtake the OPEN, and a negotiated channel may be
//! created late. And a stream may be used again before we know that its last channel has ended. All of them wait, up to a
//! limit.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;

use crate::{Config, Discard, Ppid, StreamId};

/// The messages that wait, in the order of arrival.
#[derive(Debug)]
pub(super) struct Early {
    messages: VecDeque<(StreamId, Ppid, Bytes)>,
    bytes: usize,
    /// The streams of which something did not fit.
    holed: BTreeSet<StreamId>,
    max_messages: usize,
    max_bytes: usize,
}

impl Early {
    pub(super) const fn new(config: &Config) -> Self {
        Self {
            messages: VecDeque::new(),
            bytes: 0,
            holed: BTreeSet::new(),
            max_messages: config.max_early_messages,
            max_bytes: config.max_early_bytes,
        }
    }

    /// Keeps a message, if it fits.
    pub(super) fn keep(&mut self, stream: StreamId, ppid: Ppid, payload: Bytes) -> Result<(), Discard> {
        let bytes = self.bytes.saturating_add(payload.len());
        if self.messages.len() >= self.max_messages || bytes > self.max_bytes {
            self.holed.insert(stream);
            return Err(Discard::TooEarly);
        }
        self.bytes = bytes;
        self.messages.push_back((stream, ppid, payload));
        Ok(())
    }

    /// All messages that wait for this stream. They are taken at once: what has to wait on is kept again.
    pub(super) fn take_all(&mut self, stream: StreamId) -> Vec<(Ppid, Bytes)> {
        core::iter::from_fn(|| self.take(stream)).collect()
    }

    /// The next message that waits for this stream.
    fn take(&mut self, stream: StreamId) -> Option<(Ppid, Bytes)> {
        let index = self.messages.iter().position(|(s, ..)| *s == stream)?;
        let (_, ppid, payload) = self.messages.remove(index)?;
        self.bytes = self.bytes.saturating_sub(payload.len());
        Some((ppid, payload))
    }

    /// Whether anything waits for this stream.
    pub(super) fn has(&self, stream: StreamId) -> bool {
        self.messages.iter().any(|(s, ..)| *s == stream)
    }

    /// Whether something of this stream did not fit, since it was last asked.
    pub(super) fn take_hole(&mut self, stream: StreamId) -> bool {
        self.holed.remove(&stream)
    }

    /// Forgets what waits for this stream.
    pub(super) fn drop_stream(&mut self, stream: StreamId) {
        while self.take(stream).is_some() {}
        self.holed.remove(&stream);
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.holed.clear();
        self.bytes = 0;
    }
}
