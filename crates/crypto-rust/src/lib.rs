//! The default provider of cryptography: RustCrypto, `no_std`, portable.
//!
//! ```
//! let provider: &'static crypto::Provider = &crypto_rust::PROVIDER;
//! assert_eq!(provider.sha256.hash(&[b"abc"]).as_ref().first(), Some(&0xba));
//! ```

#![no_std]

extern crate alloc;

mod aead;
mod cipher;
mod ecdsa;
mod hash;
mod hkdf;
mod hmac;
mod key_exchange;
#[cfg(target_has_atomic = "ptr")]
mod rsa;
mod verify;
mod x509;

use crypto::{KeyExchangeAlgorithm, NamedGroup, Provider};

/// Every primitive, by RustCrypto.
///
/// A static, so that what is generic in it is compiled here, with the optimization that this crate is given, and not once more
/// in each crate that names it. `Provider { aes_128_gcm: &Mine, ..crypto_rust::PROVIDER }` may initialise another.
pub static PROVIDER: Provider = Provider {
    aes_128_gcm: &aead::Aeads::<aes_gcm::Aes128Gcm>::NEW,
    aes_256_gcm: &aead::Aeads::<aes_gcm::Aes256Gcm>::NEW,
    chacha20_poly1305: &aead::Aeads::<chacha20poly1305::ChaCha20Poly1305>::NEW,
    aes_128_ctr: &cipher::Counters::<aes::Aes128>::NEW,
    aes_256_ctr: &cipher::Counters::<aes::Aes256>::NEW,
    md5: &hash::Hashing::<md5::Md5>::NEW,
    sha1: &hash::Hashing::<sha1::Sha1>::NEW,
    sha256: &hash::Hashing::<sha2::Sha256>::NEW,
    sha384: &hash::Hashing::<sha2::Sha384>::NEW,
    sha512: &hash::Hashing::<sha2::Sha512>::NEW,
    hmac_sha1: &hmac::Hmacs::<::hmac::Hmac<sha1::Sha1>>::NEW,
    hmac_sha256: &hmac::Hmacs::<::hmac::Hmac<sha2::Sha256>>::NEW,
    hmac_sha384: &hmac::Hmacs::<::hmac::Hmac<sha2::Sha384>>::NEW,
    hmac_sha512: &hmac::Hmacs::<::hmac::Hmac<sha2::Sha512>>::NEW,
    hkdf_sha256: &hkdf::Hkdfs::<::hmac::Hmac<sha2::Sha256>>::new(32),
    hkdf_sha384: &hkdf::Hkdfs::<::hmac::Hmac<sha2::Sha384>>::new(48),
    key_exchanges: &KEY_EXCHANGES,
    ecdsa_p256: &ecdsa::EcdsaP256,
    #[cfg(target_has_atomic = "ptr")]
    rsa_2048: Some(&rsa::Rsa2048),
    #[cfg(not(target_has_atomic = "ptr"))]
    rsa_2048: None,
    verifier: &verify::Verifiers,
    x509: &x509::Certificates,
};

static KEY_EXCHANGES: [&dyn KeyExchangeAlgorithm; 3] = [
    &key_exchange::X25519,
    &key_exchange::Ecdh::<p256::NistP256>::new(NamedGroup::SECP256R1),
    &key_exchange::Ecdh::<p384::NistP384>::new(NamedGroup::SECP384R1),
];
