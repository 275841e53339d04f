//! Protection of records by an AEAD (RFC 5246 §6.2.3.3, RFC 5288 §3, RFC 7905 §2).
//!
//! The nonce is made from epoch and sequence number, never from randomness: no number is used twice with a key, so no
//! nonce is.

use alloc::boxed::Box;
use core::ops::Range;

use crypto::{AeadKey, Failed, NONCE_LEN, Nonce, Provider, TAG_LEN, Tag};

use crate::error::{Discard, SealError};
use crate::suite::Aead;
use crate::wire::record::RecordHeader;

/// Bytes of the nonce that travel with an AES-GCM record.
const EXPLICIT_LEN: usize = 8;

/// One direction of epoch 1.
pub(crate) struct Protection {
    key: Box<dyn AeadKey>,
    nonces: Nonces,
}

/// How a nonce comes about.
enum Nonces {
    /// A salt from the key block, then eight bytes that stand in the record (RFC 5288 §3).
    Explicit([u8; 4]),
    /// A mask from the key block over the number of the record (RFC 7905 §2).
    Masked(Nonce),
}

/// How the key block is cut (RFC 5246 §6.3): two keys, then two salts or masks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyBlock {
    pub(crate) aead: Aead,
    pub(crate) key_len: usize,
    pub(crate) iv_len: usize,
}

impl KeyBlock {
    pub(crate) fn new(aead: Aead, provider: &Provider) -> Self {
        let iv_len = if aead == Aead::ChaCha20 { NONCE_LEN } else { 4 };
        Self { aead, key_len: aead.algorithm(provider).key_len(), iv_len }
    }

    pub(crate) const fn len(&self) -> usize {
        2 * (self.key_len + self.iv_len)
    }

    /// The client's direction and the server's.
    pub(crate) fn cut(&self, provider: &Provider, block: &[u8]) -> Result<(Protection, Protection), Failed> {
        let (client_key, rest) = block.split_at_checked(self.key_len).ok_or(Failed)?;
        let (server_key, rest) = rest.split_at_checked(self.key_len).ok_or(Failed)?;
        let (client_iv, server_iv) = rest.split_at_checked(self.iv_len).ok_or(Failed)?;
        Ok((
            self.protection(provider, client_key, client_iv)?,
            self.protection(provider, server_key, server_iv)?,
        ))
    }

    fn protection(&self, provider: &Provider, key: &[u8], iv: &[u8]) -> Result<Protection, Failed> {
        let nonces = match self.aead {
            Aead::ChaCha20 => Nonces::Masked(iv.try_into().map_err(|_| Failed)?),
            Aead::Aes128Gcm | Aead::Aes256Gcm => Nonces::Explicit(iv.try_into().map_err(|_| Failed)?),
        };
        Ok(Protection { key: self.aead.algorithm(provider).key(key)?, nonces })
    }
}

impl Protection {
    /// Bytes between the header and the ciphertext.
    pub(crate) const fn explicit_len(&self) -> usize {
        match self.nonces {
            Nonces::Explicit(_) => EXPLICIT_LEN,
            Nonces::Masked(_) => 0,
        }
    }

    /// Seals a record's body: room for the explicit nonce, the plaintext, room for the tag.
    pub(crate) fn seal(
        &self,
        header: &RecordHeader,
        body: &mut [u8],
        plaintext_len: usize,
    ) -> Result<(), SealError> {
        let explicit = header.number().to_be_bytes();
        let too_small = SealError::BufferTooSmall;
        let (front, rest) = body.split_at_mut_checked(self.explicit_len()).ok_or(too_small)?;
        let (data, back) = rest.split_at_mut_checked(plaintext_len).ok_or(too_small)?;
        let back = back.first_chunk_mut::<TAG_LEN>().ok_or(too_small)?;
        if !front.is_empty() {
            front.copy_from_slice(&explicit);
        }
        let associated_data = associated_data(header, plaintext_len);
        *back =
            self.key.seal(&self.nonce(explicit), &associated_data, data).map_err(|_| SealError::TooLong)?;
        Ok(())
    }

    /// Opens a record's body in place and says where its plaintext stands.
    pub(crate) fn open(&self, header: &RecordHeader, body: &mut [u8]) -> Result<Range<usize>, Discard> {
        let start = self.explicit_len();
        let (rest, tag) = body.split_last_chunk_mut::<TAG_LEN>().ok_or(Discard::Malformed)?;
        let tag: Tag = *tag;
        let (front, data) = rest.split_at_mut_checked(start).ok_or(Discard::Malformed)?;
        // The sender chose the explicit part; ours is the record's number, others may differ (RFC 5288 §3).
        let explicit = <[u8; EXPLICIT_LEN]>::try_from(&*front).unwrap_or(header.number().to_be_bytes());
        let associated_data = associated_data(header, data.len());
        let end = start + data.len();
        self.key.open(&self.nonce(explicit), &associated_data, data, &tag).map_err(|_| Discard::Forged)?;
        Ok(start..end)
    }

    fn nonce(&self, explicit: [u8; EXPLICIT_LEN]) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        let (front, back) = nonce.split_at_mut(NONCE_LEN - EXPLICIT_LEN);
        back.copy_from_slice(&explicit);
        match &self.nonces {
            Nonces::Explicit(salt) => front.copy_from_slice(salt),
            Nonces::Masked(mask) => nonce.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask),
        }
        nonce
    }
}

/// `epoch | sequence number | type | version | length of the plaintext` (RFC 5246 §6.2.3.3).
fn associated_data(header: &RecordHeader, plaintext_len: usize) -> [u8; 13] {
    let [a, b, c, d, e, f, g, h] = header.number().to_be_bytes();
    let [v, w] = header.version.0.to_be_bytes();
    // A record's length has 16 bits, and the plaintext is shorter than the record.
    let [l, m] = u16::try_from(plaintext_len).unwrap_or(u16::MAX).to_be_bytes();
    [a, b, c, d, e, f, g, h, header.content_type.0, v, w, l, m]
}
