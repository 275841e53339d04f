//! HKDF (RFC 5869).

use core::marker::PhantomData;

use crypto::{Failed, HkdfAlgorithm, Secret};
use hkdf::{GenericHkdf, HmacImpl};
use zeroize::Zeroize;

/// HKDF over one hash function.
pub(crate) struct Hkdfs<H>(PhantomData<fn() -> H>, usize);

impl<H> Hkdfs<H> {
    /// With the bytes of a digest.
    pub(crate) const fn new(output_len: usize) -> Self {
        Self(PhantomData, output_len)
    }
}

impl<H: HmacImpl> HkdfAlgorithm for Hkdfs<H> {
    fn output_len(&self) -> usize {
        self.1
    }

    fn extract(&self, salt: &[u8], input: &[u8]) -> Secret {
        let (mut key, _) = GenericHkdf::<H>::extract(Some(salt), input);
        let secret = Secret::from(key.as_slice());
        key.as_mut_slice().zeroize();
        secret
    }

    fn expand(&self, key: &[u8], info: &[&[u8]], output: &mut [u8]) -> Result<(), Failed> {
        let hkdf = GenericHkdf::<H>::from_prk(key).map_err(|_| Failed)?;
        hkdf.expand_multi_info(info, output).map_err(|_| Failed)
    }
}
