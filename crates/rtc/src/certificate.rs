//! `RTCCertificate` (webrtc-pc §4.9).

use alloc::vec::Vec;
use core::time::Duration;

use base::UnixTime;
use crypto::{Fingerprint, Provider};
use dtls::{FingerprintAlgorithm, Identity, KeyAlgorithm};
use rand_core::CryptoRng;

use crate::Error;

/// The longest validity that webrtc-pc lets an application ask for: a year.
const MAX_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// A month, as browsers have it.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// A certificate with its private key. It may serve many connections: whoever wants to be recognised keeps it.
///
/// Example: [`Configuration`](crate::Configuration).
#[derive(Clone, Debug)]
pub struct Certificate {
    pub(crate) identity: Identity,
    pub(crate) expires: UnixTime,
}

impl Certificate {
    /// A new key and a certificate for it that is valid for 30 days (`generateCertificate`).
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`] if the provider knows no such keys, [`Error::Crypto`] if it can make none.
    pub fn generate(
        provider: &Provider,
        rng: &mut dyn CryptoRng,
        algorithm: KeyAlgorithm,
        unix_now: UnixTime,
    ) -> Result<Self, Error> {
        Self::generate_for(provider, rng, algorithm, unix_now, DEFAULT_LIFETIME)
    }

    /// A new key and a certificate that is valid for `lifetime`, to the millisecond, a year at most.
    ///
    /// # Errors
    /// As [`generate`](Self::generate).
    pub fn generate_for(
        provider: &Provider,
        rng: &mut dyn CryptoRng,
        algorithm: KeyAlgorithm,
        unix_now: UnixTime,
        lifetime: Duration,
    ) -> Result<Self, Error> {
        if !algorithm.is_supported(provider) {
            return Err(Error::UnsupportedKey);
        }
        let lifetime = lifetime.min(MAX_LIFETIME);
        let identity = Identity::generate(provider, rng, algorithm, unix_now, lifetime, "WebRTC")?;
        Ok(Self { identity, expires: unix_now + lifetime })
    }

    /// A certificate of the application's own: a chain with its key.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the chain is empty, its first certificate cannot be read, or the key is not that
    /// certificate's.
    pub fn from_identity(provider: &Provider, identity: Identity) -> Result<Self, Error> {
        identity.check(provider).map_err(|_| Error::Crypto)?;
        let leaf = identity.certificate_chain.first().ok_or(Error::Crypto)?;
        let expires = provider.x509.read(leaf)?.not_after;
        Ok(Self { identity, expires })
    }

    /// The last moment of its validity: W3C's `expires`.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// Whether it is past its validity.
    #[must_use]
    pub fn is_expired(&self, unix_now: UnixTime) -> bool {
        unix_now > self.expires
    }

    /// Its fingerprint, by SHA-256 as descriptions carry it.
    #[must_use]
    pub fn fingerprints(&self, provider: &Provider) -> Vec<Fingerprint> {
        self.identity.fingerprint(provider, FingerprintAlgorithm::Sha256).into_iter().collect()
    }

    /// The chain with its key, to be stored.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

/// The same fingerprint in the words of SDP.
pub(crate) fn to_sdp(fingerprint: Fingerprint) -> sdp::Fingerprint {
    sdp::Fingerprint { algorithm: fingerprint.algorithm, digest: fingerprint.digest }
}

/// The same fingerprint in the words of cryptography.
pub(crate) fn from_sdp(fingerprint: &sdp::Fingerprint) -> Fingerprint {
    Fingerprint { algorithm: fingerprint.algorithm.clone(), digest: fingerprint.digest.clone() }
}
