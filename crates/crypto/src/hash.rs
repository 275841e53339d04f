//! Hash functions, HMAC (RFC 2104) and HKDF (RFC 5869).

use alloc::boxed::Box;
use core::fmt;

use crate::{Failed, Secret, constant_time_eq};

/// Bytes of the longest digest: SHA-512.
pub const MAX_DIGEST_LEN: usize = 64;

/// The output of a hash function or of an HMAC.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    bytes: [u8; MAX_DIGEST_LEN],
    len: usize,
}

impl Digest {
    /// A digest from its bytes; what exceeds [`MAX_DIGEST_LEN`] is cut off.
    #[must_use]
    pub fn new(output: &[u8]) -> Self {
        let mut bytes = [0; MAX_DIGEST_LEN];
        let len = output.len().min(MAX_DIGEST_LEN);
        if let (Some(to), Some(from)) = (bytes.get_mut(..len), output.get(..len)) {
            to.copy_from_slice(from);
        }
        Self { bytes, len }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({} bytes)", self.len)
    }
}

/// A hash function.
pub trait HashAlgorithm: Sync {
    /// Bytes of its output.
    fn output_len(&self) -> usize;

    /// The digest of the concatenation of `parts`.
    fn hash(&self, parts: &[&[u8]]) -> Digest;

    /// A running hash of what is still to come: the handshake transcript.
    fn start(&self) -> Box<dyn HashState>;
}

/// A running hash.
pub trait HashState: Send {
    /// Appends `data` to the input.
    fn update(&mut self, data: &[u8]);

    /// The digest of the input so far; the hash goes on.
    fn current(&self) -> Digest;
}

/// HMAC with one hash function.
pub trait HmacAlgorithm: Sync {
    /// Bytes of its output.
    fn output_len(&self) -> usize;

    /// Prepares a key of any length.
    fn key(&self, key: &[u8]) -> Box<dyn HmacKey>;
}

/// A prepared HMAC key.
pub trait HmacKey: Send {
    /// The code over the concatenation of `parts`.
    fn sign(&self, parts: &[&[u8]]) -> Digest;

    /// Whether `code` is the code over `parts`, or the first bytes of it; compared in constant time.
    ///
    /// How short a truncated code may be is the protocol's rule, checked by the protocol. An empty one never matches.
    fn verify(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        let expected = self.sign(parts);
        !code.is_empty() && expected.as_ref().get(..code.len()).is_some_and(|e| constant_time_eq(e, code))
    }
}

/// HKDF with one hash function.
pub trait HkdfAlgorithm: Sync {
    /// Bytes of a pseudorandom key.
    fn output_len(&self) -> usize;

    /// HKDF-Extract: the pseudorandom key of `input` and `salt`.
    fn extract(&self, salt: &[u8], input: &[u8]) -> Secret;

    /// HKDF-Expand: fills `output` from the pseudorandom key and the concatenation of `info`.
    ///
    /// # Errors
    /// [`Failed`] if `output` is longer than 255 digests, or `key` shorter than one.
    fn expand(&self, key: &[u8], info: &[&[u8]], output: &mut [u8]) -> Result<(), Failed>;
}
