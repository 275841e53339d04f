//! Authenticated encryption with associated data (RFC 5116).

use alloc::boxed::Box;

use crate::Failed;

/// Bytes of a nonce: the AEADs of DTLS and SRTP all take 96 bits.
pub const NONCE_LEN: usize = 12;

/// Bytes of an authentication tag.
pub const TAG_LEN: usize = 16;

/// A nonce. The protocol builds it from a counter and never uses one twice with a key.
pub type Nonce = [u8; NONCE_LEN];

/// An authentication tag.
pub type Tag = [u8; TAG_LEN];

/// An AEAD algorithm.
pub trait AeadAlgorithm: Sync {
    /// Bytes of a key.
    fn key_len(&self) -> usize;

    /// Expands a key of [`key_len`](Self::key_len) bytes.
    ///
    /// # Errors
    /// [`Failed`] if `key` has another length.
    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, Failed>;
}

/// A key, expanded and ready for one direction of a connection.
pub trait AeadKey: Send {
    /// Encrypts `data` in place and returns the tag.
    ///
    /// # Errors
    /// [`Failed`] if the algorithm cannot take so much data.
    fn seal(&self, nonce: &Nonce, associated_data: &[u8], data: &mut [u8]) -> Result<Tag, Failed>;

    /// Checks the tag and decrypts `data` in place.
    ///
    /// # Errors
    /// [`Failed`] if the tag does not match. What `data` holds then is unspecified and must not be used.
    fn open(&self, nonce: &Nonce, associated_data: &[u8], data: &mut [u8], tag: &Tag) -> Result<(), Failed>;
}
