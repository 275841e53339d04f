//! The gate between a finished handshake and an open connection (RFC 8122 §6.2, RFC 8827 §6.5).
//!
//! DTLS proves that the peer owns the key of the certificate that it showed; only the fingerprint, which came through
//! signalling, says that this is the right peer.

use alloc::vec::Vec;

use crypto::{Fingerprint, Provider};

use crate::identity::FingerprintAlgorithm;

/// Proof that the peer's certificate has a promised fingerprint. Nothing but [`Expected::check`] makes one.
#[derive(Debug)]
pub(crate) struct FingerprintVerified(());

/// What the signalling promised.
#[derive(Debug, Default)]
pub(crate) struct Expected(Option<Vec<Fingerprint>>);

/// The outcome of a check.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing was promised yet.
    Unknown,
    Matches(FingerprintVerified),
    Mismatch,
}

impl Expected {
    pub(crate) fn set(&mut self, fingerprints: Vec<Fingerprint>) {
        self.0 = Some(fingerprints);
    }

    /// Whether the leaf has one of the fingerprints that were promised by the strongest hash function; the others count
    /// for nothing, so that a weaker one opens no door (RFC 8122 §5.1). Weak and unknown functions match nothing.
    pub(crate) fn check(&self, provider: &Provider, leaf: &[u8]) -> Verdict {
        let Some(promised) = &self.0 else { return Verdict::Unknown };
        let algorithm = |fingerprint: &Fingerprint| FingerprintAlgorithm::from_name(&fingerprint.algorithm);
        let Some(strongest) = promised.iter().filter_map(algorithm).max() else { return Verdict::Mismatch };
        let digest = strongest.fingerprint(provider, leaf).digest;
        let mut preferred = promised.iter().filter(|fingerprint| algorithm(fingerprint) == Some(strongest));
        if preferred.any(|fingerprint| fingerprint.digest == digest) {
            Verdict::Matches(FingerprintVerified(()))
        } else {
            Verdict::Mismatch
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    fn verdict(fingerprints: Vec<Fingerprint>) -> Verdict {
        let mut expected = Expected::default();
        expected.set(fingerprints);
        expected.check(&crypto_rust::PROVIDER, b"leaf")
    }

    fn right(algorithm: FingerprintAlgorithm) -> Fingerprint {
        algorithm.fingerprint(&crypto_rust::PROVIDER, b"leaf")
    }

    #[test]
    fn one_of_several_certificates_is_enough_and_case_does_not_matter() {
        let wrong = FingerprintAlgorithm::Sha384.fingerprint(&crypto_rust::PROVIDER, b"another");
        let mut loud = right(FingerprintAlgorithm::Sha384);
        loud.algorithm = "SHA-384".to_string();
        assert!(matches!(verdict(vec![wrong.clone(), loud]), Verdict::Matches(_)));
        assert!(matches!(verdict(vec![right(FingerprintAlgorithm::Sha512)]), Verdict::Matches(_)));
        assert!(matches!(verdict(vec![wrong]), Verdict::Mismatch));
    }

    /// RFC 8122 §5.1.
    #[test]
    fn only_the_strongest_hash_function_counts() {
        let wrong = FingerprintAlgorithm::Sha512.fingerprint(&crypto_rust::PROVIDER, b"another");
        assert!(matches!(
            verdict(vec![right(FingerprintAlgorithm::Sha256), wrong.clone()]),
            Verdict::Mismatch
        ));
        let both = vec![wrong, right(FingerprintAlgorithm::Sha256), right(FingerprintAlgorithm::Sha512)];
        assert!(matches!(verdict(both), Verdict::Matches(_)));
    }

    #[test]
    fn weak_and_unknown_hash_functions_match_nothing() {
        let sha1 = crypto_rust::PROVIDER.sha1.hash(&[b"leaf"]).as_ref().to_vec();
        let weak = Fingerprint { algorithm: "sha-1".to_string(), digest: sha1 };
        let mut mislabelled = right(FingerprintAlgorithm::Sha256);
        mislabelled.algorithm = "sha-224".to_string();
        assert!(matches!(verdict(vec![weak, mislabelled]), Verdict::Mismatch));
        assert!(matches!(verdict(vec![]), Verdict::Mismatch));
    }

    #[test]
    fn nothing_is_decided_before_anything_was_promised() {
        let expected = Expected::default();
        assert!(matches!(expected.check(&crypto_rust::PROVIDER, b"leaf"), Verdict::Unknown));
    }
}
