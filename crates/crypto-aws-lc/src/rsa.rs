//! RSA with SHA-256, by both paddings (RFC 8017 §8.1.1, §8.2.1): for certificates of our own.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use bytes::Bytes;
use crypto::{
    Failed, PrivateKeyDer, PublicKey, PublicKeyAlgorithm, Secret, SignatureScheme, Signer, SigningAlgorithm,
};
use rand_core::CryptoRng;

/// New keys of 2048 bits, with the public exponent 65537; stored ones of any size that is safe.
pub(crate) struct Rsa2048;

impl SigningAlgorithm for Rsa2048 {
    /// AWS-LC draws the primes from a generator of its own.
    fn generate(&self, _rng: &mut dyn CryptoRng) -> Result<(PrivateKeyDer, Box<dyn Signer>), Failed> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| Failed)?;
        let document = pair.as_der().map_err(|_| Failed)?;
        Ok((PrivateKeyDer(Secret::from(document.as_ref())), Box::new(Loaded(pair))))
    }

    fn load(&self, key: &PrivateKeyDer) -> Result<Box<dyn Signer>, Failed> {
        Ok(Box::new(Loaded(RsaKeyPair::from_pkcs8(key.0.as_ref()).map_err(|_| Failed)?)))
    }
}

struct Loaded(RsaKeyPair);

impl Signer for Loaded {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256]
    }

    fn public_key(&self) -> PublicKey {
        let key = Bytes::copy_from_slice(self.0.public_key().as_ref());
        PublicKey { algorithm: PublicKeyAlgorithm::Rsa, key }
    }

    /// AWS-LC draws the salt from a generator of its own.
    fn sign(
        &self,
        _rng: &mut dyn CryptoRng,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed> {
        let padding = match scheme {
            SignatureScheme::RSA_PSS_SHA256 => &RSA_PSS_SHA256,
            SignatureScheme::RSA_PKCS1_SHA256 => &RSA_PKCS1_SHA256,
            _ => return Err(Failed),
        };
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(|_| Failed)?;
        Ok(signature)
    }
}
