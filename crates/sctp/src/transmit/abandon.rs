//! Giving up on messages, and telling the peer (RFC 3758 §3.5).

use base::Instant;

use super::Outbound;
use super::forward::Step;
use super::queue::Released;
use super::ring::{ChunkState, OutMessage};
use crate::wire::DataFlags;

impl Outbound {
    /// Gives up on a message: all of its chunks count as acknowledged (A2, A3).
    pub(super) fn abandon(&mut self, number: u32) {
        let Some(message) = self.ring.message_mut(number) else { return };
        if message.abandoned {
            return;
        }
        message.abandoned = true;
        let was_complete = core::mem::replace(&mut message.complete, true);
        let unordered = message.unordered;
        let rest = message.rest();
        let first = message.first_tsn;
        self.counters.abandoned += 1;
        let mut at = self.ring.position(first).unwrap_or(0);
        while self.ring.chunk(at).is_some_and(|chunk| chunk.message == number) {
            self.ring.update(at, ChunkState::ABANDONED, true);
            // What the peer acknowledges now, it may never have had.
            self.measuring.take_if(|(tsn, _)| *tsn == self.ring.tsn(at));
            self.pass_over(at);
            at += 1;
        }
        if !was_complete {
            // The peer may have all that was sent, and would wait for the rest: one more TSN stands for it.
            let flags = DataFlags::END.with(DataFlags::UNORDERED, unordered);
            self.ring.push_placeholder(number, flags);
            self.queues.release(Released { sent_to: Some(self.ring.end()), ..rest });
        }
        self.ring.drop_payload(number);
    }

    /// A chunk has been abandoned: the Advanced.Peer.Ack.Point moves over it where it may have moved over all before it.
    fn pass_over(&mut self, at: usize) {
        let tsn = self.ring.tsn(at);
        if self.ring.number(at) < self.passable_to && self.advanced_ack.is_before(tsn) {
            self.advanced_ack = tsn;
        }
    }

    /// Moves the Advanced.Peer.Ack.Point over what has been abandoned (C1 to C3). `insist` asks for a FORWARD TSN
    /// even if one was sent less than a round trip ago.
    pub(super) fn advance_ack_point(&mut self, now: Instant, insist: bool) {
        let cumulative = self.ring.first_tsn().previous();
        if self.advanced_ack.is_before(cumulative) {
            self.advanced_ack = cumulative;
        }
        // What was looked at before is not looked at again.
        let advanced = cumulative.distance_to(self.advanced_ack) as usize;
        let mut at = advanced.max(self.ring.place(self.passable_to));
        while let Some(step) = self.step_over(at) {
            at += 1;
            if step == Step::Abandoned {
                self.advanced_ack = self.ring.tsn(at).previous();
            }
        }
        self.passable_to = self.ring.number(at);
        self.note_passed();
        if self.advanced_ack == cumulative {
            self.forward_due = false;
            return;
        }
        let round_trip = self.rto.smoothed().unwrap_or_else(|| self.rto.base());
        let sent_lately = self
            .forwarded
            .is_some_and(|(tsn, sent)| tsn == self.advanced_ack && now.since(sent) < round_trip);
        self.forward_due |= insist || !sent_lately;
    }

    /// Whether the Advanced.Peer.Ack.Point may move over a chunk, which it may if the chunk is abandoned (C2).
    ///
    /// A chunk that a gap block has acknowledged could still be dropped by the peer (RFC 9260 §6.2). If its message
    /// is partially reliable, it would then be abandoned, so that the point moves over it to what has been abandoned
    /// behind it. Else each of the gaps between acknowledged chunks would cost a round trip, and a path that loses
    /// more than one message in that time would fall behind for good.
    pub(super) fn step_over(&self, at: usize) -> Option<Step> {
        let chunk = self.ring.chunk(at)?;
        if chunk.state().has(ChunkState::ABANDONED) {
            return Some(Step::Abandoned);
        }
        let dispensable = chunk.state().has(ChunkState::ACKED)
            && self.ring.message(chunk.message).is_some_and(OutMessage::is_partially_reliable);
        dispensable.then_some(Step::Acknowledged)
    }

    /// Whether a FORWARD TSN is due.
    pub(crate) fn is_forward_due(&self) -> bool {
        self.forward_due
    }
}
