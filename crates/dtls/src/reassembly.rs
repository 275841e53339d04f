//! Handshake messages from fragments (RFC 6347 §4.2.2, §4.2.3).
//!
//! Messages are handed on in the order of their numbers. A few that come early are kept; each is an ordered set of
//! pieces that never overlap, so the memory it takes is what has really arrived.
//!
//! Anybody can send a fragment in the clear. One that contradicts the others of its message begins another version of it,
//! and the first that is whole is taken: no forged fragment keeps the honest ones out.

mod version;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use base::take_front;

use crate::error::Discard;
use crate::wire::handshake::{FragmentHeader, HandshakeType};
use version::Version;

/// How many messages ahead are kept: a flight has at most six.
const WINDOW: usize = 8;

/// How many versions of a message are kept.
const MAX_VERSIONS: usize = 3;

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

/// The messages that are to come, each in the versions that its fragments speak of, the oldest first.
#[derive(Debug)]
pub(crate) struct Reassembly {
    next_receive_seq: u16,
    max_message: usize,
    slots: VecDeque<Vec<Version>>,
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
        self.check(ahead, epoch, header, fragment)?;
        while self.slots.len() <= ahead {
            self.slots.push_back(Vec::new());
        }
        self.make_room(ahead, fragment.len());
        let slot = self.slots.get_mut(ahead).ok_or(Discard::Limit)?;
        version_of(slot, epoch, header).ok_or(Discard::Limit)?.insert(header.offset, fragment);
        Ok(Inserted::Kept)
    }

    /// Whether a fragment can be kept: asked before anything makes room for it.
    fn check(
        &self,
        ahead: usize,
        epoch: u16,
        header: &FragmentHeader,
        fragment: &[u8],
    ) -> Result<(), Discard> {
        if ahead >= WINDOW || header.length > self.max_message {
            return Err(Discard::Limit);
        }
        // What came protected wins over what anybody could have sent.
        let mut versions = self.slots.get(ahead).into_iter().flatten();
        if versions.any(|version| version.epoch > epoch) {
            return Err(Discard::Malformed);
        }
        // RFC 6347 §4.2.3 does not forbid it, and it says nothing.
        if fragment.is_empty() && header.length != 0 {
            return Err(Discard::Unexpected);
        }
        let newest = self.slots.get(ahead).and_then(|slot| slot.last());
        let staying = self.slots.iter().take(ahead).flatten().chain(newest).map(Version::buffered);
        if staying.sum::<usize>() + fragment.len() > self.max_buffered() {
            return Err(Discard::Limit);
        }
        Ok(())
    }

    /// Makes room for a fragment, first at the cost of what comes later, then of the oldest version of the same message.
    fn make_room(&mut self, ahead: usize, len: usize) {
        while self.buffered() + len > self.max_buffered() {
            if let Some(later) = self.slots.iter_mut().skip(ahead + 1).rfind(|slot| !slot.is_empty()) {
                later.clear();
            } else if let Some(slot) = self.slots.get_mut(ahead).filter(|slot| slot.len() > 1) {
                slot.remove(0);
            } else {
                return;
            }
        }
    }

    /// The next message, if a version of it is whole.
    pub(crate) fn front(&self) -> Option<Message> {
        let whole = |version: &Version| {
            let body = version.whole()?.to_vec();
            Some(Message { epoch: version.epoch, kind: version.kind, seq: self.next_receive_seq, body })
        };
        self.slots.front()?.iter().find_map(whole)
    }

    /// The next message was handled.
    pub(crate) fn advance(&mut self) {
        take_front(&mut self.slots);
        self.next_receive_seq = self.next_receive_seq.saturating_add(1);
    }

    /// The version that was handed on was refused: another one may be right.
    pub(crate) fn reject(&mut self) {
        if let Some(slot) = self.slots.front_mut()
            && let Some(refused) = slot.iter().position(|version| version.whole().is_some())
        {
            slot.remove(refused);
        }
    }

    /// The messages from this number on turned out to be wrong: they are awaited anew.
    pub(crate) fn rewind(&mut self, from: u16) {
        self.reject();
        while self.next_receive_seq > from {
            self.slots.push_front(Vec::new());
            self.slots.truncate(WINDOW);
            self.next_receive_seq -= 1;
        }
    }

    /// The messages from this number on were somebody else's: others are awaited in their place, whatever has come.
    pub(crate) fn forget_from(&mut self, from: u16) {
        self.slots.clear();
        self.next_receive_seq = self.next_receive_seq.min(from);
    }

    fn buffered(&self) -> usize {
        self.slots.iter().flatten().map(Version::buffered).sum()
    }

    const fn max_buffered(&self) -> usize {
        2 * self.max_message
    }
}

/// The version that a fragment belongs to, in place of those that came less protected.
fn version_of<'a>(
    slot: &'a mut Vec<Version>,
    epoch: u16,
    header: &FragmentHeader,
) -> Option<&'a mut Version> {
    slot.retain(|version| version.epoch == epoch);
    let at = slot.iter().position(|version| version.takes(header));
    let at = at.unwrap_or_else(|| {
        if slot.len() == MAX_VERSIONS {
            slot.remove(0);
        }
        slot.push(Version::of(epoch, header));
        slot.len() - 1
    });
    slot.get_mut(at)
}

#[cfg(test)]
mod tests {
    use super::version::MAX_PIECES;
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
    fn fragments_with_different_lengths_are_of_different_messages() {
        let mut reassembly = Reassembly::new(100);
        for length in 11..20 {
            reassembly.insert(0, &header(0, length, 0), &[7; 4]).unwrap();
            reassembly.insert(0, &header(0, 10, 0), &[1; 4]).unwrap();
        }
        assert_eq!(reassembly.insert(0, &header(0, 10, 4), &[]), Err(Discard::Unexpected), "it says nothing");
        reassembly.insert(0, &header(0, 10, 4), &[1; 6]).unwrap();
        assert_eq!(reassembly.front().unwrap().body, &[1; 10]);
        reassembly.reject();
        assert_eq!(reassembly.front(), None);
        reassembly.insert(0, &header(0, 19, 4), &[7; 15]).unwrap();
        assert_eq!(reassembly.front().unwrap().body, &[7; 19], "the other version is still there");
    }

    #[test]
    fn nothing_that_came_before_keeps_a_whole_message_out() {
        let mut reassembly = Reassembly::new(1000);
        for at in 0..60 {
            reassembly.insert(0, &header(0, 1000, 16 * at), &[9]).unwrap();
        }
        reassembly.insert(0, &header(0, 1000, 0), &[1; 1000]).unwrap();
        assert_eq!(reassembly.front().unwrap().body, [1; 1000]);
        for seq in 1..8 {
            let _ = reassembly.insert(0, &header(seq, 1000, 0), &[9; 999]);
        }
        reassembly.advance();
        reassembly.insert(0, &header(1, 600, 0), &[2; 600]).unwrap();
        assert_eq!(reassembly.front().unwrap().body, [2; 600]);
    }

    #[test]
    fn what_is_turned_away_drives_nothing_out() {
        let mut reassembly = Reassembly::new(100);
        reassembly.insert(0, &header(0, 100, 0), &[1; 100]).unwrap();
        reassembly.insert(0, &header(0, 60, 0), &[2; 60]).unwrap();
        reassembly.insert(0, &header(2, 40, 0), &[3; 40]).unwrap();
        let before = alloc::format!("{reassembly:?}");
        assert_eq!(reassembly.insert(0, &header(1, 50, 0), &[4; 50]), Err(Discard::Limit));
        assert_eq!(alloc::format!("{reassembly:?}"), before);

        let mut reassembly = Reassembly::new(100);
        reassembly.insert(1, &header(0, 100, 0), &[1; 100]).unwrap();
        reassembly.insert(0, &header(1, 100, 0), &[2; 100]).unwrap();
        let before = alloc::format!("{reassembly:?}");
        assert_eq!(reassembly.insert(0, &header(0, 50, 0), &[3; 50]), Err(Discard::Malformed));
        assert_eq!(reassembly.insert(0, &header(7, 50, 0), &[]), Err(Discard::Unexpected));
        assert_eq!(alloc::format!("{reassembly:?}"), before);
    }

    /// RFC 6347 §4.2.3.
    #[test]
    fn the_first_bytes_of_an_overlap_stay() {
        let mut reassembly = Reassembly::new(100);
        reassembly.insert(0, &header(0, 7, 2), &[2, 3]).unwrap();
        reassembly.insert(0, &header(0, 7, 0), &[9, 9, 9, 9, 9, 9]).unwrap();
        reassembly.insert(0, &header(0, 7, 6), &[9]).unwrap();
        assert_eq!(reassembly.front().unwrap().body, &[9, 9, 2, 3, 9, 9, 9]);
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
        for n in 0..400 {
            reassembly.insert(0, &header(0, 1000, 2 * n), &[0]).unwrap();
        }
        let pieces =
            |reassembly: &Reassembly| reassembly.slots.iter().flatten().map(Version::pieces).sum::<usize>();
        assert!(pieces(&reassembly) <= MAX_PIECES);
        for length in 1..1000 {
            let _ = reassembly.insert(0, &header(0, length, 0), &[0]);
        }
        assert!(pieces(&reassembly) <= MAX_VERSIONS * MAX_PIECES);
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
