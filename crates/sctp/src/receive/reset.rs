//! Resets of incoming streams (RFC 6525 §5.2.2), in step with the data around them.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use base::{Serial32, take_front};

use super::Inbound;
use crate::StreamId;
use crate::wire::{Data, DataFlags};

/// How many resets may wait for the application before the peer has to wait, too.
const MAX_WAITING: usize = 64;
/// How many streams these may name.
const MAX_STREAMS_WAITING: usize = 65_536;

/// A reset that waits for the data before it (RFC 6525 §5.2.2, E2).
#[derive(Debug)]
struct Deferred {
    last_tsn: Serial32,
    streams: BTreeSet<StreamId>,
    /// It is about every stream.
    all: bool,
}

impl Deferred {
    fn is_about(&self, stream: StreamId) -> bool {
        self.all || self.streams.contains(&stream)
    }
}

/// What comes between two messages, so that the first is taken before it and the second after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Streams were reset; none stands for all.
    Reset(Vec<StreamId>),
    /// The association has begun anew, with so many outgoing and incoming streams.
    Restarted(u16, u16),
}

/// The resets that wait: for data, and for the application.
#[derive(Debug, Default)]
pub(super) struct Resets {
    deferred: Option<Deferred>,
    /// Carried out, each with the number of messages that come before it.
    waiting: VecDeque<(u64, Turn)>,
    /// How many streams these name.
    streams_waiting: usize,
    /// A deferred one has been carried out since this was last asked.
    done: bool,
}

impl Resets {
    /// The association begins anew; what was carried out before stays.
    pub(super) fn restart(&mut self) {
        self.deferred = None;
    }
}

impl Inbound {
    /// Resets streams as soon as everything up to `last_tsn` has arrived; no streams stand for all. Returns whether
    /// that is done.
    pub(crate) fn reset(&mut self, last_tsn: Serial32, streams: impl Iterator<Item = StreamId>) -> bool {
        let mut streams = streams.peekable();
        let deferred = self.resets.deferred.get_or_insert_with(|| Deferred {
            last_tsn,
            streams: BTreeSet::new(),
            all: false,
        });
        // The peer repeats itself under a new number, or adds to what it asked for.
        if last_tsn.is_after(deferred.last_tsn) {
            deferred.last_tsn = last_tsn;
        }
        if streams.peek().is_none() {
            deferred.all = true;
            deferred.streams.clear();
        } else if !deferred.all {
            deferred.streams.extend(streams);
        }
        self.check_deferred();
        // The answer goes out now; only a later one has to be announced.
        self.resets.done = false;
        self.resets.deferred.is_none()
    }

    /// Whether a deferred reset has been carried out since this was last asked.
    pub(crate) fn take_reset_done(&mut self) -> bool {
        core::mem::take(&mut self.resets.done)
    }

    /// Whether so many resets wait for the application that the next one has to wait.
    pub(crate) fn has_too_many_resets(&self) -> bool {
        self.resets.waiting.len() >= MAX_WAITING || self.resets.streams_waiting >= MAX_STREAMS_WAITING
    }

    /// The next reset or restart whose preceding messages the application has all taken.
    pub(crate) fn poll_turn(&mut self) -> Option<Turn> {
        let (after, _) = self.resets.waiting.front()?;
        if *after > self.taken {
            return None;
        }
        let (_, turn) = take_front(&mut self.resets.waiting)?;
        if let Turn::Reset(streams) = &turn {
            self.resets.streams_waiting -= streams.len();
        }
        Some(turn)
    }

    /// The association has begun anew. Whoever has not heard of the last restart need not hear of two.
    pub(crate) fn note_restart(&mut self, (outgoing, incoming): (u16, u16)) {
        let before = self.taken + self.ready.count();
        let full = self.resets.waiting.len() >= MAX_WAITING;
        if let Some((after, Turn::Restarted(..))) = self.resets.waiting.back()
            && (full || *after == before)
        {
            self.resets.waiting.pop_back();
        }
        self.resets.waiting.push_back((before, Turn::Restarted(outgoing, incoming)));
    }

    /// Carries out the deferred reset if its time has come.
    pub(super) fn check_deferred(&mut self) {
        let cumulative_tsn = self.cumulative_tsn;
        let ready = |reset: &mut Deferred| !reset.last_tsn.is_after(cumulative_tsn);
        let Some(reset) = self.resets.deferred.take_if(ready) else { return };
        if reset.all {
            self.order.reset_all(&mut self.ready);
        }
        for stream in &reset.streams {
            self.order.reset(*stream, &mut self.ready);
        }
        self.resets.streams_waiting += reset.streams.len();
        let before = self.taken + self.ready.count();
        self.resets.waiting.push_back((before, Turn::Reset(reset.streams.into_iter().collect())));
        self.resets.done = true;
    }

    /// How many of the next `count` TSNs come before the deferred reset.
    pub(super) fn before_reset(&self, count: u32) -> u32 {
        let reset = self.resets.deferred.as_ref();
        reset.map_or(count, |reset| count.min(self.cumulative_tsn.distance_to(reset.last_tsn)))
    }

    /// Whether a message that begins at `first`, beyond a gap, and has `data` may be delivered before the gap is filled.
    /// One whose number tells nothing yet, because more than half the circle lies between, waits for its TSN.
    pub(super) fn may_overtake(&self, data: &Data<'_>, first: Serial32) -> bool {
        if !data.flags.has(DataFlags::UNORDERED) && self.order.is_past(data.stream, data.ssn) {
            return false;
        }
        let reset = self.resets.deferred.as_ref().filter(|reset| reset.is_about(data.stream));
        reset.is_none_or(|reset| !first.is_after(reset.last_tsn))
    }
}
