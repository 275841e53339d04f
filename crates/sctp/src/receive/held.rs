//! Chunks that have arrived beyond a gap, by TSN.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use base::{Serial16, Serial32};
use bytes::Bytes;

use super::cost;
use crate::bit_ring::BitRing;
use crate::wire::{Data, DataFlags, GapBlock};
use crate::{Message, Ppid, StreamId};

/// A chunk without its TSN, which its place says.
#[derive(Debug)]
pub(super) struct HeldChunk {
    flags: DataFlags,
    stream: StreamId,
    ssn: Serial16,
    ppid: Ppid,
    payload: Bytes,
    /// At both ends of a run: how many fragments the run has.
    run: usize,
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

/// What is known about a TSN beyond the cumulative one.
#[derive(Debug)]
pub(super) enum Slot {
    Missing,
    /// It was part of a message that has been delivered already.
    Delivered,
    Held(Box<HeldChunk>),
}

/// Neighbouring fragments of one message, from its beginning to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The first TSN.
    pub(super) first: Serial32,
    at: usize,
    len: usize,
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

/// The window beyond the cumulative TSN: place 0 is the TSN after it.
#[derive(Debug, Default)]
pub(super) struct Held {
    slots: VecDeque<Slot>,
    received: BitRing,
    bytes: usize,
}

impl Held {
    /// Whether nothing has arrived beyond the cumulative TSN.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes held, with what they cost.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_received(&self, at: usize) -> bool {
        self.received.get(at)
    }

    /// The gap blocks: places count from 0, blocks from 1.
    pub(super) fn gaps(&self) -> impl Iterator<Item = GapBlock> + '_ {
        let mut from = 0;
        core::iter::from_fn(move || {
            let start = self.received.find(true, from)?;
            from = self.received.find(false, start).unwrap_or(self.slots.len());
            Some(GapBlock { start: u16::try_from(start + 1).ok()?, end: u16::try_from(from).ok()? })
        })
    }

    /// Holds a chunk at a place that is missing. Returns the run that it completes, if it does.
    pub(super) fn insert(&mut self, at: usize, data: &Data<'_>) -> Option<Run> {
        self.extend_to(at);
        let run = self.run_around(at, data.flags);
        let chunk = HeldChunk {
            flags: data.flags,
            stream: data.stream,
            ssn: data.ssn,
            ppid: data.ppid,
            payload: Bytes::copy_from_slice(data.payload),
            run: run.len,
        };
        self.bytes += cost(data.payload.len());
        self.received.set(at, true);
        *self.slots.get_mut(at)? = Slot::Held(Box::new(chunk));
        let last = run.at + run.len - 1;
        for end in [run.at, last] {
            if let Some(chunk) = self.chunk_mut(end) {
                chunk.run = run.len;
            }
        }
        let begins = self.chunk(run.at)?.flags.has(DataFlags::BEGIN);
        let ends = self.chunk(last)?.flags.has(DataFlags::END);
        let first = data.tsn - u32::try_from(at - run.at).ok()?;
        (begins && ends).then_some(Run { first, ..run })
    }

    /// Notes that a TSN has arrived, and holds nothing.
    pub(super) fn insert_delivered(&mut self, at: usize) {
        self.extend_to(at);
        if !self.received.get(at) {
            self.received.set(at, true);
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = Slot::Delivered;
            }
        }
    }

    fn extend_to(&mut self, at: usize) {
        while self.slots.len() <= at {
            self.slots.push_back(Slot::Missing);
            self.received.push_back();
        }
    }

    /// The run that a fragment at `at` would be part of.
    fn run_around(&self, at: usize, flags: DataFlags) -> Run {
        let mut run = Run { first: Serial32(0), at, len: 1 };
        if !flags.has(DataFlags::BEGIN)
            && let Some(left) = at.checked_sub(1).and_then(|left| self.chunk(left))
            && !left.flags.has(DataFlags::END)
        {
            run.at -= left.run;
            run.len += left.run;
        }
        if !flags.has(DataFlags::END)
            && let Some(right) = self.chunk(at + 1)
            && !right.flags.has(DataFlags::BEGIN)
        {
            run.len += right.run;
        }
        run
    }

    /// Makes a message of a complete run.
    pub(super) fn take_run(&mut self, run: Run, max_message_size: usize) -> Taken {
        let chunks: Vec<Box<HeldChunk>> = (run.at..run.at + run.len).filter_map(|at| self.take(at)).collect();
        let Some(first) = chunks.first() else { return Taken::Inconsistent };
        let (stream, ssn, ppid) = (first.stream, first.ssn, first.ppid);
        let unordered = first.flags.has(DataFlags::UNORDERED);
        let of_one_message = |chunk: &HeldChunk| {
            chunk.stream == stream
                && chunk.flags.has(DataFlags::UNORDERED) == unordered
                // The number of an unordered message means nothing (RFC 9260 §3.3.1).
                && (unordered || chunk.ssn == ssn)
        };
        if !chunks.iter().all(|chunk| of_one_message(chunk)) {
            return Taken::Inconsistent;
        }
        let len = chunks.iter().map(|chunk| chunk.payload.len()).sum();
        if len > max_message_size {
            return Taken::Oversized { unordered, stream, ssn };
        }
        let payload = if chunks.len() == 1 {
            first.payload.clone()
        } else {
            let mut payload = Vec::with_capacity(len);
            for chunk in &chunks {
                payload.extend_from_slice(&chunk.payload);
            }
            Bytes::from(payload)
        };
        Taken::Message(Message { stream, ppid, unordered, payload }, ssn)
    }

    /// Takes the first place, whatever it is.
    pub(super) fn pop_front(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_front()?;
        self.received.pop_front();
        if let Slot::Held(chunk) = &slot {
            self.bytes -= cost(chunk.payload.len());
        }
        Some(slot)
    }

    /// Takes the first place if its TSN has arrived.
    pub(super) fn pop_received(&mut self) -> Option<Slot> {
        if self.received.get(0) { self.pop_front() } else { None }
    }

    fn take(&mut self, at: usize) -> Option<Box<HeldChunk>> {
        match core::mem::replace(self.slots.get_mut(at)?, Slot::Delivered) {
            Slot::Held(chunk) => {
                self.bytes -= cost(chunk.payload.len());
                Some(chunk)
            }
            Slot::Missing | Slot::Delivered => None,
        }
    }

    fn chunk(&self, at: usize) -> Option<&HeldChunk> {
        match self.slots.get(at)? {
            Slot::Held(chunk) => Some(chunk),
            Slot::Missing | Slot::Delivered => None,
        }
    }

    fn chunk_mut(&mut self, at: usize) -> Option<&mut HeldChunk> {
        match self.slots.get_mut(at)? {
            Slot::Held(chunk) => Some(chunk),
            Slot::Missing | Slot::Delivered => None,
        }
    }
}
