//! Whose certificate is taken (RFC 8122 §6.2, RFC 8827 §6.5).
//!
//! DTLS proves that the peer owns the key of the certificate that it showed; only the fingerprint, which came through
//! signalling, says that this is the right peer. So no handshake goes beyond a certificate that was not promised: there are
//! no keys that a stranger has signed for, and nothing that a stranger could say under them.

use alloc::vec::Vec;

use base::Instant;
use crypto::{Fingerprint, Provider};

use crate::identity::FingerprintAlgorithm;

/// Proof that a certificate has a promised fingerprint. Nothing but [`Expected::check`] makes one.
#[derive(Debug)]
pub(crate) struct FingerprintVerified(());

/// Proof that the handshake is finished, and that the peer owns a certificate with a promised fingerprint.
///
/// Nothing but a connection that was open has one: [`Connection::proof`](crate::Connection::proof).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerVerified(());

impl PeerVerified {
    /// Of whoever has finished a handshake with that certificate.
    pub(crate) const fn finished(_: &FingerprintVerified) -> Self {
        Self(())
    }
}

/// What the signalling promised, and since when somebody has shown something else.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    promised: Option<Vec<Fingerprint>>,
    mismatch_since: Option<Instant>,
}

impl Expected {
    /// Takes what is promised from now on, and says whether that is something new.
    pub(crate) fn set(&mut self, fingerprints: Vec<Fingerprint>) -> bool {
        let is_new = self.promised.as_ref() != Some(&fingerprints);
        if is_new {
            *self = Self { promised: Some(fingerprints), mismatch_since: None };
        }
        is_new
    }

    /// Whether nothing was promised yet, so that nobody can be told from a stranger.
    pub(crate) const fn is_unknown(&self) -> bool {
        self.promised.is_none()
    }

    /// Since when certificates without a promised fingerprint are shown, and none that has one.
    pub(crate) const fn mismatch_since(&self) -> Option<Instant> {
        self.mismatch_since
    }

    /// Judges a certificate that somebody shows now. A promised one contradicts those that others have shown.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        provider: &Provider,
        leaf: &[u8],
    ) -> Option<FingerprintVerified> {
        let proof = self.check(provider, leaf);
        self.mismatch_since = if proof.is_some() { None } else { self.mismatch_since.or(Some(now)) };
        proof
    }

    /// Whether the leaf has one of the fingerprints that were promised by the strongest hash function; the others count
    /// for nothing, so that a weaker one opens no door (RFC 8122 §5.1). Weak and unknown functions match nothing, and
    /// nothing matches before anything was promised.
    pub(crate) fn check(&self, provider: &Provider, leaf: &[u8]) -> Option<FingerprintVerified> {
        let promised = self.promised.as_ref()?;
        let algorithm = |fingerprint: &Fingerprint| FingerprintAlgorithm::from_name(&fingerprint.algorithm);
        let strongest = promised.iter().filter_map(algorithm).max()?;
        let digest = strongest.fingerprint(provider, leaf).digest;
        let mut preferred = promised.iter().filter(|fingerprint| algorithm(fingerprint) == Some(strongest));
        preferred.any(|fingerprint| fingerprint.digest == digest).then_some(FingerprintVerified(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    fn matches(fingerprints: Vec<Fingerprint>) -> bool {
        let mut expected = Expected::default();
        expected.set(fingerprints);
        expected.check(&crypto_rust::PROVIDER, b"leaf").is_some()
    }

    fn right(algorithm: FingerprintAlgorithm) -> Fingerprint {
        algorithm.fingerprint(&crypto_rust::PROVIDER, b"leaf")
    }

    #[test]
    fn one_of_several_certificates_is_enough_and_case_does_not_matter() {
        let wrong = FingerprintAlgorithm::Sha384.fingerprint(&crypto_rust::PROVIDER, b"another");
        let mut loud = right(FingerprintAlgorithm::Sha384);
        loud.algorithm = "SHA-384".to_string();
        assert!(matches(vec![wrong.clone(), loud]));
        assert!(matches(vec![right(FingerprintAlgorithm::Sha512)]));
        assert!(!matches(vec![wrong]));
    }

    /// RFC 8122 §5.1.
    #[test]
    fn only_the_strongest_hash_function_counts() {
        let wrong = FingerprintAlgorithm::Sha512.fingerprint(&crypto_rust::PROVIDER, b"another");
        assert!(!matches(vec![right(FingerprintAlgorithm::Sha256), wrong.clone()]));
        let both = vec![wrong, right(FingerprintAlgorithm::Sha256), right(FingerprintAlgorithm::Sha512)];
        assert!(matches(both));
    }

    #[test]
    fn weak_and_unknown_hash_functions_match_nothing() {
        let sha1 = crypto_rust::PROVIDER.sha1.hash(&[b"leaf"]).as_ref().to_vec();
        let weak = Fingerprint { algorithm: "sha-1".to_string(), digest: sha1 };
        let mut mislabelled = right(FingerprintAlgorithm::Sha256);
        mislabelled.algorithm = "sha-224".to_string();
        assert!(!matches(vec![weak, mislabelled]));
        assert!(!matches(vec![]));
    }

    #[test]
    fn nothing_matches_before_anything_was_promised() {
        let expected = Expected::default();
        assert!(expected.is_unknown());
        assert!(expected.check(&crypto_rust::PROVIDER, b"leaf").is_none());
    }

    #[test]
    fn a_mismatch_counts_from_the_first_one_until_the_promised_certificate_is_shown() {
        let (provider, at) = (&crypto_rust::PROVIDER, Instant::from_millis);
        let mut expected = Expected::default();
        assert!(expected.set(vec![right(FingerprintAlgorithm::Sha256)]));
        assert!(expected.judge(at(1), provider, b"another").is_none());
        assert!(expected.judge(at(2), provider, b"another").is_none());
        assert!(!expected.set(vec![right(FingerprintAlgorithm::Sha256)]), "the same promise again");
        assert_eq!(expected.mismatch_since(), Some(at(1)));
        assert!(expected.judge(at(3), provider, b"leaf").is_some());
        assert_eq!(expected.mismatch_since(), None);
    }
}
