//! Chunks that have a TSN and are not yet acknowledged cumulatively, and the messages that they are parts of.

use alloc::collections::VecDeque;

use base::{Instant, Serial16, Serial32, take_front_but};
use bytes::Bytes;

use super::chunk_len;
use super::queue::Released;
use super::slow_start::Moment;
use crate::config::{CHUNK_COST, MESSAGE_KEPT_COST};
use crate::ranges::Ranges;
use crate::wire::{Data, DataFlags};
use crate::{Ppid, StreamId};

/// Chunks and messages for which room is kept when they have left.
const KEPT: usize = 64;

/// What is known about a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ChunkState(u8);

impl ChunkState {
    /// A gap block has acknowledged it.
    pub(super) const ACKED: Self = Self(1);
    /// It is to be sent again.
    pub(super) const MARKED: Self = Self(2);
    /// Its message has been given up on.
    pub(super) const ABANDONED: Self = Self(4);
    /// It has had its fast retransmission.
    pub(super) const FAST: Self = Self(8);

    pub(super) const fn has(self, state: Self) -> bool {
        self.0 & state.0 != 0
    }

    /// Whether the network has it, as far as we know.
    const fn is_in_flight(self) -> bool {
        self.0 & (Self::ACKED.0 | Self::MARKED.0 | Self::ABANDONED.0) == 0
    }

    /// Whether reports that it is missing count.
    const fn is_watched(self) -> bool {
        self.is_in_flight() && !self.has(Self::FAST)
    }

    fn set(&mut self, state: Self, on: bool) {
        if on {
            self.0 |= state.0;
        } else {
            self.0 &= !state.0;
        }
    }
}

/// A chunk: a piece of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// The number of its message.
    pub(super) message: u32,
    pub(super) offset: u32,
    pub(super) len: u16,
    /// When it was sent first.
    pub(super) sent: Moment,
    /// How often it was sent.
    pub(super) transmissions: u16,
    /// How often a SACK has reported it missing.
    pub(super) missing: u8,
    pub(super) flags: DataFlags,
    state: ChunkState,
}

impl Chunk {
    pub(super) const fn new(message: u32, offset: u32, len: u16, flags: DataFlags) -> Self {
        Self {
            message,
            offset,
            len,
            sent: Moment::ZERO,
            transmissions: 1,
            missing: 0,
            flags,
            state: ChunkState(0),
        }
    }

    pub(super) const fn sent_at(self, sent: Moment) -> Self {
        Self { sent, ..self }
    }

    /// Bytes in a packet.
    pub(super) const fn size(&self) -> usize {
        chunk_len(self.len as usize)
    }

    pub(super) const fn state(&self) -> ChunkState {
        self.state
    }
}

/// A message of which something has been sent.
#[derive(Debug)]
pub(super) struct OutMessage {
    pub(super) payload: Bytes,
    pub(super) stream: StreamId,
    pub(super) ssn: Serial16,
    pub(super) ppid: Ppid,
    pub(super) unordered: bool,
    pub(super) uncounted: bool,
    pub(super) expires: Option<Instant>,
    pub(super) max_retransmits: Option<u16>,
    pub(super) first_tsn: Serial32,
    /// Bytes that have been given a TSN.
    pub(super) sent: usize,
    /// Nothing more of it will be given a TSN.
    pub(super) complete: bool,
    pub(super) abandoned: bool,
}

impl OutMessage {
    /// Whether its lifetime is over (RFC 3758 §4, TR2). One of no time at all lasts for the instant that it begins in.
    pub(super) fn is_expired(&self, now: Instant) -> bool {
        is_over(self.expires, now)
    }

    /// What of it has not been given a TSN.
    pub(super) const fn rest(&self) -> Released {
        let bytes = self.payload.len() - self.sent;
        Released { stream: self.stream, bytes, uncounted: self.uncounted, sent_to: None }
    }

    /// Whether it may be given up on (RFC 3758 §4).
    pub(super) const fn is_partially_reliable(&self) -> bool {
        self.expires.is_some() || self.max_retransmits.is_some()
    }
}

/// Whether a lifetime that ends at `expires` is over.
pub(super) fn is_over(expires: Option<Instant>, now: Instant) -> bool {
    expires.is_some_and(|expires| expires < now)
}

/// The chunks by TSN and their messages by number, both in the order in which they were sent.
///
/// Chunks have places, counted from the first that is there, and numbers, counted from the first that ever was. Sets of them
/// are kept by number, as ranges: nothing has to go through all chunks to find the few that matter, nor be told when the
/// first of them leave.
#[derive(Debug, Default)]
pub(super) struct Ring {
    first_tsn: Serial32,
    /// The number of the first chunk.
    first: u64,
    chunks: VecDeque<Chunk>,
    acked: Ranges,
    marked: Ranges,
    /// How many chunks are marked.
    marked_count: usize,
    /// Those below `fresh_from` of which missing reports count.
    watched: Ranges,
    /// From here on, chunks have been sent once, and nothing has been heard of them.
    fresh_from: u64,
    messages: VecDeque<OutMessage>,
    first_message: u32,
    /// Bytes of their payloads.
    payload: usize,
    in_flight: usize,
    in_flight_payload: usize,
}

impl Ring {
    pub(super) fn start(&mut self, initial_tsn: Serial32) {
        self.first_tsn = initial_tsn;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.chunks.len()
    }

    /// The first TSN that is not acknowledged cumulatively.
    pub(super) fn first_tsn(&self) -> Serial32 {
        self.first_tsn
    }

    /// The TSN of the next new chunk.
    pub(super) fn next_tsn(&self) -> Serial32 {
        self.tsn(self.chunks.len())
    }

    /// The TSN of a place.
    pub(super) fn tsn(&self, at: usize) -> Serial32 {
        self.first_tsn + u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The place of a TSN.
    pub(super) fn position(&self, tsn: Serial32) -> Option<usize> {
        let at = self.first_tsn.distance_to(tsn) as usize;
        (at < self.chunks.len()).then_some(at)
    }

    /// The number of the chunk at a place.
    pub(super) fn number(&self, at: usize) -> u64 {
        self.first + at as u64
    }

    /// The place of the chunk with a number, or the first place if it has left.
    pub(super) fn place(&self, number: u64) -> usize {
        usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }

    /// The number of the next new chunk.
    pub(super) fn end(&self) -> u64 {
        self.number(self.chunks.len())
    }

    /// Bytes of chunks in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Bytes of user data in flight.
    pub(super) fn in_flight_payload(&self) -> usize {
        self.in_flight_payload
    }

    /// How many chunks are to be sent again.
    pub(super) fn marked(&self) -> usize {
        self.marked_count
    }

    pub(super) fn chunk(&self, at: usize) -> Option<&Chunk> {
        self.chunks.get(at)
    }

    pub(super) fn chunk_mut(&mut self, at: usize) -> Option<&mut Chunk> {
        self.chunks.get_mut(at)
    }

    /// The message with a number.
    pub(super) fn message(&self, number: u32) -> Option<&OutMessage> {
        self.messages.get(number.wrapping_sub(self.first_message) as usize)
    }

    pub(super) fn message_mut(&mut self, number: u32) -> Option<&mut OutMessage> {
        self.messages.get_mut(number.wrapping_sub(self.first_message) as usize)
    }

    /// The number of the message that has been begun and not finished.
    pub(super) fn current(&self) -> Option<u32> {
        let message = self.messages.back()?;
        (!message.complete).then(|| self.last_number())
    }

    /// Bytes of what is kept here, with what it costs.
    pub(super) fn cost(&self) -> usize {
        self.payload + self.messages.len() * MESSAGE_KEPT_COST + self.chunks.len() * CHUNK_COST
    }

    /// Lets go of the bytes of a message that is not sent again.
    pub(super) fn drop_payload(&mut self, number: u32) {
        if let Some(message) = self.message_mut(number) {
            let payload = core::mem::take(&mut message.payload);
            message.sent = 0;
            self.payload -= payload.len();
        }
    }

    /// Begins a message.
    pub(super) fn begin(&mut self, message: OutMessage) -> u32 {
        self.payload += message.payload.len();
        self.messages.push_back(message);
        self.last_number()
    }

    fn last_number(&self) -> u32 {
        let count = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        self.first_message.wrapping_add(count.wrapping_sub(1))
    }

    /// Appends a chunk that is being sent.
    pub(super) fn push(&mut self, chunk: Chunk) {
        self.in_flight += chunk.size();
        self.in_flight_payload += usize::from(chunk.len);
        self.chunks.push_back(chunk);
    }

    /// Appends a chunk that never leaves: the missing end of an abandoned message.
    pub(super) fn push_placeholder(&mut self, message: u32, flags: DataFlags) {
        let mut chunk = Chunk::new(message, 0, 0, flags);
        chunk.state = ChunkState::ABANDONED;
        self.watch(self.end(), false);
        self.chunks.push_back(chunk);
    }

    /// Removes the first chunk as acknowledged, and its message with the last of its chunks. Returns it as it was.
    pub(super) fn pop(&mut self) -> Option<Chunk> {
        let chunk = take_front_but(&mut self.chunks, KEPT)?;
        if chunk.state.is_in_flight() {
            self.in_flight -= chunk.size();
            self.in_flight_payload -= usize::from(chunk.len);
        }
        self.marked_count -= usize::from(chunk.state.has(ChunkState::MARKED));
        self.first_tsn = self.first_tsn.next();
        self.first += 1;
        for ranges in [&mut self.acked, &mut self.marked, &mut self.watched] {
            if !ranges.is_empty() {
                ranges.forget_below(self.first);
            }
        }
        if chunk.flags.has(DataFlags::END) {
            let message = take_front_but(&mut self.messages, KEPT);
            self.payload -= message.map_or(0, |message| message.payload.len());
            self.first_message = self.first_message.wrapping_add(1);
        }
        Some(chunk)
    }

    /// Changes what is known about a chunk, and the sums and sets with it. Returns its size if it was in flight.
    pub(super) fn update(&mut self, at: usize, state: ChunkState, on: bool) -> Option<usize> {
        let number = self.number(at);
        let chunk = self.chunks.get_mut(at)?;
        let before = chunk.state;
        chunk.state.set(state, on);
        if state != ChunkState::MARKED && on {
            chunk.state.set(ChunkState::MARKED, false);
        }
        let after = chunk.state;
        let (size, len) = (chunk.size(), usize::from(chunk.len));
        match (before.is_in_flight(), after.is_in_flight()) {
            (true, false) => {
                self.in_flight -= size;
                self.in_flight_payload -= len;
            }
            (false, true) => {
                self.in_flight += size;
                self.in_flight_payload += len;
            }
            _ => {}
        }
        if before.has(ChunkState::MARKED) != after.has(ChunkState::MARKED) {
            let marked = after.has(ChunkState::MARKED);
            self.marked_count = if marked { self.marked_count + 1 } else { self.marked_count - 1 };
            set(&mut self.marked, number, marked);
        }
        if state == ChunkState::ACKED {
            set(&mut self.acked, number, on);
        }
        if before.is_watched() != after.is_watched() {
            self.watch(number, after.is_watched());
        }
        before.is_in_flight().then_some(size)
    }

    /// Says whether missing reports of a chunk count.
    fn watch(&mut self, number: u64, on: bool) {
        if number >= self.fresh_from {
            self.watched.insert(self.fresh_from.max(self.first)..number + 1);
            self.fresh_from = number + 1;
        }
        set(&mut self.watched, number, on);
    }

    /// The first chunk that is to be sent again.
    pub(super) fn next_marked(&self) -> Option<usize> {
        if self.marked_count == 0 {
            return None;
        }
        self.marked.next_in(self.first..self.end()).map(|range| self.place(range.start))
    }

    /// The next chunk at or after `from` of which missing reports count.
    pub(super) fn next_watched(&self, from: usize) -> Option<usize> {
        let from = self.number(from);
        let watched = self.watched.next_in(from..self.fresh_from.max(from)).map(|range| range.start);
        let next = watched.unwrap_or_else(|| from.max(self.fresh_from));
        (next < self.end()).then(|| self.place(next))
    }

    /// The next chunk at or after `from` that a gap block has acknowledged, or has not.
    pub(super) fn find_acked(&self, acked: bool, from: usize) -> Option<usize> {
        let within = self.number(from)..self.end();
        let next = if acked { self.acked.next_in(within) } else { self.acked.next_missing(within) };
        next.map(|range| self.place(range.start))
    }

    /// A chunk as it stands in a packet.
    pub(super) fn data(&self, at: usize) -> Option<Data<'_>> {
        let chunk = self.chunks.get(at)?;
        let message = self.message(chunk.message)?;
        let start = chunk.offset as usize;
        Some(Data {
            flags: chunk.flags,
            tsn: self.tsn(at),
            stream: message.stream,
            ssn: message.ssn,
            ppid: message.ppid,
            payload: message.payload.get(start..start + usize::from(chunk.len))?,
        })
    }
}

fn set(ranges: &mut Ranges, number: u64, on: bool) {
    let one = number..number + 1;
    if on { ranges.insert(one) } else { ranges.remove(one) }
}
