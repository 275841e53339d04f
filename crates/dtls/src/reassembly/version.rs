//! One version of a message: pieces that never overlap.

use alloc::vec::Vec;
use core::ops::Range;

use crate::wire::handshake::{FragmentHeader, HandshakeType};

/// How many gaps a message may have.
pub(super) const MAX_PIECES: usize = 64;

/// What the fragments that agree about a message have brought of it.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) epoch: u16,
    pub(super) kind: HandshakeType,
    pub(super) length: usize,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    offset: usize,
    bytes: Vec<u8>,
}

impl Version {
    /// Of the message that this fragment speaks of, and nothing of it yet.
    pub(super) const fn of(epoch: u16, header: &FragmentHeader) -> Self {
        Self { epoch, kind: header.kind, length: header.length, pieces: Vec::new() }
    }

    pub(super) fn takes(&self, header: &FragmentHeader) -> bool {
        self.kind == header.kind && self.length == header.length
    }

    /// Bytes that it holds.
    pub(super) fn buffered(&self) -> usize {
        self.pieces.iter().map(|piece| piece.bytes.len()).sum()
    }

    /// The message, once all of it is there.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [] if self.length == 0 => Some(&[]),
            [piece] if piece.offset == 0 && piece.bytes.len() == self.length => Some(&piece.bytes),
            _ => None,
        }
    }

    /// Adds what is not there yet. Where bytes differ from earlier ones, the earlier ones stay. A fragment that needs no
    /// other, or finds too many pieces, takes their place: some of them are not of an honest peer.
    pub(super) fn insert(&mut self, offset: usize, fragment: &[u8]) {
        let whole = fragment.len() == self.length;
        let mut gaps = self.gaps(offset..offset + fragment.len());
        if whole || self.pieces.len() + gaps.len() > MAX_PIECES {
            self.pieces.clear();
            gaps = self.gaps(offset..offset + fragment.len());
        }
        for gap in gaps {
            let bytes = fragment.get(gap.start - offset..gap.end - offset).unwrap_or_default().to_vec();
            self.pieces.push(Piece { offset: gap.start, bytes });
        }
        self.pieces.sort_by_key(|piece| piece.offset);
        self.join();
    }

    #[cfg(test)]
    pub(super) fn pieces(&self) -> usize {
        self.pieces.len()
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
