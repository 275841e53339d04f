//! Messages that wait for their turn, and whose turn it is (RFC 8260 §3, RFC 8831 §6.4).

use alloc::collections::{BinaryHeap, VecDeque};
use core::cmp::Reverse;

use base::{Instant, Serial16, Serial32};
use bytes::Bytes;

use crate::config::Config;
use crate::stream_table::StreamTable;
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
    pub(super) expires: Option<Instant>,
    pub(super) max_retransmits: Option<u16>,
}

/// An outgoing stream.
#[derive(Debug)]
struct Stream {
    queue: VecDeque<Queued>,
    next_ssn: Serial16,
    /// Bytes not yet handed to a packet, those of the message under way included.
    buffered: usize,
    low_threshold: usize,
    weight: u16,
    /// It is being reset: nothing new is taken.
    resetting: bool,
    /// Its place in the virtual time of the scheduler.
    finish: u64,
    /// The last TSN that carried its data.
    last_tsn: Option<Serial32>,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            next_ssn: Serial16(0),
            buffered: 0,
            low_threshold: 0,
            weight: DEFAULT_WEIGHT,
            resetting: false,
            finish: 0,
            last_tsn: None,
        }
    }
}

/// The streams and their messages.
#[derive(Debug)]
pub(crate) struct Queues {
    streams: StreamTable<Stream>,
    /// Streams with something to begin, by virtual finishing time: an idle stream costs nothing.
    active: BinaryHeap<Reverse<(u64, StreamId)>>,
    virtual_time: u64,
    scheduler: &'static dyn Scheduler,
    /// Bytes of all streams.
    buffered: usize,
    limit: usize,
    /// Streams that fell to their threshold.
    low: VecDeque<StreamId>,
}

impl Queues {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            streams: StreamTable::default(),
            active: BinaryHeap::new(),
            virtual_time: 0,
            scheduler: config.scheduler,
            buffered: 0,
            limit: config.send_buffer,
            low: VecDeque::new(),
        }
    }

    /// Drops all messages and begins all streams anew; priorities and thresholds stay.
    pub(super) fn restart(&mut self) {
        for (_, stream) in self.streams.iter_mut() {
            *stream =
                Stream { low_threshold: stream.low_threshold, weight: stream.weight, ..Stream::default() };
        }
        self.active.clear();
        self.virtual_time = 0;
        self.buffered = 0;
    }

    pub(super) fn push(
        &mut self,
        now: Instant,
        id: StreamId,
        (ppid, payload): (Ppid, Bytes),
        options: &SendOptions,
    ) -> Result<(), Rejected> {
        let len = payload.len();
        if self.limit.saturating_sub(self.buffered) < len {
            return Err(Rejected::Full);
        }
        let stream = self.streams.entry(id).ok_or(Rejected::Full)?;
        if stream.resetting {
            return Err(Rejected::Resetting);
        }
        stream.buffered += len;
        self.buffered += len;
        stream.queue.push_back(Queued {
            payload,
            ppid,
            unordered: options.unordered,
            expires: options.lifetime.map(|lifetime| now + lifetime),
            max_retransmits: options.max_retransmits,
        });
        if stream.queue.len() == 1 {
            self.activate(id);
        }
        Ok(())
    }

    /// Whether no message waits to be begun.
    pub(super) fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// Whether nothing waits, not even the rest of a message.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffered == 0
    }

    /// Bytes of all streams not yet handed to a packet.
    pub(crate) fn total_buffered(&self) -> usize {
        self.buffered
    }

    pub(crate) fn buffered(&self, stream: StreamId) -> usize {
        self.streams.get(stream).map_or(0, |stream| stream.buffered)
    }

    pub(crate) fn set_low_threshold(&mut self, stream: StreamId, bytes: usize) {
        if let Some(stream) = self.streams.entry(stream) {
            stream.low_threshold = bytes;
        }
    }

    pub(crate) fn set_weight(&mut self, stream: StreamId, weight: u16) {
        if let Some(stream) = self.streams.entry(stream) {
            stream.weight = weight.max(1);
        }
    }

    /// Whether a stream takes no messages because it is being reset.
    pub(crate) fn is_resetting(&self, stream: StreamId) -> bool {
        self.streams.get(stream).is_some_and(|stream| stream.resetting)
    }

    pub(crate) fn begin_reset(&mut self, stream: StreamId) {
        if let Some(stream) = self.streams.entry(stream) {
            stream.resetting = true;
        }
    }

    /// The reset is over; after a successful one, sequence numbers begin anew.
    pub(crate) fn end_reset(&mut self, stream: StreamId, successful: bool) {
        if let Some(stream) = self.streams.entry(stream) {
            stream.resetting = false;
            if successful {
                stream.next_ssn = Serial16(0);
            }
        }
    }

    /// Drops what waits on streams from `count` on: the peer allows no more. A message that has been begun is carried to
    /// its end, and the peer says of it that there is no such stream.
    pub(crate) fn limit_streams(&mut self, count: u16) {
        for (_, stream) in self.streams.iter_mut().filter(|(id, _)| id.0 >= count) {
            let waiting: usize = stream.queue.drain(..).map(|message| message.payload.len()).sum();
            self.buffered -= waiting;
            stream.buffered -= waiting;
        }
        self.active.retain(|Reverse((_, id))| id.0 < count);
    }

    /// The last TSN that carried data of a stream.
    pub(super) fn last_tsn(&self, stream: StreamId) -> Option<Serial32> {
        self.streams.get(stream)?.last_tsn
    }

    /// The next stream that fell to its threshold.
    pub(crate) fn poll_low(&mut self) -> Option<StreamId> {
        self.low.pop_front()
    }

    /// The message whose turn it is.
    pub(super) fn peek(&self) -> Option<(StreamId, &Queued)> {
        let Reverse((_, id)) = self.active.peek()?;
        Some((*id, self.streams.get(*id)?.queue.front()?))
    }

    /// Takes the message whose turn it is; its bytes stay counted until they are handed to packets.
    pub(super) fn pop(&mut self) -> Option<(StreamId, Queued, Serial16)> {
        let Reverse((finish, id)) = self.active.pop()?;
        self.virtual_time = finish;
        let stream = self.streams.get_mut(id)?;
        let message = stream.queue.pop_front()?;
        let ssn = stream.next_ssn;
        if !stream.queue.is_empty() {
            self.activate(id);
        }
        Some((id, message, ssn))
    }

    /// Assigns the sequence number that [`Self::pop`] has shown.
    pub(super) fn use_ssn(&mut self, stream: StreamId) {
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.next_ssn = stream.next_ssn.next();
        }
    }

    /// Bytes of a stream are no longer buffered: handed to a packet with this TSN, or given up.
    pub(super) fn release(&mut self, id: StreamId, bytes: usize, tsn: Option<Serial32>) {
        self.buffered -= bytes;
        let Some(stream) = self.streams.get_mut(id) else { return };
        let before = stream.buffered;
        stream.buffered -= bytes;
        stream.last_tsn = tsn.or(stream.last_tsn);
        if before > stream.low_threshold && stream.buffered <= stream.low_threshold {
            self.low.push_back(id);
        }
    }

    /// Gives a stream its place in the order, by the message at its head.
    fn activate(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else { return };
        let Some(message) = stream.queue.front() else { return };
        let cost = self.scheduler.cost(message.payload.len(), stream.weight);
        stream.finish = stream.finish.max(self.virtual_time).saturating_add(cost);
        self.active.push(Reverse((stream.finish, id)));
    }
}
