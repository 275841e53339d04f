//! RTCCertificate (webrtc-pc §4.9), and what a fingerprint is worth.

use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::ConfigurationError::{Dtls, Ice, Sctp};
use rtc::{
    Certificate, Configuration, DataChannelInit, DtlsTransportState, Event, Instant, PeerConnection,
    PeerConnectionState, RtcErrorDetail, SessionDescription, UnixTime,
};

use crate::support::pair::{Pair, TODAY, address_a, address_b, configuration, connection_with};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn certificate(seed: u64, lifetime: Duration) -> Certificate {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    Certificate::generate_for(&crypto_rust::PROVIDER, &mut rng, rtc::KeyAlgorithm::EcdsaP256, TODAY, lifetime)
        .unwrap()
}

fn rng() -> Box<ChaCha20Rng> {
    Box::new(ChaCha20Rng::seed_from_u64(1))
}

#[test]
fn a_certificate_lives_for_a_month_or_as_long_as_asked_but_not_longer_than_a_year() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let usual =
        Certificate::generate(&crypto_rust::PROVIDER, &mut rng, rtc::KeyAlgorithm::EcdsaP256, TODAY).unwrap();
    assert_eq!(usual.expires(), TODAY + 30 * DAY);
    assert_eq!(certificate(2, DAY).expires(), TODAY + DAY);
    assert_eq!(certificate(3, 5000 * DAY).expires(), TODAY + 365 * DAY);
    assert!(!usual.is_expired(TODAY) && usual.is_expired(TODAY + 31 * DAY));
    let read = Certificate::from_identity(&crypto_rust::PROVIDER, usual.identity().clone()).unwrap();
    assert_eq!(read.expires(), usual.expires(), "as the certificate itself says");
}

#[test]
fn an_expired_certificate_makes_no_connection() {
    let mut config = Configuration::new(&crypto_rust::PROVIDER, certificate(1, DAY));
    config.unix_now = Some(TODAY + 2 * DAY);
    let error = PeerConnection::new(config.clone(), rng(), Instant::ZERO).unwrap_err();
    assert_eq!((error, error.name()), (rtc::Error::CertificateExpired, "InvalidAccessError"));
    config.unix_now = Some(UnixTime::from_secs(1_800_000_100));
    assert!(PeerConnection::new(config.clone(), rng(), Instant::ZERO).is_ok());
    config.certificates.clear();
    assert_eq!(PeerConnection::new(config, rng(), Instant::ZERO).unwrap_err(), rtc::Error::NoCertificate);
}

/// webrtc-pc §4.4.2 and §4.9: `expires` counts milliseconds, whatever a certificate can say.
#[test]
fn a_certificate_expires_to_the_millisecond() {
    let now = UnixTime::from_millis(TODAY.as_millis() + 123);
    let lifetime = Duration::from_millis(1_500);
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let key = rtc::KeyAlgorithm::EcdsaP256;
    let certificate =
        Certificate::generate_for(&crypto_rust::PROVIDER, &mut rng, key, now, lifetime).unwrap();
    assert_eq!(certificate.expires().as_millis(), TODAY.as_millis() + 1_623);
    assert!(!certificate.is_expired(now + lifetime));
    assert!(certificate.is_expired(now + lifetime + Duration::from_millis(1)));
    let read = Certificate::from_identity(&crypto_rust::PROVIDER, certificate.identity().clone()).unwrap();
    assert_eq!(read.expires(), TODAY + Duration::from_secs(2), "a certificate counts whole seconds");
}

static NO_RSA: crypto::Provider = crypto::Provider { rsa_2048: None, ..crypto_rust::PROVIDER };

#[test]
fn a_provider_without_rsa_says_that_it_knows_no_such_keys() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let error = Certificate::generate(&NO_RSA, &mut rng, rtc::KeyAlgorithm::Rsa2048, TODAY).unwrap_err();
    assert_eq!((error, error.name()), (rtc::Error::UnsupportedKey, "NotSupportedError"));
}

/// webrtc-pc §4.4.1.5 (`createOffer`): the fingerprints of all certificates. Which one is shown, the handshake says.
#[test]
fn every_configured_certificate_stands_in_the_description_and_one_of_them_is_shown() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let rsa = Certificate::generate(&crypto_rust::PROVIDER, &mut rng, rtc::KeyAlgorithm::Rsa2048, TODAY);
    let both = [certificate(8, DAY), rsa.unwrap()];
    for (suite, shown) in [
        (dtls::CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256, &both[0]),
        (dtls::CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256, &both[1]),
    ] {
        let mut ours = configuration(10);
        ours.certificates = both.to_vec();
        let mut theirs = configuration(11);
        theirs.certificates = both.to_vec();
        theirs.dtls.cipher_suites = vec![suite];
        let mut pair =
            Pair::of(connection_with(ours, 1, address_a()), connection_with(theirs, 2, address_b()));
        pair.open_channel("chat", DataChannelInit::default());
        let offer = pair.a.local_description().unwrap().sdp;
        assert_eq!(offer.matches("a=fingerprint:sha-256 ").count(), 2);
        let leaf = &shown.identity().certificate_chain[0];
        assert_eq!(pair.b.sctp().unwrap().transport().remote_certificates()[0], leaf);
        let report = pair.a.stats(pair.now);
        let digest = crypto_rust::PROVIDER.sha256.hash(&[leaf]);
        let shown: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let local = report.entries.values().find_map(|stats| match stats {
            rtc::Stats::Transport(transport) => transport.local_certificate_id.clone(),
            _ => None,
        });
        let Some(rtc::Stats::Certificate(local)) = report.get(&local.unwrap()) else { panic!("{report:?}") };
        assert_eq!(local.fingerprint.to_ascii_lowercase(), shown.join(":"));
    }
}

/// What cannot work is refused before anything was said, instead of in the middle of a negotiation.
#[test]
fn a_configuration_that_cannot_work_makes_no_connection() {
    let refused = |change: &dyn Fn(&mut Configuration)| {
        let mut config = Configuration::new(&crypto_rust::PROVIDER, certificate(1, DAY));
        change(&mut config);
        PeerConnection::new(config, rng(), Instant::ZERO).err()
    };
    assert_eq!(refused(&|_| ()), None);
    assert_eq!(refused(&|config| config.max_message_size = 4 << 20), None, "the receive window follows");
    for (change, why) in [
        (
            &(|c: &mut Configuration| c.ice.max_pairs = 0) as &dyn Fn(&mut Configuration),
            Ice(ice::ConfigError::Limit),
        ),
        (&|c: &mut Configuration| c.max_datagram_size = 200, Dtls(dtls::ConfigError::Mtu)),
        (&|c: &mut Configuration| c.dtls.cipher_suites.clear(), Dtls(dtls::ConfigError::NoCipherSuite)),
        (&|c: &mut Configuration| c.max_datagram_size = 290, Sctp(sctp::ConfigError::PacketSize)),
        (&|c: &mut Configuration| c.max_message_size = 0, Sctp(sctp::ConfigError::ReceiveWindow)),
    ] {
        assert_eq!(refused(change), Some(rtc::Error::Configuration(why)));
    }
}

/// The key signs the handshake, and the certificate has to verify that: RFC 8122 §6.2.
#[test]
fn a_certificate_with_the_key_of_another_is_none() {
    let (one, other) = (certificate(1, DAY), certificate(2, DAY));
    let mut mixed = one.identity().clone();
    mixed.key = other.identity().key.clone();
    assert!(Certificate::from_identity(&crypto_rust::PROVIDER, one.identity().clone()).is_ok());
    assert_eq!(Certificate::from_identity(&crypto_rust::PROVIDER, mixed).unwrap_err(), rtc::Error::Crypto);
}

/// Keys may be kept from call to call: RFC 8827 §6.5.
#[test]
fn a_certificate_that_is_kept_shows_the_same_fingerprint_again() {
    let kept = certificate(4, DAY);
    let digest = kept.fingerprints(&crypto_rust::PROVIDER)[0].digest.clone();
    let line: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    for seed in [1, 2] {
        let config = Configuration::new(&crypto_rust::PROVIDER, kept.clone());
        let b = connection_with(config, seed, address_b());
        let mut pair = Pair::of(connection_with(configuration(9), 9, address_a()), b);
        pair.open_channel("chat", DataChannelInit::default());
        assert!(pair.b.local_description().unwrap().sdp.contains(&line.join(":")));
        let dtls = pair.a.sctp().unwrap().transport();
        assert_eq!(dtls.remote_certificates()[0], kept.identity().certificate_chain[0]);
        assert_eq!(dtls.state(), DtlsTransportState::Connected);
    }
}

/// A pair in which b's fingerprint lines are rewritten on their way to a.
fn with_fingerprints(rewrite: impl Fn(&[u8], &str) -> String) -> Pair {
    let mut pair = Pair::new(20);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let chain = &pair.b.configuration().certificates[0].identity().certificate_chain;
    let certificate = chain[0].to_vec();
    let answer = pair.b.local_description().unwrap().sdp;
    let lines = answer.split_inclusive('\n').map(|line| match line.strip_prefix("a=fingerprint:") {
        Some(value) => rewrite(&certificate, value.trim_end()),
        None => line.to_string(),
    });
    let answer = SessionDescription::answer(lines.collect::<String>());
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    pair
}

fn line(algorithm: &str, digest: &crypto::Digest) -> String {
    let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("a=fingerprint:{algorithm} {}\r\n", bytes.join(":"))
}

fn connects(pair: &mut Pair) {
    pair.run_until("both connect", |pair| pair.a.connection_state() == PeerConnectionState::Connected);
}

/// RFC 8122 §5.
#[test]
fn every_strong_hash_in_any_case_is_a_fingerprint() {
    let provider = &crypto_rust::PROVIDER;
    connects(&mut with_fingerprints(|der, _| line("sha-256", &provider.sha256.hash(&[der]))));
    connects(&mut with_fingerprints(|der, _| {
        line("SHA-384", &provider.sha384.hash(&[der])).replace('b', "B")
    }));
    connects(&mut with_fingerprints(|der, _| {
        line("Sha-512", &provider.sha512.hash(&[der]))
            .to_uppercase()
            .replace("A=FINGERPRINT", "a=fingerprint")
    }));
}

/// RFC 8122 §5.1.
#[test]
fn of_several_fingerprints_one_has_to_match() {
    let other = format!("a=fingerprint:sha-256 {}\r\n", ["AB"; 32].join(":"));
    let weak = format!("a=fingerprint:sha-1 {}\r\n", ["AB"; 20].join(":"));
    connects(&mut with_fingerprints(|_, value| format!("{other}{weak}a=fingerprint:{value}\r\n")));
    connects(&mut with_fingerprints(|_, value| format!("a=fingerprint:{value}\r\n{other}")));
}

/// RFC 8122 §6.2.
#[test]
fn a_certificate_without_its_fingerprint_fails_before_any_data() {
    let other = format!("a=fingerprint:sha-256 {}\r\n", ["AB"; 32].join(":"));
    let mut pair = with_fingerprints(|_, _| other.clone());
    let failed = Event::ConnectionStateChange(PeerConnectionState::Failed);
    pair.run_for(Duration::from_secs(1));
    assert!(pair.a.sctp().unwrap().transport().noted().mismatch, "who asks is told before");
    let begin = pair.now;
    pair.run_until("a fails", |pair| pair.log_a.contains(&failed));
    assert!(pair.now < begin + Duration::from_secs(10));
    let error = pair.log_a.iter().find_map(|event| match event {
        Event::DtlsTransportError(_, error) => Some((error.detail, error.sent_alert)),
        _ => None,
    });
    assert_eq!(error, Some((RtcErrorDetail::FingerprintFailure, Some(42))));
    let error_at = pair.log_a.iter().position(|event| matches!(event, Event::DtlsTransportError(..)));
    let state_at = pair
        .log_a
        .iter()
        .position(|event| matches!(event, Event::DtlsTransportStateChange(_, DtlsTransportState::Failed)));
    assert!(error_at.is_some() && state_at.is_some());
    pair.run_for(Duration::from_secs(5));
    assert!(
        !pair.log_a.iter().any(|event| matches!(
            event,
            Event::SctpTransportStateChange(rtc::SctpTransportState::Connected)
        ))
    );
    assert!(!pair.log_b.iter().any(|event| matches!(event, Event::DataChannelOpen(_))));
    // The other side can ask for the alert at once; as anybody could have sent it, it ends nothing there before time does.
    let bad_certificate = 42;
    let noted = pair.b.sctp().unwrap().transport().noted();
    assert_eq!(noted.received_alert.map(|alert| alert.0), Some(bad_certificate));
    assert_eq!(pair.b.sctp().unwrap().transport().state(), DtlsTransportState::Connecting);
    pair.a.close(pair.now);
    let failed = Event::ConnectionStateChange(PeerConnectionState::Failed);
    pair.run_until("b fails", |pair| pair.log_b.contains(&failed));
    let told = pair.log_b.iter().find_map(|event| match event {
        Event::DtlsTransportError(_, error) => {
            Some((error.detail, error.received_alert, error.authenticated))
        }
        _ => None,
    });
    assert_eq!(told, Some((RtcErrorDetail::DtlsFailure, Some(bad_certificate), false)));
}
