//! Messages that wait for their turn, and whose turn it is (RFC 8260 §3, RFC 8831 §6.4).

use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use core::cmp::Reverse;

use base::{Instant, Serial16, take_front};
use bytes::Bytes;

use super::ring::is_over;
use crate::config::{Config, SEND_COST};
use crate::{Ppid, Scheduler, SendOptions, StreamId};

/// RFC 8831 §6.4: the priority "normal".
const DEFAULT_WEIGHT: u16 = 256;

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

impl Stream {
    fn use_ssn(&mut self) -> Serial16 {
        let ssn = self.next_ssn;
        self.next_ssn = ssn.next();
        ssn
    }
}

/// The place in line of a stream that has something to begin.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    /// The virtual time at which the message at its head would end.
    finish: u64,
    stream: StreamId,
    /// Bytes of that message.
    len: usize,
}

/// The streams with something to begin, by virtual finishing time: an idle stream costs nothing.
#[derive(Debug)]
struct Turns {
    line: BinaryHeap<Reverse<Turn>>,
    virtual_time: u64,
    scheduler: &'static dyn Scheduler,
}

impl Turns {
    /// The turn that is next.
    fn first(&self) -> Option<&Turn> {
        self.line.peek().map(|Reverse(turn)| turn)
    }

    /// Takes the turn that is next.
    fn take(&mut self) -> Option<StreamId> {
        let Reverse(turn) = self.line.pop()?;
        self.virtual_time = turn.finish;
        Some(turn.stream)
    }

    /// Gives a stream its place by the message at its head, if it has one.
    fn stand_in_line(&mut self, id: StreamId, stream: &mut Stream) {
        let Some(message) = stream.queue.front() else { return };
        let len = message.payload.len();
        let cost = self.scheduler.cost(len, stream.weight);
        stream.finish = stream.finish.max(self.virtual_time).saturating_add(cost);
        self.line.push(Reverse(Turn { finish: stream.finish, stream: id, len }));
    }
}

/// The streams and their messages.
///
/// A stream is looked up when a message is queued, when it is begun, and with each of its fragments.
#[derive(Debug)]
pub(crate) struct Queues {
    /// Streams that have been used since they were last reset.
    streams: BTreeMap<StreamId, Stream>,
    turns: Turns,
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
            turns: Turns { line: BinaryHeap::new(), virtual_time: 0, scheduler: config.scheduler },
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
    ) {
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
            self.turns.stand_in_line(id, stream);
        }
    }

    /// Whether no message waits to be begun.
    pub(super) fn is_idle(&self) -> bool {
        self.turns.line.is_empty()
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
        self.turns.line.retain(|Reverse(turn)| turn.stream.0 < count);
    }

    /// The next stream that fell to its threshold.
    pub(super) fn poll_low(&mut self) -> Option<StreamId> {
        self.low.pop_front()
    }

    /// Bytes of the message whose turn it is.
    pub(super) fn next_len(&self) -> Option<usize> {
        self.turns.first().map(|turn| turn.len)
    }

    /// Takes the message whose turn it is, with its sequence number, if it has one; its bytes stay counted until they are
    /// handed to packets.
    pub(super) fn pop(&mut self) -> Option<(StreamId, Queued, Serial16)> {
        let (id, stream, message) = self.take_next()?;
        let ssn = if message.unordered { Serial16(0) } else { stream.use_ssn() };
        Some((id, message, ssn))
    }

    /// Drops the message whose turn it is, if its lifetime is over. Returns whether it was.
    pub(super) fn drop_expired(&mut self, now: Instant) -> bool {
        if self.expiring == 0 {
            return false;
        }
        let next = self.turns.first().and_then(|turn| self.streams.get(&turn.stream)?.queue.front());
        if !next.is_some_and(|message| is_over(message.expires, now)) {
            return false;
        }
        if let Some((stream, _, message)) = self.take_next() {
            let (bytes, uncounted) = (message.payload.len(), message.uncounted);
            self.release(Released { stream, bytes, uncounted, sent_to: None });
        }
        true
    }

    /// Takes the message whose turn it is. Its stream stands in line again with what it has behind that.
    fn take_next(&mut self) -> Option<(StreamId, &mut Stream, Queued)> {
        let id = self.turns.take()?;
        let stream = self.streams.get_mut(&id)?;
        let message = take_front(&mut stream.queue)?;
        self.cost -= message.cost();
        self.expiring -= usize::from(message.expires.is_some());
        self.turns.stand_in_line(id, stream);
        Some((id, stream, message))
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
}

/// The bytes that the user hears of.
const fn counted(bytes: usize, uncounted: bool) -> usize {
    if uncounted { 0 } else { bytes }
}
