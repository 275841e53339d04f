//! AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).

use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, Nonce as AwsNonce, UnboundKey};
use crypto::{AeadAlgorithm, AeadKey, Failed, Nonce, Tag};

/// An AEAD of AWS-LC.
pub(crate) struct Aead(pub(crate) &'static Algorithm);

impl AeadAlgorithm for Aead {
    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, Failed> {
        let key = UnboundKey::new(self.0, key).map_err(|_| Failed)?;
        Ok(Box::new(Key(LessSafeKey::new(key))))
    }
}

/// "Less safe" says that the nonces are the caller's: the protocols count them.
struct Key(LessSafeKey);

impl AeadKey for Key {
    fn seal(&self, nonce: &Nonce, associated_data: &[u8], data: &mut [u8]) -> Result<Tag, Failed> {
        let nonce = AwsNonce::assume_unique_for_key(*nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(associated_data), data);
        tag.ok().and_then(|tag| tag.as_ref().try_into().ok()).ok_or(Failed)
    }

    fn open(&self, nonce: &Nonce, associated_data: &[u8], data: &mut [u8], tag: &Tag) -> Result<(), Failed> {
        let nonce = AwsNonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place_separate_tag(nonce, Aad::from(associated_data), tag, data);
        opened.map(|_| ()).map_err(|_| Failed)
    }
}
