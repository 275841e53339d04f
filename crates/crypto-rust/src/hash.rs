//! MD5, SHA-1 and SHA-2.

use alloc::boxed::Box;
use core::marker::PhantomData;

use crypto::{Digest, HashAlgorithm, HashState};

/// A hash function of the `digest` family.
pub(crate) struct Hashing<D>(PhantomData<fn() -> D>);

impl<D> Hashing<D> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<D: sha2::Digest + Clone + Send + 'static> HashAlgorithm for Hashing<D> {
    fn output_len(&self) -> usize {
        <D as sha2::Digest>::output_size()
    }

    fn hash(&self, parts: &[&[u8]]) -> Digest {
        let mut state = D::new();
        for part in parts {
            state.update(part);
        }
        Digest::new(&state.finalize())
    }

    fn start(&self) -> Box<dyn HashState> {
        Box::new(Running(D::new()))
    }
}

struct Running<D>(D);

impl<D: sha2::Digest + Clone + Send> HashState for Running<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn current(&self) -> Digest {
        Digest::new(&self.0.clone().finalize())
    }
}
