//! What we show and sign with: our certificates, each with its key, and which of them serves a handshake.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crypto::{CertificateDer, Failed, Provider, PublicKeyAlgorithm, Rng, SignatureScheme, Signer};

use crate::error::ConfigError;
use crate::identity::Identity;
use crate::wire::U16List;

/// Our certificates in the order of preference; at least one.
pub(crate) struct Credentials(Vec<Credential>);

struct Credential {
    chain: Vec<CertificateDer>,
    signer: Box<dyn Signer>,
    key: PublicKeyAlgorithm,
}

/// One of our certificates, and a scheme of its key that the peer can check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    index: usize,
    pub(crate) scheme: SignatureScheme,
}

impl Credentials {
    pub(crate) fn load(identities: &[&Identity], provider: &Provider) -> Result<Self, ConfigError> {
        let load = |identity: &&Identity| {
            let signer = identity.signer(provider)?;
            let key = signer.public_key().algorithm;
            Ok(Credential { chain: identity.certificate_chain.clone(), signer, key })
        };
        let loaded = identities.iter().map(load).collect::<Result<Vec<_>, ConfigError>>()?;
        if loaded.is_empty() { Err(ConfigError::NoCertificate) } else { Ok(Self(loaded)) }
    }

    /// The kinds of our keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = PublicKeyAlgorithm> {
        self.0.iter().map(|credential| credential.key)
    }

    /// The first certificate with a key that serves and a scheme among those that the peer can check.
    pub(crate) fn choose(
        &self,
        schemes: U16List<'_>,
        serves: impl Fn(PublicKeyAlgorithm) -> bool,
    ) -> Option<Choice> {
        self.0.iter().enumerate().find_map(|(index, Credential { signer, key, .. })| {
            let mut ours = signer.schemes().iter().copied();
            let scheme = ours.find(|scheme| schemes.contains(scheme.0))?;
            serves(*key).then_some(Choice { index, scheme })
        })
    }

    /// The chain, leaf first; that of the first certificate before one was chosen.
    pub(crate) fn chain(&self, choice: Option<Choice>) -> &[CertificateDer] {
        let index = choice.map_or(0, |choice| choice.index);
        self.0.get(index).map_or(&[], |credential| &credential.chain)
    }

    pub(crate) fn sign(&self, rng: &mut Rng, choice: Choice, message: &[u8]) -> Result<Vec<u8>, Failed> {
        let credential = self.0.get(choice.index).ok_or(Failed)?;
        credential.signer.sign(&mut **rng, choice.scheme, message)
    }
}
