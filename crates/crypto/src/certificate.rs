//! X.509 certificates (RFC 5280), as far as WebRTC needs them: only the fingerprint counts (RFC 8827 §6.5).

use alloc::vec::Vec;

use base::UnixTime;
use bytes::Bytes;
use rand_core::CryptoRng;

use crate::{Failed, PublicKey, Signer};

/// A certificate, DER-encoded.
pub type CertificateDer = Bytes;

/// A certificate's fingerprint as SDP carries it (RFC 8122 §5), parsed.
// Closed: a hash function's name and a digest (RFC 8122 §5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The hash function's name, in lower case: `sha-256`.
    pub algorithm: alloc::string::String,
    /// The digest.
    pub digest: Vec<u8>,
}

/// What a self-signed certificate says.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SelfSigned<'a> {
    /// Common name of subject and issuer. Some peers refuse an empty one.
    pub common_name: &'a str,
    /// The first second of its validity. In the past, because clocks disagree.
    pub not_before: UnixTime,
    /// The last second of its validity.
    pub not_after: UnixTime,
}

impl<'a> SelfSigned<'a> {
    /// A certificate for `common_name`, valid from `not_before` to `not_after`.
    #[must_use]
    pub const fn new(common_name: &'a str, not_before: UnixTime, not_after: UnixTime) -> Self {
        Self { common_name, not_before, not_after }
    }
}

/// What a certificate says, as far as anything depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFields {
    /// Its public key; `None` if that is of a kind that the provider does not know.
    pub public_key: Option<PublicKey>,
    /// The last second of its validity.
    pub not_after: UnixTime,
    /// Whether the key may sign a handshake: there is no keyUsage, or it says digitalSignature (RFC 5246 §7.4.2).
    pub may_sign: bool,
}

impl CertificateFields {
    /// Of a certificate without keyUsage.
    #[must_use]
    pub const fn new(public_key: Option<PublicKey>, not_after: UnixTime) -> Self {
        Self { public_key, not_after, may_sign: true }
    }
}

/// Reading and making certificates.
pub trait X509: Sync {
    /// A certificate of `signer`'s public key, signed by `signer`, with a random serial number of at least 64 bits.
    ///
    /// # Errors
    /// [`Failed`] if the parameters make no certificate, such as a validity that ends before it starts.
    fn self_signed(
        &self,
        parameters: &SelfSigned<'_>,
        signer: &dyn Signer,
        rng: &mut dyn CryptoRng,
    ) -> Result<CertificateDer, Failed>;

    /// What a certificate says. Neither its signature nor its validity is looked at.
    ///
    /// # Errors
    /// [`Failed`] if `certificate` is broken.
    fn read(&self, certificate: &[u8]) -> Result<CertificateFields, Failed>;
}
