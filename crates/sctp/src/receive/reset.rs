//! Resets of incoming streams (RFC 6525 §5.2.2), in step with the data around them.

use alloc::vec::Vec;

use base::Serial32;

use super::Inbound;
use crate::StreamId;
use crate::wire::{Data, DataFlags};

/// How many resets may wait for the application before the peer has to wait, too.
const MAX_WAITING_RESETS: usize = 64;

/// A reset that waits for the data before it (RFC 6525 §5.2.2, E2).
#[derive(Debug)]
pub(super) struct DeferredReset {
    last_tsn: Serial32,
    /// Empty for all streams.
    streams: Vec<StreamId>,
}

impl Inbound {
    /// Resets streams as soon as everything up to `last_tsn` has arrived; no streams stand for all. Returns whether
    /// that is done.
    pub(crate) fn reset(&mut self, last_tsn: Serial32, mut streams: Vec<StreamId>) -> bool {
        let mut last_tsn = last_tsn;
        if let Some(earlier) = self.deferred.take() {
            // The peer repeats itself under a new number, or adds to what it asked for.
            if earlier.last_tsn.is_after(last_tsn) {
                last_tsn = earlier.last_tsn;
            }
            if earlier.streams.is_empty() || streams.is_empty() {
                streams.clear();
            } else {
                streams.extend(earlier.streams);
            }
        }
        streams.sort_unstable();
        streams.dedup();
        self.deferred = Some(DeferredReset { last_tsn, streams });
        self.check_deferred();
        // The answer goes out now; only a later one has to be announced.
        self.reset_done = false;
        self.deferred.is_none()
    }

    /// Whether a deferred reset has been carried out since this was last asked.
    pub(crate) fn take_reset_done(&mut self) -> bool {
        core::mem::take(&mut self.reset_done)
    }

    /// Whether so many resets wait for the application that the next one has to wait.
    pub(crate) fn has_too_many_resets(&self) -> bool {
        self.resets.len() >= MAX_WAITING_RESETS
    }

    /// The next reset whose preceding messages the application has all taken.
    pub(crate) fn poll_reset(&mut self) -> Option<Vec<StreamId>> {
        let (after, _) = self.resets.front()?;
        if *after > self.taken {
            return None;
        }
        self.resets.pop_front().map(|(_, streams)| streams)
    }

    /// Carries out the deferred reset if its time has come.
    pub(super) fn check_deferred(&mut self) {
        let cumulative_tsn = self.cumulative_tsn;
        if let Some(reset) = self.deferred.take_if(|reset| !reset.last_tsn.is_after(cumulative_tsn)) {
            self.order.reset(&reset.streams, &mut self.ready);
            let before = self.taken + self.ready.len() as u64;
            self.resets.push_back((before, reset.streams));
            self.reset_done = true;
        }
    }

    /// Whether a message that begins at `first`, beyond a gap, and has `data` may be delivered before the gap is filled.
    /// One whose number tells nothing yet, because more than half the circle lies between, waits for its TSN.
    pub(super) fn may_overtake(&self, data: &Data<'_>, first: Serial32) -> bool {
        if !data.flags.has(DataFlags::UNORDERED) && self.order.is_past(data.stream, data.ssn) {
            return false;
        }
        self.deferred.as_ref().is_none_or(|reset| {
            let affected = reset.streams.is_empty() || reset.streams.binary_search(&data.stream).is_ok();
            !affected || !first.is_after(reset.last_tsn)
        })
    }
}
