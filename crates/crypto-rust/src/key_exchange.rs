//! X25519 (RFC 7748) and ECDH on the NIST curves (RFC 8422 §5.4, §5.10).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;

use crypto::{Failed, KeyExchange, KeyExchangeAlgorithm, NamedGroup, Secret};
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, Generate, PublicKey, ecdh::EphemeralSecret,
};
use rand_core::CryptoRng;

/// X25519.
pub(crate) struct X25519;

impl KeyExchangeAlgorithm for X25519 {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn start(&self, rng: &mut dyn CryptoRng) -> Result<Box<dyn KeyExchange>, Failed> {
        let secret = x25519_dalek::EphemeralSecret::random_from_rng(rng);
        let share = x25519_dalek::PublicKey::from(&secret);
        Ok(Box::new(X25519Started { secret, share }))
    }
}

struct X25519Started {
    secret: x25519_dalek::EphemeralSecret,
    share: x25519_dalek::PublicKey,
}

impl KeyExchange for X25519Started {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn share(&self) -> &[u8] {
        self.share.as_bytes()
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Failed> {
        let peer = <[u8; 32]>::try_from(peer_share).map_err(|_| Failed)?;
        let secret = self.secret.diffie_hellman(&peer.into());
        // A point of small order gives a secret that everybody knows (RFC 7748 §6.1).
        if !secret.was_contributory() {
            return Err(Failed);
        }
        Ok(Secret::from(secret.as_bytes().as_slice()))
    }
}

/// ECDH on a curve of the `elliptic-curve` family; shares are uncompressed points.
pub(crate) struct Ecdh<C>(NamedGroup, PhantomData<fn() -> C>);

impl<C> Ecdh<C> {
    pub(crate) const fn new(group: NamedGroup) -> Self {
        Self(group, PhantomData)
    }
}

impl<C> KeyExchangeAlgorithm for Ecdh<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn group(&self) -> NamedGroup {
        self.0
    }

    fn start(&self, rng: &mut dyn CryptoRng) -> Result<Box<dyn KeyExchange>, Failed> {
        let secret = EphemeralSecret::<C>::generate_from_rng(rng);
        let share = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Box::new(EcdhStarted { group: self.0, secret, share }))
    }
}

struct EcdhStarted<C: CurveArithmetic> {
    group: NamedGroup,
    secret: EphemeralSecret<C>,
    share: Vec<u8>,
}

impl<C> KeyExchange for EcdhStarted<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
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
        let peer = PublicKey::<C>::from_sec1_bytes(peer_share).map_err(|_| Failed)?;
        Ok(Secret::from(self.secret.diffie_hellman(&peer).raw_secret_bytes().as_slice()))
    }
}
