//! Giving up on messages, and telling the peer (RFC 3758 §3.5).

use alloc::vec::Vec;

use base::{Full, Instant, Serial16, Serial32, Writer};

use super::Outbound;
use super::ring::ChunkState;
use crate::StreamId;
use crate::wire::{DataFlags, ForwardTsn};

impl Outbound {
    /// Gives up on a message: all of its chunks count as acknowledged (A2, A3).
    pub(super) fn abandon(&mut self, number: u32) {
        let Some(message) = self.ring.message_mut(number) else { return };
        if message.abandoned {
            return;
        }
        message.abandoned = true;
        let was_complete = core::mem::replace(&mut message.complete, true);
        let (stream, unordered) = (message.stream, message.unordered);
        let rest = message.payload.len() - message.sent;
        let first = message.first_tsn;
        self.counters.abandoned += 1;
        let mut at = self.ring.position(first).unwrap_or(0);
        while self.ring.chunk(at).is_some_and(|chunk| chunk.message == number) {
            self.ring.update(at, ChunkState::ABANDONED, true);
            at += 1;
        }
        if !was_complete {
            // The peer may have all that was sent, and would wait for the rest: one more TSN stands for it.
            let flags = DataFlags::END.with(DataFlags::UNORDERED, unordered);
            let tsn = self.ring.next_tsn();
            self.ring.push_placeholder(number, flags);
            self.queues.release(stream, rest, Some(tsn));
        }
    }

    /// Moves the Advanced.Peer.Ack.Point over what has been abandoned (C1 to C3). `insist` asks for a FORWARD TSN
    /// even if one was sent less than a round trip ago.
    pub(super) fn advance_ack_point(&mut self, now: Instant, insist: bool) {
        let cumulative = self.ring.first_tsn().previous();
        if self.advanced_ack.is_before(cumulative) {
            self.advanced_ack = cumulative;
        }
        let mut at = cumulative.distance_to(self.advanced_ack) as usize;
        while self.ring.chunk(at).is_some_and(|chunk| chunk.state().has(ChunkState::ABANDONED)) {
            at += 1;
        }
        self.advanced_ack = self.ring.tsn(at).previous();
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

    /// Whether a FORWARD TSN is due.
    pub(crate) fn is_forward_due(&self) -> bool {
        self.forward_due
    }

    /// Writes the FORWARD TSN that is due; what does not fit is left for the next one (C4).
    pub(crate) fn emit_forward_tsn(&mut self, now: Instant, writer: &mut Writer<'_>) -> Result<(), Full> {
        let room =
            writer.remaining().checked_sub(ForwardTsn::FIXED_LEN).ok_or(Full)? / ForwardTsn::STREAM_LEN;
        let (new_cumulative, streams) = self.forwarded_streams(room);
        ForwardTsn::emit(writer, new_cumulative, &streams)?;
        self.advanced_ack = new_cumulative;
        self.forwarded = Some((new_cumulative, now));
        self.forward_due = false;
        Ok(())
    }

    fn forwarded_streams(&self, room: usize) -> (Serial32, Vec<(StreamId, Serial16)>) {
        let mut streams: Vec<(StreamId, Serial16)> = Vec::new();
        let mut new_cumulative = self.ring.first_tsn().previous();
        let mut at = 0;
        while new_cumulative != self.advanced_ack {
            let Some(message) = self.ring.chunk(at).and_then(|chunk| self.ring.message(chunk.message)) else {
                break;
            };
            if !message.unordered {
                let full = streams.len() == room;
                match streams.iter_mut().rev().find(|(stream, _)| *stream == message.stream) {
                    Some((_, ssn)) => *ssn = message.ssn,
                    None if full => break,
                    None => streams.push((message.stream, message.ssn)),
                }
            }
            new_cumulative = new_cumulative.next();
            at += 1;
        }
        (new_cumulative, streams)
    }
}
