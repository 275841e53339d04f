//! RSA with SHA-256, by both paddings (RFC 8017 §8.1.1, §8.2.1): for certificates of our own.
//!
//! Every signature is blinded, so that its time tells nothing of the key.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ::rsa::pkcs1::EncodeRsaPublicKey;
use ::rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ::rsa::{Pkcs1v15Sign, PrivateKey, Pss};
use bytes::Bytes;
use crypto::{
    Failed, PrivateKeyDer, PublicKey, PublicKeyAlgorithm, Secret, SignatureScheme, Signer, SigningAlgorithm,
};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

/// Bits of a new modulus; the public exponent is 65537.
const BITS: usize = 2048;

/// New keys of 2048 bits; stored ones of any size that is safe.
pub(crate) struct Rsa2048;

impl SigningAlgorithm for Rsa2048 {
    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<(PrivateKeyDer, Box<dyn Signer>), Failed> {
        let key = PrivateKey::new(rng, BITS).map_err(|_| Failed)?;
        let document = key.to_pkcs8_der().map_err(|_| Failed)?;
        let stored = PrivateKeyDer(Secret::from(document.as_bytes()));
        Ok((stored, Box::new(Loaded::new(key)?)))
    }

    fn load(&self, key: &PrivateKeyDer) -> Result<Box<dyn Signer>, Failed> {
        let key = PrivateKey::from_pkcs8_der(key.0.as_ref()).map_err(|_| Failed)?;
        Ok(Box::new(Loaded::new(key)?))
    }
}

struct Loaded {
    key: PrivateKey,
    public: PublicKey,
}

impl Loaded {
    fn new(key: PrivateKey) -> Result<Self, Failed> {
        let document = key.as_public_key().to_pkcs1_der().map_err(|_| Failed)?;
        let key_bytes = Bytes::copy_from_slice(document.as_bytes());
        Ok(Self { key, public: PublicKey { algorithm: PublicKeyAlgorithm::Rsa, key: key_bytes } })
    }
}

impl Signer for Loaded {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256]
    }

    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn sign(
        &self,
        rng: &mut dyn CryptoRng,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed> {
        let digest = Sha256::digest(message);
        let signature = match scheme {
            SignatureScheme::RSA_PSS_SHA256 => {
                self.key.sign_with_rng(rng, Pss::<Sha256>::new_blinded(), &digest)
            }
            SignatureScheme::RSA_PKCS1_SHA256 => {
                self.key.sign_with_rng(rng, Pkcs1v15Sign::new::<Sha256>(), &digest)
            }
            _ => return Err(Failed),
        };
        signature.map_err(|_| Failed)
    }
}
