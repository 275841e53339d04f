//! Cryptography for the fuzzer: with real handshakes it would spend its time on elliptic curves.
//!
//! The shapes are those of the real primitives, so that everything around them is the same: shares and keys of their
//! lengths, certificates that parse, signatures over the same bytes. The hashes, and so the transcript and Finished, are real.

use std::sync::LazyLock;

use crypto::{
    AeadAlgorithm, AeadKey, Failed, KeyExchange, KeyExchangeAlgorithm, NamedGroup, Nonce, PrivateKeyDer,
    Provider, PublicKey, PublicKeyAlgorithm, Secret, SignatureScheme, SignatureVerifier, Signer,
    SigningAlgorithm, TAG_LEN, Tag,
};
use crypto_rust::PROVIDER;
use rand_core::CryptoRng;

/// Key exchange and signatures that cost a hash. The AEADs are real: nobody's bytes but the peer's are accepted.
pub(crate) static CHEAP: LazyLock<Provider> = LazyLock::new(|| Provider {
    key_exchanges: &[&Exclusive],
    ecdsa_p256: &Hashed,
    verifier: &Hashed,
    ..PROVIDER
});

/// The same, with a cipher that hides nothing and accepts every tag: so the fuzzer reaches what stands behind it.
pub(crate) static NULL_CIPHER: LazyLock<Provider> =
    LazyLock::new(|| Provider { aes_128_gcm: &Null, ..*CHEAP });

/// Agreement by exclusive or: both sides get the same, and so would everybody who listens.
#[derive(Clone, Copy)]
struct Exclusive;

struct Share([u8; 32]);

impl KeyExchangeAlgorithm for Exclusive {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn start(&self, rng: &mut dyn CryptoRng) -> Result<Box<dyn KeyExchange>, Failed> {
        let mut share = [0; 32];
        rng.fill_bytes(&mut share);
        Ok(Box::new(Share(share)))
    }
}

impl KeyExchange for Share {
    fn group(&self) -> NamedGroup {
        Exclusive.group()
    }

    fn share(&self) -> &[u8] {
        &self.0
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Failed> {
        let theirs: [u8; 32] = peer_share.try_into().map_err(|_| Failed)?;
        Ok(Secret::new(self.0.iter().zip(theirs).map(|(a, b)| a ^ b).collect()))
    }
}

/// A signature that is a hash over the public key and the message: who knows the message can make it.
struct Hashed;

struct Key(PublicKey);

fn public(key: &[u8]) -> PublicKey {
    PublicKey { algorithm: PublicKeyAlgorithm::EcP256, key: bytes::Bytes::copy_from_slice(key) }
}

fn signature(key: &PublicKey, message: &[u8]) -> Vec<u8> {
    PROVIDER.sha256.hash(&[&key.key, message]).as_ref().to_vec()
}

impl SigningAlgorithm for Hashed {
    /// The public key, in the shape of an uncompressed point, is all that there is.
    fn generate(&self, rng: &mut dyn CryptoRng) -> Result<(PrivateKeyDer, Box<dyn Signer>), Failed> {
        let mut key = vec![4; 65];
        rng.fill_bytes(&mut key[1..]);
        let signer = Box::new(Key(public(&key)));
        Ok((PrivateKeyDer(Secret::new(key)), signer))
    }

    fn load(&self, key: &PrivateKeyDer) -> Result<Box<dyn Signer>, Failed> {
        Ok(Box::new(Key(public(key.0.as_ref()))))
    }
}

impl Signer for Key {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SHA256]
    }

    fn public_key(&self) -> PublicKey {
        self.0.clone()
    }

    fn sign(
        &self,
        _rng: &mut dyn CryptoRng,
        _scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed> {
        Ok(signature(&self.0, message))
    }
}

impl SignatureVerifier for Hashed {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SHA256]
    }

    fn verify(
        &self,
        _scheme: SignatureScheme,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Failed> {
        (self::signature(key, message) == signature).then_some(()).ok_or(Failed)
    }
}

/// An AEAD that hides nothing and accepts every tag.
struct Null;

impl AeadAlgorithm for Null {
    fn key_len(&self) -> usize {
        16
    }

    fn key(&self, _key: &[u8]) -> Result<Box<dyn AeadKey>, Failed> {
        Ok(Box::new(Self))
    }
}

impl AeadKey for Null {
    fn seal(&self, _nonce: &Nonce, _associated_data: &[u8], _data: &mut [u8]) -> Result<Tag, Failed> {
        Ok([0; TAG_LEN])
    }

    fn open(
        &self,
        _nonce: &Nonce,
        _associated_data: &[u8],
        _data: &mut [u8],
        _tag: &Tag,
    ) -> Result<(), Failed> {
        Ok(())
    }
}
