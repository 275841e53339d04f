//! Whatever the network does and in whichever order the verbs are called: both connect, and nothing is untrue.

use std::time::Duration;

use base::{Instant, earliest};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use dtls::{Config, Event, State};
use proptest::prelude::*;

use crate::support::pair::Pair;

/// What a network does to datagrams, in percent.
#[derive(Clone, Copy, Debug)]
struct Faults {
    loss: u32,
    duplicate: u32,
    /// The longest delay, in milliseconds: the shortest is one, so a longer one reorders.
    delay: u32,
}

/// A datagram on its way.
struct Flying {
    arrives: Instant,
    to_server: bool,
    datagram: Vec<u8>,
}

struct Network {
    rng: ChaCha20Rng,
    faults: Faults,
    flying: Vec<Flying>,
    sent: usize,
}

impl Network {
    fn new(seed: u64, faults: Faults) -> Self {
        Self { rng: ChaCha20Rng::seed_from_u64(seed), faults, flying: vec![], sent: 0 }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.next_u32() % 100 < percent
    }

    fn send(&mut self, now: Instant, to_server: bool, datagram: &[u8]) {
        self.sent += 1;
        let copies = 1 + u32::from(self.chance(self.faults.duplicate));
        for _ in 0..copies {
            if self.chance(self.faults.loss) {
                continue;
            }
            let delay = Duration::from_millis(u64::from(1 + self.rng.next_u32() % self.faults.delay));
            self.flying.push(Flying { arrives: now + delay, to_server, datagram: datagram.to_vec() });
        }
    }

    /// Those that have arrived, oldest first.
    fn take(&mut self, now: Instant) -> Vec<Flying> {
        self.flying.sort_by_key(|flying| flying.arrives);
        let rest = self.flying.partition_point(|flying| flying.arrives <= now);
        self.flying.drain(..rest).collect()
    }
}

/// Runs until both are connected and says when that was; panics after ten minutes.
fn run(pair: &mut Pair, network: &mut Network) -> Instant {
    let end = pair.now + Duration::from_secs(600);
    loop {
        let now = pair.now;
        for datagram in pair.client.transmit(now) {
            network.send(now, true, &datagram);
        }
        for datagram in pair.server.transmit(now) {
            network.send(now, false, &datagram);
        }
        if pair.client.connection.state() == State::Connected
            && pair.server.connection.state() == State::Connected
        {
            return now;
        }
        let timeouts = earliest(pair.client.connection.poll_timeout(), pair.server.connection.poll_timeout());
        let next = earliest(timeouts, network.flying.iter().map(|flying| flying.arrives).min());
        let Some(next) = next else { panic!("nobody waits for anything") };
        assert!(next > now, "a deadline that has passed already");
        assert!(next < end, "no connection after ten minutes: {:?}", pair.client.connection.stats());
        pair.now = next;
        for flying in network.take(next) {
            let to = if flying.to_server { &mut pair.server } else { &mut pair.client };
            let _ = to.receive(next, &flying.datagram);
        }
        pair.client.connection.handle_timeout(next);
        pair.server.connection.handle_timeout(next);
    }
}

fn config(mtu: usize) -> Config {
    let mut config = Config::default();
    config.mtu = mtu;
    config
}

fn faults() -> impl Strategy<Value = Faults> {
    (0_u32..50, 0_u32..30, 1_u32..300).prop_map(|(loss, duplicate, delay)| Faults { loss, duplicate, delay })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// RFC 6347 §4.2.4.
    #[test]
    fn both_connect_over_any_network(seed: u64, faults in faults(), mtu in 256_usize..1400, cookie: bool) {
        let mut server = config(mtu);
        server.cookie_exchange = cookie;
        let mut pair = Pair::started(config(mtu), server);
        let mut network = Network::new(seed, faults);
        run(&mut pair, &mut network);
        prop_assert!(network.sent < 20_000, "{} datagrams", network.sent);
        for end in [&mut pair.client, &mut pair.server] {
            let connected = end.events().iter().filter(|event| **event == Event::Connected).count();
            prop_assert_eq!(connected, 1);
        }
        let stats = [pair.client.connection.stats(), pair.server.connection.stats()];
        // What belongs to a handshake that was given up fits nowhere.
        if stats.iter().all(|stats| stats.begun_anew == 0) {
            prop_assert!(stats.iter().all(|stats| stats.forged == 0 && stats.refused == 0), "{:?}", stats);
        }
        let (mut ours, mut theirs) = ([0; 32], [1; 32]);
        pair.client.connection.export_keying_material(b"EXPORTER-test", None, &mut ours).unwrap();
        pair.server.connection.export_keying_material(b"EXPORTER-test", None, &mut theirs).unwrap();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn two_runs_of_one_seed_are_identical(seed: u64, faults in faults()) {
        let mut runs = (0..2).map(|_| {
            let mut pair = Pair::started(config(500), config(500));
            let mut network = Network::new(seed, faults);
            let at = run(&mut pair, &mut network);
            (at, network.sent, pair.client.connection.stats(), pair.client.seal(b"the same"))
        });
        prop_assert!(runs.next() == runs.next());
    }

    /// Garbage of any shape, thrown in anywhere, is discarded without a trace but its counter. RFC 6347 §4.1.2.7.
    #[test]
    fn a_discard_changes_nothing(
        steps in proptest::collection::vec((0_usize..5, any::<u8>(), proptest::collection::vec(any::<u8>(), 0..80)), 1..12),
    ) {
        let finish = |garbage: bool| {
            let mut pair = Pair::started(config(600), config(600));
            let mut sent = vec![];
            for round in 0..5 {
                for (at, kind, bytes) in steps.iter().filter(|(at, ..)| garbage && *at == round) {
                    let mut datagram = vec![20 + kind % 5, 0xfe, 0xfd, 0, kind % 3 % 2 * 7, 0, 0, 0, 0, 0, *kind, 0];
                    datagram.push(u8::try_from(bytes.len()).unwrap());
                    datagram.extend(bytes);
                    let end = if at % 2 == 0 { &mut pair.client } else { &mut pair.server };
                    let before = (end.connection.state(), end.connection.poll_timeout());
                    if end.receive(pair.now, &datagram).is_err() {
                        assert_eq!(before, (end.connection.state(), end.connection.poll_timeout()));
                    } else {
                        return None;
                    }
                }
                let (there, back) = (pair.client.transmit(pair.now), pair.server.transmit(pair.now));
                for datagram in there.iter() {
                    pair.server.receive(pair.now, datagram).unwrap();
                }
                for datagram in back.iter() {
                    pair.client.receive(pair.now, datagram).unwrap();
                }
                sent.extend([there, back].concat());
            }
            assert_eq!(pair.client.connection.state(), State::Connected);
            Some(sent)
        };
        // What was accepted, by chance, is another test's business.
        if let Some(disturbed) = finish(true) {
            prop_assert_eq!(Some(disturbed), finish(false));
        }
    }

    /// Polling more, less, in another order, into buffers of any size: the same end.
    #[test]
    fn verbs_commute(verbs in proptest::collection::vec((any::<bool>(), 0_u8..5, 64_usize..1500), 0..300)) {
        let mut pair = Pair::started(config(700), config(700));
        let mut air: [Vec<Vec<u8>>; 2] = [vec![], vec![]];
        for (is_client, verb, size) in verbs {
            let now = pair.now;
            let end = if is_client { &mut pair.client } else { &mut pair.server };
            match verb {
                0 => {
                    let mut out = vec![0; size];
                    if let Some(len) = end.connection.poll_transmit(now, &mut out) {
                        air[usize::from(is_client)].push(out[..len].to_vec());
                    }
                }
                1 if !air[usize::from(!is_client)].is_empty() => {
                    let datagram = air[usize::from(!is_client)].remove(0);
                    let _ = end.receive(now, &datagram);
                }
                2 => end.connection.handle_timeout(now),
                3 => drop(end.connection.poll_event().map(|event| end.events.push(event))),
                _ => pair.now = pair.now + Duration::from_millis(u64::try_from(size).unwrap() / 10),
            }
        }
        let mut network = Network::new(1, Faults { loss: 0, duplicate: 0, delay: 1 });
        for (from_client, datagrams) in [(false, &air[0]), (true, &air[1])] {
            datagrams.iter().for_each(|datagram| network.send(pair.now, from_client, datagram));
        }
        pair.client.connection.handle_timeout(pair.now);
        pair.server.connection.handle_timeout(pair.now);
        run(&mut pair, &mut network);
        for end in [&mut pair.client, &mut pair.server] {
            prop_assert_eq!(end.events(), [Event::Connecting, Event::Connected]);
        }
    }
}
