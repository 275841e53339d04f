//! ECDSA on P-256 with SHA-256: the keys of our own certificates.

use aws_lc_rs::agreement::ECDH_P256;
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use bytes::Bytes;
use crypto::{
    Failed, PrivateKeyDer, PublicKey, PublicKeyAlgorithm, Secret, SignatureScheme, Signer, SigningAlgorithm,
};
use rand_core::CryptoRng;

use crate::key_exchange::private_key;

/// ECDSA on P-256.
pub(crate) struct EcdsaP256;

impl SigningAlgorithm for EcdsaP256 {
    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<(PrivateKeyDer, Box<dyn Signer>), Failed> {
        let key = private_key(&ECDH_P256, rng)?;
        let public = key.compute_public_key().map_err(|_| Failed)?;
        let private: EcPrivateKeyBin<'_> = key.as_be_bytes().map_err(|_| Failed)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            private.as_ref(),
            public.as_ref(),
        )
        .map_err(|_| Failed)?;
        let document = pair.to_pkcs8v1().map_err(|_| Failed)?;
        Ok((PrivateKeyDer(Secret::from(document.as_ref())), Box::new(Loaded(pair))))
    }

    fn load(&self, key: &PrivateKeyDer) -> Result<Box<dyn Signer>, Failed> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.0.as_ref());
        Ok(Box::new(Loaded(pair.map_err(|_| Failed)?)))
    }
}

struct Loaded(EcdsaKeyPair);

impl Signer for Loaded {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SHA256]
    }

    fn public_key(&self) -> PublicKey {
        let point = self.0.public_key().as_ref();
        PublicKey { algorithm: PublicKeyAlgorithm::EcP256, key: Bytes::copy_from_slice(point) }
    }

    /// AWS-LC draws the nonce from a generator of its own.
    fn sign(
        &self,
        _rng: &mut dyn CryptoRng,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed> {
        if scheme != SignatureScheme::ECDSA_SHA256 {
            return Err(Failed);
        }
        let signature = self.0.sign(&SystemRandom::new(), message).map_err(|_| Failed)?;
        Ok(signature.as_ref().to_vec())
    }
}
