//! Messages that wait for their turn, and whose turn it is (RFC 8260 §3, RFC 8831 §6.4).

use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use core::cmp::Reverse;

use base::{Instant, Serial16, take_front};
use bytes::Bytes;

use crate::config::{Config, SEND_COST};
use crate::{Ppid, Scheduler, SendOptions, StreamId};

/// RFC 8831 §6.4: the priority "normal".
const DEFAULT_WEIGHT: u16 = 256;

/// Why a message was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    Full,
    Resetting,
}

/// A message that has not been begun.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) payload: Bytes,
    pub(super) ppid: Ppid,
    pub(super) unordered: bool,
    pub(super) uncounted: bool,
    pub(super) expires: Option<Instant>,
    pub(super) max_retransmits: Option<u16>,
}

impl Queued {
    /// Bytes that it costs while it waits, and while its first chunk is under way.
    pub(super) const fn cost(&self) -> usize {
        self.payload.len() + SEND_COST
    }
}

/// Bytes of a stream that wait no longer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Released {
    pub(super) stream: StreamId,
    pub(super) bytes: usize,
    /// They did not count as buffered.
    pub(super) uncounted: bool,
    /// The number of the chunk after those that carry them; `None` if they were given up.
    pub(super) sent_to: Option<u64>,
}

/// An outgoing stream.
#[derive(Debug)]
struct Stream {
    queue: VecDeque<Queued>,
    next_ssn: Serial16,
    /// Bytes not yet handed to a packet, those of the message under way included.
    waiting: usize,
    /// Those of them that the user hears of.
    buffered: usize,
    low_threshold: usize,
    weight: u16,
    /// Its place in the virtual time of the scheduler.
    finish: u64,
    /// The number of the chunk after the last one that carried its data.
    sent_to: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            next_ssn: Serial16(0),
            waiting: 0,
            buffered: 0,
            low_threshold: 0,
            weight: DEFAULT_WEIGHT,
            finish: 0,
            sent_to: 0,
        }
    }
}

/// The streams and their messages.
#[derive(Debug)]
pub(crate) struct Queues {
    /// Streams that have been used since they were last reset.
    streams: BTreeMap<StreamId, Stream>,
    /// Streams with something to begin, by virtual finishing time: an idle stream costs nothing.
    active: BinaryHeap<Reverse<(u64, StreamId)>>,
    virtual_time: u64,
    scheduler: &'static dyn Scheduler,
    /// Bytes of all streams not yet handed to a packet.
    waiting: usize,
    /// Those of them that the user hears of.
    buffered: usize,
    /// What the messages cost that have not been begun.
    cost: usize,
    /// How many of them have a lifetime.
    expiring: usize,
    /// Streams that fell to their threshold.
    low: VecDeque<StreamId>,
    /// Streams that are being reset: nothing new is taken.
    resetting: BTreeSet<StreamId>,
    /// Those of them of which all has been sent, by the number of the chunk after the last.
    sent: BinaryHeap<Reverse<(u64, StreamId)>>,
}

impl Queues {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            streams: BTreeMap::new(),
            active: BinaryHeap::new(),
            virtual_time: 0,
            scheduler: config.scheduler,
            waiting: 0,
            buffered: 0,
            cost: 0,
            expiring: 0,
            low: VecDeque::new(),
            resetting: BTreeSet::new(),
            sent: BinaryHeap::new(),
        }
    }

    pub(super) fn push(
        &mut self,
        now: Instant,
        id: StreamId,
        (ppid, payload): (Ppid, Bytes),
        options: &SendOptions,
    ) -> Result<(), Rejected> {
        if self.is_resetting(id) {
            return Err(Rejected::Resetting);
        }
        let message = Queued {
            payload,
            ppid,
            unordered: options.unordered,
            uncounted: options.uncounted,
            expires: options.lifetime.map(|lifetime| now + lifetime),
            max_retransmits: options.max_retransmits,
        };
        let (len, counted) = (message.payload.len(), counted(message.payload.len(), message.uncounted));
        self.waiting += len;
        self.buffered += counted;
        self.cost += message.cost();
        self.expiring += usize::from(message.expires.is_some());
        let stream = self.streams.entry(id).or_default();
        stream.waiting += len;
        stream.buffered += counted;
        stream.queue.push_back(message);
        if stream.queue.len() == 1 {
            self.activate(id);
        }
        Ok(())
    }

    /// Whether no message waits to be begun.
    pub(super) fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// Whether no message that waits to be begun has a lifetime.
    pub(super) fn is_patient(&self) -> bool {
        self.expiring == 0
    }

    /// Whether nothing waits, not even the rest of a message.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Bytes of all streams not yet handed to a packet.
    pub(crate) fn total_buffered(&self) -> usize {
        self.buffered
    }

    /// Bytes that the messages cost that have not been begun.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    pub(crate) fn buffered(&self, stream: StreamId) -> usize {
        self.streams.get(&stream).map_or(0, |stream| stream.buffered)
    }

    pub(crate) fn set_low_threshold(&mut self, stream: StreamId, bytes: usize) {
        self.streams.entry(stream).or_default().low_threshold = bytes;
    }

    pub(crate) fn set_weight(&mut self, stream: StreamId, weight: u16) {
        self.streams.entry(stream).or_default().weight = weight.max(1);
    }

    /// Whether a stream takes no messages because it is being reset.
    pub(crate) fn is_resetting(&self, stream: StreamId) -> bool {
        self.resetting.contains(&stream)
    }

    /// Takes no more for a stream. [`Self::next_drained`] says when what it has is acknowledged.
    pub(crate) fn begin_reset(&mut self, id: StreamId) {
        if !self.resetting.insert(id) {
            return;
        }
        match self.streams.get(&id) {
            Some(stream) if stream.waiting > 0 => {}
            stream => self.sent.push(Reverse((stream.map_or(0, |stream| stream.sent_to), id))),
        }
    }

    /// Takes a stream that is to be reset and of which all chunks have left, the first that has not being number `first`.
    pub(super) fn next_drained(&mut self, first: u64) -> Option<StreamId> {
        let Reverse((sent_to, _)) = self.sent.peek()?;
        if *sent_to > first {
            return None;
        }
        self.sent.pop().map(|Reverse((_, id))| id)
    }

    /// Nobody asks for the streams any more that are to be reset.
    pub(crate) fn forget_drained(&mut self) {
        self.sent.clear();
    }

    /// The reset is over; after a successful one, the stream is as if it had never been used.
    pub(crate) fn end_reset(&mut self, id: StreamId, successful: bool) {
        self.resetting.remove(&id);
        if successful && self.streams.get(&id).is_some_and(|stream| stream.waiting == 0) {
            self.streams.remove(&id);
        }
    }

    /// Drops what waits on streams from `count` on: the peer allows no more. A message that has been begun is carried to
    /// its end, and the peer says of it that there is no such stream.
    pub(crate) fn limit_streams(&mut self, count: u16) {
        if self.streams.last_key_value().is_none_or(|(id, _)| id.0 < count) {
            return;
        }
        for (id, mut stream) in self.streams.split_off(&StreamId(count)) {
            for message in stream.queue.drain(..) {
                let len = message.payload.len();
                self.waiting -= len;
                self.buffered -= counted(len, message.uncounted);
                self.cost -= message.cost();
                self.expiring -= usize::from(message.expires.is_some());
                stream.waiting -= len;
                stream.buffered -= counted(len, message.uncounted);
            }
            if stream.waiting > 0 {
                self.streams.insert(id, stream);
            } else if self.is_resetting(id) {
                self.sent.push(Reverse((stream.sent_to, id)));
            }
        }
        self.active.retain(|Reverse((_, id))| id.0 < count);
    }

    /// The next stream that fell to its threshold.
    pub(super) fn poll_low(&mut self) -> Option<StreamId> {
        self.low.pop_front()
    }

    /// The message whose turn it is.
    pub(super) fn peek(&self) -> Option<(StreamId, &Queued)> {
        let Reverse((_, id)) = self.active.peek()?;
        Some((*id, self.streams.get(id)?.queue.front()?))
    }

    /// Takes the message whose turn it is; its bytes stay counted until they are handed to packets.
    pub(super) fn pop(&mut self) -> Option<(StreamId, Queued, Serial16)> {
        let Reverse((finish, id)) = self.active.pop()?;
        self.virtual_time = finish;
        let stream = self.streams.get_mut(&id)?;
        let message = take_front(&mut stream.queue)?;
        self.cost -= message.cost();
        self.expiring -= usize::from(message.expires.is_some());
        let ssn = stream.next_ssn;
        if !stream.queue.is_empty() {
            self.activate(id);
        }
        Some((id, message, ssn))
    }

    /// Assigns the sequence number that [`Self::pop`] has shown.
    pub(super) fn use_ssn(&mut self, stream: StreamId) {
        if let Some(stream) = self.streams.get_mut(&stream) {
            stream.next_ssn = stream.next_ssn.next();
        }
    }

    /// Bytes of a stream are no longer buffered: handed to a packet, or given up.
    pub(super) fn release(&mut self, released: Released) {
        let (id, counted) = (released.stream, counted(released.bytes, released.uncounted));
        self.waiting -= released.bytes;
        self.buffered -= counted;
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let before = stream.buffered;
        stream.waiting -= released.bytes;
        stream.buffered -= counted;
        stream.sent_to = released.sent_to.unwrap_or(stream.sent_to);
        if before > stream.low_threshold && stream.buffered <= stream.low_threshold {
            self.low.push_back(id);
        }
        if stream.waiting == 0 && !self.resetting.is_empty() && self.resetting.contains(&id) {
            self.sent.push(Reverse((stream.sent_to, id)));
        }
    }

    /// Gives a stream its place in the order, by the message at its head.
    fn activate(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let Some(message) = stream.queue.front() else { return };
        let cost = self.scheduler.cost(message.payload.len(), stream.weight);
        stream.finish = stream.finish.max(self.virtual_time).saturating_add(cost);
        self.active.push(Reverse((stream.finish, id)));
    }
}

/// The bytes that the user hears of.
const fn counted(bytes: usize, uncounted: bool) -> usize {
    if uncounted { 0 } else { bytes }
}
