//! The order of messages within their streams (RFC 9260 §6.5, §6.6).

use alloc::collections::BTreeMap;

use base::Serial16;

use super::cost;
use super::ready::Ready;
use crate::stream_table::StreamTable;
use crate::{Message, StreamId};

/// Who is next on each stream, and who has to wait for that.
///
/// Sequence numbers are counted on in 64 bits, of which the low 16 are those on the wire.
#[derive(Debug, Default)]
pub(super) struct Order {
    next: StreamTable<u64>,
    waiting: BTreeMap<(StreamId, u64), Message>,
    /// What those that wait count against the window.
    waiting_cost: usize,
}

impl Order {
    /// Bytes of the messages that wait for their turn, with what they cost.
    pub(super) fn waiting_cost(&self) -> usize {
        self.waiting_cost
    }

    /// Whether the turn of a message has been, or seems to: its number may also be more than half the circle ahead.
    pub(super) fn is_past(&self, stream: StreamId, ssn: Serial16) -> bool {
        self.next.get(stream).is_some_and(|next| serial(*next).distance_to(ssn).cast_signed() < 0)
    }

    /// Makes a message ready if it is its turn, and all that waited for it. Returns how many messages were thrown away
    /// because their turn is over.
    pub(super) fn insert(&mut self, message: Message, ssn: Serial16, ready: &mut Ready) -> u64 {
        if message.unordered {
            ready.push(message);
            return 0;
        }
        let stream = message.stream;
        let Some(next) = self.next.entry(stream) else { return 0 };
        let distance = serial(*next).distance_to(ssn);
        if distance == 0 {
            *next += 1;
            ready.push(message);
            self.drain(stream, ready);
            0
        } else if distance.cast_signed() < 0 {
            1
        } else {
            let key = (stream, *next + u64::from(distance));
            let stale = self.take(key).is_some();
            self.waiting_cost += cost(message.payload.len());
            self.waiting.insert(key, message);
            u64::from(stale)
        }
    }

    /// Takes a message that waits.
    fn take(&mut self, key: (StreamId, u64)) -> Option<Message> {
        let message = self.waiting.remove(&key)?;
        self.waiting_cost -= cost(message.payload.len());
        Some(message)
    }

    /// No longer waits for any message up to `ssn` (RFC 3758 §3.6). What had arrived of them becomes ready.
    pub(super) fn skip(&mut self, stream: StreamId, ssn: Serial16, ready: &mut Ready) {
        let Some(next) = self.next.entry(stream) else { return };
        let distance = serial(*next).distance_to(ssn);
        if distance.cast_signed() >= 0 {
            let end = *next + u64::from(distance) + 1;
            *next = end;
            self.make_ready(stream, end, ready);
            self.drain(stream, ready);
        }
    }

    /// Begins a stream anew. What still waits becomes ready: it came before the reset.
    pub(super) fn reset(&mut self, stream: StreamId, ready: &mut Ready) {
        self.make_ready(stream, u64::MAX, ready);
        self.next.clear(stream);
    }

    /// Begins all streams anew.
    pub(super) fn reset_all(&mut self, ready: &mut Ready) {
        core::mem::take(self).waiting.into_values().for_each(|message| ready.push(message));
    }

    /// What waits on a stream below `end` waits no longer.
    fn make_ready(&mut self, stream: StreamId, end: u64, ready: &mut Ready) {
        while let Some((key, _)) = self.waiting.range((stream, 0)..(stream, end)).next() {
            let key = *key;
            if let Some(message) = self.take(key) {
                ready.push(message);
            }
        }
    }

    fn drain(&mut self, stream: StreamId, ready: &mut Ready) {
        if self.waiting.is_empty() {
            return;
        }
        while let Some(number) = self.next.get(stream).copied()
            && let Some(message) = self.take((stream, number))
        {
            ready.push(message);
            if let Some(next) = self.next.get_mut(stream) {
                *next += 1;
            }
        }
    }
}

/// The number on the wire.
const fn serial(number: u64) -> Serial16 {
    Serial16((number & 0xffff) as u16)
}
