//! Stream ciphers.

use alloc::boxed::Box;

use crate::Failed;

/// A block cipher in counter mode with a 128-bit big-endian counter (NIST SP 800-38A §6.5).
pub trait StreamCipherAlgorithm: Sync {
    /// Bytes of a key.
    fn key_len(&self) -> usize;

    /// Expands a key of [`key_len`](Self::key_len) bytes.
    ///
    /// # Errors
    /// [`Failed`] if `key` has another length.
    fn key(&self, key: &[u8]) -> Result<Box<dyn StreamCipherKey>, Failed>;
}

/// An expanded key.
pub trait StreamCipherKey: Send {
    /// Adds (xor) the key stream that starts at `counter` to `data`: encryption and decryption are the same.
    fn apply(&self, counter: &[u8; 16], data: &mut [u8]);
}
