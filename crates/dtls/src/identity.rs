//! Who we are: a certificate and its key (RFC 8827 §6.5).

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use base::UnixTime;
use crypto::{
    CertificateDer, Failed, Fingerprint, HashAlgorithm, PrivateKeyDer, Provider, PublicKeyAlgorithm,
    SelfSigned, Signer, SigningAlgorithm,
};
use rand_core::CryptoRng;

use crate::error::ConfigError;

/// How far in the past a certificate's validity starts, because clocks disagree.
const BACKDATE: Duration = Duration::from_secs(24 * 3600);

/// A hash function that is good enough for fingerprints (RFC 8122 §5), the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FingerprintAlgorithm {
    /// `sha-256`.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
}

impl FingerprintAlgorithm {
    /// The algorithm that SDP calls `name`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// The name in SDP.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    fn hash(self, provider: &Provider) -> &'static dyn HashAlgorithm {
        match self {
            Self::Sha256 => provider.sha256,
            Self::Sha384 => provider.sha384,
            Self::Sha512 => provider.sha512,
        }
    }

    /// The fingerprint of a certificate.
    #[must_use]
    pub fn fingerprint(self, provider: &Provider, certificate: &[u8]) -> Fingerprint {
        let digest = self.hash(provider).hash(&[certificate]).as_ref().to_vec();
        Fingerprint { algorithm: self.name().to_string(), digest }
    }
}

/// The kind of a new key: what webrtc-pc §4.4.2 (`generateCertificate`) wants every implementation to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on P-256: small and fast.
    #[default]
    EcdsaP256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, a modulus of 2048 bits and the public exponent 65537: for peers that know nothing else.
    Rsa2048,
}

impl KeyAlgorithm {
    /// Whether the provider has it; RSA takes a target with atomics.
    #[must_use]
    pub fn is_supported(self, provider: &Provider) -> bool {
        self.signing(provider).is_some()
    }

    fn signing(self, provider: &Provider) -> Option<&'static dyn SigningAlgorithm> {
        match self {
            Self::EcdsaP256 => Some(provider.ecdsa_p256),
            Self::Rsa2048 => provider.rsa_2048,
        }
    }
}

/// A certificate chain and the private key of its first certificate.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Identity {
    /// The chain, leaf first; browsers use a single self-signed certificate.
    pub certificate_chain: Vec<CertificateDer>,
    /// The key of the leaf: ECDSA on P-256, or RSA.
    pub key: PrivateKeyDer,
}

impl Identity {
    /// A chain, leaf first, and the key of the leaf. Whether they belong together, [`check`](Self::check) says.
    #[must_use]
    pub const fn new(certificate_chain: Vec<CertificateDer>, key: PrivateKeyDer) -> Self {
        Self { certificate_chain, key }
    }

    /// A fresh key and a self-signed certificate for it, valid from a day ago until `lifetime` from now.
    ///
    /// # Errors
    /// [`Failed`] if the provider can make no such key or certificate.
    pub fn generate(
        provider: &Provider,
        rng: &mut dyn CryptoRng,
        algorithm: KeyAlgorithm,
        unix_now: UnixTime,
        lifetime: Duration,
        common_name: &str,
    ) -> Result<Self, Failed> {
        let (key, signer) = algorithm.signing(provider).ok_or(Failed)?.generate(rng)?;
        let parameters = SelfSigned::new(common_name, unix_now - BACKDATE, unix_now + lifetime);
        let certificate = provider.x509.self_signed(&parameters, &*signer, rng)?;
        Ok(Self { certificate_chain: vec![certificate], key })
    }

    /// Whether there is a certificate, and the key belongs to it.
    ///
    /// # Errors
    /// [`ConfigError::NoCertificate`] or [`ConfigError::Key`].
    pub fn check(&self, provider: &Provider) -> Result<(), ConfigError> {
        self.signer(provider).map(drop)
    }

    /// The key, ready to sign.
    pub(crate) fn signer(&self, provider: &Provider) -> Result<Box<dyn Signer>, ConfigError> {
        let leaf = self.certificate_chain.first().ok_or(ConfigError::NoCertificate)?;
        let fields = provider.x509.read(leaf).map_err(|_| ConfigError::Key)?;
        let algorithm = match fields.public_key.as_ref().map(|key| key.algorithm) {
            Some(PublicKeyAlgorithm::EcP256) => Some(provider.ecdsa_p256),
            Some(PublicKeyAlgorithm::Rsa) => provider.rsa_2048,
            _ => None,
        };
        let signer = algorithm.ok_or(ConfigError::Key)?.load(&self.key).map_err(|_| ConfigError::Key)?;
        let belongs = fields.may_sign && fields.public_key == Some(signer.public_key());
        if belongs { Ok(signer) } else { Err(ConfigError::Key) }
    }

    /// The kind of the leaf's key.
    pub(crate) fn public_key_algorithm(&self, provider: &Provider) -> Option<PublicKeyAlgorithm> {
        let fields = provider.x509.read(self.certificate_chain.first()?).ok()?;
        fields.public_key.map(|key| key.algorithm)
    }

    /// The fingerprint of the leaf, for our own description; `None` if there is no certificate.
    #[must_use]
    pub fn fingerprint(&self, provider: &Provider, algorithm: FingerprintAlgorithm) -> Option<Fingerprint> {
        self.certificate_chain.first().map(|leaf| algorithm.fingerprint(provider, leaf))
    }
}
