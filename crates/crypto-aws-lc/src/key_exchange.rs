//! X25519 (RFC 7748) and ECDH on the NIST curves (RFC 8422 §5.4, §5.10).

use aws_lc_rs::agreement::{self, Algorithm, ECDH_P256, ECDH_P384, PrivateKey, UnparsedPublicKey};
use crypto::{Failed, KeyExchange, KeyExchangeAlgorithm, NamedGroup, Secret};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// X25519.
pub(crate) static X25519: Ecdh = Ecdh { group: NamedGroup::X25519, algorithm: &agreement::X25519 };

/// ECDH on P-256; shares are uncompressed points.
pub(crate) static P256: Ecdh = Ecdh { group: NamedGroup::SECP256R1, algorithm: &ECDH_P256 };

/// ECDH on P-384.
pub(crate) static P384: Ecdh = Ecdh { group: NamedGroup::SECP384R1, algorithm: &ECDH_P384 };

/// Attempts at a scalar below the order of the curve: one in 2³² fails.
const ATTEMPTS: usize = 8;

/// A Diffie-Hellman group of AWS-LC.
pub(crate) struct Ecdh {
    group: NamedGroup,
    algorithm: &'static Algorithm,
}

impl KeyExchangeAlgorithm for Ecdh {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn start(&self, rng: &mut dyn CryptoRng) -> Result<Box<dyn KeyExchange>, Failed> {
        let secret = private_key(self.algorithm, rng)?;
        let share = secret.compute_public_key().map_err(|_| Failed)?.as_ref().to_vec();
        Ok(Box::new(Started { group: self.group, secret, share }))
    }
}

/// A private key from the caller's generator.
pub(crate) fn private_key(
    algorithm: &'static Algorithm,
    rng: &mut dyn CryptoRng,
) -> Result<PrivateKey, Failed> {
    if algorithm == &ECDH_P384 { draw::<48>(algorithm, rng) } else { draw::<32>(algorithm, rng) }
}

fn draw<const LEN: usize>(
    algorithm: &'static Algorithm,
    rng: &mut dyn CryptoRng,
) -> Result<PrivateKey, Failed> {
    let mut scalar = Zeroizing::new([0; LEN]);
    for _ in 0..ATTEMPTS {
        rng.fill_bytes(&mut *scalar);
        if let Ok(key) = PrivateKey::from_private_key(algorithm, &*scalar) {
            return Ok(key);
        }
    }
    Err(Failed)
}

struct Started {
    group: NamedGroup,
    secret: PrivateKey,
    share: Vec<u8>,
}

impl KeyExchange for Started {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Failed> {
        // Only the uncompressed form is left (RFC 8422 §5.1.2); its length is the one that ours has.
        if peer_share.len() != self.share.len() {
            return Err(Failed);
        }
        let peer = UnparsedPublicKey::new(self.secret.algorithm(), peer_share);
        agreement::agree(&self.secret, peer, Failed, |secret| Ok(Secret::from(secret)))
    }
}
