//! Messages that come before their channel: an unordered message can overtake the OPEN, and a negotiated channel may be
//! created late. And a stream may be used again before we know that its last channel has ended. All of them wait, up to a
//! limit.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bytes::Bytes;

use super::retained::{Retained, message_cost};
use crate::{Discard, Ppid, StreamId};

/// The messages that wait, in the order of arrival on each stream.
#[derive(Debug, Default)]
pub(super) struct Early {
    messages: BTreeMap<(StreamId, u64), (Ppid, Bytes)>,
    /// The number of the next message.
    next: u64,
    /// The streams of which something did not fit.
    holed: BTreeSet<StreamId>,
}

impl Early {
    /// Keeps a message, if it fits.
    pub(super) fn keep(
        &mut self,
        retained: &mut Retained,
        stream: StreamId,
        (ppid, payload): (Ppid, Bytes),
    ) -> Result<(), Discard> {
        if !retained.take(message_cost(payload.len())) {
            self.holed.insert(stream);
            return Err(Discard::TooEarly);
        }
        self.messages.insert((stream, self.next), (ppid, payload));
        self.next = self.next.wrapping_add(1);
        Ok(())
    }

    /// All messages that wait for this stream. They are taken at once: what has to wait on is kept again.
    pub(super) fn take_all(&mut self, retained: &mut Retained, stream: StreamId) -> Vec<(Ppid, Bytes)> {
        let mut taken = Vec::new();
        while let Some(key) = self.first(stream)
            && let Some((ppid, payload)) = self.messages.remove(&key)
        {
            retained.give_back(message_cost(payload.len()));
            taken.push((ppid, payload));
        }
        taken
    }

    /// Whether anything waits for this stream.
    pub(super) fn has(&self, stream: StreamId) -> bool {
        self.first(stream).is_some()
    }

    fn first(&self, stream: StreamId) -> Option<(StreamId, u64)> {
        self.messages.range((stream, 0)..=(stream, u64::MAX)).next().map(|(key, _)| *key)
    }

    /// Whether something of this stream did not fit, since it was last asked.
    pub(super) fn take_hole(&mut self, stream: StreamId) -> bool {
        self.holed.remove(&stream)
    }

    /// Forgets what waits for this stream.
    pub(super) fn drop_stream(&mut self, retained: &mut Retained, stream: StreamId) {
        self.take_all(retained, stream);
        self.holed.remove(&stream);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self, retained: &mut Retained) {
        for (_, payload) in core::mem::take(&mut self.messages).values() {
            retained.give_back(message_cost(payload.len()));
        }
        self.holed.clear();
    }
}
