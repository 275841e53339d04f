//! Chunks that have arrived beyond a gap, by TSN.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use base::{Serial16, Serial32};
use bytes::Bytes;

use super::cost;
use crate::ranges::Ranges;
use crate::wire::{Data, DataFlags, GapBlock};
use crate::{Message, Ppid, StreamId};

/// Bytes that a range of TSNs costs, however many they are.
pub(super) const RANGE_COST: usize = 48;

/// A chunk without its TSN, which its place says.
#[derive(Debug)]
pub(super) struct HeldChunk {
    flags: DataFlags,
    stream: StreamId,
    ssn: Serial16,
    ppid: Ppid,
    payload: Box<[u8]>,
    /// At both ends of a run: how many fragments the run has.
    run: u64,
}

impl HeldChunk {
    pub(super) fn as_data(&self, tsn: Serial32) -> Data<'_> {
        Data {
            flags: self.flags,
            tsn,
            stream: self.stream,
            ssn: self.ssn,
            ppid: self.ppid,
            payload: &self.payload,
        }
    }
}

/// Neighbouring fragments of one message, from its beginning to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The first TSN.
    pub(super) first: Serial32,
    at: u64,
    len: u64,
}

/// What a run turned out to be.
#[derive(Debug)]
pub(super) enum Taken {
    Message(Message, Serial16),
    /// Its fragments contradict each other.
    Inconsistent,
    Oversized {
        unordered: bool,
        stream: StreamId,
        ssn: Serial16,
    },
}

/// What is known beyond the cumulative TSN: place 0 is the TSN after it.
///
/// It takes room and steps for what has arrived, and none for what is missing. TSNs are numbered without wrapping, from the
/// first of the association on.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The number of place 0.
    first: u64,
    /// What has arrived, also where it is part of a message that has been delivered already.
    arrived: Ranges,
    chunks: BTreeMap<u64, HeldChunk>,
    bytes: usize,
}

impl Held {
    /// Whether nothing has arrived beyond the cumulative TSN.
    pub(super) fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }

    /// Bytes held, with what they cost.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.arrived.count() * RANGE_COST
    }

    pub(super) fn is_received(&self, at: u32) -> bool {
        self.arrived.contains(self.number(at))
    }

    /// The gap blocks: what has arrived, as distances from the cumulative TSN.
    pub(super) fn gaps(&self) -> impl Iterator<Item = GapBlock> + '_ {
        self.arrived.iter().map_while(|range| {
            let start = u16::try_from(range.start - self.first + 1).ok()?;
            Some(GapBlock { start, end: u16::try_from(range.end - self.first).ok()? })
        })
    }

    /// Holds a chunk at a place that is missing. Returns the run that it completes, if it does.
    pub(super) fn insert(&mut self, at: u32, data: &Data<'_>) -> Option<Run> {
        let at = self.number(at);
        let run = self.run_around(at, data);
        let chunk = HeldChunk {
            flags: data.flags,
            stream: data.stream,
            ssn: data.ssn,
            ppid: data.ppid,
            payload: data.payload.into(),
            run: run.len,
        };
        self.bytes += cost(data.payload.len());
        self.arrived.insert(at..at + 1);
        self.chunks.insert(at, chunk);
        let last = run.at + run.len - 1;
        for end in [run.at, last] {
            if let Some(chunk) = self.chunks.get_mut(&end) {
                chunk.run = run.len;
            }
        }
        let begins = self.chunks.get(&run.at)?.flags.has(DataFlags::BEGIN);
        let ends = self.chunks.get(&last)?.flags.has(DataFlags::END);
        (begins && ends).then_some(run)
    }

    /// Notes that a TSN has arrived, and holds nothing.
    pub(super) fn insert_delivered(&mut self, at: u32) {
        let at = self.number(at);
        self.arrived.insert(at..at + 1);
    }

    /// The run that a fragment at `at` would be part of.
    fn run_around(&self, at: u64, data: &Data<'_>) -> Run {
        let mut run = Run { first: data.tsn, at, len: 1 };
        if !data.flags.has(DataFlags::BEGIN)
            && let Some(left) = at.checked_sub(1).and_then(|left| self.chunks.get(&left))
            && !left.flags.has(DataFlags::END)
        {
            run.at -= left.run;
            run.len += left.run;
            // A run is no longer than the window, which TSNs can tell apart.
            run.first = data.tsn - u32::try_from(left.run).unwrap_or(u32::MAX);
        }
        if !data.flags.has(DataFlags::END)
            && let Some(right) = self.chunks.get(&(at + 1))
            && !right.flags.has(DataFlags::BEGIN)
        {
            run.len += right.run;
        }
        run
    }

    /// Makes a message of a complete run.
    pub(super) fn take_run(&mut self, run: Run, max_message_size: usize) -> Taken {
        let mut chunks: Vec<HeldChunk> = (run.at..run.at + run.len).filter_map(|at| self.take(at)).collect();
        let Some(first) = chunks.first() else { return Taken::Inconsistent };
        let (stream, ssn, ppid) = (first.stream, first.ssn, first.ppid);
        let unordered = first.flags.has(DataFlags::UNORDERED);
        let of_one_message = |chunk: &HeldChunk| {
            chunk.stream == stream
                && chunk.flags.has(DataFlags::UNORDERED) == unordered
                // The number of an unordered message means nothing (RFC 9260 §3.3.1).
                && (unordered || chunk.ssn == ssn)
        };
        if !chunks.iter().all(of_one_message) {
            return Taken::Inconsistent;
        }
        let len = chunks.iter().map(|chunk| chunk.payload.len()).sum();
        if len > max_message_size {
            return Taken::Oversized { unordered, stream, ssn };
        }
        let payload = match chunks.pop() {
            Some(only) if chunks.is_empty() => Bytes::from(only.payload),
            last => {
                let mut payload = Vec::with_capacity(len);
                chunks.iter().chain(&last).for_each(|chunk| payload.extend_from_slice(&chunk.payload));
                Bytes::from(payload)
            }
        };
        Taken::Message(Message { stream, ppid, unordered, payload }, ssn)
    }

    /// How many places have arrived from place 0 on.
    pub(super) fn in_sequence(&self) -> u32 {
        let first = self.arrived.first().filter(|range| range.start == self.first);
        first.map_or(0, |range| u32::try_from(range.end - range.start).unwrap_or(u32::MAX))
    }

    /// The first places leave the window: they are part of the sequence. Their chunks are taken by
    /// [`pop_left`](Self::pop_left).
    pub(super) fn advance(&mut self, count: u32) {
        let from = self.first;
        self.first += u64::from(count);
        if !self.arrived.is_empty() {
            self.arrived.remove(from..self.first);
        }
    }

    /// The next chunk that has left the window, and how many TSNs after it the window begins.
    pub(super) fn pop_left(&mut self) -> Option<(HeldChunk, u32)> {
        let entry = self.chunks.first_entry().filter(|entry| *entry.key() < self.first)?;
        let behind = self.first - *entry.key() - 1;
        let chunk = entry.remove();
        self.bytes -= cost(chunk.payload.len());
        Some((chunk, u32::try_from(behind).unwrap_or(u32::MAX)))
    }

    fn take(&mut self, at: u64) -> Option<HeldChunk> {
        let chunk = self.chunks.remove(&at)?;
        self.bytes -= cost(chunk.payload.len());
        Some(chunk)
    }

    fn number(&self, at: u32) -> u64 {
        self.first + u64::from(at)
    }
}
