//! Strangers on the path who have a certificate and a key of their own: what they sign is signed, and opens nothing.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/pair.rs"]
mod support;

use base::Instant;
use dtls::{Config, Event, Role, State};
use support::{End, Pair, fingerprint, summary};

/// An end with a certificate that nobody was promised, for either of the pair.
fn stranger(pair: &Pair, config: Config, role: Role) -> End {
    let mut stranger = End::new(config, role, 9);
    let print = |end: &End| fingerprint(&end.identity);
    stranger.connection.set_remote_fingerprints(pair.now, vec![print(&pair.client), print(&pair.server)]);
    stranger.connection.start(pair.now);
    stranger
}

/// The records of a datagram.
fn records(mut datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut records = vec![];
    while !datagram.is_empty() {
        let len = 13 + usize::from(u16::from_be_bytes([datagram[11], datagram[12]]));
        records.push(datagram[..len].to_vec());
        datagram = &datagram[len..];
    }
    records
}

/// Carries datagrams over.
fn carry(now: Instant, datagrams: &[Vec<u8>], to: &mut End) {
    for datagram in datagrams {
        let _ = to.receive(now, datagram);
    }
}

/// Runs until both are connected.
fn finish(mut pair: Pair) -> Pair {
    for _ in 0..60 {
        pair.exchange();
        if [&pair.client, &pair.server].iter().all(|end| end.connection.state() == State::Connected) {
            return pair;
        }
        pair.wait();
    }
    panic!("{:#?} {:#?}", pair.client.connection.stats(), pair.server.connection.stats());
}

fn has_heard_nothing(end: &mut End) -> bool {
    end.delivered.is_empty() && !end.events().iter().any(|event| matches!(event, Event::ApplicationData(_)))
}

/// RFC 6347 §4.2.4: what comes early is kept until the Finished of its own epoch, and that never came.
#[test]
fn data_of_a_strangers_handshake_is_never_delivered_by_another_one() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let mut server = stranger(&pair, Config::default(), Role::Server);
    let hello = pair.client.transmit(pair.now);
    carry(pair.now, &hello, &mut server);
    carry(pair.now, &server.transmit(pair.now), &mut pair.client);
    let flight = pair.client.transmit(pair.now);
    assert!(summary(&flight).contains("CertificateVerify"), "the stranger came first");
    carry(pair.now, &flight, &mut server);
    let evil = server.seal(b"evil");
    assert_eq!(pair.client.receive(pair.now, &evil), Ok(()), "it is kept");
    carry(pair.now, &hello, &mut pair.server);
    carry(pair.now, &flight, &mut pair.server);
    let mut pair = finish(pair);
    assert!(has_heard_nothing(&mut pair.client));
}

/// The stranger shifts all numbers by a HelloVerifyRequest, signs for the client's random, and says no more.
#[test]
fn a_stranger_who_stops_in_the_middle_of_a_flight_is_not_waited_for() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let mut config = Config::default();
    config.cookie_exchange = true;
    let mut server = stranger(&pair, config, Role::Server);
    let hello = pair.client.transmit(pair.now);
    carry(pair.now, &hello, &mut server);
    carry(pair.now, &server.transmit(pair.now), &mut pair.client);
    carry(pair.now, &pair.client.transmit(pair.now), &mut server);
    let flight = server.transmit(pair.now).concat();
    carry(pair.now, &records(&flight)[..3], &mut pair.client);
    carry(pair.now, &hello, &mut pair.server);
    let pair = finish(pair);
    assert_eq!(pair.client.connection.stats().begun_anew, 1, "with the first hello");
}
