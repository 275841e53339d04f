//! The cipher suites: ECDHE with an AEAD (RFC 5289, RFC 7905), and nothing else.

use crypto::{
    AeadAlgorithm, HashAlgorithm, HmacAlgorithm, KeyExchangeAlgorithm, Provider, PublicKeyAlgorithm,
    SignatureScheme,
};

use crate::config::Role;

/// The key exchanges that TLS 1.2 can name: its curves. Hybrids came with 1.3 (RFC 8446 §4.2.7).
pub(crate) fn curves(provider: &'static Provider) -> impl Iterator<Item = &'static dyn KeyExchangeAlgorithm> {
    provider.key_exchanges.iter().copied().filter(|algorithm| algorithm.group().0 < 0x0100)
}

/// A cipher suite of the TLS registry.
///
/// An integer, so that what a peer offers and we do not know survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CipherSuite(pub u16);

impl CipherSuite {
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.
    pub const ECDHE_ECDSA_AES_128_GCM_SHA256: Self = Self(0xc02b);
    /// TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384.
    pub const ECDHE_ECDSA_AES_256_GCM_SHA384: Self = Self(0xc02c);
    /// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
    pub const ECDHE_RSA_AES_128_GCM_SHA256: Self = Self(0xc02f);
    /// TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384.
    pub const ECDHE_RSA_AES_256_GCM_SHA384: Self = Self(0xc030);
    /// TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256.
    pub const ECDHE_RSA_CHACHA20_POLY1305_SHA256: Self = Self(0xcca8);
    /// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256.
    pub const ECDHE_ECDSA_CHACHA20_POLY1305_SHA256: Self = Self(0xcca9);

    /// Every suite that is implemented, in our order of preference.
    pub const ALL: [Self; 6] = [
        Self::ECDHE_ECDSA_AES_128_GCM_SHA256,
        Self::ECDHE_RSA_AES_128_GCM_SHA256,
        Self::ECDHE_ECDSA_AES_256_GCM_SHA384,
        Self::ECDHE_RSA_AES_256_GCM_SHA384,
        Self::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256,
        Self::ECDHE_RSA_CHACHA20_POLY1305_SHA256,
    ];

    /// The name in the registry of IANA, which `RTCTransportStats.dtlsCipher` shows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ECDHE_ECDSA_AES_128_GCM_SHA256 => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            Self::ECDHE_ECDSA_AES_256_GCM_SHA384 => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            Self::ECDHE_RSA_AES_128_GCM_SHA256 => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            Self::ECDHE_RSA_AES_256_GCM_SHA384 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            Self::ECDHE_RSA_CHACHA20_POLY1305_SHA256 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            Self::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            _ => "unknown",
        }
    }

    /// What the suite is made of, if it serves in this role: a client has to verify what the server signs with, and a server
    /// signs with keys of these kinds.
    pub(crate) fn usable(
        self,
        role: Role,
        provider: &Provider,
        mut keys: impl Iterator<Item = PublicKeyAlgorithm>,
    ) -> Option<Parts> {
        let parts = self.parts()?;
        let serves = match role {
            Role::Client => parts.authentication.is_covered(provider.verifier.schemes()),
            Role::Server => keys.any(|key| parts.authentication.takes(key)),
        };
        serves.then_some(parts)
    }

    /// What the suite is made of; `None` for those that are not implemented.
    pub(crate) const fn parts(self) -> Option<Parts> {
        let (authentication, aead, hash) = match self {
            Self::ECDHE_ECDSA_AES_128_GCM_SHA256 => (Authentication::Ecdsa, Aead::Aes128Gcm, Hash::Sha256),
            Self::ECDHE_ECDSA_AES_256_GCM_SHA384 => (Authentication::Ecdsa, Aead::Aes256Gcm, Hash::Sha384),
            Self::ECDHE_RSA_AES_128_GCM_SHA256 => (Authentication::Rsa, Aead::Aes128Gcm, Hash::Sha256),
            Self::ECDHE_RSA_AES_256_GCM_SHA384 => (Authentication::Rsa, Aead::Aes256Gcm, Hash::Sha384),
            Self::ECDHE_RSA_CHACHA20_POLY1305_SHA256 => (Authentication::Rsa, Aead::ChaCha20, Hash::Sha256),
            Self::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256 => {
                (Authentication::Ecdsa, Aead::ChaCha20, Hash::Sha256)
            }
            _ => return None,
        };
        Some(Parts { authentication, aead, hash })
    }
}

/// How the server signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    Ecdsa,
    Rsa,
}

impl Authentication {
    /// Whether a certificate with such a key serves.
    pub(crate) const fn takes(self, key: PublicKeyAlgorithm) -> bool {
        matches!(self, Self::Rsa) == matches!(key, PublicKeyAlgorithm::Rsa)
    }

    /// Whether its signatures can be checked with any of these schemes.
    pub(crate) fn is_covered(self, schemes: &[SignatureScheme]) -> bool {
        // The low byte names the algorithm, and PSS came later with a high byte of its own (RFC 8446 §4.2.3).
        let is_ecdsa = |scheme: &SignatureScheme| scheme.0 & 0xff == 3 && scheme.0 >> 8 != 8;
        let is_rsa = |scheme: &SignatureScheme| scheme.0 & 0xff == 1 || (0x0804..=0x0806).contains(&scheme.0);
        match self {
            Self::Ecdsa => schemes.iter().any(is_ecdsa),
            Self::Rsa => schemes.iter().any(is_rsa),
        }
    }
}

/// How records are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aead {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20,
}

impl Aead {
    pub(crate) fn algorithm(self, provider: &Provider) -> &'static dyn AeadAlgorithm {
        match self {
            Self::Aes128Gcm => provider.aes_128_gcm,
            Self::Aes256Gcm => provider.aes_256_gcm,
            Self::ChaCha20 => provider.chacha20_poly1305,
        }
    }
}

/// What the key schedule hashes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    pub(crate) fn hash(self, provider: &Provider) -> &'static dyn HashAlgorithm {
        match self {
            Self::Sha256 => provider.sha256,
            Self::Sha384 => provider.sha384,
        }
    }

    pub(crate) fn hmac(self, provider: &Provider) -> &'static dyn HmacAlgorithm {
        match self {
            Self::Sha256 => provider.hmac_sha256,
            Self::Sha384 => provider.hmac_sha384,
        }
    }
}

/// A suite, taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) authentication: Authentication,
    pub(crate) aead: Aead,
    pub(crate) hash: Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_that_we_offer_has_a_name_and_parts() {
        for suite in CipherSuite::ALL {
            assert!(suite.name().starts_with("TLS_ECDHE_"));
            let parts = suite.parts().unwrap();
            assert_eq!(suite.name().contains("_RSA_"), parts.authentication == Authentication::Rsa);
            assert_eq!(suite.name().ends_with("SHA384"), parts.hash == Hash::Sha384);
        }
        assert!(CipherSuite(0x1301).parts().is_none());
    }

    #[test]
    fn a_suite_is_worth_nothing_if_its_signatures_cannot_be_checked() {
        let ecdsa = [SignatureScheme::ECDSA_SHA384];
        assert!(Authentication::Ecdsa.is_covered(&ecdsa));
        assert!(!Authentication::Rsa.is_covered(&ecdsa));
        for rsa in [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA512] {
            assert!(Authentication::Rsa.is_covered(&[rsa]));
            assert!(!Authentication::Ecdsa.is_covered(&[rsa]));
        }
    }
}
