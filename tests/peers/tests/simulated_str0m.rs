//! Our whole stack and str0m on the simulated network: offer and answer, ICE, DTLS, SCTP and data channels between two
//! implementations that share nothing.

#[path = "whole_stack/ours.rs"]
mod ours;
#[path = "whole_stack/peer.rs"]
mod peer;
#[path = "whole_stack/theirs.rs"]
mod theirs;

use std::time::Duration;

use self::ours::Ours;
use self::peer::{Peer, Promise, Roles, Seen};
use self::theirs::Theirs;
use sim::node::{CoDel, Delay, Duplicate, Loss, Rate, Reorder};
use sim::{HostId, Network, Node, Path};

/// How many messages each side sends on each channel.
const MESSAGES: usize = 12;

const PROMISES: [Promise; 3] = [Promise::Ordered, Promise::Unordered, Promise::Limited(1)];

/// Two peers, ours first.
struct Pair {
    network: Network<Box<dyn Peer>>,
    hosts: [HostId; 2],
    seed: u64,
}

impl Pair {
    /// Offer and answer are exchanged, and every channel is open. The seed's bits say who makes the offer, who is the client of
    /// DTLS, and how much is lost.
    ///
    /// Two limits of str0m show where it is the client of DTLS. It then opens the association as we do, drops what our INIT
    /// started, and closes the association when our INIT comes again after its own has succeeded (sctp-proto 0.10.8: "todo:
    /// handle Init when in state"; RFC 9260 §5.2.2 wants an answer): so our INIT is kept from it. And it gives
    /// up its handshake after 30 s, in which it repeats a flight four times: so less is lost.
    fn connected(seed: u64) -> Self {
        let offerer = (seed % 2) as usize;
        let offerer_is_client = (seed / 2).is_multiple_of(2);
        let roles = Roles { controlling: offerer == 0, client: (offerer == 0) == offerer_is_client };
        let losses = if roles.client { [0.0, 0.1, 0.15, 0.2] } else { [0.0, 0.05, 0.1, 0.1] };
        let loss = losses[(seed / 4) as usize % 4];
        let [a, b] = ["192.0.2.1:5000", "192.0.2.2:5000"].map(|text| text.parse().unwrap());
        let ours = Ours::new(seed, Path::udp(a, b), !roles.client);
        let mut network = Network::new(seed);
        let links = [network.add_link(way(loss)), network.add_link(Vec::new())];
        let hosts = [
            network.add_host(links[0], &[a.ip()], Box::new(ours) as Box<dyn Peer>),
            network.add_host(links[1], &[b.ip()], Box::new(Theirs::new(Path::udp(b, a)))),
        ];
        let mut pair = Self { network, hosts, seed };
        pair.negotiate(offerer, offerer_is_client);
        pair.wait("both connect", 60, |ours, theirs| ours.connected && theirs.connected);
        pair.wait("every channel opens", 300, |ours, theirs| {
            ours.opened.len() == 6 && theirs.opened.len() == 6
        });
        for seen in pair.seen() {
            assert_eq!(seen.opened, channels(0).into_iter().chain(channels(1)).collect(), "seed {seed}");
        }
        assert_eq!(pair.seen()[0].roles, Some(roles), "seed {seed}");
        pair
    }

    /// Hands an offer over and the answer back. Left to choose, str0m is never the client and we always are, so that what the
    /// offerer wants to be is written into its offer.
    fn negotiate(&mut self, offerer: usize, offerer_is_client: bool) {
        let now = self.network.now();
        let [from, to] = [offerer, 1 - offerer].map(|index| self.hosts[index]);
        let offer = self.network.host_mut(from).unwrap().offer(now, &channels(offerer));
        assert!(offer.contains("a=setup:actpass"), "{offer}");
        let wish = if offerer_is_client { "a=setup:active" } else { "a=setup:passive" };
        let offer = offer.replace("a=setup:actpass", wish);
        let answer = self.network.host_mut(to).unwrap().answer(now, &offer, &channels(1 - offerer));
        self.network.host_mut(from).unwrap().accept(now, &answer);
    }

    fn seen(&self) -> [&Seen; 2] {
        self.hosts.map(|host| self.network.host(host).unwrap().seen())
    }

    /// Lets virtual time pass until this is so.
    fn wait(&mut self, what: &str, seconds: u64, done: impl Fn(&Seen, &Seen) -> bool) {
        let hosts = self.hosts;
        let is_done = |network: &Network<Box<dyn Peer>>| {
            let [ours, theirs] = hosts.map(|host| network.host(host).unwrap().seen());
            done(ours, theirs)
        };
        let outcome = self.network.run_until(Duration::from_secs(seconds), is_done);
        let seen = || self.seen().map(summary);
        assert_eq!(outcome, Ok(true), "seed {}: {what}: ours, theirs: {:#?}", self.seed, seen());
    }

    fn send_all(&mut self) {
        for number in 0..MESSAGES {
            let now = self.network.now();
            for (label, _) in channels(0).into_iter().chain(channels(1)) {
                for host in self.hosts {
                    self.network.host_mut(host).unwrap().send(now, &label, payload(number));
                }
            }
        }
    }
}

/// The channels that a side opens.
fn channels(side: usize) -> Vec<(String, Promise)> {
    let by = ["ours", "theirs"][side];
    PROMISES.iter().map(|promise| (format!("{by}: {promise:?}"), *promise)).collect()
}

/// A message that is told from the others by its first byte.
fn payload(number: usize) -> Vec<u8> {
    let len = [1, 100, 1150, 1200, 5000, 60_000][number % 6];
    (0..len).map(|at| (at * 7 + number) as u8).collect()
}

/// A line of two megabits that loses, repeats, and lets datagrams overtake each other.
fn way(loss: f64) -> Vec<Box<dyn Node>> {
    vec![
        Box::new(Rate::new(2_000_000, || CoDel::new(200_000))),
        Box::new(Delay::new(Duration::from_millis(35))),
        Box::new(Loss::uniform(loss)),
        Box::new(Duplicate::new(0.05, Duration::from_millis(20))),
        Box::new(Reorder::new(0.1, Duration::from_millis(50))),
    ]
}

/// How many messages came in on each channel.
fn summary(seen: &Seen) -> String {
    let received: Vec<_> = seen.received.iter().map(|(label, messages)| (label, messages.len())).collect();
    format!("open {:?}, closed {:?}, received {received:?}", seen.opened.keys(), seen.closed)
}

fn has_all_that_is_reliable(seen: &Seen) -> bool {
    let reliable = seen.opened.iter().filter(|(_, promise)| !matches!(promise, Promise::Limited(_)));
    reliable.into_iter().all(|(label, _)| seen.received.get(label).map_or(0, Vec::len) >= MESSAGES)
}

/// Nothing twice, nothing foreign, and everything where that is promised, in order where that is promised.
fn check_messages(seen: &Seen, context: &str) {
    let sent: Vec<Vec<u8>> = (0..MESSAGES).map(payload).collect();
    for (label, promise) in &seen.opened {
        let received = seen.received.get(label).map_or(&[][..], Vec::as_slice);
        let mut numbers: Vec<usize> = received
            .iter()
            .map(|message| sent.iter().position(|known| known == message))
            .map(|number| number.unwrap_or_else(|| panic!("{context}, {label}: what nobody sent")))
            .collect();
        if *promise == Promise::Unordered {
            numbers.sort_unstable();
        }
        assert!(numbers.is_sorted_by(|a, b| a < b), "{context}, {label}: {numbers:?}");
        let is_reliable = !matches!(promise, Promise::Limited(_));
        let least = if is_reliable { MESSAGES } else { 1 };
        assert!(numbers.len() >= least, "{context}, {label}: {numbers:?}");
    }
}

#[test]
fn two_stacks_agree_connect_and_keep_what_each_channel_promises() {
    for seed in 0..16 {
        let mut pair = Pair::connected(seed);
        pair.send_all();
        pair.wait("every reliable message arrives", 1800, |ours, theirs| {
            has_all_that_is_reliable(ours) && has_all_that_is_reliable(theirs)
        });
        pair.network.run_for(Duration::from_secs(20)).unwrap();
        for (side, seen) in ["ours", "theirs"].iter().zip(pair.seen()) {
            check_messages(seen, &format!("seed {seed}, {side}"));
        }
    }
}

#[test]
fn a_channel_that_one_side_closes_is_closed_on_the_other() {
    for seed in 0..16 {
        let mut pair = Pair::connected(seed);
        let now = pair.network.now();
        // Each side closes one that it opened, and one that the other opened.
        for (side, host) in pair.hosts.into_iter().enumerate() {
            for label in [&channels(0)[side].0, &channels(1)[side].0] {
                pair.network.host_mut(host).unwrap().close(now, label);
            }
        }
        pair.wait("four channels are closed", 600, |ours, theirs| {
            ours.closed.len() == 4 && theirs.closed.len() == 4
        });
        let [ours, theirs] = pair.seen();
        assert_eq!(ours.closed, theirs.closed, "seed {seed}");
    }
}
