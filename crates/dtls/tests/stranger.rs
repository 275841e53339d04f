//! Strangers on the path who have a certificate and a key of their own: what they sign is signed, and opens nothing.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/pair.rs"]
mod support;
#[allow(dead_code, reason = "each test file uses its part")]
#[path = "support/wire.rs"]
mod wire;

use base::Instant;
use dtls::{AlertDescription, Config, Connection, Event, Role, State};
use support::{End, Pair, fingerprint, rng, summary};
use wire::records;

/// An end with a certificate that nobody was promised, for either of the pair.
fn stranger(pair: &Pair, config: Config, role: Role) -> End {
    let mut stranger = End::new(config, role, 9);
    let print = |end: &End| fingerprint(&end.identity);
    stranger.connection.set_remote_fingerprints(pair.now, vec![print(&pair.client), print(&pair.server)]);
    stranger.connection.start(pair.now);
    stranger
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

/// Everything that an honest client would say to the server, signed by the stranger's key, and never a Finished.
#[test]
fn a_server_that_a_stranger_has_signed_for_still_finishes_with_its_client() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let hello = pair.client.transmit(pair.now);
    // With the randomness of the client, the stranger says the same hello; a copy of the server lets it finish.
    let mut client = stranger(&pair, Config::default(), Role::Client);
    let rng = Box::new(rng(101));
    client.connection =
        Connection::new(Config::default(), Role::Client, &client.identity, &crypto_rust::PROVIDER, rng)
            .unwrap();
    client.connection.set_remote_fingerprints(pair.now, vec![fingerprint(&pair.server.identity)]);
    client.connection.start(pair.now);
    assert_eq!(client.transmit(pair.now), hello);
    let mut copy = End::new(Config::default(), Role::Server, 2);
    copy.connection.start(pair.now);
    carry(pair.now, &hello, &mut copy);
    carry(pair.now, &hello, &mut pair.server);
    let flight = pair.server.transmit(pair.now);
    assert_eq!(copy.transmit(pair.now), flight);
    carry(pair.now, &flight, &mut client);
    let forged = client.transmit(pair.now).concat();
    carry(pair.now, std::slice::from_ref(&forged), &mut copy);
    carry(pair.now, &copy.transmit(pair.now), &mut client);

    carry(pair.now, &records(&forged)[..3], &mut pair.server);
    let evil = client.seal(b"evil");
    assert_eq!(pair.server.receive(pair.now, &evil), Ok(()), "it is kept");
    carry(pair.now, &flight, &mut pair.client);
    let mut pair = finish(pair);
    assert!(has_heard_nothing(&mut pair.server));
    assert_eq!(pair.server.connection.stats().begun_anew, 1);
}

/// The server has finished, its last flight is lost, and a stranger answers the hello of the client that begins anew.
#[test]
fn a_stranger_who_answers_the_second_hello_does_not_cost_the_first_handshake() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let mut server = stranger(&pair, Config::default(), Role::Server);
    carry(pair.now, &pair.client.transmit(pair.now), &mut pair.server);
    carry(pair.now, &pair.server.transmit(pair.now), &mut pair.client);
    carry(pair.now, &pair.client.transmit(pair.now), &mut pair.server);
    pair.server.transmit(pair.now);
    assert_eq!(pair.server.connection.state(), State::Connected);
    while pair.client.connection.stats().begun_anew == 0 {
        pair.now = pair.client.connection.poll_timeout().unwrap();
        pair.client.connection.handle_timeout(pair.now);
    }
    let said = pair.client.transmit(pair.now);
    let hello = said.iter().find(|datagram| summary(&[datagram.to_vec()]) == "ClientHello").unwrap();
    carry(pair.now, std::slice::from_ref(hello), &mut server);
    carry(pair.now, &server.transmit(pair.now), &mut pair.client);
    assert_eq!(pair.client.connection.stats().last_refusal, Some(AlertDescription::BAD_CERTIFICATE));
    let pair = finish(pair);
    assert_eq!(pair.client.connection.stats().begun_anew, 1);
}
