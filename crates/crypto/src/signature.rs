//! Signatures, and the keys that make and check them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::Bytes;
use rand_core::CryptoRng;

use crate::{Failed, Secret};

/// A signature scheme of the TLS registry (RFC 8446 §4.2.3).
///
/// In TLS 1.2 the two bytes are a hash and a signature algorithm (RFC 5246 §7.4.1.4.1); the code points agree
/// but for ECDSA, whose curve 1.2 leaves open: what decides there is the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureScheme(pub u16);

impl SignatureScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub const RSA_PKCS1_SHA256: Self = Self(0x0401);
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    pub const RSA_PKCS1_SHA384: Self = Self(0x0501);
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    pub const RSA_PKCS1_SHA512: Self = Self(0x0601);
    /// ECDSA with SHA-256.
    pub const ECDSA_SHA256: Self = Self(0x0403);
    /// ECDSA with SHA-384.
    pub const ECDSA_SHA384: Self = Self(0x0503);
    /// RSASSA-PSS with SHA-256 and an rsaEncryption key.
    pub const RSA_PSS_SHA256: Self = Self(0x0804);
    /// RSASSA-PSS with SHA-384 and an rsaEncryption key.
    pub const RSA_PSS_SHA384: Self = Self(0x0805);
    /// RSASSA-PSS with SHA-512 and an rsaEncryption key.
    pub const RSA_PSS_SHA512: Self = Self(0x0806);
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicKeyAlgorithm {
    /// A point on NIST P-256.
    EcP256,
    /// A point on NIST P-384.
    EcP384,
    /// An RSA modulus and exponent.
    Rsa,
}

/// A public key, as it stands in a certificate.
// Closed: an algorithm and a key (`SubjectPublicKeyInfo`, RFC 5280 §4.1.2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its kind.
    pub algorithm: PublicKeyAlgorithm,
    /// The subjectPublicKey bits: an uncompressed SEC1 point, or a DER `RSAPublicKey`.
    pub key: Bytes,
}

/// A private key as a PKCS #8 document.
#[derive(Clone, Debug)]
pub struct PrivateKeyDer(pub Secret);

/// A way to make signatures.
pub trait SigningAlgorithm: Sync {
    /// A fresh private key: to be stored, and ready for use.
    ///
    /// # Errors
    /// [`Failed`] if no key could be made.
    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<(PrivateKeyDer, Box<dyn Signer>), Failed>;

    /// Prepares a private key for use.
    ///
    /// # Errors
    /// [`Failed`] if `key` is no key of this algorithm.
    fn load(&self, key: &PrivateKeyDer) -> Result<Box<dyn Signer>, Failed>;
}

/// A private key ready to sign.
pub trait Signer: Send {
    /// The schemes of its signatures, best first.
    fn schemes(&self) -> &[SignatureScheme];

    /// The public key that checks them.
    fn public_key(&self) -> PublicKey;

    /// A signature by one of the schemes over `message` (not over its hash): DER for ECDSA.
    ///
    /// # Errors
    /// [`Failed`] if the key cannot sign, or not by this scheme.
    fn sign(
        &self,
        rng: &mut dyn CryptoRng,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed>;
}

/// A way to check signatures: every scheme that a peer may use.
pub trait SignatureVerifier: Sync {
    /// The schemes it can check, best first: what a handshake offers.
    fn schemes(&self) -> &[SignatureScheme];

    /// Checks `signature` over `message`.
    ///
    /// Any hash may come with any curve, as in TLS 1.2.
    ///
    /// # Errors
    /// [`Failed`] if the signature is wrong, the scheme is unknown or does not fit the key, or an RSA modulus lies
    /// outside 2048 to 4096 bits.
    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Failed>;
}
