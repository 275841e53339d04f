//! Acknowledgements from the peer (RFC 9260 §6.2.1, §7.2.4).

use alloc::vec::Vec;
use core::ops::Range;

use base::{Instant, Serial32};

use super::Outbound;
use super::ring::ChunkState;
use super::slow_start::Moment;
use crate::wire::Sack;

/// Missing reports that make a chunk lost.
const MISSING_REPORTS: u8 = 3;
/// A SACK with more gap blocks than this may have been cut to the packet's size: what lies beyond so many is not known to be
/// missing.
const MANY_GAPS: usize = 64;

/// What an acknowledgement meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SackOutcome {
    /// It is older than what is known, or acknowledges what was never sent.
    Ignored,
    /// It has been taken in.
    Taken {
        /// The earliest outstanding chunk is among what it acknowledges.
        cumulative_advanced: bool,
        /// It acknowledges anything new.
        progress: bool,
    },
}

/// The gap blocks of the latest SACK, by the numbers of their chunks.
#[derive(Debug, Default)]
pub(super) struct Reported {
    blocks: Vec<Range<u64>>,
    /// There were more.
    cut: bool,
}

impl Reported {
    fn clear(&mut self) {
        self.blocks.clear();
        self.cut = false;
    }

    fn push(&mut self, block: Range<u64>) {
        self.cut = self.blocks.len() >= MANY_GAPS;
        if !self.cut {
            self.blocks.push(block);
        }
    }

    /// The end of what is known, where more lies before `end`.
    fn known_to(&self, end: u64) -> u64 {
        if self.cut { self.blocks.last().map_or(end, |block| block.end) } else { end }
    }
}

/// Sums over one acknowledgement.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Bytes acknowledged for the first time.
    acked: usize,
    /// When the newest of it was sent, if that was once.
    sent: Option<Moment>,
    /// One past the highest place acknowledged for the first time.
    newly_end: usize,
    /// One past the highest place reported.
    reported_end: usize,
}

impl Outbound {
    /// Takes a SACK.
    pub(crate) fn on_sack(&mut self, now: Instant, sack: &Sack<'_>) -> SackOutcome {
        let Some(advance) = self.advance_of(sack.cumulative_tsn) else { return SackOutcome::Ignored };
        let utilized = self.is_utilized();
        let mut tally = Tally::default();
        self.pop_acknowledged(now, advance, &mut tally);
        self.take_gaps(now, sack, &mut tally);
        self.peer_window = (sack.window as usize).saturating_sub(self.ring.in_flight_payload());
        self.finish(now, advance > 0, utilized, tally)
    }

    /// Takes the cumulative TSN of a SHUTDOWN.
    pub(crate) fn on_cumulative_tsn(&mut self, now: Instant, cumulative_tsn: Serial32) -> SackOutcome {
        let Some(advance) = self.advance_of(cumulative_tsn) else { return SackOutcome::Ignored };
        let utilized = self.is_utilized();
        let mut tally = Tally::default();
        self.pop_acknowledged(now, advance, &mut tally);
        self.finish(now, advance > 0, utilized, tally)
    }

    /// Whether the congestion window is what holds data back: now, or when there was last something to send. The
    /// first of several acknowledgements that come at once must not hide it from the others.
    fn is_utilized(&self) -> bool {
        self.held_back || self.congestion.is_used_up(self.ring.in_flight())
    }

    /// By how much a cumulative TSN advances; `None` if it goes back, or beyond what was sent.
    fn advance_of(&self, cumulative_tsn: Serial32) -> Option<usize> {
        let advance = self.ring.first_tsn().previous().distance_to(cumulative_tsn) as usize;
        (advance <= self.ring.len()).then_some(advance)
    }

    fn pop_acknowledged(&mut self, now: Instant, advance: usize, tally: &mut Tally) {
        for _ in 0..advance {
            let Some(chunk) = self.ring.pop() else { break };
            if !chunk.state().has(ChunkState::ACKED) && !chunk.state().has(ChunkState::ABANDONED) {
                tally.acked += chunk.size();
                // Karn's rule; and what a gap block acknowledged before has waited for others.
                tally.sent = (chunk.transmissions == 1).then_some(chunk.sent);
            }
        }
        if let Some((tsn, sent)) = self.measuring
            && tsn.is_before(self.ring.first_tsn())
        {
            self.measuring = None;
            self.rto.measure(now.since(sent));
        }
        if advance > 0 {
            self.congestion.on_cumulative(self.ring.first_tsn().previous());
        }
    }

    /// Goes through the gap blocks, which must be in order. A block costs steps for what it acknowledges first, and none for
    /// what was acknowledged before.
    fn take_gaps(&mut self, now: Instant, sack: &Sack<'_>, tally: &mut Tally) {
        let mut position = 0;
        self.reported.clear();
        for gap in sack.gaps() {
            let (Some(start), end) = (usize::from(gap.start).checked_sub(1), usize::from(gap.end)) else {
                continue;
            };
            if start < position || end <= start || end > self.ring.len() {
                continue;
            }
            self.acknowledge_range(now, start, end, tally);
            self.reported.push(self.ring.number(start)..self.ring.number(end));
            position = end;
        }
        tally.reported_end = position;
    }

    /// The peer no longer has what it acknowledged before and the latest SACK left out: it may drop what lies beyond a gap
    /// (RFC 9260 §6.2). This is looked at when the retransmission timer expires, and not with each SACK: see
    /// `docs/decisions/reneging.md`.
    pub(super) fn take_back_unreported(&mut self) {
        self.forward.clear();
        let mut from = self.ring.number(0);
        let end = self.reported.known_to(self.ring.end());
        for block in core::mem::take(&mut self.reported.blocks) {
            self.take_back(from..block.start);
            from = from.max(block.end);
        }
        self.take_back(from..end);
    }

    /// A message that the peer has been told to pass over is abandoned; of any other, the Advanced.Peer.Ack.Point stops short.
    fn take_back(&mut self, numbers: Range<u64>) {
        let mut at = self.ring.place(numbers.start);
        while let Some(next) =
            self.ring.find_acked(true, at).filter(|next| self.ring.number(*next) < numbers.end)
        {
            self.ring.update(next, ChunkState::ACKED, false);
            self.passable_to = self.passable_to.min(self.ring.number(next));
            at = next + 1;
            let tsn = self.ring.tsn(next);
            if self.forwarded.is_some_and(|(told, _)| !told.is_before(tsn)) {
                if let Some(chunk) = self.ring.chunk(next) {
                    self.abandon(chunk.message);
                }
            } else if !self.advanced_ack.is_before(tsn) {
                self.advanced_ack = tsn.previous();
            }
        }
    }

    fn acknowledge_range(&mut self, now: Instant, start: usize, end: usize, tally: &mut Tally) {
        let mut at = start;
        while let Some(next) = self.ring.find_acked(false, at).filter(|next| *next < end) {
            at = next + 1;
            let Some(chunk) = self.ring.chunk(next) else { break };
            let (size, abandoned) = (chunk.size(), chunk.state().has(ChunkState::ABANDONED));
            self.ring.update(next, ChunkState::ACKED, true);
            if !abandoned {
                tally.acked += size;
                tally.newly_end = at;
            }
            if let Some((tsn, sent)) = self.measuring
                && tsn == self.ring.tsn(next)
            {
                self.measuring = None;
                self.rto.measure(now.since(sent));
            }
        }
    }

    /// What follows from the sums: the window grows, losses are noticed, the peer is told to go on.
    fn finish(&mut self, now: Instant, advanced: bool, utilized: bool, tally: Tally) -> SackOutcome {
        let was_recovering = self.congestion.in_recovery();
        let progress = advanced || tally.acked > 0;
        if progress {
            self.after_timeout = false;
            if utilized && let Some(sent) = tally.sent {
                let tsns = [self.ring.first_tsn(), self.ring.next_tsn()];
                self.congestion.on_round_trip([sent, Moment::of(now)], tsns);
            }
            let round_trip = self.rto.smoothed().unwrap_or_default();
            self.congestion.on_acknowledged(now, round_trip, tally.acked, utilized, advanced);
        }
        let counted_to = if was_recovering && advanced { tally.reported_end } else { tally.newly_end };
        self.count_missing(now, counted_to);
        self.end_probe(now, progress);
        if self.partial_reliability {
            self.advance_ack_point(now, false);
        }
        SackOutcome::Taken { cumulative_advanced: advanced, progress }
    }

    /// Counts a missing report for every chunk before `end` that is in flight and has not been lost before. The third makes it
    /// lost: so each counts three times.
    fn count_missing(&mut self, now: Instant, end: usize) {
        let mut lost = false;
        let mut at = 0;
        while at < end
            && let Some(next) = self.ring.next_watched(at).filter(|next| *next < end)
        {
            at = next + 1;
            let Some(chunk) = self.ring.chunk_mut(next) else { break };
            chunk.missing = chunk.missing.saturating_add(1);
            if chunk.missing >= MISSING_REPORTS {
                self.ring.update(next, ChunkState::FAST, true);
                self.mark(now, next);
                lost = true;
            }
        }
        if lost && self.congestion.on_loss(self.ring.next_tsn().previous()) {
            self.counters.fast_recoveries += 1;
            self.fast_packet = self.ring.marked() > 0;
        }
    }

    /// The peer had no room for the chunk in flight, has some now, and did not take it: it goes out again at once.
    fn end_probe(&mut self, now: Instant, progress: bool) {
        if !self.probing {
            return;
        }
        if progress {
            self.probing = false;
        } else if self.peer_window > 0 {
            self.probing = false;
            self.rto.clear_backoff();
            self.send_all_again(now);
        }
    }
}
