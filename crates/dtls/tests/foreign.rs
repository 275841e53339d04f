//! Servers that we did not write: they repeat their flight when a second has passed and again two later, as RFC 6347
//! §4.2.4.1 has it, look at one ClientHello only, and die of a fatal alert.

use std::time::Duration;

use base::Instant;
use dtls::{Config, State};

use crate::support::pair::{End, Pair, summary};

/// A client on a path of 20 ms, before such a server.
struct Foreign {
    pair: Pair,
    /// What the server has not sent yet, or what was lost of it.
    flight: Vec<Vec<u8>>,
}

impl Foreign {
    /// The server has taken the hello, and its cookie where it wants one.
    fn met(config: &Config) -> Self {
        let mut pair = Pair::new(Config::default(), config.clone());
        pair.client.connection.set_rtt(Duration::from_millis(40));
        pair.client.connection.start(pair.now);
        pair.server.connection.start(pair.now);
        carry(&mut pair.client, &mut pair.server, pair.now);
        if config.cookie_exchange {
            assert_eq!(carry(&mut pair.server, &mut pair.client, pair.now), "HelloVerifyRequest");
            carry(&mut pair.client, &mut pair.server, pair.now);
        }
        let flight = pair.server.transmit(pair.now);
        assert!(summary(&flight).starts_with("ServerHello"));
        Self { pair, flight }
    }

    fn tell_client(&mut self, datagrams: &[Vec<u8>]) {
        for datagram in datagrams {
            self.pair.client.receive(self.pair.now, datagram).unwrap();
        }
    }

    /// Nothing arrives until then. What the client has said meanwhile.
    fn silence_until(&mut self, end: Instant) -> String {
        let Pair { client, now, .. } = &mut self.pair;
        let mut said = vec![];
        while let Some(deadline) = client.connection.poll_timeout().filter(|deadline| *deadline <= end) {
            *now = deadline.max(*now);
            client.connection.handle_timeout(*now);
            said.extend(client.transmit(*now));
        }
        *now = end;
        summary(&said)
    }

    /// The server repeats its flight. What the client says to it.
    fn repeat(&mut self) -> String {
        let Pair { client, server, now } = &mut self.pair;
        server.connection.handle_timeout(*now);
        assert!(carry(server, client, *now).starts_with("ServerHello"));
        let answer = client.transmit(*now);
        for datagram in &answer {
            let _ = server.receive(*now, datagram);
        }
        summary(&answer)
    }

    fn assert_connects(mut self) {
        self.pair.exchange();
        let Pair { client, server, .. } = &self.pair;
        let states = [client, server].map(|end| end.connection.state());
        assert_eq!(states, [State::Connected; 2], "{:#?}", client.connection.stats());
    }
}

fn carry(from: &mut End, to: &mut End, now: Instant) -> String {
    let datagrams = from.transmit(now);
    for datagram in &datagrams {
        let _ = to.receive(now, datagram);
    }
    summary(&datagrams)
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Its first repetition comes when a second has passed: long after our own timer has lost hope.
#[test]
fn a_flight_of_which_a_part_was_lost_still_fits_when_it_is_repeated() {
    let mut config = Config::default();
    config.mtu = 300;
    let count = Foreign::met(&config).flight.len();
    assert!(count > 2);
    for arrived in 1..count {
        for repetitions_lost in [0, 1] {
            let mut foreign = Foreign::met(&config);
            let start = foreign.pair.now;
            let flight = foreign.flight.clone();
            foreign.tell_client(&flight[..arrived]);
            foreign.silence_until(start + seconds(1.0));
            if repetitions_lost == 1 {
                foreign.pair.server.connection.handle_timeout(foreign.pair.now);
                foreign.pair.server.transmit(foreign.pair.now);
                foreign.silence_until(start + seconds(3.0));
            }
            let answer = foreign.repeat();
            assert!(answer.contains("CertificateVerify"), "{arrived} {answer}");
            assert!(!answer.contains("Alert"), "{arrived} {answer}");
            foreign.assert_connects();
        }
    }
}

/// RFC 6347 §4.2.1: its numbers go on behind the HelloVerifyRequest, and it has thrown the first hello away.
#[test]
fn a_server_that_has_got_its_cookie_may_take_its_time() {
    for span in [0.5, 2.0, 8.0] {
        let mut config = Config::default();
        config.cookie_exchange = true;
        let mut foreign = Foreign::met(&config);
        foreign.silence_until(foreign.pair.now + seconds(span));
        let flight = foreign.flight.clone();
        foreign.tell_client(&flight);
        assert_eq!(foreign.pair.client.connection.stats().begun_anew, 0, "{span}");
        foreign.assert_connects();
    }
}

/// The client has lost hope and begun anew; the server knows the first handshake only, and waits for its flight 5.
#[test]
fn a_repeated_flight_of_the_first_handshake_is_answered_with_flight_5_and_no_alert() {
    let mut foreign = Foreign::met(&Config::default());
    let start = foreign.pair.now;
    let flight = foreign.flight.clone();
    foreign.tell_client(&flight);
    let said = foreign.silence_until(start + seconds(1.0));
    assert!(said.contains(" ClientHello"), "{said}");
    assert_eq!(foreign.pair.client.connection.stats().begun_anew, 1);
    let answer = foreign.repeat();
    assert!(answer.contains("CertificateVerify"), "{answer}");
    assert!(!answer.contains("Alert"), "{answer}");
    foreign.assert_connects();
}
