//! What an attacker or a broken peer sends. The oracle is nearly always the same: the honest handshake still finishes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/pair.rs"]
mod support;
#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/wire.rs"]
mod wire;

use std::time::Duration;

use base::Instant;
use crypto::{Failed, KeyExchange, KeyExchangeAlgorithm, NamedGroup, Provider, Secret};
use dtls::{
    AlertDescription, CipherSuite, Config, ConfigError, Connection, Discard, Event, Identity, Reason, Role,
    SealError, SrtpProfile, State,
};
use support::{End, Pair, fingerprint, identity, rng, summary};
use wire::{
    ALPN, EXTENDED_MASTER_SECRET, GROUPS, Hello, RENEGOTIATION_INFO, SCHEMES, SUPPORTED_VERSIONS, USE_SRTP,
    fragment, message, record, record_in, vector8, vector16, vector24,
};

const T0: Instant = Instant::from_millis(1000);

fn server() -> End {
    let mut server = End::new(Config::default(), Role::Server, 2);
    server.connection.start(T0);
    server
}

/// The pair finishes in spite of everything.
fn assert_finishes(mut pair: Pair) {
    for _ in 0..12 {
        pair.exchange();
        if pair.client.connection.state() == State::Connected
            && pair.server.connection.state() == State::Connected
        {
            return;
        }
        pair.wait();
    }
    panic!("{:?} {:?}", pair.client.connection.stats(), pair.server.connection.stats());
}

/// Every state of a handshake: before each of its flights, with nothing in the air.
fn at_each_flight(mut attack: impl FnMut(&mut Pair)) {
    for flights in 0..5 {
        let mut pair = Pair::started(Config::default(), Config::default());
        for flight in 0..flights {
            if flight % 2 == 0 {
                for datagram in pair.client.transmit(pair.now) {
                    pair.server.receive(pair.now, &datagram).unwrap();
                }
            } else {
                for datagram in pair.server.transmit(pair.now) {
                    pair.client.receive(pair.now, &datagram).unwrap();
                }
            }
        }
        attack(&mut pair);
        assert_finishes(pair);
    }
}

#[test]
fn row_17_alerts_of_epoch_0_end_nothing() {
    at_each_flight(|pair| {
        for alert in [[2, 40], [2, 0], [1, 0], [2, 80], [1, 90]] {
            for end in [&mut pair.client, &mut pair.server] {
                let (before, state) = (end.connection.stats(), end.connection.state());
                assert_eq!(end.receive(T0, &record(21, &alert)), Err(Discard::UnauthenticatedAlert));
                assert_eq!(end.connection.state(), state);
                let after = end.connection.stats();
                assert_eq!(after.unauthenticated_alerts, before.unauthenticated_alerts + 1);
                if state == State::Connecting && alert[0] == 2 {
                    assert_eq!(after.noted_alert, Some(AlertDescription(alert[1])));
                }
            }
        }
    });
}

#[test]
fn row_18_a_hello_that_suits_nobody_is_refused_and_the_next_one_is_taken() {
    let good = Hello::default();
    let refused = [
        Hello { suites: vec![0x1301, 0x0a0a, 0x00ff], ..good.clone() },
        Hello { suites: vec![], ..good.clone() },
        Hello { suites: vec![0xc02f], ..good.clone() },
        Hello { compression: vec![1], ..good.clone() },
        Hello { compression: vec![], ..good.clone() },
        Hello { extensions: vec![], ..good.clone() },
        Hello { version: 0xfeff, ..good.clone() },
        Hello { version: 0x0303, ..good.clone() },
        Hello { session_id: vec![0; 33], ..good.clone() },
        good.clone().with(GROUPS, &[0, 2, 0x0a, 0x0a]),
        good.clone().with(GROUPS, &[0, 3, 0, 0x1d, 0]),
        good.clone().with(GROUPS, &[0, 4, 0, 0x1d]),
        good.clone().with(GROUPS, &[]),
        good.clone().with(SCHEMES, &[0, 2, 8, 7]),
        good.clone().without(SCHEMES),
        good.clone().with(SCHEMES, &[0, 1, 4]),
        good.clone().with(SUPPORTED_VERSIONS, &[2, 0xfe, 0xfc]),
        good.clone().with(SUPPORTED_VERSIONS, &[3, 0xfe, 0xfd]),
        good.clone().with(USE_SRTP, &[0, 2, 0, 7]),
        good.clone().with(ALPN, &[0, 1, 0]),
    ];
    for (index, hello) in refused.iter().enumerate() {
        let mut server = server();
        assert_eq!(server.receive(T0, &hello.datagram()), Ok(()));
        assert_eq!(server.connection.stats().refused, 1, "{index}");
        let answer = server.transmit(T0);
        assert!(answer.is_empty() || summary(&answer) == "Alert", "{index}: {}", summary(&answer));
        assert_eq!(server.connection.state(), State::Connecting);
        server.receive(T0, &good.datagram()).unwrap();
        assert!(summary(&server.transmit(T0)).starts_with("ServerHello"), "{index}");
    }
}

#[test]
fn row_18_a_hello_full_of_grease_and_unknown_values_is_taken() {
    let mut hello = Hello { suites: vec![0x1a1a, 0x1301, 0xfafa, 0xc02b, 0x00ff], ..Hello::default() }
        .with(GROUPS, &[0, 8, 0x2a, 0x2a, 0x11, 0xec, 0, 0x1d, 0xfe, 0xfe])
        .with(SCHEMES, &[0, 8, 0x3a, 0x3a, 4, 2, 0xff, 0xff, 4, 3])
        .with(SUPPORTED_VERSIONS, &[6, 0x4a, 0x4a, 0xfe, 0xfc, 0xfe, 0xfd])
        .with(USE_SRTP, &[0, 6, 0x5a, 0x5a, 0, 1, 0, 7, 0])
        .with(0x6a6a, &[])
        .with(0x7a7a, &[0; 300]);
    hello.session_id = vec![7; 32];
    hello.compression = vec![0, 0xaa];
    hello.suites.extend((0..2000).map(|n| 0x2000 + n));
    let mut server = server();
    server.receive(T0, &hello.datagram()).unwrap();
    assert!(summary(&server.transmit(T0)).starts_with("ServerHello"));
}

#[test]
fn row_18_broken_extension_lists_are_refused() {
    let good = Hello::default().body();
    let at = 2 + 32 + 1 + 1 + 4 + 2;
    let mut twice = Hello::default();
    twice.extensions.push((EXTENDED_MASTER_SECRET, vec![]));
    let mut longer = good.clone();
    longer.push(0);
    let mut claims = good.clone();
    claims[at] = 0xff;
    for body in
        [twice.body(), longer, claims, good[..at + 5].to_vec(), good[..at + 1].to_vec(), good[..10].to_vec()]
    {
        let mut server = server();
        server.receive(T0, &message(1, 0, &body)).unwrap();
        assert_eq!(server.connection.stats().last_refusal, Some(AlertDescription::DECODE_ERROR));
    }
    // As many empty extensions as fit: no quadratic search.
    let many = Hello {
        extensions: (0x2000..0x2000 + 7000).map(|kind| (kind, vec![])).collect(),
        ..Hello::default()
    };
    let mut server = server();
    let body = many.body();
    let length = u32::try_from(body.len()).unwrap();
    for (index, chunk) in body.chunks(1000).enumerate() {
        let (offset, len) = (u32::try_from(index * 1000).unwrap(), u32::try_from(chunk.len()).unwrap());
        server.receive(T0, &record(22, &fragment(1, length, 0, offset, len, chunk))).unwrap();
    }
    assert_eq!(server.connection.stats().last_refusal, Some(AlertDescription::HANDSHAKE_FAILURE));
}

#[test]
fn row_18_every_truncation_and_bit_flip_of_a_hello_is_survived() {
    let hello = Hello::default()
        .with(RENEGOTIATION_INFO, &[0])
        .with(ALPN, &[0, 7, 6, b'w', b'e', b'b', b'r', b't', b'c']);
    let body = hello.body();
    let mut flipped = server();
    for len in 0..body.len() {
        flipped.receive(T0, &message(1, 0, &body[..len])).unwrap();
    }
    assert_eq!(flipped.connection.stats().refused, u64::try_from(body.len()).unwrap());
    let datagram = hello.datagram();
    for bit in 0..datagram.len() * 8 {
        let mut server = server();
        let mut datagram = datagram.clone();
        datagram[bit / 8] ^= 1 << (bit % 8);
        let _ = server.receive(T0, &datagram);
        let _ = server.transmit(T0);
        assert_eq!(server.connection.state(), State::Connecting);
    }
}

#[test]
fn row_19_odd_fragments_do_not_spoil_the_handshake() {
    let odd = [
        fragment(11, 0xff_ffff, 7, 0, 4, &[1; 4]),
        fragment(11, 10, 7, 8, 4, &[1; 4]),
        fragment(11, 10, 7, 0xff_ffff, 1, &[1]),
        fragment(11, 10, 7, 0xff_fff0, 0xff_ffff, &[1]),
        fragment(11, 10, 7, 3, 0, &[]),
        fragment(11, 10, 60_000, 0, 4, &[1; 4]),
        fragment(11, 10, 14, 0, 4, &[1; 4]),
        fragment(11, 10, 7, 0, 4, &[1; 3]),
        vec![11],
        vec![],
    ];
    at_each_flight(|pair| {
        for fragment in &odd {
            for end in [&mut pair.client, &mut pair.server] {
                let state = end.connection.state();
                let before = end.connection.stats().discarded;
                assert!(end.receive(T0, &record(22, fragment)).is_err());
                assert_eq!(end.connection.stats().discarded, before + 1);
                assert_eq!(end.connection.state(), state);
            }
        }
    });
}

#[test]
fn row_19_one_byte_fragments_are_put_together() {
    let body = Hello::default().body();
    let length = u32::try_from(body.len()).unwrap();
    let mut server = server();
    for (offset, byte) in body.iter().enumerate() {
        let offset = u32::try_from(offset).unwrap();
        assert_eq!(server.receive(T0, &record(22, &fragment(1, length, 0, offset, 1, &[*byte]))), Ok(()));
    }
    assert!(summary(&server.transmit(T0)).starts_with("ServerHello"));
}

#[test]
fn row_20_what_is_never_completed_takes_limited_room() {
    let mut server = server();
    let mut kept = 0_usize;
    for seq in 0..200_u16 {
        for offset in (1..30_000).step_by(1400) {
            let datagram = record(22, &fragment(1, 32_000, seq, offset, 1390, &[0; 1390]));
            kept += usize::from(server.receive(T0, &datagram).is_ok()) * 1390;
        }
    }
    assert!((60_000..=65_536).contains(&kept), "{kept}");
    assert_eq!(server.connection.state(), State::Connecting);
}

#[test]
fn row_21_odd_records_are_ignored() {
    let long = vec![0; 0x4101];
    let odd = [
        record(22, &[]),
        record(22, &long),
        record(20, &[]),
        record(20, &[2]),
        record(21, &[]),
        record(21, &[2, 40, 0]),
        record(21, &[7, 40]),
        record(23, b"clear"),
        record(24, &[0; 4]),
        record(99, &[0; 4]),
        record_in(22, 0xffff, (1 << 48) - 1, &[0; 40]),
        record_in(23, 2, 0, &[0; 40]),
        vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3],
        vec![22, 0x03, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        vec![22, 0xfe],
        vec![],
    ];
    at_each_flight(|pair| {
        for datagram in &odd {
            for end in [&mut pair.client, &mut pair.server] {
                let state = end.connection.state();
                let result = end.receive(T0, datagram);
                assert!(result.is_err(), "{datagram:02x?}");
                assert_eq!(end.connection.state(), state);
            }
        }
    });
}

#[test]
fn row_21_a_bad_record_does_not_spoil_its_neighbours() {
    let mut pair = Pair::connected();
    let (first, second) = (pair.client.seal(b"first"), pair.client.seal(b"second"));
    let mut bad = pair.client.seal(b"third");
    *bad.last_mut().unwrap() ^= 1;
    let datagram = [first, record(21, &[2, 40]), bad, record_in(23, 7, 1, &[0; 30]), second].concat();
    assert_eq!(pair.server.receive(T0, &datagram), Ok(()));
    assert_eq!(pair.server.delivered, [b"first".to_vec(), b"second".to_vec()]);
    assert_eq!(pair.server.connection.stats().forged, 1);
}

#[test]
fn row_21_the_connection_closes_when_its_numbers_are_used_up() {
    let mut config = Config::default();
    config.max_records = 10;
    let mut pair = Pair::started(config, Config::default());
    pair.exchange();
    let mut sealed = 0;
    let error = loop {
        match pair.client.connection.seal(&mut [0; 100], 5) {
            Ok(_) => sealed += 1,
            Err(error) => break error,
        }
        assert!(sealed < 20);
    };
    assert_eq!((error, sealed), (SealError::Exhausted, 9), "one went into the Finished");
    assert_eq!(pair.client.connection.state(), State::Closed);
    assert_eq!(pair.client.events().last(), Some(&Event::Closed(Reason::SequenceExhausted)));
    pair.exchange();
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(Reason::ByPeer)));
    assert_eq!(pair.client.connection.seal(&mut [0; 100], 5), Err(SealError::NotConnected));
}

#[test]
fn row_22_nothing_is_delivered_twice_and_nothing_forged_moves_the_window() {
    let mut pair = Pair::connected();
    let packets: Vec<_> = (0..200_u8).map(|n| pair.client.seal(&[n])).collect();
    for index in [3, 1, 2, 0] {
        assert_eq!(pair.server.receive(T0, &packets[index]), Ok(()));
        assert_eq!(pair.server.receive(T0, &packets[index]), Err(Discard::Replayed));
    }
    // A bad tag at the top of the window, then those behind it and the good one.
    let mut forged = packets[199].clone();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(pair.server.receive(T0, &forged), Err(Discard::Forged));
    assert_eq!(pair.server.receive(T0, &packets[4]), Ok(()));
    assert_eq!(pair.server.receive(T0, &packets[199]), Ok(()));
    assert_eq!(pair.server.receive(T0, &packets[5]), Err(Discard::Replayed), "too old to tell");
    assert_eq!(pair.server.receive(T0, &packets[150]), Ok(()));
    assert_eq!(pair.server.delivered.len(), 7);
    assert_eq!(pair.server.connection.stats().replayed, 5);
}

#[test]
fn row_22_every_bit_of_a_record_is_protected() {
    let mut pair = Pair::connected();
    let packet = pair.client.seal(b"payload");
    for bit in 0..packet.len() * 8 {
        let mut flipped = packet.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(pair.server.receive(T0, &flipped).is_err(), "bit {bit}");
    }
    assert!(pair.server.delivered.is_empty());
    assert_eq!(pair.server.receive(T0, &packet), Ok(()));
}

#[test]
fn row_23_data_and_cipher_changes_before_their_time() {
    at_each_flight(|pair| {
        for end in [&mut pair.client, &mut pair.server] {
            assert_eq!(end.receive(T0, &record(20, &[1])), Ok(()), "dropped in silence");
            assert_eq!(end.receive(T0, &record(20, &[1])), Ok(()));
            let garbage = record_in(23, 1, 5, &[0; 60]);
            let _ = end.receive(T0, &garbage);
            assert!(end.delivered.is_empty());
        }
    });
}

#[test]
fn row_23_what_is_held_is_bounded() {
    let mut server = server();
    let results: Vec<_> = (0..100).map(|n| server.receive(T0, &record_in(23, 1, n, &[0; 1000]))).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 32);
    assert_eq!(results[99], Err(Discard::Limit));

    // A client that has not been told the fingerprint holds a hundred packets, and delivers them once it has.
    let mut pair = Pair::new(Config::default(), Config::default());
    let print = fingerprint(&pair.server.identity);
    pair.client = End::new(Config::default(), Role::Client, 1);
    pair.client.connection.start(T0);
    pair.server.connection.start(T0);
    pair.exchange();
    for n in 0..150_u8 {
        let packet = pair.server.seal(&[n]);
        let expected = if n < 100 { Ok(()) } else { Err(Discard::Limit) };
        assert_eq!(pair.client.receive(T0, &packet), expected);
    }
    pair.client.connection.set_remote_fingerprints(T0, vec![print]);
    let data = pair.client.events().iter().filter(|event| matches!(event, Event::ApplicationData(_))).count();
    assert_eq!(data, 100);
}

#[test]
fn row_23_a_repeated_finished_is_answered_and_changes_nothing() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let mut last = vec![];
    for _ in 0..3 {
        for datagram in pair.client.transmit(T0) {
            pair.server.receive(T0, &datagram).unwrap();
            last = datagram;
        }
        for datagram in pair.server.transmit(T0) {
            pair.client.receive(T0, &datagram).unwrap();
        }
    }
    let state = pair.server.connection.state();
    assert_eq!(state, State::Connected);
    let _ = pair.server.receive(T0 + Duration::from_secs(1), &last);
    assert_eq!(pair.server.connection.stats().replayed, 1);
    assert!(pair.server.transmit(T0).is_empty(), "a replay is not a retransmission");
    assert_eq!(pair.server.connection.state(), State::Connected);
}

#[test]
fn row_24_wrong_certificate_messages_are_refused() {
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

#[test]
fn row_24_a_forged_certificate_or_share_is_found_out_and_the_honest_ones_are_awaited_anew() {
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

#[test]
fn row_24_a_wrong_fingerprint_fails_whenever_it_is_learnt() {
    let other = fingerprint(&identity(9));
    for (before, empty) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut pair = Pair::new(Config::default(), Config::default());
        pair.server = End::new(Config::default(), Role::Server, 2);
        let wrong = if empty { vec![] } else { vec![other.clone()] };
        if before {
            pair.server.connection.set_remote_fingerprints(T0, wrong.clone());
        }
        pair.client.connection.start(T0);
        pair.server.connection.start(T0);
        pair.exchange();
        if !before {
            let data = pair.client.connection.state() == State::Connected;
            if data {
                let packet = pair.client.seal(b"secret");
                let _ = pair.server.receive(T0, &packet);
            }
            pair.server.connection.set_remote_fingerprints(T0, wrong);
        }
        assert_eq!(pair.server.connection.state(), State::Failed);
        assert_eq!(pair.server.events().last(), Some(&Event::Closed(Reason::FingerprintMismatch)));
        assert!(pair.server.delivered.is_empty());
        assert!(
            !pair
                .server
                .events()
                .iter()
                .any(|event| matches!(event, Event::Connected | Event::ApplicationData(_)))
        );
        assert!(pair.server.connection.export_keying_material(b"x", None, &mut [0; 4]).is_err());
        pair.exchange();
        let told = Event::Closed(Reason::AlertReceived(AlertDescription::BAD_CERTIFICATE));
        assert_eq!(pair.client.events().last(), Some(&told), "the other end learns why");
    }
}

#[test]
fn row_25_cookies_of_any_length_are_brought_back_but_not_for_ever() {
    let mut client = End::new(Config::default(), Role::Client, 1);
    client.connection.start(T0);
    let first = client.transmit(T0);
    for seq in 0..10_u16 {
        let cookie = vec![u8::try_from(seq).unwrap(); if seq == 0 { 255 } else { 20 }];
        let request = [vec![0xfe, 0xff], vector8(&cookie)].concat();
        assert_eq!(client.receive(T0, &message(3, seq, &request)), Ok(()));
        let answer = client.transmit(T0);
        if seq < 4 {
            assert_eq!(summary(&answer), "ClientHello");
            let hello = &answer[0][25..];
            assert_eq!(hello[2..34], first[0][27..59], "the same random");
            assert_eq!(hello[35..36 + cookie.len()], vector8(&cookie));
        } else {
            assert!(answer.is_empty());
        }
    }
    assert_eq!(client.connection.state(), State::Connecting);
}

/// A ServerHello, as a server that is up to no good makes it.
fn server_hello(version: u16, suite: u16, random_end: &[u8; 8], extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([0x55; 24]);
    body.extend(random_end);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let extensions: Vec<u8> =
        extensions.iter().flat_map(|(kind, data)| wire::extension(*kind, data)).collect();
    body.extend(vector16(&extensions));
    message(2, 0, &body)
}

#[test]
fn row_26_a_server_hello_that_lowers_the_guard_is_refused() {
    let secure: (u16, &[u8]) = (EXTENDED_MASTER_SECRET, &[]);
    let refused = [
        server_hello(0xfefd, 0xc02b, &[0; 8], &[]),
        server_hello(0xfeff, 0xc02b, &[0; 8], &[secure]),
        server_hello(0xfefc, 0xc02b, &[0; 8], &[secure]),
        server_hello(0xfefd, 0xc013, &[0; 8], &[secure]),
        server_hello(0xfefd, 0x1301, &[0; 8], &[secure]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (0x1234, &[])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (RENEGOTIATION_INFO, &[1, 7])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (ALPN, &[0, 3, 2, b'h', b'2'])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (USE_SRTP, &[0, 2, 0, 2, 0])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (USE_SRTP, &[0, 4, 0, 7, 0, 8, 0])]),
    ];
    for (index, hello) in refused.iter().enumerate() {
        let mut pair = Pair::started(Config::default(), Config::default());
        pair.client.receive(T0, hello).unwrap();
        assert_eq!(pair.client.connection.stats().refused, 1, "{index}");
        assert_finishes(pair);
    }
    // We have not offered 1.3, so a server that knows it marks its random, and rightly.
    let mut client = End::new(Config::default(), Role::Client, 1);
    client.connection.start(T0);
    client.receive(T0, &server_hello(0xfefd, 0xc02b, b"DOWNGRD\x01", &[secure])).unwrap();
    assert_eq!(client.connection.stats().refused, 0);
}

#[test]
fn row_26_a_client_without_extended_master_secret_is_refused() {
    let mut server = server();
    server.receive(T0, &Hello::default().without(EXTENDED_MASTER_SECRET).datagram()).unwrap();
    assert_eq!(server.connection.stats().last_refusal, Some(AlertDescription::HANDSHAKE_FAILURE));
    assert_eq!(summary(&server.transmit(T0)), "Alert");
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

fn with_provider(role: Role, seed: u8, provider: &'static Provider) -> End {
    let mut end = End::new(Config::default(), role, seed);
    let rng = Box::new(rng(seed + 50));
    end.connection = Connection::new(Config::default(), role, &end.identity, provider, rng).unwrap();
    end
}

#[test]
fn row_27_bad_shares_agree_on_nothing() {
    for provider in [&ZERO, &SHORT, &OFF, &INFINITY] {
        for evil in [Role::Client, Role::Server] {
            let mut pair = Pair::new(Config::default(), Config::default());
            match evil {
                Role::Client => pair.client = with_provider(Role::Client, 1, provider),
                Role::Server => pair.server = with_provider(Role::Server, 2, provider),
            }
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
    fn generate(&self, rng: &mut dyn rand_core::CryptoRng) -> Result<crypto::PrivateKeyDer, Failed> {
        crypto_rust::PROVIDER.ecdsa_p256.generate(rng)
    }

    fn load(&self, key: &crypto::PrivateKeyDer) -> Result<Box<dyn crypto::Signer>, Failed> {
        Ok(Box::new(ForgedSigner(crypto_rust::PROVIDER.ecdsa_p256.load(key)?)))
    }
}

struct ForgedSigner(Box<dyn crypto::Signer>);

impl crypto::Signer for ForgedSigner {
    fn scheme(&self) -> crypto::SignatureScheme {
        self.0.scheme()
    }

    fn public_key(&self) -> crypto::PublicKey {
        self.0.public_key()
    }

    fn sign(&self, rng: &mut dyn rand_core::CryptoRng, message: &[u8]) -> Result<Vec<u8>, Failed> {
        self.0.sign(rng, &[message, b"!"].concat())
    }
}

static FORGING: Provider = Provider { ecdsa_p256: &Forger, ..crypto_rust::PROVIDER };

#[test]
fn row_24_wrong_signatures_open_nothing() {
    for evil in [Role::Client, Role::Server] {
        let mut pair = Pair::new(Config::default(), Config::default());
        match evil {
            Role::Client => pair.client = with_provider(Role::Client, 1, &FORGING),
            Role::Server => pair.server = with_provider(Role::Server, 2, &FORGING),
        }
        pair.client.connection.start(T0);
        pair.server.connection.start(T0);
        for _ in 0..5 {
            pair.exchange();
            pair.wait();
        }
        let honest = if evil == Role::Client { &pair.server } else { &pair.client };
        assert_eq!(honest.connection.state(), State::Connecting);
        assert_eq!(honest.connection.stats().last_refusal, Some(AlertDescription::DECRYPT_ERROR));
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

#[test]
fn a_wrong_finished_ends_the_connection() {
    let mut pair = Pair::new(Config::default(), Config::default());
    pair.client = with_provider(Role::Client, 1, &BENT);
    pair.client.connection.start(T0);
    pair.server.connection.start(T0);
    pair.exchange();
    let reason = Reason::AlertSent(AlertDescription::DECRYPT_ERROR);
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(reason)));
    let told = Reason::AlertReceived(AlertDescription::DECRYPT_ERROR);
    assert_eq!(pair.client.events().last(), Some(&Event::Closed(told)));
}

#[test]
fn row_29_use_srtp_in_every_shape() {
    let answer = |data: Option<&[u8]>| {
        let hello = Hello::default();
        let hello = data.map_or(hello.clone(), |data| hello.with(USE_SRTP, data));
        let mut server = server();
        server.receive(T0, &hello.datagram()).unwrap();
        assert_eq!(server.connection.stats().refused, 0);
        let flight = server.transmit(T0).concat();
        flight
            .windows(9)
            .find(|window| window.starts_with(&[0, 14, 0, 5, 0, 2]))
            .map(|window| window[6..9].to_vec())
    };
    assert_eq!(answer(None), None);
    assert_eq!(answer(Some(&[0, 2, 0, 1, 0])), Some(vec![0, 1, 0]));
    assert_eq!(answer(Some(&[0, 4, 0, 1, 0, 8, 0])), Some(vec![0, 8, 0]), "ours first");
    assert_eq!(answer(Some(&[0, 2, 0, 1, 3, 1, 2, 3])), Some(vec![0, 1, 0]), "an MKI is answered with none");
    assert_eq!(answer(Some(&[0, 4, 0x5a, 0x5a, 0, 0x55, 0])), None, "unknown profiles only");
    assert_eq!(answer(Some(&[0, 2, 0, 5, 0])), None, "the NULL profile");

    let secure: (u16, &[u8]) = (EXTENDED_MASTER_SECRET, &[]);
    let mut client = End::new(Config::default(), Role::Client, 1);
    client.connection.start(T0);
    client
        .receive(T0, &server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (USE_SRTP, &[0, 2, 0, 7, 1, 9])]))
        .unwrap();
    assert_eq!(
        client.connection.stats().last_refusal,
        Some(AlertDescription::ILLEGAL_PARAMETER),
        "an MKI not asked for"
    );

    let mut config = Config::default();
    config.srtp_profiles = vec![];
    let mut pair = Pair::started(config, Config::default());
    pair.exchange();
    assert_eq!(pair.server.connection.state(), State::Connected);
    assert_eq!(pair.server.connection.srtp_profile(), None::<SrtpProfile>);
}

#[test]
fn row_30_hello_requests_in_the_clear_are_ignored() {
    at_each_flight(|pair| {
        for seq in 0..3 {
            assert!(pair.client.receive(T0, &message(0, seq, &[])).is_err());
        }
        if pair.server.connection.state() == State::Connected {
            assert!(
                pair.server.receive(T0, &Hello::default().datagram()).is_err(),
                "a new hello from anybody"
            );
        }
    });
}

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
    let reason = Reason::HandshakeTimeout { noted: Some(AlertDescription::HANDSHAKE_FAILURE), refused: None };
    assert_eq!(client.events().last(), Some(&Event::Closed(reason)));
}

#[test]
fn a_configuration_that_makes_no_handshake_is_refused() {
    let (good, other) = (identity(1), identity(2));
    let new = |config: Config, role, identity: &Identity| {
        Connection::new(config, role, identity, &crypto_rust::PROVIDER, Box::new(rng(1))).err()
    };
    let mixed = Identity { certificate_chain: other.certificate_chain, key: good.key.clone() };
    let bare = Identity { certificate_chain: vec![], key: good.key.clone() };
    assert_eq!(new(Config::default(), Role::Client, &good), None);
    assert_eq!(new(Config::default(), Role::Client, &mixed), Some(ConfigError::Key));
    assert_eq!(new(Config::default(), Role::Client, &bare), Some(ConfigError::NoCertificate));
    let mut config = Config::default();
    config.cipher_suites = vec![CipherSuite::ECDHE_RSA_AES_128_GCM_SHA256];
    assert_eq!(new(config.clone(), Role::Client, &good), None);
    assert_eq!(new(config, Role::Server, &good), Some(ConfigError::NoCipherSuite));
    let mut config = Config::default();
    config.mtu = 255;
    assert_eq!(new(config, Role::Server, &good), Some(ConfigError::Mtu));
    let mut config = Config::default();
    config.max_handshake_message = 100;
    assert_eq!(new(config, Role::Server, &good), Some(ConfigError::CertificateTooLong));
}
