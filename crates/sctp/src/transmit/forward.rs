//! What the peer is told of what we have given up on (RFC 3758 §3.5, C4).
//!
//! A FORWARD TSN names the last sequence number that a stream has lost, and the peer makes ready what waits before that
//! (RFC 3758 §3.6), unless it is a peer that drops it. So what was acknowledged between two losses of a stream is made ready by
//! one FORWARD TSN before the next one passes over it.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use base::{Full, Instant, Serial16, Writer, take_front};

use super::Outbound;
use super::ring::OutMessage;
use crate::StreamId;
use crate::wire::ForwardTsn;

/// What the Advanced.Peer.Ack.Point moves over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Abandoned,
    Acknowledged,
}

/// An ordered stream of which a FORWARD TSN passes over something.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// The last sequence number that it lost, and the number of the chunk.
    ssn: Serial16,
    number: u64,
    /// The peer has something of it behind that.
    something_waits: bool,
}

/// One FORWARD TSN.
#[derive(Debug, Default)]
struct Section {
    /// The number of the chunk up to which it goes.
    end: u64,
    /// The number of the last chunk in it that has been abandoned.
    last_loss: u64,
    streams: BTreeMap<StreamId, Lost>,
}

/// The FORWARD TSNs from the first chunk up to the Advanced.Peer.Ack.Point. They grow with it, chunk by chunk, so that what has
/// been passed over is gone through once.
#[derive(Debug)]
pub(super) struct Forward {
    sections: VecDeque<Section>,
    /// The number of the chunk behind the last one that they pass over.
    noted_to: u64,
    /// Streams that one of them names at most.
    max_streams: usize,
}

impl Forward {
    pub(super) const fn new(max_chunks_len: usize) -> Self {
        // Half a packet: it has to find room beside what else is due.
        Self {
            sections: VecDeque::new(),
            noted_to: 0,
            max_streams: max_chunks_len / 2 / ForwardTsn::STREAM_LEN,
        }
    }

    /// What was passed over is no longer what it was: it is gone through anew.
    pub(super) fn clear(&mut self) {
        self.sections.clear();
        self.noted_to = 0;
    }

    /// The chunk with this number is passed over.
    fn pass(&mut self, number: u64, step: Step, message: &OutMessage) {
        let lost = self.sections.back().and_then(|section| section.streams.get(&message.stream));
        let loses = step == Step::Abandoned && !message.unordered;
        let full = self.sections.back().is_none_or(|section| section.streams.len() >= self.max_streams);
        let begins = loses && lost.map_or(full, |lost| lost.something_waits);
        if begins || self.sections.is_empty() {
            self.sections.push_back(Section::default());
        }
        let Some(section) = self.sections.back_mut() else { return };
        section.end = number;
        if step == Step::Abandoned {
            section.last_loss = number;
        }
        if loses {
            section.streams.insert(message.stream, Lost { ssn: message.ssn, number, something_waits: false });
        } else if let Some(lost) = section.streams.get_mut(&message.stream).filter(|_| !message.unordered) {
            lost.something_waits = true;
        }
    }
}

impl Outbound {
    /// Notes what the Advanced.Peer.Ack.Point has moved over.
    pub(super) fn note_passed(&mut self) {
        let first = self.ring.number(0);
        // What the peer has by now needs no word.
        while self.forward.sections.front().is_some_and(|section| section.last_loss < first) {
            take_front(&mut self.forward.sections);
        }
        let passed = self.ring.first_tsn().previous().distance_to(self.advanced_ack);
        let mut number = self.forward.noted_to.max(first);
        while number < first + u64::from(passed) {
            let at = self.ring.place(number);
            if let (Some(step), Some(chunk)) = (self.step_over(at), self.ring.chunk(at))
                && let Some(message) = self.ring.message(chunk.message)
            {
                self.forward.pass(number, step, message);
            }
            number += 1;
        }
        self.forward.noted_to = number;
    }

    /// Writes the FORWARD TSNs that are due; what does not fit is left for when these are acknowledged.
    pub(crate) fn emit_forward_tsn(&mut self, now: Instant, writer: &mut Writer<'_>) -> Result<(), Full> {
        let mut told = None;
        let first = self.ring.number(0);
        for section in self.forward.sections.iter().filter(|section| section.last_loss >= first) {
            let lost = section.streams.iter().filter(|(_, lost)| lost.number >= first);
            let streams: Vec<(StreamId, Serial16)> = lost.map(|(stream, lost)| (*stream, lost.ssn)).collect();
            let tsn = self.ring.tsn(self.ring.place(section.end));
            if ForwardTsn::emit(writer, tsn, &streams).is_err() {
                break;
            }
            told = Some(tsn);
        }
        self.forwarded = Some((told.ok_or(Full)?, now));
        self.forward_due = false;
        Ok(())
    }
}
