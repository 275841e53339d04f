//! Checking signatures: ECDSA on P-256 and P-384, and RSA where the target has atomics.

#[cfg(target_has_atomic = "ptr")]
mod rsa;

use crypto::{Failed, PublicKey, PublicKeyAlgorithm, SignatureScheme, SignatureVerifier};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Every scheme that a peer may use, best first.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SHA256,
    SignatureScheme::ECDSA_SHA384,
    #[cfg(target_has_atomic = "ptr")]
    SignatureScheme::RSA_PSS_SHA256,
    #[cfg(target_has_atomic = "ptr")]
    SignatureScheme::RSA_PSS_SHA384,
    #[cfg(target_has_atomic = "ptr")]
    SignatureScheme::RSA_PSS_SHA512,
    #[cfg(target_has_atomic = "ptr")]
    SignatureScheme::RSA_PKCS1_SHA256,
    #[cfg(target_has_atomic = "ptr")]
    SignatureScheme::RSA_PKCS1_SHA384,
    #[cfg(target_has_atomic = "ptr")]
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// ECDSA with SHA-512: not offered, yet correct with either curve in TLS 1.2.
const ECDSA_SHA512: SignatureScheme = SignatureScheme(0x0603);

/// All verification.
pub(crate) struct Verifiers;

impl SignatureVerifier for Verifiers {
    fn schemes(&self) -> &[SignatureScheme] {
        SCHEMES
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Failed> {
        match scheme {
            SignatureScheme::ECDSA_SHA256 => ecdsa(key, &Sha256::digest(message), signature),
            SignatureScheme::ECDSA_SHA384 => ecdsa(key, &Sha384::digest(message), signature),
            ECDSA_SHA512 => ecdsa(key, &Sha512::digest(message), signature),
            #[cfg(target_has_atomic = "ptr")]
            _ => rsa::verify(scheme, key, message, signature),
            #[cfg(not(target_has_atomic = "ptr"))]
            _ => Err(Failed),
        }
    }
}

fn ecdsa(key: &PublicKey, digest: &[u8], signature: &[u8]) -> Result<(), Failed> {
    match key.algorithm {
        PublicKeyAlgorithm::EcP256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.key).map_err(|_| Failed)?;
            let signature = p256::ecdsa::DerSignature::from_bytes(signature).map_err(|_| Failed)?;
            key.verify_prehash(digest, &signature).map_err(|_| Failed)
        }
        PublicKeyAlgorithm::EcP384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&key.key).map_err(|_| Failed)?;
            let signature = p384::ecdsa::DerSignature::from_bytes(signature).map_err(|_| Failed)?;
            key.verify_prehash(digest, &signature).map_err(|_| Failed)
        }
        _ => Err(Failed),
    }
}
