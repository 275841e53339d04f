//! Handshake messages from fragments (RFC 6347 §4.2.2, §4.2.3).
//!
//! Messages are handed on in the order of their numbers. A few that come early are kept; each is an ordered set of
//! pieces that never overlap, so the memory it takes is what has really arrived.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::Range;

use base::take_front;

use crate::error::Discard;
use crate::wire::handshake::{FragmentHeader, HandshakeType};

/// How many messages ahead are kept: a flight has at most six.
const WINDOW: usize = 8;

/// How many gaps a message may have.
const MAX_PIECES: usize = 64;

/// A whole handshake message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The epoch of the records that it came in.
    pub(crate) epoch: u16,
    pub(crate) kind: HandshakeType,
    pub(crate) seq: u16,
    pub(crate) body: Vec<u8>,
}

/// What became of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It was kept.
    Kept,
    /// Its message has been handled: the peer repeats itself.
    Old,
}

/// The messages that are to come.
#[derive(Debug)]
pub(crate) struct Reassembly {
    next_receive_seq: u16,
    max_message: usize,
    slots: VecDeque<Option<Slot>>,
}

#[derive(Debug)]
struct Slot {
    epoch: u16,
    kind: HandshakeType,
    length: usize,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    offset: usize,
    bytes: Vec<u8>,
}

impl Reassembly {
    pub(crate) const fn new(max_message: usize) -> Self {
        Self { next_receive_seq: 0, max_message, slots: VecDeque::new() }
    }

    /// Adds a fragment.
    pub(crate) fn insert(
        &mut self,
        epoch: u16,
        header: &FragmentHeader,
        fragment: &[u8],
    ) -> Result<Inserted, Discard> {
        let Some(ahead) = header.message_seq.checked_sub(self.next_receive_seq) else {
            return Ok(Inserted::Old);
        };
        let ahead = usize::from(ahead);
        if ahead >= WINDOW
            || header.length > self.max_message
            || self.buffered() + fragment.len() > 2 * self.max_message
        {
            return Err(Discard::Limit);
        }
        if fragment.is_empty() && header.length != 0 {
            return Err(Discard::Malformed);
        }
        while self.slots.len() <= ahead {
            self.slots.push_back(None);
        }
        let slot = self.slots.get_mut(ahead).ok_or(Discard::Limit)?;
        // What came protected wins over what anybody could have sent.
        if slot.as_ref().is_some_and(|slot| slot.epoch < epoch) {
            *slot = None;
        }
        match slot {
            None => {
                let piece = Piece { offset: header.offset, bytes: fragment.to_vec() };
                *slot = Some(Slot {
                    epoch,
                    kind: header.kind,
                    length: header.length,
                    pieces: alloc::vec![piece],
                });
                Ok(Inserted::Kept)
            }
            Some(slot) if slot.epoch != epoch || slot.kind != header.kind || slot.length != header.length => {
                Err(Discard::Malformed)
            }
            Some(slot) => slot.insert(header.offset, fragment),
        }
    }

    /// The next message, if it is whole.
    pub(crate) fn front(&self) -> Option<Message> {
        let slot = self.slots.front()?.as_ref()?;
        let whole = match slot.pieces.as_slice() {
            [piece] => piece.offset == 0 && piece.bytes.len() == slot.length,
            _ => false,
        };
        let body = slot.pieces.first().filter(|_| whole)?.bytes.clone();
        Some(Message { epoch: slot.epoch, kind: slot.kind, seq: self.next_receive_seq, body })
    }

    /// The next message was handled.
    pub(crate) fn advance(&mut self) {
        take_front(&mut self.slots);
        self.next_receive_seq = self.next_receive_seq.saturating_add(1);
    }

    /// The next message was refused: another one may come in its place.
    pub(crate) fn reject(&mut self) {
        if let Some(slot) = self.slots.front_mut() {
            *slot = None;
        }
    }

    /// The last `messages` that were handled turned out to be wrong: they are awaited anew.
    pub(crate) fn rewind(&mut self, messages: u16) {
        self.reject();
        for _ in 0..messages.min(self.next_receive_seq) {
            self.slots.push_front(None);
            self.slots.truncate(WINDOW);
            self.next_receive_seq -= 1;
        }
    }

    fn buffered(&self) -> usize {
        self.slots.iter().flatten().flat_map(|slot| &slot.pieces).map(|piece| piece.bytes.len()).sum()
    }
}

impl Slot {
    /// Adds what is not there yet. Where bytes differ from earlier ones, the earlier ones stay.
    fn insert(&mut self, offset: usize, fragment: &[u8]) -> Result<Inserted, Discard> {
        let gaps = self.gaps(offset..offset + fragment.len());
        if self.pieces.len() + gaps.len() > MAX_PIECES {
            return Err(Discard::Limit);
        }
        for gap in gaps {
            let bytes = fragment.get(gap.start - offset..gap.end - offset).unwrap_or_default().to_vec();
            self.pieces.push(Piece { offset: gap.start, bytes });
        }
        self.pieces.sort_by_key(|piece| piece.offset);
        self.join();
        Ok(Inserted::Kept)
    }

    /// The parts of `range` that no piece covers.
    fn gaps(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut gaps = Vec::new();
        let mut at = range.start;
        for piece in &self.pieces {
            let end = piece.offset + piece.bytes.len();
            if end <= at || piece.offset >= range.end {
                continue;
            }
            if piece.offset > at {
                gaps.push(at..piece.offset);
            }
            at = end;
        }
        if at < range.end {
            gaps.push(at..range.end);
        }
        gaps
    }

    /// Makes one piece of those that touch.
    fn join(&mut self) {
        let mut joined: Vec<Piece> = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces.drain(..) {
            match joined.last_mut() {
                Some(last) if last.offset + last.bytes.len() == piece.offset => {
                    last.bytes.extend(piece.bytes);
                }
                _ => joined.push(piece),
            }
        }
        self.pieces = joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(message_seq: u16, length: usize, offset: usize) -> FragmentHeader {
        FragmentHeader { kind: HandshakeType::CERTIFICATE, length, message_seq, offset }
    }

    /// RFC 6347 §4.2.2.
    #[test]
    fn messages_come_out_in_order() {
        let mut reassembly = Reassembly::new(100);
        assert_eq!(reassembly.insert(0, &header(1, 1, 0), &[1]), Ok(Inserted::Kept));
        assert_eq!(reassembly.front(), None);
        assert_eq!(reassembly.insert(0, &header(0, 0, 0), &[]), Ok(Inserted::Kept));
        assert_eq!(reassembly.front().unwrap().body, &[]);
        reassembly.advance();
        assert_eq!(reassembly.front().unwrap().body, &[1]);
        reassembly.advance();
        assert_eq!(reassembly.front(), None);
        assert_eq!(reassembly.insert(0, &header(1, 1, 0), &[1]), Ok(Inserted::Old));
    }

    /// RFC 6347 §4.2.3.
    #[test]
    fn the_length_may_not_change_between_fragments() {
        let mut reassembly = Reassembly::new(100);
        reassembly.insert(0, &header(0, 10, 0), &[0; 4]).unwrap();
        assert_eq!(reassembly.insert(0, &header(0, 11, 4), &[0; 4]), Err(Discard::Malformed));
        assert_eq!(reassembly.insert(0, &header(0, 10, 4), &[]), Err(Discard::Malformed));
    }

    /// RFC 6347 §4.2.3.
    #[test]
    fn the_first_bytes_of_an_overlap_stay() {
        let mut reassembly = Reassembly::new(100);
        reassembly.insert(0, &header(0, 6, 2), &[2, 3]).unwrap();
        reassembly.insert(0, &header(0, 6, 0), &[9, 9, 9, 9, 9, 9]).unwrap();
        assert_eq!(reassembly.front().unwrap().body, &[9, 9, 2, 3, 9, 9]);
    }

    #[test]
    fn protected_fragments_replace_clear_ones() {
        let mut reassembly = Reassembly::new(100);
        reassembly.insert(0, &header(0, 2, 0), &[1, 1]).unwrap();
        reassembly.insert(1, &header(0, 2, 0), &[2, 2]).unwrap();
        assert_eq!(reassembly.insert(0, &header(0, 2, 0), &[3, 3]), Err(Discard::Malformed));
        let message = reassembly.front().unwrap();
        assert_eq!((message.epoch, message.body), (1, alloc::vec![2, 2]));
    }

    #[test]
    fn what_is_kept_is_limited() {
        let mut reassembly = Reassembly::new(1000);
        assert_eq!(reassembly.insert(0, &header(8, 1, 0), &[0]), Err(Discard::Limit));
        assert_eq!(reassembly.insert(0, &header(0, 1001, 0), &[0]), Err(Discard::Limit));
        reassembly.insert(0, &header(0, 1000, 0), &[0]).unwrap();
        let accepted =
            (1..400).filter(|n| reassembly.insert(0, &header(0, 1000, 2 * n), &[0]).is_ok()).count();
        assert!(accepted < MAX_PIECES);
        for seq in 1..8 {
            let _ = reassembly.insert(0, &header(seq, 1000, 0), &[0; 1000]);
        }
        assert!(reassembly.buffered() <= 2000);
    }

    proptest! {
        /// RFC 6347 §4.2.3.
        #[test]
        fn any_cover_of_a_message_gives_the_message(
            body in proptest::collection::vec(any::<u8>(), 1..200),
            cuts in proptest::collection::vec((0_usize..200, 1_usize..60), 0..60),
        ) {
            let mut reassembly = Reassembly::new(1000);
            for (start, len) in cuts {
                let start = start % body.len();
                let end = (start + len).min(body.len());
                prop_assert!(reassembly.insert(0, &header(0, body.len(), start), &body[start..end]).is_ok());
                if let Some(message) = reassembly.front() {
                    prop_assert_eq!(&message.body, &body);
                }
            }
            prop_assert!(reassembly.insert(0, &header(0, body.len(), 0), &body).is_ok());
            prop_assert_eq!(reassembly.front().unwrap().body, body);
        }
    }
}
