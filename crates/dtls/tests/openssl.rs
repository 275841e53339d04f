//! Against OpenSSL 3, over loopback: both roles, every suite, both kinds of certificates.

#![allow(clippy::print_stderr, reason = "a test says that it was skipped")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a real peer lives by a real clock")]

use std::net::SocketAddr;
use std::time::Duration;

use dtls::{CipherSuite, Config, Event, KeyAlgorithm, Reason, Role, SrtpProfile, State};

use crate::support::openssl::{Certificate, Openssl, Ours, certificate_text, free_port, is_missing};

const ECDSA_SUITES: [(CipherSuite, &str); 3] = [
    (CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (CipherSuite::ECDHE_ECDSA_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (CipherSuite::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305"),
];

const RSA_SUITES: [(CipherSuite, &str); 3] = [
    (CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256"),
    (CipherSuite::ECDHE_RSA_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384"),
    (CipherSuite::ECDHE_RSA_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305"),
];

/// What OpenSSL is told, and the key that it then reports. Our certificate is on P-256, which it wants to see listed.
const GROUPS: [(&str, &str); 2] = [("X25519:P-256", "X25519, 253 bits"), ("P-256", "prime256v1, 256 bits")];

fn as_client(config: Config, certificate: &Certificate, options: &[&str]) -> (Ours, Openssl) {
    let port = free_port();
    let peer = Openssl::server(certificate, port, options);
    let mut ours = Ours::new(config, Role::Client);
    ours.start(certificate, Some(SocketAddr::from(([127, 0, 0, 1], port))));
    (ours, peer)
}

fn as_server(config: Config, certificate: &Certificate, options: &[&str]) -> (Ours, Openssl) {
    let mut ours = Ours::new(config, Role::Server);
    let peer = Openssl::client(certificate, ours.address(), options);
    ours.start(certificate, None);
    (ours, peer)
}

/// draft-ietf-tls-keylogfile §2.3.
#[test]
fn our_client_gives_away_the_secret_that_openssl_gives_away() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-key-log");
    let file = std::env::temp_dir().join(format!("dtls-key-log-{}", std::process::id()));
    let options = ["-keylogfile", file.to_str().unwrap()];
    let mut config = Config::default();
    config.key_log = true;
    let (mut ours, _peer) = as_client(config, &certificate, &options);
    ours.connect();
    let theirs = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let ours = ours.connection.key_log().unwrap();
    assert!(theirs.lines().any(|line| line.eq_ignore_ascii_case(ours.as_str())), "{theirs}");
}

/// RFC 5289 §3.2 with the nonces of RFC 5288 §3, RFC 7905 §2.
#[test]
fn our_client_speaks_every_suite_with_a_server_that_has_an_elliptic_certificate() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-ecdsa");
    for (suite, name) in ECDSA_SUITES {
        let (mut ours, mut peer) = as_client(Config::default(), &certificate, &["-cipher", name]);
        ours.connect();
        assert_eq!(ours.connection.cipher_suite(), Some(suite));
        ours.talk(&mut peer);
    }
}

/// RFC 5289 §3.2 with the nonces of RFC 5288 §3, RFC 7905 §2.
#[test]
fn our_client_speaks_every_suite_with_a_server_that_has_an_rsa_certificate() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::rsa("client-rsa");
    for (suite, name) in RSA_SUITES {
        let (mut ours, mut peer) = as_client(Config::default(), &certificate, &["-cipher", name]);
        ours.connect();
        assert_eq!(ours.connection.cipher_suite(), Some(suite));
        ours.talk(&mut peer);
    }
}

#[test]
fn our_client_takes_a_p_384_certificate() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::generate("client-p384", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]);
    let (mut ours, mut peer) = as_client(Config::default(), &certificate, &[]);
    ours.connect();
    ours.talk(&mut peer);
}

/// RFC 8422 §5.1.1 and §5.10.
#[test]
fn our_client_speaks_every_group() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-groups");
    for (name, _) in GROUPS {
        let (mut ours, mut peer) = as_client(Config::default(), &certificate, &["-groups", name]);
        ours.connect();
        ours.talk(&mut peer);
    }
}

/// RFC 6347 §4.2.8. OpenSSL ignores another ClientHello, whether it has finished or is about to: it finishes the handshake
/// that it knows.
#[test]
fn our_client_that_begins_anew_finishes_all_the_same() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-anew");
    for its_flight_is_lost in [true, false] {
        let (mut ours, mut peer) = as_client(Config::default(), &certificate, &[]);
        if its_flight_is_lost {
            // From the ticket or the ChangeCipherSpec on.
            ours.loses_theirs = |connection, datagram| {
                let is_last = datagram[0] == 20 || datagram[4] == 1 || datagram[13] == 4;
                connection.stats().begun_anew == 0 && is_last
            };
        } else {
            // From our Certificate on.
            ours.loses_ours = |connection, datagram| connection.stats().begun_anew == 0 && datagram[13] != 1;
        }
        ours.connect();
        assert_eq!(ours.connection.stats().begun_anew, 1);
        ours.talk(&mut peer);
    }
}

/// OpenSSL ignores a repeated ClientHello, and repeats its flight 4 when a second has passed.
#[test]
fn our_client_waits_for_the_rest_of_a_flight_until_openssl_repeats_it() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-rest");
    let (mut ours, mut peer) = as_client(Config::default(), &certificate, &["-mtu", "300"]);
    ours.connection.set_rtt(Duration::from_millis(25));
    ours.loses_theirs = |connection, _| {
        let stats = connection.stats();
        stats.records_received > 0 && stats.begun_anew == 0 && stats.retransmissions < 7
    };
    ours.connect();
    assert_eq!(ours.connection.stats().begun_anew, 0);
    ours.talk(&mut peer);
}

/// RFC 6347 §4.2.1.
#[test]
fn our_client_goes_through_a_stateless_cookie_exchange() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-cookie");
    let (mut ours, mut peer) = as_client(Config::default(), &certificate, &["-listen"]);
    ours.connect();
    ours.talk(&mut peer);
}

/// RFC 6347 §4.2.3.
#[test]
fn our_client_reassembles_and_fragments_at_a_small_mtu() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::rsa("client-mtu");
    let mut config = Config::default();
    config.mtu = 256;
    let (mut ours, mut peer) = as_client(config, &certificate, &["-mtu", "300"]);
    ours.connect();
    assert!(ours.longest <= 256, "a datagram of {} bytes", ours.longest);
    ours.talk(&mut peer);
}

/// RFC 5705 §4, RFC 5764 §4.2; the server's protocol is taken by RFC 7301 §3.1.
#[test]
fn our_client_exports_the_keys_that_openssl_exports() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("client-export");
    let options = [
        "-use_srtp",
        "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM",
        "-keymatexport",
        "EXTRACTOR-dtls_srtp",
        "-keymatexportlen",
        "56",
        "-alpn",
        "c-webrtc",
    ];
    let (mut ours, mut peer) = as_client(Config::default(), &certificate, &options);
    ours.connect();
    assert!(matches!(
        ours.connection.srtp_profile(),
        Some(SrtpProfile::AEAD_AES_128_GCM | SrtpProfile::AES128_CM_HMAC_SHA1_80)
    ));
    assert_eq!(ours.connection.alpn(), Some(&b"c-webrtc"[..]));
    exports_match(&mut ours, &mut peer);
}

fn exports_match(ours: &mut Ours, peer: &mut Openssl) {
    let mut key = [0; 56];
    ours.connection.export_keying_material(b"EXTRACTOR-dtls_srtp", None, &mut key).unwrap();
    let expected = key.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    ours.run_until("the same keying material", |_| peer.said(&expected).is_some());
}

/// RFC 5289 §3.2 with the nonces of RFC 5288 §3, RFC 7905 §2.
#[test]
fn our_server_speaks_every_suite_and_picks_by_its_own_order() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("server-suites");
    for (suite, name) in ECDSA_SUITES {
        let (mut ours, mut peer) = as_server(Config::default(), &certificate, &["-cipher", name]);
        ours.connect();
        assert_eq!(ours.connection.cipher_suite(), Some(suite));
        ours.talk(&mut peer);
    }
    let theirs_first = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256";
    let (mut ours, _peer) = as_server(Config::default(), &certificate, &["-cipher", theirs_first]);
    ours.connect();
    assert_eq!(ours.connection.cipher_suite(), Some(CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256));
}

#[test]
fn our_server_takes_clients_with_rsa_and_p_384_certificates() {
    if is_missing() {
        return;
    }
    for certificate in [
        Certificate::rsa("server-rsa"),
        Certificate::generate("server-rsa-4096", &["rsa:4096"]),
        Certificate::generate("server-p384", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ] {
        let (mut ours, mut peer) = as_server(Config::default(), &certificate, &[]);
        ours.connect();
        ours.talk(&mut peer);
    }
}

/// RFC 8422 §5.1.1 and §5.10.
#[test]
fn our_server_speaks_every_group() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("server-groups");
    for (name, reported) in GROUPS {
        let (mut ours, mut peer) = as_server(Config::default(), &certificate, &["-groups", name]);
        ours.connect();
        ours.talk(&mut peer);
        ours.run_until("the group", |_| peer.said(reported).is_some());
    }
}

/// RFC 6347 §4.2.1.
#[test]
fn our_server_asks_for_a_cookie_if_told_to() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("server-cookie");
    let mut config = Config::default();
    config.cookie_exchange = true;
    let (mut ours, mut peer) = as_server(config, &certificate, &[]);
    ours.connect();
    ours.talk(&mut peer);
}

/// RFC 6347 §4.2.3.
#[test]
fn our_server_reassembles_and_fragments_at_a_small_mtu() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::rsa("server-mtu");
    let mut config = Config::default();
    config.mtu = 256;
    let (mut ours, mut peer) = as_server(config, &certificate, &["-mtu", "300"]);
    ours.connect();
    assert!(ours.longest <= 256, "a datagram of {} bytes", ours.longest);
    ours.talk(&mut peer);
}

/// RFC 5705 §4, RFC 5764 §4.1.1 and §4.2, over the master secret of RFC 7627 §4.
#[test]
fn our_server_exports_the_keys_that_openssl_exports_and_prefers_gcm() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("server-export");
    let options = [
        "-use_srtp",
        "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM",
        "-keymatexport",
        "EXTRACTOR-dtls_srtp",
        "-keymatexportlen",
        "56",
    ];
    let (mut ours, mut peer) = as_server(Config::default(), &certificate, &options);
    ours.connect();
    assert_eq!(ours.connection.srtp_profile(), Some(SrtpProfile::AEAD_AES_128_GCM));
    assert_eq!(ours.connection.alpn(), None);
    exports_match(&mut ours, &mut peer);
}

/// RFC 5246 §7.2.1.
#[test]
fn a_close_of_openssl_is_noticed_and_one_of_ours_is_too() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("close");
    let (mut ours, mut peer) = as_server(Config::default(), &certificate, &[]);
    ours.connect();
    ours.talk(&mut peer);
    peer.say("Q");
    ours.run_until("their close", |ours| ours.events.contains(&Event::Closed(Reason::ByPeer)));
    assert_eq!(ours.connection.state(), State::Closed);

    for (start, reported) in
        [(as_server as fn(Config, &Certificate, &[&str]) -> _, "closed"), (as_client, "DONE")]
    {
        let (mut ours, mut peer): (Ours, Openssl) = start(Config::default(), &certificate, &[]);
        ours.connect();
        ours.talk(&mut peer);
        let now = ours.now();
        ours.connection.close(now);
        ours.run_until("our close, there", |_| peer.said(reported).is_some());
    }
}

/// RFC 8827 §6.5.
#[test]
fn renegotiation_is_refused_and_the_connection_stays() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("renegotiation");
    for (start, command) in [(as_server as fn(Config, &Certificate, &[&str]) -> _, "R"), (as_client, "r")] {
        let (mut ours, mut peer): (Ours, Openssl) = start(Config::default(), &certificate, &[]);
        ours.connect();
        ours.talk(&mut peer);
        peer.say(command);
        ours.run_until("the attempt", |ours| ours.connection.stats().renegotiations_refused > 0);
        assert_ne!(ours.connection.state(), State::Connecting);
    }
}

/// RFC 5246 §7.4.2: version 3, and no authority. The key of webrtc-pc §4.4.2.
#[test]
fn openssl_reads_our_certificates() {
    if is_missing() {
        return;
    }
    for (algorithm, key) in [
        (KeyAlgorithm::EcdsaP256, &["ASN1 OID: prime256v1"][..]),
        (KeyAlgorithm::Rsa2048, &["Public-Key: (2048 bit)", "Exponent: 65537", "sha256WithRSAEncryption"]),
    ] {
        let text = certificate_text(&Ours::with_key(Config::default(), Role::Server, algorithm).identity);
        for line in ["Version: 3 (0x2)", "CA:FALSE", "Subject: CN = WebRTC"].iter().chain(key) {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}

/// RFC 5289; in TLS 1.2 both paddings have schemes of their own (RFC 8446 §4.2.3).
#[test]
fn openssl_takes_our_rsa_keys_by_both_paddings_in_both_roles() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::rsa("our-rsa");
    for schemes in ["RSA+SHA256", "RSA-PSS+SHA256"] {
        let mut config = Config::default();
        config.cipher_suites = RSA_SUITES.map(|(suite, _)| suite).to_vec();
        let options = ["-sigalgs", schemes, "-client_sigalgs", schemes];
        let port = free_port();
        let mut peer = Openssl::server(&certificate, port, &options);
        let mut ours = Ours::with_key(config.clone(), Role::Client, KeyAlgorithm::Rsa2048);
        ours.start(&certificate, Some(SocketAddr::from(([127, 0, 0, 1], port))));
        ours.connect();
        ours.talk(&mut peer);

        let mut ours = Ours::with_key(config, Role::Server, KeyAlgorithm::Rsa2048);
        let mut peer = Openssl::client(&certificate, ours.address(), &options);
        ours.start(&certificate, None);
        ours.connect();
        ours.talk(&mut peer);
    }
}

/// RFC 8122 §6.2.
#[test]
fn a_wrong_fingerprint_ends_the_connection() {
    if is_missing() {
        return;
    }
    let certificate = Certificate::ecdsa("fingerprint");
    let promised = Certificate::ecdsa("fingerprint-promised");
    for role in [Role::Client, Role::Server] {
        let mut config = Config::default();
        config.mismatch_timeout = Duration::from_millis(300);
        let mut ours = Ours::new(config, role);
        let mut peer = match role {
            Role::Client => {
                let port = free_port();
                let peer = Openssl::server(&certificate, port, &[]);
                ours.start(&promised, Some(SocketAddr::from(([127, 0, 0, 1], port))));
                peer
            }
            Role::Server => {
                let peer = Openssl::client(&certificate, ours.address(), &[]);
                ours.start(&promised, None);
                peer
            }
        };
        ours.run_until("the end", |ours| ours.events.contains(&Event::Closed(Reason::FingerprintMismatch)));
        assert_eq!(ours.connection.state(), State::Failed);
        ours.run_until("what OpenSSL reads", |_| peer.said("bad certificate").is_some());
    }
}
