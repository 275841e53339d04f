//! ECDSA on P-256 with SHA-256: the keys of our own certificates.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::Bytes;
use crypto::{
    Failed, PrivateKeyDer, PublicKey, PublicKeyAlgorithm, Secret, SignatureScheme, Signer, SigningAlgorithm,
};
use p256::ecdsa::signature::RandomizedSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::Generate;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rand_core::CryptoRng;

/// ECDSA on P-256.
pub(crate) struct EcdsaP256;

impl SigningAlgorithm for EcdsaP256 {
    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<(PrivateKeyDer, Box<dyn Signer>), Failed> {
        let key = SigningKey::generate_from_rng(rng);
        let document = key.to_pkcs8_der().map_err(|_| Failed)?;
        Ok((PrivateKeyDer(Secret::from(document.as_bytes())), Box::new(Loaded(key))))
    }

    fn load(&self, key: &PrivateKeyDer) -> Result<Box<dyn Signer>, Failed> {
        let key = SigningKey::from_pkcs8_der(key.0.as_ref()).map_err(|_| Failed)?;
        Ok(Box::new(Loaded(key)))
    }
}

struct Loaded(SigningKey);

impl Signer for Loaded {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SHA256]
    }

    fn public_key(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(false);
        PublicKey { algorithm: PublicKeyAlgorithm::EcP256, key: Bytes::copy_from_slice(point.as_bytes()) }
    }

    fn sign(
        &self,
        rng: &mut dyn CryptoRng,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed> {
        if scheme != SignatureScheme::ECDSA_SHA256 {
            return Err(Failed);
        }
        // Hedged: RFC 6979 with fresh randomness mixed in, so neither a bad generator nor a glitch gives the key away.
        let signature: DerSignature = self.0.try_sign_with_rng(rng, message).map_err(|_| Failed)?;
        Ok(signature.as_bytes().to_vec())
    }
}
