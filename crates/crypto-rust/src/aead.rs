//! AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).

use alloc::boxed::Box;
use core::marker::PhantomData;

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::{AeadInOut, KeyInit};
use crypto::{AeadAlgorithm, AeadKey, Failed, Nonce, Tag};

/// An AEAD of the `aead` family.
pub(crate) struct Aeads<A>(PhantomData<fn() -> A>);

impl<A> Aeads<A> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<A> AeadAlgorithm for Aeads<A>
where
    A: AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit + Send + 'static,
{
    fn key_len(&self) -> usize {
        A::key_size()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, Failed> {
        let expanded = A::new_from_slice(key).map_err(|_| Failed)?;
        Ok(Box::new(Key(expanded)))
    }
}

struct Key<A>(A);

impl<A: AeadInOut<NonceSize = U12, TagSize = U16> + Send> AeadKey for Key<A> {
    fn seal(&self, nonce: &Nonce, associated_data: &[u8], data: &mut [u8]) -> Result<Tag, Failed> {
        let tag = self.0.encrypt_inout_detached(nonce.into(), associated_data, data.into());
        tag.map(Into::into).map_err(|_| Failed)
    }

    fn open(&self, nonce: &Nonce, associated_data: &[u8], data: &mut [u8], tag: &Tag) -> Result<(), Failed> {
        let opened = self.0.decrypt_inout_detached(nonce.into(), associated_data, data.into(), tag.into());
        opened.map_err(|_| Failed)
    }
}
