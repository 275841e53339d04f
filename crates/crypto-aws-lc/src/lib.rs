#![doc = include_str!("../README.md")]

mod aead;
mod ecdsa;
mod key_exchange;
mod rsa;
mod verify;

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305};
use crypto::{KeyExchangeAlgorithm, Provider};

/// Every primitive, by AWS-LC where it is faster.
pub static PROVIDER: Provider = Provider {
    aes_128_gcm: &aead::Aead(&AES_128_GCM),
    aes_256_gcm: &aead::Aead(&AES_256_GCM),
    chacha20_poly1305: &aead::Aead(&CHACHA20_POLY1305),
    key_exchanges: &KEY_EXCHANGES,
    ecdsa_p256: &ecdsa::EcdsaP256,
    rsa_2048: Some(&rsa::Rsa2048),
    verifier: &verify::Verifiers,
    ..crypto_rust::PROVIDER
};

static KEY_EXCHANGES: [&dyn KeyExchangeAlgorithm; 3] =
    [&key_exchange::X25519, &key_exchange::P256, &key_exchange::P384];
