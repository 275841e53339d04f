//! Traits of cryptographic primitives.
//!
//! The protocols name what they need here; a provider crate implements it. Everything works on slices and arrays,
//! in place, and a failure says only that it failed: what made a forged message wrong is nobody's business.

#![no_std]

extern crate alloc;

mod aead;
mod certificate;
mod cipher;
mod hash;
mod key_exchange;
mod provider;
mod secret;
mod signature;

pub use aead::{AeadAlgorithm, AeadKey, NONCE_LEN, Nonce, TAG_LEN, Tag};
pub use certificate::{CertificateDer, CertificateFields, Fingerprint, SelfSigned, X509};
pub use cipher::{StreamCipherAlgorithm, StreamCipherKey};
pub use hash::{Digest, HashAlgorithm, HashState, HkdfAlgorithm, HmacAlgorithm, HmacKey, MAX_DIGEST_LEN};
pub use key_exchange::{KeyExchange, KeyExchangeAlgorithm, NamedGroup};
pub use provider::Provider;
pub use secret::Secret;
pub use signature::{
    PrivateKeyDer, PublicKey, PublicKeyAlgorithm, SignatureScheme, SignatureVerifier, Signer,
    SigningAlgorithm,
};

use alloc::boxed::Box;

/// The randomness of one machine, given to it at construction.
///
/// A cryptographically secure generator in production; a seeded one where a run has to be repeated.
pub type Rng = Box<dyn rand_core::CryptoRng + Send>;

/// The operation failed, and says no more: a tag that does not match, a point off the curve, a key of a wrong length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic operation failed")]
pub struct Failed;

/// Whether two byte strings are equal, in a time that depends only on their lengths.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}
