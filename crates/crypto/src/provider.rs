//! A provider: one implementation of everything, field by field.

use core::fmt;

use crate::{
    AeadAlgorithm, HashAlgorithm, HkdfAlgorithm, HmacAlgorithm, KeyExchangeAlgorithm, SignatureVerifier,
    SigningAlgorithm, StreamCipherAlgorithm, X509,
};

/// The primitives that the protocols use.
///
/// A plain value: to take one algorithm from elsewhere, write
/// `static MINE: Provider = Provider { aes_128_gcm: &TheirAesGcm, ..crypto_rust::PROVIDER };`.
// Closed: who writes a provider has to hear from the compiler of a new primitive, and who replaces one writes `..`.
#[derive(Clone, Copy)]
pub struct Provider {
    /// AES-128 in Galois/counter mode.
    pub aes_128_gcm: &'static dyn AeadAlgorithm,
    /// AES-256 in Galois/counter mode.
    pub aes_256_gcm: &'static dyn AeadAlgorithm,
    /// ChaCha20 with Poly1305 (RFC 8439).
    pub chacha20_poly1305: &'static dyn AeadAlgorithm,
    /// AES-128 in counter mode.
    pub aes_128_ctr: &'static dyn StreamCipherAlgorithm,
    /// AES-256 in counter mode.
    pub aes_256_ctr: &'static dyn StreamCipherAlgorithm,
    /// MD5: only for the long-term credentials of STUN (RFC 8489 §9.2.2).
    pub md5: &'static dyn HashAlgorithm,
    /// SHA-1: for whoever has to compare old fingerprints; DTLS takes none (RFC 8122 §5).
    pub sha1: &'static dyn HashAlgorithm,
    /// SHA-256.
    pub sha256: &'static dyn HashAlgorithm,
    /// SHA-384.
    pub sha384: &'static dyn HashAlgorithm,
    /// SHA-512.
    pub sha512: &'static dyn HashAlgorithm,
    /// HMAC with SHA-1.
    pub hmac_sha1: &'static dyn HmacAlgorithm,
    /// HMAC with SHA-256.
    pub hmac_sha256: &'static dyn HmacAlgorithm,
    /// HMAC with SHA-384.
    pub hmac_sha384: &'static dyn HmacAlgorithm,
    /// HMAC with SHA-512.
    pub hmac_sha512: &'static dyn HmacAlgorithm,
    /// HKDF with SHA-256.
    pub hkdf_sha256: &'static dyn HkdfAlgorithm,
    /// HKDF with SHA-384.
    pub hkdf_sha384: &'static dyn HkdfAlgorithm,
    /// The key exchanges, best first.
    pub key_exchanges: &'static [&'static dyn KeyExchangeAlgorithm],
    /// ECDSA on P-256 with SHA-256: what our own certificates are made with.
    pub ecdsa_p256: &'static dyn SigningAlgorithm,
    /// RSA with SHA-256 and the public exponent 65537: new keys have 2048 bits. `None` where the target cannot.
    pub rsa_2048: Option<&'static dyn SigningAlgorithm>,
    /// Every signature that a peer may make.
    pub verifier: &'static dyn SignatureVerifier,
    /// Certificates.
    pub x509: &'static dyn X509,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}
