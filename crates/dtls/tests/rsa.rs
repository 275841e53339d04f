//! RSA keys of our own, and the choice among several certificates.

use crypto::{Failed, Provider, PublicKey, SignatureScheme, SignatureVerifier};
use dtls::{CipherSuite, Config, Connection, Identity, Role, State};

use crate::support::hostile::T0;
use crate::support::pair::{End, Pair, fingerprint, identity, rng, rsa_identity, summary};
use crate::support::wire::{Hello, SCHEMES};

/// A pair whose ends show one of these, and expect any of the other's.
fn pair_of(client: &[Identity], server: &[Identity], config: &Config, provider: &'static Provider) -> Pair {
    let mut pair = Pair::new(Config::default(), Config::default());
    let equip = |end: &mut End, ours: &[Identity], theirs: &[Identity], config: Config, provider| {
        let role = end.connection.role();
        end.connection = Connection::new(config, role, ours, provider, Box::new(rng(7))).unwrap();
        end.connection.set_remote_fingerprints(T0, theirs.iter().map(fingerprint).collect());
        end.connection.start(T0);
    };
    equip(&mut pair.client, client, server, config.clone(), &crypto_rust::PROVIDER);
    equip(&mut pair.server, server, client, Config::default(), provider);
    pair.exchange();
    assert_eq!([&pair.client, &pair.server].map(|end| end.connection.state()), [State::Connected; 2]);
    pair
}

fn with_suites(suites: &[CipherSuite]) -> Config {
    let mut config = Config::default();
    config.cipher_suites = suites.to_vec();
    config
}

/// RFC 5289, RFC 7905: the suite says how the server signs, and leaves the client's certificate open.
#[test]
fn every_suite_with_rsa_connects() {
    for suite in CipherSuite::ALL.into_iter().filter(|suite| suite.name().contains("_RSA_")) {
        for client in [identity(1), rsa_identity()] {
            let pair = pair_of(&[client], &[rsa_identity()], &with_suites(&[suite]), &crypto_rust::PROVIDER);
            assert_eq!(pair.server.connection.cipher_suite(), Some(suite));
        }
    }
}

/// RFC 5246 §7.4.2: the certificate has to suit the key exchange.
#[test]
fn a_server_shows_the_certificate_that_the_suite_asks_for() {
    let both = [identity(2), rsa_identity()];
    for (suite, shown) in [
        (CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256, &both[0]),
        (CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256, &both[1]),
    ] {
        let pair = pair_of(&[identity(1)], &both, &with_suites(&[suite]), &crypto_rust::PROVIDER);
        assert_eq!(pair.client.connection.peer_certificates(), shown.certificate_chain);
        assert_eq!(pair.server.connection.local_certificates(), shown.certificate_chain);
    }
}

/// RFC 5246 §7.4.1.4.1: what the client can check decides as well, whatever suites it offers.
#[test]
fn a_server_signs_by_a_scheme_that_the_client_can_check() {
    for (schemes, suite) in [
        (&[0, 2, 4, 1][..], Some(CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256)),
        (&[0, 2, 8, 4], Some(CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256)),
        (&[0, 4, 4, 1, 4, 3], Some(CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256)),
        (&[0, 2, 8, 7], None),
    ] {
        let mut server = End::new(Config::default(), Role::Server, 2);
        let identities = [identity(2), rsa_identity()];
        let (config, rng) = (Config::default(), Box::new(rng(7)));
        server.connection =
            Connection::new(config, Role::Server, &identities, &crypto_rust::PROVIDER, rng).unwrap();
        server.connection.start(T0);
        let hello = Hello { suites: vec![0xc02b, 0xc02f], ..Hello::default() }.with(SCHEMES, schemes);
        server.receive(T0, &hello.datagram()).unwrap();
        let flight = server.transmit(T0);
        // Behind the headers of record and message, version, random and session.
        let chosen = summary(&flight).starts_with("ServerHello").then(|| {
            let suite = &flight[0][25 + 2 + 32 + 1..];
            CipherSuite(u16::from_be_bytes([suite[0], suite[1]]))
        });
        assert_eq!(chosen, suite, "{schemes:?}");
    }
}

/// Checks one kind of signatures.
struct Only(&'static [SignatureScheme]);

impl SignatureVerifier for Only {
    fn schemes(&self) -> &[SignatureScheme] {
        self.0
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Failed> {
        crypto_rust::PROVIDER.verifier.verify(scheme, key, message, signature)
    }
}

static ECDSA_ONLY: Provider =
    Provider { verifier: &Only(&[SignatureScheme::ECDSA_SHA256]), ..crypto_rust::PROVIDER };
static PKCS1_ONLY: Provider =
    Provider { verifier: &Only(&[SignatureScheme::RSA_PKCS1_SHA256]), ..crypto_rust::PROVIDER };

/// RFC 5246 §7.4.4 and §7.4.6.
#[test]
fn a_client_shows_the_first_certificate_that_the_server_can_check() {
    let both = [rsa_identity(), identity(1)];
    for (provider, shown) in
        [(&crypto_rust::PROVIDER, &both[0]), (&PKCS1_ONLY, &both[0]), (&ECDSA_ONLY, &both[1])]
    {
        let pair = pair_of(&both, &[identity(2)], &Config::default(), provider);
        assert_eq!(pair.server.connection.peer_certificates(), shown.certificate_chain);
        assert_eq!(pair.client.connection.local_certificates(), shown.certificate_chain);
    }
}
