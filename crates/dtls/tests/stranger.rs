//! Strangers on the path who have a certificate and a key of their own: what they sign is signed, and opens nothing.

use std::time::Duration;

use base::Instant;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use dtls::{AlertDescription, Config, Connection, Event, Role, State};

use crate::support::pair::{End, Pair, fingerprint, rng, summary};
use crate::support::wire::records;

/// An end with a certificate that nobody was promised, for either of the pair.
fn stranger(pair: &Pair, config: Config, role: Role) -> End {
    let mut stranger = End::new(config, role, 9);
    let print = |end: &End| fingerprint(&end.identity);
    stranger.connection.set_remote_fingerprints(pair.now, vec![print(&pair.client), print(&pair.server)]);
    stranger.connection.start(pair.now);
    stranger
}

/// A client with the randomness of the honest one, so that it says the same hello, and a certificate of its own.
fn mimic(pair: &Pair) -> End {
    let mut client = End::new(Config::default(), Role::Client, 9);
    let (identity, rng) = (client.identity.clone(), Box::new(rng(101)));
    client.connection =
        Connection::new(Config::default(), Role::Client, [&identity], &crypto_rust::PROVIDER, rng).unwrap();
    client.connection.set_remote_fingerprints(pair.now, vec![fingerprint(&pair.server.identity)]);
    client
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

/// RFC 8122 §6.2. No alert answers the stranger: it would go to the honest server, and many die of one.
#[test]
fn an_honest_flight_right_behind_a_strangers_is_answered_at_once() {
    for mtu in [1200, 256] {
        let mut config = Config::default();
        config.mtu = mtu;
        let mut pair = Pair::started(Config::default(), config.clone());
        let mut server = stranger(&pair, config, Role::Server);
        let hello = pair.client.transmit(pair.now);
        carry(pair.now, &hello, &mut server);
        carry(pair.now, &hello, &mut pair.server);
        carry(pair.now, &server.transmit(pair.now), &mut pair.client);
        assert!(pair.client.transmit(pair.now).is_empty());
        assert!(pair.client.connection.noted().mismatch);
        carry(pair.now, &pair.server.transmit(pair.now), &mut pair.client);
        assert!(summary(&pair.client.transmit(pair.now)).contains("CertificateVerify"), "{mtu}");
        assert!(!pair.client.connection.noted().mismatch);
    }
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
    let start = pair.now;
    let pair = finish(pair);
    assert_eq!(pair.client.connection.stats().begun_anew, 1, "with the first hello");
    assert!(pair.now < start + Duration::from_secs(2), "as soon as the honest server repeats itself");
}

/// Everything that an honest client would say to the server, signed by the stranger's key, and never a Finished.
#[test]
fn a_server_that_a_stranger_has_signed_for_still_finishes_with_its_client() {
    let mut pair = Pair::started(Config::default(), Config::default());
    let hello = pair.client.transmit(pair.now);
    // A copy of the server lets the stranger finish.
    let mut client = mimic(&pair);
    client.connection.start(pair.now);
    assert_eq!(client.transmit(pair.now), hello);
    let mut copy = End::new(Config::default(), Role::Server, 2);
    copy.connection.set_remote_fingerprints(pair.now, vec![fingerprint(&client.identity)]);
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
    assert_eq!(pair.server.receive(pair.now, &evil), Ok(()), "it is held");
    carry(pair.now, &flight, &mut pair.client);
    let mut pair = finish(pair);
    assert!(has_heard_nothing(&mut pair.server));
    assert_eq!(pair.server.connection.stats().begun_anew, 0, "nothing is lost of the honest handshake");
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
    assert_eq!(pair.client.connection.noted().refusal, Some(AlertDescription::BAD_CERTIFICATE));
    let pair = finish(pair);
    assert_eq!(pair.client.connection.stats().begun_anew, 1);
}

/// Who hears a datagram.
#[derive(Clone, Copy, PartialEq)]
enum To {
    Client,
    Server,
    StrangeClient,
    StrangeServer,
}

/// A path of 20 ms on which strangers overhear, answer both ends before the honest ones do, and drop what those say.
struct Path {
    rng: ChaCha20Rng,
    until: Instant,
    under_way: Vec<(Instant, To, Vec<u8>)>,
}

impl Path {
    fn chance(&mut self, of: u32) -> bool {
        self.rng.next_u32().is_multiple_of(of)
    }

    fn send(&mut self, now: Instant, to: To, datagram: &[u8]) {
        let delay = if matches!(to, To::Client | To::Server) { 20 } else { 1 };
        self.under_way.push((now + Duration::from_millis(delay), to, datagram.to_vec()));
    }

    /// What an honest end says; a stranger may hear it, and the other end not.
    fn carry(&mut self, now: Instant, to: To, stranger: To, datagram: &[u8]) {
        if now < self.until && self.chance(2) {
            self.send(now, stranger, datagram);
        }
        if now >= self.until || !self.chance(4) {
            self.send(now, to, datagram);
        }
    }

    /// What a stranger says, or a part of it.
    fn inject(&mut self, now: Instant, to: To, datagram: &[u8]) {
        for record in records(datagram) {
            if now < self.until && !self.chance(4) {
                let delay = Duration::from_millis(u64::from(self.rng.next_u32() % 40));
                self.under_way.push((now + delay, to, record));
            }
        }
    }
}

/// Runs until both are connected, and says whether they are within a minute.
fn connects_among_strangers(seed: u64) -> bool {
    let mut pair = Pair::new(Config::default(), Config::default());
    let mut strange_server = stranger(&pair, Config::default(), Role::Server);
    let mut strange_client =
        if seed.is_multiple_of(2) { mimic(&pair) } else { stranger(&pair, Config::default(), Role::Client) };
    for end in [&mut pair.client, &mut pair.server, &mut strange_server, &mut strange_client] {
        end.connection.set_rtt(Duration::from_millis(40));
        end.connection.start(pair.now);
    }
    let until = pair.now + Duration::from_secs(2);
    let mut path = Path { rng: ChaCha20Rng::seed_from_u64(seed), until, under_way: vec![] };
    while pair.now < until + Duration::from_secs(60) {
        let now = pair.now;
        pair.client
            .transmit(now)
            .iter()
            .for_each(|said| path.carry(now, To::Server, To::StrangeServer, said));
        pair.server
            .transmit(now)
            .iter()
            .for_each(|said| path.carry(now, To::Client, To::StrangeClient, said));
        strange_server.transmit(now).iter().for_each(|said| path.inject(now, To::Client, said));
        strange_client.transmit(now).iter().for_each(|said| path.inject(now, To::Server, said));
        if [&pair.client, &pair.server].iter().all(|end| end.connection.state() == State::Connected) {
            return true;
        }
        let mut ends = [
            (To::Client, &mut pair.client),
            (To::Server, &mut pair.server),
            (To::StrangeServer, &mut strange_server),
            (To::StrangeClient, &mut strange_client),
        ];
        let timeouts = ends.iter().map(|(_, end)| end.connection.poll_timeout());
        let next = timeouts.chain(path.under_way.iter().map(|(at, ..)| Some(*at))).flatten().min().unwrap();
        pair.now = now.max(next);
        for (_, to, datagram) in path.under_way.extract_if(.., |(at, ..)| *at <= pair.now) {
            let (_, end) = ends.iter_mut().find(|(who, _)| *who == to).unwrap();
            let _ = end.receive(pair.now, &datagram);
        }
        ends.iter_mut().for_each(|(_, end)| end.connection.handle_timeout(pair.now));
    }
    false
}

#[test]
fn a_pair_among_strangers_connects_once_they_are_gone() {
    let failed: Vec<_> = (0..100).filter(|seed| !connects_among_strangers(*seed)).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
