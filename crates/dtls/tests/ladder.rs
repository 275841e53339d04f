//! The flights of RFC 6347 §4.2.4, each as the figure draws it, and what happens when one of them is lost.

use std::time::Duration;

use dtls::{CipherSuite, Config, Discard, Event, ProtocolVersion, Reason, Role, SrtpProfile, State};

use crate::support::pair::{End, Pair, datagrams, fingerprint, summary};

const FIREFOX: &str = include_str!("fixtures/firefox-153-client-hello.txt");
const CHROMIUM: &str = include_str!("fixtures/chromium-156-client-hello.txt");

const FLIGHT_4: &str = "ServerHello Certificate ServerKeyExchange CertificateRequest ServerHelloDone";
const FLIGHT_5: &str = "Certificate ClientKeyExchange CertificateVerify [ChangeCipherSpec] {Handshake}";

fn assert_connected(pair: &mut Pair) {
    assert_eq!(pair.client.connection.state(), State::Connected);
    assert_eq!(pair.server.connection.state(), State::Connected);
    assert!(pair.client.events().contains(&Event::Connected));
    assert!(pair.server.events().contains(&Event::Connected));
    let datagram = pair.client.seal(b"ping");
    assert_eq!(pair.server.receive(pair.now, &datagram), Ok(()));
    let datagram = pair.server.seal(b"pong");
    assert_eq!(pair.client.receive(pair.now, &datagram), Ok(()));
    assert_eq!(pair.server.delivered.last().unwrap(), b"ping");
    assert_eq!(pair.client.delivered.last().unwrap(), b"pong");
}

/// Figure 1 of RFC 6347 §4.2.4.
#[test]
fn a_full_handshake() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let now = pair.now;
    let flight = pair.client.transmit(now);
    assert_eq!(summary(&flight), "ClientHello");
    flight.iter().for_each(|datagram| pair.server.receive(now, datagram).unwrap());

    let flight = pair.server.transmit(now);
    assert_eq!(summary(&flight), FLIGHT_4);
    flight.iter().for_each(|datagram| pair.client.receive(now, datagram).unwrap());

    let flight = pair.client.transmit(now);
    assert_eq!(summary(&flight), FLIGHT_5);
    flight.iter().for_each(|datagram| pair.server.receive(now, datagram).unwrap());
    assert_eq!(pair.server.connection.state(), State::Connected);

    let flight = pair.server.transmit(now);
    assert_eq!(summary(&flight), "[ChangeCipherSpec] {Handshake}");
    flight.iter().for_each(|datagram| pair.client.receive(now, datagram).unwrap());
    assert_connected(&mut pair);
    assert_eq!(pair.client.connection.poll_timeout(), None);
    assert_eq!(pair.server.connection.poll_timeout(), None);
}

#[test]
fn a_secret_is_given_away_where_that_was_asked_for_and_once_the_connection_is_open() {
    let mut config = Config::default();
    config.key_log = true;
    let mut pair = Pair::started(config, Config::default());
    assert!(pair.client.connection.key_log().is_none());
    pair.exchange();
    let (client, server) = (&pair.client.connection, &pair.server.connection);
    assert_eq!((client.state(), server.state()), (State::Connected, State::Connected));
    assert!(server.key_log().is_none());
    let line = client.key_log().unwrap();
    assert_eq!(line.as_str().split(' ').map(str::len).collect::<Vec<_>>(), [13, 64, 96]);
    assert_eq!(format!("{line:?}"), "KeyLog(..)");
}

/// RFC 5764 §4.1.1, RFC 7301 §3.1 and, for the exporter, RFC 5705 §4.
#[test]
fn both_agree_on_everything_that_was_negotiated() {
    let pair = Pair::connected();
    let (client, server) = (&pair.client.connection, &pair.server.connection);
    assert_eq!((client.role(), server.role()), (Role::Client, Role::Server));
    for end in [client, server] {
        assert_eq!(end.version(), Some(ProtocolVersion::DTLS_1_2));
        assert_eq!(end.cipher_suite(), Some(CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256));
        assert_eq!(end.srtp_profile(), Some(SrtpProfile::AEAD_AES_128_GCM));
        assert_eq!(end.alpn(), Some(&b"webrtc"[..]));
    }
    assert_eq!(client.peer_certificates(), &pair.server.identity.certificate_chain);
    assert_eq!(server.peer_certificates(), &pair.client.identity.certificate_chain);
    for context in [None, Some(&b""[..]), Some(b"context")] {
        let (mut ours, mut theirs) = ([0; 60], [1; 60]);
        client.export_keying_material(b"EXPORTER-test", context, &mut ours).unwrap();
        server.export_keying_material(b"EXPORTER-test", context, &mut theirs).unwrap();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn every_suite_connects() {
    for suite in CipherSuite::ALL.into_iter().filter(|suite| suite.name().contains("_ECDSA_")) {
        let mut config = Config::default();
        config.cipher_suites = vec![suite];
        let mut pair = Pair::started(config, Config::default());
        pair.exchange();
        assert_connected(&mut pair);
        assert_eq!(pair.server.connection.cipher_suite(), Some(suite));
    }
}

/// RFC 6347 §4.2.1; both Finished leave the first hello out by §4.2.6.
#[test]
fn a_cookie_is_asked_for_and_brought() {
    let mut config = Config::default();
    config.cookie_exchange = true;
    let mut pair = Pair::started(Config::default(), config);
    let now = pair.now;
    let hello = pair.client.transmit(now);
    pair.server.receive(now, &hello[0]).unwrap();
    let request = pair.server.transmit(now);
    assert_eq!(summary(&request), "HelloVerifyRequest");
    pair.client.receive(now, &request[0]).unwrap();
    let hello = pair.client.transmit(now);
    assert_eq!(summary(&hello), "ClientHello");
    pair.server.receive(now, &hello[0]).unwrap();
    assert_eq!(summary(&pair.server.transmit(now)), FLIGHT_4);
    pair.wait();
    pair.exchange();
    assert_connected(&mut pair);
}

/// The figure of RFC 6347 §4.2.2: the client repeats its hello.
#[test]
fn a_lost_cookie_request_is_sent_again() {
    let mut config = Config::default();
    config.cookie_exchange = true;
    let mut pair = Pair::started(Config::default(), config);
    let hello = pair.client.transmit(pair.now);
    pair.server.receive(pair.now, &hello[0]).unwrap();
    assert_eq!(summary(&pair.server.transmit(pair.now)), "HelloVerifyRequest");
    let end = pair.now + Duration::from_secs(120);
    assert_eq!(
        pair.server.connection.poll_timeout(),
        Some(end),
        "a server that has no state repeats nothing"
    );
    pair.wait();
    pair.exchange();
    assert_connected(&mut pair);
}

/// RFC 6347 §4.2.4.
#[test]
fn each_lost_flight_is_sent_again() {
    for lost in 0..4 {
        let mut pair = Pair::started(Config::default(), Config::default());
        for flight in 0..4 {
            let from_client = flight % 2 == 0;
            let datagrams =
                if from_client { pair.client.transmit(pair.now) } else { pair.server.transmit(pair.now) };
            assert!(!datagrams.is_empty());
            if flight == lost {
                break;
            }
            let to = if from_client { &mut pair.server } else { &mut pair.client };
            for datagram in &datagrams {
                to.receive(pair.now, datagram).unwrap();
            }
        }
        pair.wait();
        pair.exchange();
        assert_connected(&mut pair);
    }
}

/// RFC 6347 §4.2.4; fragments keep to the path's MTU by §4.1.1 and §4.2.3.
#[test]
fn each_lost_datagram_is_sent_again() {
    let mut config = Config::default();
    config.mtu = 256;
    for lost in 0..16 {
        let mut pair = Pair::started(config.clone(), config.clone());
        let mut sent = 0;
        for _ in 0..200 {
            let (there, back) = (pair.client.transmit(pair.now), pair.server.transmit(pair.now));
            if there.is_empty() && back.is_empty() {
                if pair.client.connection.state() == State::Connected {
                    break;
                }
                pair.wait();
            }
            let there = there.into_iter().map(|datagram| (true, datagram));
            for (to_server, datagram) in there.chain(back.into_iter().map(|datagram| (false, datagram))) {
                assert!(datagram.len() <= 256);
                let to = if to_server { &mut pair.server } else { &mut pair.client };
                let arrives = sent != lost;
                sent += 1;
                let _ = arrives.then(|| to.receive(pair.now, &datagram));
            }
        }
        assert_connected(&mut pair);
    }
}

/// RFC 6347 §4.2.4: who sends the last flight has no timer, but answers a repetition.
#[test]
fn a_server_whose_last_flight_was_lost_repeats_it_and_stays_connected() {
    let mut pair = Pair::started(Config::default(), Config::default());
    for _ in 0..3 {
        let (there, back) = (pair.client.transmit(pair.now), pair.server.transmit(pair.now));
        there.iter().for_each(|datagram| pair.server.receive(pair.now, datagram).unwrap());
        back.iter().for_each(|datagram| pair.client.receive(pair.now, datagram).unwrap());
    }
    assert_eq!(pair.server.connection.state(), State::Connected);
    for _ in 0..5 {
        let lost = pair.server.transmit(pair.now);
        assert_eq!(summary(&lost), "[ChangeCipherSpec] {Handshake}");
        pair.wait();
        let again = pair.client.transmit(pair.now);
        assert_eq!(summary(&again), FLIGHT_5);
        let _ = again.iter().map(|datagram| pair.server.receive(pair.now, datagram)).collect::<Vec<_>>();
        assert_eq!(pair.server.connection.state(), State::Connected);
    }
    pair.exchange();
    assert_connected(&mut pair);
}

/// RFC 6347 §4.1 and §4.2.4: data waits for the Finished of its epoch.
#[test]
fn data_that_overtakes_the_last_flight_is_held_and_delivered() {
    let mut pair = Pair::started(Config::default(), Config::default());
    for _ in 0..3 {
        let (there, back) = (pair.client.transmit(pair.now), pair.server.transmit(pair.now));
        there.iter().for_each(|datagram| pair.server.receive(pair.now, datagram).unwrap());
        back.iter().for_each(|datagram| pair.client.receive(pair.now, datagram).unwrap());
    }
    let finished = pair.server.transmit(pair.now);
    let early = pair.server.seal(b"early");
    assert_eq!(pair.client.receive(pair.now, &early), Ok(()));
    assert!(pair.client.delivered.is_empty());
    assert!(!pair.client.events().contains(&Event::Connected));
    pair.client.receive(pair.now, &finished[0]).unwrap();
    let events = pair.client.events().to_vec();
    assert_eq!(events, [Event::Connecting, Event::Connected, Event::ApplicationData(b"early"[..].into())]);
    assert_connected(&mut pair);
}

/// RFC 6347 §4.1.
#[test]
fn a_finished_that_overtakes_its_keys_is_held() {
    let mut config = Config::default();
    config.mtu = 256;
    let mut pair = Pair::started(config.clone(), config);
    for _ in 0..2 {
        let (there, back) = (pair.client.transmit(pair.now), pair.server.transmit(pair.now));
        there.iter().for_each(|datagram| pair.server.receive(pair.now, datagram).unwrap());
        back.iter().for_each(|datagram| pair.client.receive(pair.now, datagram).unwrap());
    }
    let flight = pair.client.transmit(pair.now);
    assert!(flight.len() > 1);
    flight.iter().rev().for_each(|datagram| pair.server.receive(pair.now, datagram).unwrap());
    assert_eq!(pair.server.connection.state(), State::Connected);
    pair.exchange();
    assert_connected(&mut pair);
}

#[test]
fn what_comes_before_the_start_is_held() {
    let mut pair = Pair::new(Config::default(), Config::default());
    pair.client.connection.start(pair.now);
    let hello = pair.client.transmit(pair.now);
    assert_eq!(pair.server.receive(pair.now, &hello[0]), Ok(()));
    assert_eq!(pair.server.connection.state(), State::New);
    assert!(pair.server.transmit(pair.now).is_empty());
    pair.server.connection.start(pair.now);
    pair.exchange();
    assert_connected(&mut pair);
}

/// RFC 5246 §7.2.1.
#[test]
fn both_close() {
    let mut pair = Pair::connected();
    pair.client.connection.close(pair.now);
    assert_eq!(pair.client.connection.state(), State::Closed);
    let alert = pair.client.transmit(pair.now);
    assert_eq!(summary(&alert), "{Alert}");
    pair.server.receive(pair.now, &alert[0]).unwrap();
    assert_eq!(pair.server.connection.state(), State::Closed);
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(Reason::ByPeer)));
    assert_eq!(pair.client.events().last(), Some(&Event::Closed(Reason::Local)));
    let answer = pair.server.transmit(pair.now);
    assert_eq!(summary(&answer), "{Alert}");
    assert_eq!(pair.client.receive(pair.now, &answer[0]), Err(Discard::Closed));
    assert_eq!(pair.client.connection.poll_timeout(), None);
}

/// Two fragments of a browser's ClientHello, both orders, either one lost at first: one whole answer.
/// RFC 6347 §4.2.3.
#[test]
fn the_hello_of_a_browser_with_post_quantum_keys_is_put_together_first() {
    for fixture in [FIREFOX, CHROMIUM] {
        let hello = datagrams(fixture);
        assert_eq!(hello.len(), 2);
        for order in [&[0, 1][..], &[1, 0], &[0, 0, 1], &[1, 1, 0], &[0, 1, 0, 1]] {
            let mut server = End::new(Config::default(), Role::Server, 2);
            let mut now = base::Instant::from_millis(5);
            server.connection.start(now);
            for (step, index) in order.iter().enumerate() {
                let whole = order[..=step].contains(&0) && order[..=step].contains(&1);
                let seen = order[..step].contains(&0) && order[..step].contains(&1);
                let _ = server.receive(now, &hello[*index]);
                let answer = server.transmit(now);
                match (whole, seen) {
                    (false, _) => assert!(answer.is_empty(), "an answer to half a hello"),
                    (true, false) => assert_eq!(summary(&answer), FLIGHT_4),
                    (true, true) => {}
                }
                now = now + Duration::from_millis(1);
            }
            assert_eq!(server.connection.state(), State::Connecting);
            assert_eq!(server.connection.stats().refused, 0);
        }
    }
}

/// Only a server that knows 1.3 marks its random: RFC 8446 §4.1.3.
#[test]
fn the_answer_to_a_browser_has_no_downgrade_sentinel_and_our_favourites() {
    for fixture in [FIREFOX, CHROMIUM] {
        let mut server = End::new(Config::default(), Role::Server, 2);
        server.connection.start(base::Instant::ZERO);
        for datagram in datagrams(fixture) {
            server.receive(base::Instant::ZERO, &datagram).unwrap();
        }
        let flight = server.transmit(base::Instant::ZERO);
        let body = &flight[0][25..];
        assert_eq!(&body[..2], &[0xfe, 0xfd]);
        assert!(!body[2..34].ends_with(b"DOWNGRD\x00") && !body[2..34].ends_with(b"DOWNGRD\x01"));
        assert_eq!(&body[35..38], &[0xc0, 0x2b, 0], "AES-128-GCM, no compression");
        let use_srtp = [0, 14, 0, 5, 0, 2, 0, 7, 0];
        assert!(flight[0].windows(use_srtp.len()).any(|window| window == use_srtp), "AES-128-GCM for SRTP");
    }
}

/// Nobody can be told from a stranger before the fingerprint is known: RFC 8122 §6.2.
#[test]
fn a_client_waits_at_the_certificate_for_the_fingerprint() {
    let mut pair = Pair::new(Config::default(), Config::default());
    let (mut client, server_print) =
        (End::new(Config::default(), Role::Client, 1), fingerprint(&pair.server.identity));
    client.connection.start(pair.now);
    pair.server.connection.start(pair.now);
    pair.client = client;
    // Long enough for a handshake that leads nowhere to begin again.
    for _ in 0..12 {
        pair.exchange();
        pair.wait();
    }
    assert_eq!(pair.server.connection.state(), State::Connecting);
    assert_eq!(pair.client.events(), [Event::Connecting]);
    assert_eq!(pair.client.connection.stats().refused, 0);
    assert!(pair.client.connection.export_keying_material(b"EXPORTER-test", None, &mut [0; 8]).is_err());
    assert!(pair.client.connection.seal(&mut [0; 100], 10).is_err());

    pair.client.connection.set_remote_fingerprints(pair.now, vec![server_print]);
    assert_eq!(summary(&pair.client.transmit(pair.now)), FLIGHT_5, "all of flight 4 has waited");
    pair.wait();
    pair.exchange();
    assert_connected(&mut pair);
}

/// The client has said everything, so that the server opens at once.
#[test]
fn a_server_waits_at_the_certificate_for_the_fingerprint() {
    let mut pair = Pair::new(Config::default(), Config::default());
    let client_print = fingerprint(&pair.client.identity);
    pair.server = End::new(Config::default(), Role::Server, 2);
    pair.client.connection.start(pair.now);
    pair.server.connection.start(pair.now);
    pair.exchange();
    assert_eq!(pair.server.events(), [Event::Connecting]);
    assert!(pair.server.connection.peer_certificates().is_empty());
    pair.server.connection.set_remote_fingerprints(pair.now, vec![client_print]);
    assert_eq!(pair.server.events(), [Event::Connecting, Event::Connected]);
    pair.exchange();
    assert_connected(&mut pair);
}
