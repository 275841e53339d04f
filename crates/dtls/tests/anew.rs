//! Handshakes in which the two sides have noted different messages, because some were changed on their way or are a
//! stranger's: they begin anew (RFC 6347 §4.2.8), and finish.

use std::time::Duration;

use base::Instant;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use dtls::{Config, Event, Reason, State};

use crate::support::hostile::assert_finishes_within;
use crate::support::pair::{Pair, rng, summary};
use crate::support::wire::{Hello, fragment, message, record, records};

/// How many deadlines come before a handshake that has begun anew is finished: it waits for longer than its timers do.
const DEADLINES: usize = 40;

fn started() -> Pair {
    Pair::started(Config::default(), Config::default())
}

/// Carries one flight over; what it was.
fn flight(pair: &mut Pair, to_server: bool) -> String {
    let (from, to) = match to_server {
        true => (&mut pair.client, &mut pair.server),
        false => (&mut pair.server, &mut pair.client),
    };
    let datagrams = from.transmit(pair.now);
    for datagram in &datagrams {
        let _ = to.receive(pair.now, datagram);
    }
    summary(&datagrams)
}

fn begun_anew(pair: &Pair) -> [u64; 2] {
    [&pair.client, &pair.server].map(|end| end.connection.stats().begun_anew)
}

#[test]
fn a_forged_client_hello_that_comes_first_does_not_win() {
    let mut pair = started();
    pair.server.receive(pair.now, &Hello::default().datagram()).unwrap();
    assert!(flight(&mut pair, false).starts_with("ServerHello"), "an answer to the stranger");
    assert_finishes_within(pair, DEADLINES);
}

/// A stranger's hello waits when the server starts, which learns only then how short the path is. The honest hello need not
/// come again after seconds in which a NAT could have lost its mapping.
#[test]
fn a_server_on_a_short_path_takes_another_hello_after_three_of_its_spans() {
    let mut pair = started();
    pair.server.receive(pair.now, &Hello::default().datagram()).unwrap();
    pair.server.connection.set_rtt(Duration::from_millis(20));
    assert!(summary(&pair.server.transmit(pair.now)).starts_with("ServerHello"), "an answer to the stranger");
    pair.now = pair.now + Duration::from_millis(150);
    assert_eq!(flight(&mut pair, true), "ClientHello");
    assert_eq!(begun_anew(&pair), [0, 1]);
    assert_finishes_within(pair, 1);
}

/// The server has begun with what the client has said, and it waits for less than a client would.
#[test]
fn a_forged_client_hello_that_comes_later_disturbs_nobody() {
    let mut pair = started();
    flight(&mut pair, true);
    pair.server.receive(pair.now, &Hello::default().datagram()).unwrap();
    flight(&mut pair, false);
    pair.server.receive(pair.now, &Hello::default().datagram()).unwrap();
    flight(&mut pair, true);
    assert!(pair.server.receive(pair.now, &Hello::default().datagram()).is_err(), "it has finished");
    flight(&mut pair, false);
    assert_eq!(pair.client.connection.state(), State::Connected);
    assert_eq!(begun_anew(&pair), [0, 0]);
}

/// Whoever has signed for a hello cannot be replaced, however long the rest takes.
#[test]
fn a_server_whose_client_has_signed_takes_no_other_hello() {
    let mut pair = started();
    flight(&mut pair, true);
    flight(&mut pair, false);
    let mut last = pair.client.transmit(pair.now).concat();
    // Finished is lost: a header of 13 bytes and 48 protected ones.
    last.truncate(last.len() - 13 - 8 - 24 - 16);
    pair.server.receive(pair.now, &last).unwrap();
    for _ in 0..10 {
        pair.now = pair.now + Duration::from_secs(3);
        pair.server.connection.handle_timeout(pair.now);
        pair.server.receive(pair.now, &Hello::default().datagram()).unwrap();
        pair.server.transmit(pair.now);
    }
    assert_eq!(begun_anew(&pair), [0, 0]);
    assert_finishes_within(pair, DEADLINES);
}

/// A HelloVerifyRequest takes a number of its own: behind a forged one, the honest answer has one that is past.
#[test]
fn a_forged_hello_verify_request_keeps_no_client_from_its_server() {
    let mut pair = started();
    flight(&mut pair, true);
    pair.client.receive(pair.now, &message(3, 0, &[0xfe, 0xfd, 4, 1, 2, 3, 4])).unwrap();
    assert_finishes_within(pair, DEADLINES);
}

/// A stranger sends everybody's datagrams back to them: nobody takes their own words for those of the other side, however
/// long these have been awaited.
#[test]
fn nobody_whose_own_words_come_back_changes_sides() {
    let mut pair = started();
    let hello = pair.client.transmit(pair.now).concat();
    pair.server.receive(pair.now, &hello).unwrap();
    let answer = pair.server.transmit(pair.now).concat();
    pair.client.receive(pair.now, &records(&answer)[0]).unwrap();
    pair.now = pair.now + Duration::from_secs(4);
    let _ = pair.client.receive(pair.now, &hello);
    let _ = pair.server.receive(pair.now, &answer);
    assert_eq!(flight(&mut pair, true), "ClientHello", "it repeats itself");
    assert_eq!(begun_anew(&pair), [0, 0]);
    assert_finishes_within(pair, 1);
}

/// What a signature covers is found out at once. A CertificateRequest is covered by none but the client's.
#[test]
fn a_changed_certificate_request_costs_time_and_nothing_else() {
    let mut pair = started();
    flight(&mut pair, true);
    let mut honest = pair.server.transmit(pair.now).concat();
    let request = 13 + honest.windows(2).rposition(|pair| pair == [22, 0xfe]).unwrap();
    let done = request - 13;
    // The last byte in front of ServerHelloDone belongs to the list of schemes.
    honest[done - 3] ^= 1;
    pair.client.receive(pair.now, &honest).unwrap();
    assert_finishes_within(pair, DEADLINES);
}

/// RFC 6347 §4.2.3: fragments of one message agree about its length. Who is wrong where they do not, nobody knows.
#[test]
fn a_forged_fragment_keeps_no_honest_message_out() {
    for (kind, length) in [(11, 5000), (2, 90), (14, 0)] {
        let mut pair = started();
        for seq in 0..8 {
            let forged =
                record(22, &fragment(kind, length, seq, 0, length.min(1), &[9][..length.min(1) as usize]));
            let _ = pair.client.receive(pair.now, &forged);
            let _ = pair.server.receive(pair.now, &forged);
        }
        assert_finishes_within(pair, DEADLINES);
    }
}

/// A server that has finished, and a client that has begun anew, as the server's last flight did not come; and that flight.
fn half_finished() -> (Pair, Vec<Vec<u8>>) {
    let mut pair = started();
    flight(&mut pair, true);
    flight(&mut pair, false);
    flight(&mut pair, true);
    assert_eq!(pair.server.connection.state(), State::Connected);
    let last = pair.server.transmit(pair.now);
    while pair.client.connection.stats().begun_anew == 0 {
        pair.now = pair.client.connection.poll_timeout().unwrap();
        pair.client.connection.handle_timeout(pair.now);
    }
    (pair, last)
}

/// What the server has finished is known to nobody else but the client's first handshake.
#[test]
fn a_client_that_has_begun_anew_says_that_it_closes_where_the_server_hears_it() {
    let (mut pair, _) = half_finished();
    pair.client.connection.close(pair.now);
    assert_eq!(pair.client.connection.state(), State::Closed);
    assert_eq!(pair.client.events().last(), Some(&Event::Closed(Reason::Local)));
    assert_eq!(pair.client.connection.poll_timeout(), None);
    flight(&mut pair, true);
    assert_eq!(pair.server.events().last(), Some(&Event::Closed(Reason::ByPeer)));
}

/// The client is glad of the first handshake when that can be finished after all.
#[test]
fn a_client_that_has_begun_anew_still_takes_the_finished_that_it_waited_for() {
    let (mut pair, last) = half_finished();
    assert!(flight(&mut pair, true).ends_with("ClientHello"));
    // What its server may still wait for, it repeats.
    let mut said = String::new();
    while !said.contains("CertificateVerify") {
        pair.now = pair.client.connection.poll_timeout().unwrap();
        pair.client.connection.handle_timeout(pair.now);
        said += &summary(&pair.client.transmit(pair.now));
    }
    for datagram in &last {
        pair.client.receive(pair.now, datagram).unwrap();
    }
    assert_eq!(pair.client.connection.state(), State::Connected);
    let sealed = pair.client.seal(b"hello");
    pair.server.receive(pair.now, &sealed).unwrap();
    assert_eq!(pair.server.delivered, [b"hello"]);
    assert_eq!(begun_anew(&pair), [1, 0]);
}

/// A wire of 20 ms each way that changes what is sent on it.
struct Wire {
    rng: ChaCha20Rng,
    /// Until then.
    until: Instant,
    /// Whether the honest datagram arrives as well.
    keeps: bool,
    /// What is under way, in the order of arrival: to the server, or to the client.
    under_way: Vec<(Instant, bool, Vec<u8>)>,
}

impl Wire {
    fn carry(&mut self, now: Instant, to_server: bool, datagram: Vec<u8>) {
        let at = now + Duration::from_millis(20);
        if now < self.until && self.rng.next_u32().is_multiple_of(2) {
            let mut changed = datagram.clone();
            for _ in 0..=self.rng.next_u32() % 3 {
                let place = self.rng.next_u32() as usize % changed.len();
                changed[place] ^= 1 << (self.rng.next_u32() % 8);
            }
            self.under_way.push((at, to_server, changed));
            if !self.keeps {
                return;
            }
        }
        self.under_way.push((at, to_server, datagram));
    }
}

fn is_connected(pair: &Pair) -> bool {
    pair.client.connection.state() == State::Connected && pair.server.connection.state() == State::Connected
}

/// Runs until both are connected, and says when that is.
fn run(pair: &mut Pair, wire: &mut Wire) -> Option<Instant> {
    let end = wire.until + Duration::from_secs(60);
    while !is_connected(pair) {
        for (to_server, datagrams) in
            [(true, pair.client.transmit(pair.now)), (false, pair.server.transmit(pair.now))]
        {
            datagrams.into_iter().for_each(|datagram| wire.carry(pair.now, to_server, datagram));
        }
        let arrival = wire.under_way.iter().map(|(at, ..)| *at).min();
        let timeouts = [&pair.client, &pair.server].map(|end| end.connection.poll_timeout());
        let next = timeouts.into_iter().chain([arrival]).flatten().min()?;
        if next > end {
            return None;
        }
        pair.now = pair.now.max(next);
        for (_, to_server, datagram) in wire.under_way.extract_if(.., |(at, ..)| *at <= pair.now) {
            let end = if to_server { &mut pair.server } else { &mut pair.client };
            let _ = end.receive(pair.now, &datagram);
        }
        for end in [&mut pair.client, &mut pair.server] {
            end.connection.handle_timeout(pair.now);
        }
    }
    Some(pair.now)
}

fn finishes_behind_damage(seed: u64, keeps: bool) {
    let mut pair = Pair::new(Config::default(), Config::default());
    for end in [&mut pair.client, &mut pair.server] {
        end.connection.set_rtt(Duration::from_millis(40));
        end.connection.start(pair.now);
    }
    let until = pair.now + Duration::from_secs(2);
    let mut wire = Wire { rng: rng((seed % 251) as u8), until, keeps, under_way: vec![] };
    for _ in 0..seed / 251 {
        wire.rng.next_u32();
    }
    let connected = run(&mut pair, &mut wire);
    let stats = [pair.client.connection.stats(), pair.server.connection.stats()];
    assert!(connected.is_some(), "seed {seed}, keeps {keeps}: {stats:#?} {:?}", pair.now);
}

/// Half of all datagrams have some bits changed, for two seconds.
#[test]
fn a_handshake_that_was_damaged_finishes_behind_the_damage() {
    (0..150).for_each(|seed| finishes_behind_damage(seed, false));
}

/// As before, but the honest datagrams arrive as well, behind the changed ones.
#[test]
fn a_handshake_among_changed_copies_of_itself_finishes() {
    (0..150).for_each(|seed| finishes_behind_damage(seed, true));
}

/// RFC 6347 §4.2.4.1 has a timer of a second; where the path is known to be short, ours is shorter.
#[test]
fn a_client_on_a_short_path_insists_for_a_second_before_it_begins_anew() {
    let mut pair = started();
    let begin = pair.now;
    pair.client.connection.set_rtt(Duration::from_millis(1));
    flight(&mut pair, true);
    flight(&mut pair, false);
    while begun_anew(&pair)[0] == 0 {
        pair.client.transmit(pair.now);
        pair.now = pair.client.connection.poll_timeout().unwrap();
        pair.client.connection.handle_timeout(pair.now);
    }
    assert_eq!(pair.now, begin + Duration::from_secs(1));
}
