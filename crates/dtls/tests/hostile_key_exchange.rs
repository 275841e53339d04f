//! Certificates, shares, signatures and a Finished that are not what they should be: nothing opens.

use crypto::{
    CertificateDer, CertificateFields, Failed, KeyExchange, KeyExchangeAlgorithm, NamedGroup, Provider,
    Secret, SelfSigned, SignatureScheme, Signer, X509,
};
use dtls::{AlertDescription, Config, Connection, Event, Reason, Role, State};

use crate::support::hostile::{T0, assert_finishes};
use crate::support::pair::{Pair, fingerprint, identity, rng};
use crate::support::wire::{message, vector8, vector24};

/// RFC 5246 §7.4.2.
#[test]
fn wrong_certificate_messages_are_refused() {
    let leaf = identity(9).certificate_chain[0].to_vec();
    let mut broken = leaf.clone();
    broken[5] ^= 0xff;
    let certificates = [
        vector24(&[]),
        vec![],
        vec![0, 0, 5],
        vector24(&vector24(&[])),
        vector24(&vector24(&broken)),
        vector24(&vector24(&leaf[..leaf.len() - 1])),
        vector24(&vector24(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff])),
        vector24(&(0..20).flat_map(|_| vector24(&leaf)).collect::<Vec<_>>()),
        vector24(&[vector24(&leaf), vec![0, 1]].concat()),
    ];
    let mut pair = Pair::started(Config::default(), Config::default());
    let hello = pair.client.transmit(T0);
    pair.server.receive(T0, &hello[0]).unwrap();
    for (index, body) in certificates.iter().enumerate() {
        pair.server.receive(T0, &message(11, 1, body)).unwrap();
        assert_eq!(pair.server.connection.stats().refused, u64::try_from(index).unwrap() + 1, "{index}");
    }
    assert_finishes(pair);
}

/// RFC 8122 §6.2, RFC 5246 §7.2.2.
#[test]
fn a_certificate_message_without_a_leaf_or_with_a_long_chain_is_told_so() {
    let leaf = identity(9).certificate_chain[0].to_vec();
    let chain = |len| vector24(&(0..len).flat_map(|_| vector24(&leaf)).collect::<Vec<_>>());
    for (len, alert) in [
        (0, AlertDescription::BAD_CERTIFICATE),
        (9, AlertDescription(46)),
        (8, AlertDescription::BAD_CERTIFICATE),
    ] {
        let mut pair = Pair::started(Config::default(), Config::default());
        let hello = pair.client.transmit(T0);
        pair.server.receive(T0, &hello[0]).unwrap();
        pair.server.transmit(T0);
        pair.server.receive(T0, &message(11, 1, &chain(len))).unwrap();
        let noted = pair.server.connection.noted();
        assert_eq!(noted.refusal, Some(alert), "{len}");
        assert_eq!(noted.mismatch, len == 8, "a stranger's chain, of a length that is taken");
    }
}

/// Reads what a certificate says, and then something else.
struct Odd(fn(&mut CertificateFields));

impl X509 for Odd {
    fn self_signed(
        &self,
        parameters: &SelfSigned<'_>,
        signer: &dyn Signer,
        rng: &mut dyn rand_core::CryptoRng,
    ) -> Result<CertificateDer, Failed> {
        crypto_rust::PROVIDER.x509.self_signed(parameters, signer, rng)
    }

    fn read(&self, certificate: &[u8]) -> Result<CertificateFields, Failed> {
        let mut fields = crypto_rust::PROVIDER.x509.read(certificate)?;
        if certificate == &*identity(1).certificate_chain[0] {
            (self.0)(&mut fields);
        }
        Ok(fields)
    }
}

static UNKNOWN_KEYS: Provider =
    Provider { x509: &Odd(|fields| fields.public_key = None), ..crypto_rust::PROVIDER };
static OTHER_USAGE: Provider =
    Provider { x509: &Odd(|fields| fields.may_sign = false), ..crypto_rust::PROVIDER };

/// RFC 5246 §7.4.2 and §7.4.6: a key of an unknown kind, or one that must not sign.
#[test]
fn a_promised_certificate_whose_key_does_not_serve_is_unsupported() {
    for provider in [&UNKNOWN_KEYS, &OTHER_USAGE] {
        let mut pair = Pair::new(Config::default(), Config::default());
        with_provider(&mut pair, Role::Server, provider);
        pair.client.connection.start(T0);
        pair.server.connection.start(T0);
        pair.exchange();
        let noted = pair.server.connection.noted();
        assert_eq!(noted.sent_alert, Some(AlertDescription::UNSUPPORTED_CERTIFICATE));
        assert!(!noted.mismatch);
        assert_eq!(pair.client.connection.noted().received_alert, noted.sent_alert);
    }
}

#[test]
fn a_forged_certificate_or_share_is_found_out_and_the_honest_ones_are_awaited_anew() {
    let stranger = identity(9).certificate_chain[0].to_vec();
    // Towards the server: certificate and share; towards the client: certificate.
    let mut pair = Pair::started(Config::default(), Config::default());
    let hello = pair.client.transmit(T0);
    pair.server.receive(T0, &hello[0]).unwrap();
    pair.server.receive(T0, &message(11, 1, &vector24(&vector24(&stranger)))).unwrap();
    pair.server.receive(T0, &message(16, 2, &vector8(&[9; 32]))).unwrap();
    pair.client.receive(T0, &message(11, 1, &vector24(&vector24(&stranger)))).unwrap();
    assert_finishes(pair);

    // A share alone.
    let mut pair = Pair::started(Config::default(), Config::default());
    let hello = pair.client.transmit(T0);
    pair.server.receive(T0, &hello[0]).unwrap();
    pair.server.receive(T0, &message(16, 2, &vector8(&[0; 32]))).unwrap();
    assert_finishes(pair);
}

/// A key exchange with a share of its own choice.
struct Evil {
    group: NamedGroup,
    share: &'static [u8],
}

impl KeyExchangeAlgorithm for Evil {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn start(&self, _: &mut dyn rand_core::CryptoRng) -> Result<Box<dyn KeyExchange>, Failed> {
        Ok(Box::new(Self { ..*self }))
    }

    fn respond(&self, _: &mut dyn rand_core::CryptoRng, _: &[u8]) -> Result<(Vec<u8>, Secret), Failed> {
        Ok((self.share.to_vec(), Secret::new(vec![0; 32])))
    }
}

impl KeyExchange for Evil {
    fn group(&self) -> NamedGroup {
        self.group
    }

    fn share(&self) -> &[u8] {
        self.share
    }

    fn complete(self: Box<Self>, _: &[u8]) -> Result<Secret, Failed> {
        Ok(Secret::new(vec![0; 32]))
    }
}

const OFF_THE_CURVE: [u8; 65] = {
    let mut point = [1; 65];
    point[0] = 4;
    point
};

static ZERO: Provider = Provider {
    key_exchanges: &[&Evil { group: NamedGroup::X25519, share: &[0; 32] }],
    ..crypto_rust::PROVIDER
};
static SHORT: Provider = Provider {
    key_exchanges: &[&Evil { group: NamedGroup::X25519, share: &[9; 31] }],
    ..crypto_rust::PROVIDER
};
static OFF: Provider = Provider {
    key_exchanges: &[&Evil { group: NamedGroup::SECP256R1, share: &OFF_THE_CURVE }],
    ..crypto_rust::PROVIDER
};
static INFINITY: Provider = Provider {
    key_exchanges: &[&Evil { group: NamedGroup::SECP256R1, share: &[0] }],
    ..crypto_rust::PROVIDER
};

/// The end of a pair in this role, in the hands of somebody who expects whoever the honest one does.
fn with_provider(pair: &mut Pair, role: Role, provider: &'static Provider) {
    let expected = match role {
        Role::Client => fingerprint(&pair.server.identity),
        Role::Server => fingerprint(&pair.client.identity),
    };
    let end = match role {
        Role::Client => &mut pair.client,
        Role::Server => &mut pair.server,
    };
    end.connection =
        Connection::new(Config::default(), role, [&end.identity], provider, Box::new(rng(50))).unwrap();
    end.connection.set_remote_fingerprints(T0, vec![expected]);
}

/// RFC 8422 §5.11, and §5.10 for the secret that is zero.
#[test]
fn bad_shares_agree_on_nothing() {
    for provider in [&ZERO, &SHORT, &OFF, &INFINITY] {
        for evil in [Role::Client, Role::Server] {
            let mut pair = Pair::new(Config::default(), Config::default());
            with_provider(&mut pair, evil, provider);
            pair.client.connection.start(T0);
            pair.server.connection.start(T0);
            pair.exchange();
            match evil {
                // The client has signed for its share: its own fault.
                Role::Client => {
                    assert_eq!(pair.server.connection.state(), State::Failed);
                    let reason = Reason::AlertSent(AlertDescription::ILLEGAL_PARAMETER);
                    assert_eq!(pair.server.events().last(), Some(&Event::Closed(reason)));
                }
                // A server has a key that nobody knows yet.
                Role::Server => {
                    assert_eq!(pair.client.connection.state(), State::Connecting);
                    assert!(pair.client.connection.stats().refused > 0);
                }
            }
        }
    }
}

/// Signs with a wrong signature.
struct Forger;

impl crypto::SigningAlgorithm for Forger {
    fn generate(
        &self,
        rng: &mut dyn rand_core::CryptoRng,
    ) -> Result<(crypto::PrivateKeyDer, Box<dyn Signer>), Failed> {
        let (key, signer) = crypto_rust::PROVIDER.ecdsa_p256.generate(rng)?;
        Ok((key, Box::new(ForgedSigner(signer))))
    }

    fn load(&self, key: &crypto::PrivateKeyDer) -> Result<Box<dyn Signer>, Failed> {
        Ok(Box::new(ForgedSigner(crypto_rust::PROVIDER.ecdsa_p256.load(key)?)))
    }
}

struct ForgedSigner(Box<dyn Signer>);

impl Signer for ForgedSigner {
    fn schemes(&self) -> &[SignatureScheme] {
        self.0.schemes()
    }

    fn public_key(&self) -> crypto::PublicKey {
        self.0.public_key()
    }

    fn sign(
        &self,
        rng: &mut dyn rand_core::CryptoRng,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, Failed> {
        self.0.sign(rng, scheme, &[message, b"!"].concat())
    }
}

static FORGING: Provider = Provider { ecdsa_p256: &Forger, ..crypto_rust::PROVIDER };

/// The server's: RFC 8422 §5.4; the client's: §5.8.
#[test]
fn wrong_signatures_open_nothing() {
    for evil in [Role::Client, Role::Server] {
        let mut pair = Pair::new(Config::default(), Config::default());
        with_provider(&mut pair, evil, &FORGING);
        pair.client.connection.start(T0);
        pair.server.connection.start(T0);
        for _ in 0..5 {
            pair.exchange();
            pair.wait();
        }
        let honest = if evil == Role::Client { &pair.server } else { &pair.client };
        assert_eq!(honest.connection.state(), State::Connecting);
        assert_eq!(honest.connection.noted().refusal, Some(AlertDescription::DECRYPT_ERROR));
    }
}

/// An HMAC whose codes are a little off, from the eleventh byte on: what it does to a Finished shows there alone.
struct Bent;

impl crypto::HmacAlgorithm for Bent {
    fn output_len(&self) -> usize {
        32
    }

    fn key(&self, key: &[u8]) -> Box<dyn crypto::HmacKey> {
        Box::new(BentKey(crypto_rust::PROVIDER.hmac_sha256.key(key)))
    }
}

struct BentKey(Box<dyn crypto::HmacKey>);

impl crypto::HmacKey for BentKey {
    fn sign(&self, parts: &[&[u8]]) -> crypto::Digest {
        let digest = self.0.sign(parts);
        let is_finished = parts.iter().any(|part| part.ends_with(b"finished"));
        let mut bytes = digest.as_ref().to_vec();
        bytes[11] ^= u8::from(is_finished && parts.len() > 2);
        crypto::Digest::new(&bytes)
    }
}

static BENT: Provider = Provider { hmac_sha256: &Bent, ..crypto_rust::PROVIDER };

/// RFC 5246 §7.4.9.
#[test]
fn a_wrong_finished_ends_the_connection() {
    let mut pair = Pair::new(Config::default(), Config::default());
    with_provider(&mut pair, Role::Client, &BENT);
    pair.client.connection.start(T0);
    pair.server.connection.start(T0);
    pair.exchange();
    let reason = Reason::AlertSent(AlertDescription::DECRYPT_ERROR);
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(reason)));
    assert_eq!(pair.client.connection.noted().received_alert, Some(AlertDescription::DECRYPT_ERROR));
}

/// The random of the ServerHello is signed with the share: where the signature does not match, the hello may be what was
/// forged.
#[test]
fn a_forged_server_hello_is_found_out_and_the_honest_one_is_awaited_anew() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let hello = pair.client.transmit(T0);
    pair.server.receive(T0, &hello[0]).unwrap();
    let mut flight = pair.server.transmit(T0).remove(0);
    // Behind the headers of record and message, and the version.
    flight[13 + 12 + 2 + 5] ^= 1;
    pair.client.receive(T0, &flight).unwrap();
    assert_eq!(pair.client.connection.noted().refusal, Some(AlertDescription::DECRYPT_ERROR));
    assert_finishes(pair);
}
