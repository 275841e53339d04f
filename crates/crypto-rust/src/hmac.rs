//! HMAC (RFC 2104). A key is expanded once; every code starts from a copy of the expanded state.

use alloc::boxed::Box;
use core::marker::PhantomData;

use crypto::{Digest, HmacAlgorithm, HmacKey};
use hmac::{KeyInit, Mac};

/// HMAC over one hash function.
pub(crate) struct Hmacs<M>(PhantomData<fn() -> M>);

impl<M> Hmacs<M> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<M: Mac + KeyInit + Clone + Send + 'static> HmacAlgorithm for Hmacs<M> {
    fn output_len(&self) -> usize {
        M::output_size()
    }

    fn key(&self, key: &[u8]) -> Box<dyn HmacKey> {
        // HMAC takes keys of every length: the other arm is what the types ask for, and unreachable.
        let expanded = <M as KeyInit>::new_from_slice(key).unwrap_or_else(|_| M::new(&Default::default()));
        Box::new(Key(expanded))
    }
}

struct Key<M>(M);

impl<M: Mac + Clone + Send> HmacKey for Key<M> {
    fn sign(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        Digest::new(&mac.finalize().into_bytes())
    }
}
