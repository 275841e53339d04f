//! AES in counter mode (NIST SP 800-38A §6.5).

use alloc::boxed::Box;
use core::marker::PhantomData;

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipherCore};
use crypto::{Failed, StreamCipherAlgorithm, StreamCipherKey};
use ctr::CtrCore;
use ctr::flavors::Ctr128BE;

/// Counter mode over one block cipher.
pub(crate) struct Counters<B>(PhantomData<fn() -> B>);

impl<B> Counters<B> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<B> StreamCipherAlgorithm for Counters<B>
where
    B: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit + Send + 'static,
{
    fn key_len(&self) -> usize {
        B::key_size()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn StreamCipherKey>, Failed> {
        let expanded = B::new_from_slice(key).map_err(|_| Failed)?;
        Ok(Box::new(Key(expanded)))
    }
}

struct Key<B>(B);

impl<B: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + Send> StreamCipherKey for Key<B> {
    fn apply(&self, counter: &[u8; 16], data: &mut [u8]) {
        let stream = CtrCore::<&B, Ctr128BE>::inner_iv_init(&self.0, counter.into());
        stream.apply_keystream_partial(data.into());
    }
}
