//! What the configuration asks for.

use std::time::Duration;

use crypto::{Failed, Provider, PublicKey, SignatureScheme, SignatureVerifier};
use dtls::{
    AlertDescription, CipherSuite, Config, ConfigError, Connection, Event, Identity, Noted, Reason, Role,
    State,
};

use crate::support::hostile::T0;
use crate::support::pair::{End, Pair, identity, rng};
use crate::support::wire::record;

#[test]
fn a_handshake_that_takes_too_long_ends_if_it_was_told_to() {
    let mut config = Config::default();
    config.handshake_timeout = Some(Duration::from_secs(10));
    let mut client = End::new(config, Role::Client, 1);
    client.connection.start(T0);
    let _ = client.receive(T0, &record(21, &[2, 40]));
    let mut now = T0;
    for _ in 0..100 {
        let Some(deadline) = client.connection.poll_timeout() else { break };
        assert!(deadline > now);
        now = deadline;
        client.connection.handle_timeout(now);
    }
    assert_eq!(now, T0 + Duration::from_secs(10));
    let noted = noted_at_the_end(&mut client);
    assert_eq!(noted.received_alert, Some(AlertDescription::HANDSHAKE_FAILURE));
    assert_eq!((noted.sent_alert, noted.refusal, noted.mismatch), (None, None, false));
}

/// What the last event of a handshake that took too long says.
fn noted_at_the_end(end: &mut End) -> Noted {
    match end.events().last() {
        Some(Event::Closed(Reason::HandshakeTimeout(noted))) => *noted,
        other => panic!("{other:?}"),
    }
}

#[test]
fn states_and_roles_have_w3cs_names() {
    let states = [State::New, State::Connecting, State::Connected, State::Closed, State::Failed];
    assert_eq!(states.map(State::as_str), ["new", "connecting", "connected", "closed", "failed"]);
    assert_eq!([Role::Client, Role::Server].map(Role::as_str), ["client", "server"]);
}

/// Nothing that anybody could have sent ends a handshake, so time does: no consent check finds it out (RFC 7675).
#[test]
fn two_who_cannot_agree_fail_after_two_minutes_and_say_why() {
    let mut config = Config::default();
    config.cipher_suites = vec![CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256];
    let mut pair = Pair::started(config, Config::default());
    let start = pair.now;
    while pair.client.connection.state() == State::Connecting && pair.now < start + Duration::from_secs(600) {
        pair.exchange();
        pair.wait();
    }
    assert_eq!(pair.now, start + Duration::from_secs(120));
    let failure = Some(AlertDescription::HANDSHAKE_FAILURE);
    let [client, server] = [&mut pair.client, &mut pair.server].map(noted_at_the_end);
    assert_eq!((client.received_alert, client.sent_alert, client.refusal), (failure, None, None));
    assert_eq!((server.received_alert, server.sent_alert, server.refusal), (None, failure, failure));
    assert_eq!([&pair.client, &pair.server].map(|end| end.connection.state()), [State::Failed; 2]);
}

/// Verifies what it is asked to, but tells of elliptic schemes only.
struct EllipticOnly;

impl SignatureVerifier for EllipticOnly {
    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::ECDSA_SHA256]
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

static NO_RSA: Provider = Provider { verifier: &EllipticOnly, ..crypto_rust::PROVIDER };

#[test]
fn a_configuration_that_makes_no_handshake_is_refused() {
    let (good, other) = (identity(1), identity(2));
    let new = |config: Config, role, identity: &Identity| {
        Connection::new(config, role, [identity], &crypto_rust::PROVIDER, Box::new(rng(1))).err()
    };
    let with = |config: &Config, provider| {
        Connection::new(config.clone(), Role::Client, [&good], provider, Box::new(rng(1))).err()
    };
    assert_eq!(with(&Config::default(), &NO_RSA), None);
    let mixed = Identity::new(other.certificate_chain, good.key.clone());
    let bare = Identity::new(vec![], good.key.clone());
    assert_eq!(new(Config::default(), Role::Client, &good), None);
    assert_eq!(new(Config::default(), Role::Client, &mixed), Some(ConfigError::Key));
    assert_eq!(new(Config::default(), Role::Client, &bare), Some(ConfigError::NoCertificate));
    let mut config = Config::default();
    config.cipher_suites = vec![CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256];
    assert_eq!(new(config.clone(), Role::Client, &good), None);
    assert_eq!(new(config.clone(), Role::Server, &good), Some(ConfigError::NoCipherSuite));
    assert_eq!(with(&config, &NO_RSA), Some(ConfigError::NoCipherSuite), "nothing is left to offer");
    let mut config = Config::default();
    config.mtu = 255;
    assert_eq!(new(config, Role::Server, &good), Some(ConfigError::Mtu));
    let mut config = Config::default();
    config.max_records += 1;
    assert_eq!(new(config, Role::Client, &good), Some(ConfigError::TooManyRecords));
    let mut config = Config::default();
    config.max_handshake_message = 100;
    assert_eq!(new(config, Role::Server, &good), Some(ConfigError::CertificateTooLong));
}
