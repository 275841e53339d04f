//! The record layer (RFC 6347 §4.1): sequence numbers, protection, replay detection.
//!
//! ```text
//! epoch 0   header 13 | plaintext
//! epoch 1   header 13 | explicit nonce 8 (AES-GCM only) | ciphertext | tag 16
//! ```
//!
//! There are two epochs and no more: renegotiation is refused.

mod protection;
mod replay;

use core::ops::Range;

use base::Writer;

pub(crate) use protection::{KeyBlock, Protection};

use crate::error::{Discard, SealError};
use crate::wire::record::{
    ContentType, HEADER_LEN, MAX_PLAINTEXT, MAX_SEQUENCE, ProtocolVersion, RecordHeader,
};
use replay::ReplayWindow;

/// The epoch of the handshake, unprotected.
pub(crate) const CLEAR: u16 = 0;
/// The epoch behind the ChangeCipherSpec.
pub(crate) const PROTECTED: u16 = 1;

/// The records of a connection, both ways.
pub(crate) struct Records {
    version: ProtocolVersion,
    clear_sequence: u64,
    protected_sequence: u64,
    keys: Option<Keys>,
}

/// Epoch 1.
pub(crate) struct Keys {
    write: Protection,
    read: Protection,
    window: ReplayWindow,
    /// Whether our ChangeCipherSpec is on its way: the peer reads what is sealed.
    writes: bool,
}

impl Records {
    /// Before anything is agreed on. The version is the oldest one, because old peers look at it (RFC 6347 §4.1).
    pub(crate) const fn new() -> Self {
        Self { version: ProtocolVersion::DTLS_1_0, clear_sequence: 0, protected_sequence: 0, keys: None }
    }

    pub(crate) fn agree(&mut self, version: ProtocolVersion) {
        self.version = version;
    }

    pub(crate) fn install(&mut self, write: Protection, read: Protection) {
        self.keys = Some(Keys { write, read, window: ReplayWindow::default(), writes: false });
    }

    /// Exchanges the keys for those of another handshake. Sequence numbers go on: none is used twice in a connection.
    pub(crate) const fn swap_keys(&mut self, keys: &mut Option<Keys>) {
        core::mem::swap(&mut self.keys, keys);
    }

    pub(crate) const fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Our ChangeCipherSpec is on its way.
    pub(crate) const fn change_write_epoch(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.writes = true;
        }
    }

    /// Whether the peer reads records of epoch 1, or will once it has our ChangeCipherSpec.
    pub(crate) fn writes_protected(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.writes)
    }

    /// How many records have been sealed in epoch 1.
    pub(crate) const fn protected_sent(&self) -> u64 {
        self.protected_sequence
    }

    /// Bytes in front of the plaintext in an epoch.
    pub(crate) fn header_len(&self, epoch: u16) -> usize {
        let explicit =
            self.keys.as_ref().filter(|_| epoch == PROTECTED).map_or(0, |keys| keys.write.explicit_len());
        HEADER_LEN + explicit
    }

    /// Bytes behind it.
    pub(crate) const fn tag_len(epoch: u16) -> usize {
        if epoch == PROTECTED { crypto::TAG_LEN } else { 0 }
    }

    /// Closes a record around the plaintext that stands at [`header_len`](Self::header_len); returns its length.
    pub(crate) fn seal(
        &mut self,
        epoch: u16,
        content_type: ContentType,
        out: &mut [u8],
        plaintext_len: usize,
    ) -> Result<usize, SealError> {
        if plaintext_len > MAX_PLAINTEXT {
            return Err(SealError::TooLong);
        }
        let total = self.header_len(epoch) + plaintext_len + Self::tag_len(epoch);
        let record = out.get_mut(..total).ok_or(SealError::BufferTooSmall)?;
        let version = self.version;
        if epoch == CLEAR {
            let sequence = next(&mut self.clear_sequence)?;
            let header = RecordHeader { content_type, version, epoch, sequence };
            emit(&header, total - HEADER_LEN, record)?;
        } else {
            let keys = self.keys.as_mut().ok_or(SealError::NotConnected)?;
            let sequence = next(&mut self.protected_sequence)?;
            let header = RecordHeader { content_type, version, epoch, sequence };
            emit(&header, total - HEADER_LEN, record)?;
            let body = record.get_mut(HEADER_LEN..).unwrap_or_default();
            keys.write.seal(&header, body, plaintext_len)?;
        }
        Ok(total)
    }

    /// Writes a whole record with a short plaintext.
    pub(crate) fn emit(
        &mut self,
        epoch: u16,
        content_type: ContentType,
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, SealError> {
        let mut writer = Writer::new(out);
        let head = self.header_len(epoch);
        writer.zeros(head).and_then(|()| writer.bytes(plaintext)).map_err(|_| SealError::BufferTooSmall)?;
        self.seal(epoch, content_type, out, plaintext.len())
    }

    /// Opens a record of epoch 1 in place and says where in `fragment` its plaintext stands.
    ///
    /// The replay window moves only once the tag has matched.
    pub(crate) fn open(
        &mut self,
        header: &RecordHeader,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, Discard> {
        let keys = self.keys.as_mut().filter(|_| header.epoch == PROTECTED).ok_or(Discard::Epoch)?;
        if header.version != self.version {
            return Err(Discard::NotOurs);
        }
        if !keys.window.is_fresh(header.sequence) {
            return Err(Discard::Replayed);
        }
        let plaintext = keys.read.open(header, fragment)?;
        keys.window.mark(header.sequence);
        if plaintext.len() > MAX_PLAINTEXT {
            return Err(Discard::Limit);
        }
        Ok(plaintext)
    }
}

fn next(sequence: &mut u64) -> Result<u64, SealError> {
    if *sequence > MAX_SEQUENCE {
        return Err(SealError::Exhausted);
    }
    let this = *sequence;
    *sequence += 1;
    Ok(this)
}

fn emit(header: &RecordHeader, len: usize, out: &mut [u8]) -> Result<(), SealError> {
    let len = u16::try_from(len).map_err(|_| SealError::TooLong)?;
    header.emit(len, out).map_err(|_| SealError::BufferTooSmall)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6347 §4.1.
    #[test]
    fn the_last_sequence_number_is_used_and_then_none() {
        let mut records = Records::new();
        records.clear_sequence = MAX_SEQUENCE;
        let mut out = [0; 32];
        assert_eq!(records.emit(CLEAR, ContentType::ALERT, &[1, 0], &mut out), Ok(15));
        assert_eq!(&out[5..11], &[0xff; 6]);
        assert_eq!(records.emit(CLEAR, ContentType::ALERT, &[1, 0], &mut out), Err(SealError::Exhausted));
    }

    /// A record holds 2¹⁴ bytes at most: RFC 5246 §6.2.1.
    #[test]
    fn a_record_needs_its_room() {
        let mut records = Records::new();
        let mut out = [0; 14];
        assert_eq!(
            records.emit(CLEAR, ContentType::ALERT, &[1, 0], &mut out),
            Err(SealError::BufferTooSmall)
        );
        assert_eq!(
            records.seal(CLEAR, ContentType::ALERT, &mut [0; 40_000], MAX_PLAINTEXT + 1),
            Err(SealError::TooLong)
        );
    }
}
