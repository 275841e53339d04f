//! Key exchange: Diffie-Hellman and key encapsulation behind one shape.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rand_core::CryptoRng;

use crate::{Failed, Secret};

/// A group of the TLS Supported Groups registry (RFC 8422 §5.1.1, RFC 8446 §4.2.7).
///
/// An integer, so that what a peer offers and we do not know survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedGroup(pub u16);

impl NamedGroup {
    /// NIST P-256.
    pub const SECP256R1: Self = Self(0x0017);
    /// NIST P-384.
    pub const SECP384R1: Self = Self(0x0018);
    /// Curve25519 (RFC 7748).
    pub const X25519: Self = Self(0x001d);
    /// ML-KEM-768 with X25519 (draft-ietf-tls-ecdhe-mlkem).
    pub const X25519MLKEM768: Self = Self(0x11ec);
}

/// A way for two parties to agree on a secret.
pub trait KeyExchangeAlgorithm: Sync {
    /// The group that it works in.
    fn group(&self) -> NamedGroup;

    /// The initiator's half: makes a share and waits for the peer's.
    ///
    /// # Errors
    /// [`Failed`] if no key could be made.
    fn start(&self, rng: &mut dyn CryptoRng) -> Result<Box<dyn KeyExchange>, Failed>;

    /// The responder's half: our share and the secret, from the initiator's share.
    ///
    /// # Errors
    /// [`Failed`] if `initiator_share` is not a valid share of this group.
    fn respond(&self, rng: &mut dyn CryptoRng, initiator_share: &[u8]) -> Result<(Vec<u8>, Secret), Failed> {
        let ours = self.start(rng)?;
        let share = ours.share().to_vec();
        Ok((share, ours.complete(initiator_share)?))
    }
}

/// A key exchange that has sent its share.
pub trait KeyExchange: Send {
    /// The group it works in.
    fn group(&self) -> NamedGroup;

    /// Our share, as the protocol sends it.
    fn share(&self) -> &[u8];

    /// The secret, from the peer's share.
    ///
    /// # Errors
    /// [`Failed`] if `peer_share` has a wrong length, is off the curve or gives the all-zero secret.
    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Failed>;
}
