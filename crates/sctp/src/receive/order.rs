//! The order of messages within their streams (RFC 9260 §6.5, §6.6).

use alloc::collections::{BTreeMap, VecDeque};

use base::Serial16;

use super::cost;
use crate::stream_table::StreamTable;
use crate::{Message, StreamId};

/// Messages thrown away because their turn is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stale {
    pub(super) messages: u64,
    pub(super) cost: usize,
}

impl Stale {
    fn add(&mut self, message: &Message) {
        self.messages += 1;
        self.cost += cost(message.payload.len());
    }
}

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

    /// Makes a message ready if it is its turn, and all that waited for it.
    pub(super) fn insert(&mut self, message: Message, ssn: Serial16, ready: &mut VecDeque<Message>) -> Stale {
        let mut stale = Stale::default();
        if message.unordered {
            ready.push_back(message);
            return stale;
        }
        let stream = message.stream;
        let Some(next) = self.next.entry(stream) else { return stale };
        let distance = serial(*next).distance_to(ssn);
        if distance == 0 {
            *next += 1;
            ready.push_back(message);
            self.drain(stream, ready);
        } else if distance.cast_signed() < 0 {
            stale.add(&message);
        } else {
            let key = (stream, *next + u64::from(distance));
            self.waiting_cost += cost(message.payload.len());
            if let Some(replaced) = self.waiting.insert(key, message) {
                self.waiting_cost -= cost(replaced.payload.len());
                stale.add(&replaced);
            }
        }
        stale
    }

    /// Takes a message that waits.
    fn take(&mut self, key: (StreamId, u64)) -> Option<Message> {
        let message = self.waiting.remove(&key)?;
        self.waiting_cost -= cost(message.payload.len());
        Some(message)
    }

    /// No longer waits for any message up to `ssn` (RFC 3758 §3.6). What had arrived of them becomes ready.
    pub(super) fn skip(&mut self, stream: StreamId, ssn: Serial16, ready: &mut VecDeque<Message>) {
        let Some(next) = self.next.entry(stream) else { return };
        let distance = serial(*next).distance_to(ssn);
        if distance.cast_signed() >= 0 {
            let end = *next + u64::from(distance) + 1;
            *next = end;
            while let Some(entry) = self.waiting.range((stream, 0)..(stream, end)).next() {
                let key = *entry.0;
                ready.extend(self.take(key));
            }
            self.drain(stream, ready);
        }
    }

    /// Begins streams anew; none stands for all. What still waits becomes ready: it came before the reset.
    pub(super) fn reset(&mut self, streams: &[StreamId], ready: &mut VecDeque<Message>) {
        if streams.is_empty() {
            ready.extend(core::mem::take(&mut self.waiting).into_values());
            self.waiting_cost = 0;
            self.next = StreamTable::default();
        }
        for stream in streams {
            while let Some(entry) = self.waiting.range((*stream, 0)..=(*stream, u64::MAX)).next() {
                let key = *entry.0;
                ready.extend(self.take(key));
            }
            if let Some(next) = self.next.get_mut(*stream) {
                *next = 0;
            }
        }
    }

    fn drain(&mut self, stream: StreamId, ready: &mut VecDeque<Message>) {
        if self.waiting.is_empty() {
            return;
        }
        while let Some(number) = self.next.get(stream).copied()
            && let Some(message) = self.take((stream, number))
        {
            ready.push_back(message);
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
