//! Checking ECDSA signatures; RSA is left to `crypto-rust`, whose limits on the modulus hold for both.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use crypto::{Failed, PublicKey, PublicKeyAlgorithm, SignatureScheme, SignatureVerifier};

/// ECDSA with SHA-512: not offered, yet correct with either curve in TLS 1.2.
const ECDSA_SHA512: SignatureScheme = SignatureScheme(0x0603);

/// All verification.
pub(crate) struct Verifiers;

impl SignatureVerifier for Verifiers {
    fn schemes(&self) -> &[SignatureScheme] {
        crypto_rust::PROVIDER.verifier.schemes()
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Failed> {
        match algorithm(scheme, key.algorithm) {
            Some(algorithm) => {
                UnparsedPublicKey::new(algorithm, &key.key).verify(message, signature).map_err(|_| Failed)
            }
            None => crypto_rust::PROVIDER.verifier.verify(scheme, key, message, signature),
        }
    }
}

/// In TLS 1.2 any hash may come with any curve.
fn algorithm(
    scheme: SignatureScheme,
    key: PublicKeyAlgorithm,
) -> Option<&'static EcdsaVerificationAlgorithm> {
    match (key, scheme) {
        (PublicKeyAlgorithm::EcP256, SignatureScheme::ECDSA_SHA256) => Some(&ECDSA_P256_SHA256_ASN1),
        (PublicKeyAlgorithm::EcP256, SignatureScheme::ECDSA_SHA384) => Some(&ECDSA_P256_SHA384_ASN1),
        (PublicKeyAlgorithm::EcP256, ECDSA_SHA512) => Some(&ECDSA_P256_SHA512_ASN1),
        (PublicKeyAlgorithm::EcP384, SignatureScheme::ECDSA_SHA256) => Some(&ECDSA_P384_SHA256_ASN1),
        (PublicKeyAlgorithm::EcP384, SignatureScheme::ECDSA_SHA384) => Some(&ECDSA_P384_SHA384_ASN1),
        (PublicKeyAlgorithm::EcP384, ECDSA_SHA512) => Some(&ECDSA_P384_SHA512_ASN1),
        _ => None,
    }
}
