//! Records and fragments that an attacker makes, repeats, or lets come too early.

use std::time::Duration;

use dtls::{AlertDescription, Config, Discard, Event, Reason, SealError, State};

use crate::support::hostile::{T0, at_each_flight, server};
use crate::support::pair::{End, Pair, summary};
use crate::support::wire::{Hello, fragment, record, record_in};

#[test]
fn alerts_of_epoch_0_end_nothing() {
    at_each_flight(|pair| {
        for alert in [[2, 40], [2, 0], [1, 0], [2, 80], [1, 90]] {
            for end in [&mut pair.client, &mut pair.server] {
                let (before, state) = (end.connection.stats(), end.connection.state());
                assert_eq!(end.receive(T0, &record(21, &alert)), Err(Discard::UnauthenticatedAlert));
                assert_eq!(end.connection.state(), state);
                let after = end.connection.stats();
                assert_eq!(after.unauthenticated_alerts, before.unauthenticated_alerts + 1);
                if state == State::Connecting && alert[0] == 2 {
                    assert_eq!(end.connection.noted().received_alert, Some(AlertDescription(alert[1])));
                }
            }
        }
    });
}

/// RFC 6347 §4.1.2.7.
#[test]
fn odd_fragments_do_not_spoil_the_handshake() {
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

/// RFC 6347 §4.2.3.
#[test]
fn one_byte_fragments_are_put_together() {
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
fn what_is_never_completed_takes_limited_room() {
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

/// RFC 6347 §4.1.2.7.
#[test]
fn odd_records_are_ignored() {
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

/// A datagram has several records by RFC 6347 §4.1.1, and each stands for itself by §4.1.2.7.
#[test]
fn a_bad_record_does_not_spoil_its_neighbours() {
    let mut pair = Pair::connected();
    let (first, second) = (pair.client.seal(b"first"), pair.client.seal(b"second"));
    let mut bad = pair.client.seal(b"third");
    *bad.last_mut().unwrap() ^= 1;
    // Those that nobody knows yet: heartbeats, connection ids, acknowledgements, and another version.
    let unknown = [24, 25, 26].map(|content_type| record_in(content_type, 1, 9, &[0; 20])).concat();
    let mut other_version = record_in(23, 1, 9, &[0; 20]);
    other_version[1..3].copy_from_slice(&[3, 3]);
    let clear = record(21, &[2, 40]);
    let datagram =
        [first, clear, bad, unknown, other_version, record_in(23, 7, 1, &[0; 30]), second].concat();
    assert_eq!(pair.server.receive(T0, &datagram), Ok(()));
    assert_eq!(pair.server.connection.stats().discarded, 7);
    assert_eq!(pair.server.delivered, [b"first".to_vec(), b"second".to_vec()]);
    assert_eq!(pair.server.connection.stats().forged, 1);
}

/// Sequence numbers do not wrap: RFC 6347 §4.1.
#[test]
fn the_connection_closes_when_its_numbers_are_used_up() {
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

/// RFC 6347 §4.1.2.6.
#[test]
fn nothing_is_delivered_twice_and_nothing_forged_moves_the_window() {
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

/// RFC 6347 §4.1.2.1, RFC 5246 §6.2.3.3.
#[test]
fn every_bit_of_a_record_is_protected() {
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
fn data_and_cipher_changes_before_their_time() {
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
fn what_is_held_is_bounded() {
    let mut server = server();
    let results: Vec<_> = (0..100).map(|n| server.receive(T0, &record_in(23, 1, n, &[0; 1000]))).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 32);
    assert_eq!(results[99], Err(Discard::Limit));

    // A client that has not got the server's Finished holds a hundred packets, and delivers them once it has.
    let mut pair = Pair::started(Config::default(), Config::default());
    for _ in 0..2 {
        pair.client.transmit(T0).iter().for_each(|datagram| pair.server.receive(T0, datagram).unwrap());
        let answer = pair.server.transmit(T0);
        if pair.server.connection.state() == State::Connecting {
            answer.iter().for_each(|datagram| pair.client.receive(T0, datagram).unwrap());
        }
    }
    for n in 0..150_u8 {
        let packet = pair.server.seal(&[n]);
        let expected = if n < 100 { Ok(()) } else { Err(Discard::Limit) };
        assert_eq!(pair.client.receive(T0, &packet), expected);
    }
    pair.wait();
    pair.exchange();
    assert_eq!(data(&mut pair.client), 100);
}

fn data(end: &mut End) -> usize {
    end.events().iter().filter(|event| matches!(event, Event::ApplicationData(_))).count()
}

/// A hundred packets of any peer's size have room, and a hundred of the largest records have not.
#[test]
fn large_packets_before_their_time_are_bounded_by_their_bytes() {
    let mut pair = Pair::started(Config::default(), Config::default());
    for _ in 0..2 {
        pair.client.transmit(T0).iter().for_each(|datagram| pair.server.receive(T0, datagram).unwrap());
        let answer = pair.server.transmit(T0);
        if pair.server.connection.state() == State::Connecting {
            answer.iter().for_each(|datagram| pair.client.receive(T0, datagram).unwrap());
        }
    }
    let kept = (0..100).filter(|_| {
        let packet = pair.server.seal(&[7; 16_000]);
        pair.client.receive(T0, &packet).is_ok()
    });
    assert_eq!(kept.count(), 8);
    pair.wait();
    pair.exchange();
    assert_eq!(data(&mut pair.client), 8);
}

/// RFC 6347 §4.1.2.6.
#[test]
fn a_repeated_finished_is_answered_and_changes_nothing() {
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
