//! The network through its public interface: order, times, addresses, and the same bytes for the same seed.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use sim::node::{
    Behaviour, CoDel, Delay, Direction, Duplicate, Jitter, Loss, Mtu, Nat, Partition, Rate, Reorder, Roam,
};
use sim::{
    AnyHost, Datagram, Ecn, Fault, Host, HostId, Instant, Limits, Network, Node, Path, Random, Transmit,
};

use crate::talker::{ALICE, BOB, CAROL, PUBLIC, Talker, address, millis};

/// A node for a list of them.
fn node(node: impl Node + 'static) -> Box<dyn Node> {
    Box::new(node)
}

/// A network in which Alice says twenty words to Bob, ten milliseconds apart, over a link with these nodes.
fn twenty_words(seed: u64, nodes: Vec<Box<dyn Node>>) -> (Network<Talker>, HostId) {
    let mut network = Network::new(seed);
    let link = network.add_link(nodes);
    network.add_host(link, &[address(ALICE).ip()], Talker::saying(ALICE, BOB, 20, 10));
    let core = network.add_link(Vec::new());
    let bob = network.add_host(core, &[address(BOB).ip()], Talker::at(BOB));
    network.run_for(Duration::from_secs(10)).unwrap();
    (network, bob)
}

fn heard(nodes: Vec<Box<dyn Node>>) -> (Vec<u8>, Vec<u64>) {
    let (network, bob) = twenty_words(1, nodes);
    let bob = network.host(bob).unwrap();
    (bob.words(), bob.times())
}

#[test]
fn a_delay_moves_every_datagram_by_the_same_time() {
    let (words, times) = heard(vec![node(Delay::new(millis(30))), node(Delay::new(millis(5)))]);
    assert_eq!(words, (0..20).collect::<Vec<_>>());
    assert_eq!(times, (0..20).map(|word| 35 + 10 * word).collect::<Vec<_>>());
}

#[test]
fn jitter_keeps_the_order_and_reordering_does_not() {
    let (words, times) = heard(vec![node(Jitter::new(millis(100)))]);
    assert_eq!(words, (0..20).collect::<Vec<_>>());
    assert_ne!(times, (0..20).map(|word| 10 * word).collect::<Vec<_>>());
    let (mut words, _) = heard(vec![node(Reorder::new(0.5, millis(100)))]);
    assert!(!words.is_sorted());
    words.sort_unstable();
    assert_eq!(words, (0..20).collect::<Vec<_>>());
}

#[test]
fn a_line_sends_one_datagram_after_the_other() {
    // 128 bytes with headers at 51,200 bits per second are 20 ms each.
    let (words, times) = heard(vec![node(Rate::new(51_200, || CoDel::new(1_000_000)))]);
    assert_eq!(words.len(), 20);
    assert_eq!(times, (1..=20).map(|word| 20 * word).collect::<Vec<_>>());
}

#[test]
fn a_way_loses_repeats_and_is_interrupted() {
    assert!((1..20).contains(&heard(vec![node(Loss::uniform(0.5))]).0.len()));
    assert!((21..=40).contains(&heard(vec![node(Duplicate::new(0.5, millis(10)))]).0.len()));
    assert_eq!(heard(vec![node(Mtu::new(127))]).0.len(), 0);
    let window = Instant::from_millis(50)..Instant::from_millis(100);
    let (words, _) = heard(vec![node(Partition::new(vec![window]))]);
    assert_eq!(words, (0..5).chain(10..20).collect::<Vec<_>>());
}

#[test]
fn an_answer_goes_down_the_link_that_the_question_came_up() {
    let mut network = Network::new(1);
    let slow = network.add_link(vec![node(Delay::new(millis(30)))]);
    let alice = network.add_host(slow, &[address(ALICE).ip()], Talker::saying(ALICE, BOB, 1, 0));
    let quick = network.add_link(vec![node(Delay::new(millis(2)))]);
    let echo = Talker { echoes: true, ..Talker::at(BOB) };
    network.add_host(quick, &[address(BOB).ip()], echo);
    let is_answered = network
        .run_until(Duration::from_secs(1), |network| !network.host(alice).unwrap().heard.is_empty())
        .unwrap();
    assert!(is_answered);
    assert_eq!(network.now(), Instant::from_millis(64));
}

/// Alice behind a NAT speaks to Bob, who answers, and so does Carol, to whom nobody spoke: who comes through.
fn through_nat(mapping: Behaviour, filtering: Behaviour) -> (Vec<SocketAddr>, [SocketAddr; 2]) {
    let mut network = Network::new(1);
    let public: IpAddr = PUBLIC.parse().unwrap();
    let home = network.add_link(vec![node(Nat::new(public).mapping(mapping).filtering(filtering))]);
    let alice = network.add_host(home, &[address(ALICE).ip()], Talker::saying(ALICE, BOB, 1, 0));
    let core = network.add_link(Vec::new());
    let [bob, carol] =
        [BOB, CAROL].map(|name| network.add_host(core, &[address(name).ip()], Talker::at(name)));
    network.run_for(millis(10)).unwrap();
    let seen = network.host(bob).unwrap().heard[0].1;
    for (id, text) in [(bob, "answer"), (carol, "stranger")] {
        let now = network.now();
        network.host_mut(id).unwrap().say(now, seen, text.as_bytes());
    }
    network.run_for(millis(10)).unwrap();
    let came = network.host(alice).unwrap().heard.iter().map(|(_, from, _)| *from).collect();
    let now = network.now();
    network.host_mut(alice).unwrap().say(now, address(CAROL), b"hello");
    network.run_for(millis(10)).unwrap();
    (came, [seen, network.host(carol).unwrap().heard[0].1])
}

#[test]
fn a_nat_filters_and_maps_as_it_says() {
    use Behaviour::{AddressAndPortDependent, EndpointIndependent};
    let (came, seen) = through_nat(EndpointIndependent, EndpointIndependent);
    assert_eq!(came, [address(BOB), address(CAROL)]);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].ip(), PUBLIC.parse::<IpAddr>().unwrap());
    let (came, seen) = through_nat(AddressAndPortDependent, AddressAndPortDependent);
    assert_eq!(came, [address(BOB)]);
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn nobody_reaches_a_host_behind_a_nat_by_its_own_address() {
    let mut network = Network::new(1);
    let home = network.add_link(vec![node(Nat::new(PUBLIC.parse().unwrap()))]);
    let alice = network.add_host(home, &[address(ALICE).ip()], Talker::at(ALICE));
    let core = network.add_link(Vec::new());
    network.add_host(core, &[address(BOB).ip()], Talker::saying(BOB, ALICE, 3, 10));
    network.run_for(Duration::from_secs(1)).unwrap();
    assert!(network.host(alice).unwrap().heard.is_empty());
    assert_eq!(network.unroutable(), 3);
}

#[test]
fn a_host_that_moved_is_reached_at_its_new_address_only() {
    let moved = "10.0.0.9:1";
    let mut network = Network::new(1);
    let roam = Roam::new(address(ALICE).ip(), vec![(Instant::from_millis(25), address(moved).ip())]);
    let link = network.add_link(vec![node(roam)]);
    let alice = network.add_host(link, &[address(ALICE).ip(), address(moved).ip()], Talker::at(ALICE));
    let core = network.add_link(Vec::new());
    for (from, to) in [(BOB, ALICE), (CAROL, moved)] {
        network.add_host(core, &[address(from).ip()], Talker::saying(from, to, 5, 10));
    }
    network.run_for(Duration::from_secs(1)).unwrap();
    let came: Vec<_> =
        network.host(alice).unwrap().heard.iter().map(|(at, from, _)| (at.as_millis(), *from)).collect();
    let expected = [(0, BOB), (10, BOB), (20, BOB), (30, CAROL), (40, CAROL)];
    assert_eq!(came, expected.map(|(at, from)| (at, address(from))));
}

#[test]
fn time_begins_at_the_origin_or_where_it_is_told_to() {
    assert_eq!(Network::<AnyHost>::new(1).now(), Instant::ZERO);
    assert_eq!(Network::<AnyHost>::with_limits(1, Limits::default()).now(), Instant::ZERO);
    let start = Instant::from_millis(5000);
    let mut network = Network::new(1).starting_at(start);
    let alice = network.add(&[address(ALICE).ip()], Talker::saying(ALICE, BOB, 1, 0));
    let bob = network.add(&[address(BOB).ip()], Talker::at(BOB));
    network.between(alice, bob).delay(millis(30));
    network.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(network[bob].times(), [5030]);
    assert_eq!(network.now(), start + Duration::from_secs(1));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let digest = |seed| {
        let nodes = vec![node(Jitter::new(millis(50))), node(Loss::uniform(0.3))];
        let (network, bob) = twenty_words(seed, nodes);
        (network.digest().value(), network.host(bob).unwrap().times())
    };
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7).1, digest(8).1);
}

/// The blocks of a pcapng file: kinds and bodies.
fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let word = |at: usize, bytes: &[u8]| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut blocks = Vec::new();
    while !file.is_empty() {
        let len = word(4, file) as usize;
        assert_eq!(word(len - 4, file) as usize, len, "a block's length stands at both ends");
        blocks.push((word(0, file), file[8..len - 4].to_vec()));
        file = &file[len..];
    }
    blocks
}

#[test]
fn a_recording_has_a_packet_for_each_datagram_of_its_host() {
    let mut network = Network::new(1);
    let link = network.add_link(vec![node(Loss::uniform(0.5))]);
    let alice = network.add_host(link, &[address(ALICE).ip()], Talker::saying(ALICE, BOB, 20, 10));
    let core = network.add_link(Vec::new());
    let echo = Talker { echoes: true, ..Talker::at(BOB) };
    network.add_host(core, &[address(BOB).ip()], echo);
    network.capture(alice);
    network.run_for(Duration::from_secs(1)).unwrap();
    let counters = network.counters(alice);
    assert!(counters.received > 0 && counters.received < 20);
    let blocks = blocks(network.captured(alice).unwrap().as_bytes());
    let kinds: Vec<u32> = blocks.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds[..3], [0x0a0d_0d0a, 1, 1], "a section and two interfaces");
    let packets = kinds[3..].iter().filter(|kind| **kind == 6).count();
    assert_eq!(packets as u64, counters.sent + counters.received);
    // Interface, time, lengths; then an IPv4 packet from Alice to Bob, of UDP.
    let first = &blocks[3].1;
    assert_eq!(first[20] >> 4, 4);
    assert_eq!(first[20 + 9], 17);
    assert_eq!(first[32..40], [10, 0, 0, 1, 192, 0, 2, 2]);
}

/// Does what no host may do.
enum Wrongdoer {
    /// Asks to be woken at once, after it was woken.
    Sleepless,
    /// Asks to be woken a millisecond later, again and again, for nothing.
    Restless(Instant),
    /// Always has one more datagram.
    Garrulous,
    /// Claims more than it was given room for.
    Boastful,
}

impl Host for Wrongdoer {
    fn handle_input(&mut self, _: Instant, _: Path, _: Ecn, _: &mut [u8]) {}

    fn handle_timeout(&mut self, now: Instant) {
        if let Self::Restless(next) = self {
            *next = now + millis(1);
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<Transmit> {
        let len = match self {
            Self::Garrulous => 1,
            Self::Boastful => out.len() + 1,
            _ => return None,
        };
        Some(Transmit::new(Path::udp(address(ALICE), address(BOB)), len))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Sleepless => Some(Instant::ZERO),
            Self::Restless(next) => Some(*next),
            _ => None,
        }
    }
}

/// What ends a second of a host behind a link with these nodes.
fn fault(limits: Limits, nodes: Vec<Box<dyn Node>>, host: Wrongdoer) -> Option<(HostId, Fault)> {
    let mut network = Network::with_limits(1, limits);
    let link = network.add_link(nodes);
    let id = network.add_host(link, &[address(ALICE).ip()], host);
    network.run_for(Duration::from_secs(1)).err().map(|fault| (id, fault))
}

#[test]
fn what_no_host_may_do_ends_the_run_and_names_the_host() {
    let of = |wrongdoer| fault(Limits::default(), Vec::new(), wrongdoer).expect("the run ends");
    let (id, fault) = of(Wrongdoer::Sleepless);
    assert!(matches!(fault, Fault::TimerInThePast { host, .. } if host == id), "{fault}");
    let (id, fault) = of(Wrongdoer::Restless(Instant::ZERO));
    assert!(matches!(fault, Fault::BusyLoop { host, .. } if host == id), "{fault}");
    let (id, fault) = of(Wrongdoer::Garrulous);
    assert!(matches!(fault, Fault::EndlessBurst { host, .. } if host == id), "{fault}");
    let (id, fault) = of(Wrongdoer::Boastful);
    assert!(matches!(fault, Fault::BeyondBuffer { host, .. } if host == id), "{fault}");
}

#[test]
fn a_run_has_no_more_steps_than_it_is_allowed() {
    let mut limits = Limits::default();
    limits.steps = 100;
    let (_, fault) = fault(limits, Vec::new(), Wrongdoer::Restless(Instant::ZERO)).unwrap();
    assert!(matches!(fault, Fault::TooManySteps { .. }), "{fault}");
}

/// Gives each datagram again and again.
#[derive(Debug, Default)]
struct Fountain(Option<(Direction, Datagram)>);

impl Node for Fountain {
    fn handle_input(&mut self, _: Instant, _: &mut Random, direction: Direction, datagram: Datagram) {
        self.0 = Some((direction, datagram));
    }

    fn poll_transmit(&mut self, _: Instant, _: &mut Random) -> Option<(Direction, Datagram)> {
        self.0.clone()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

#[test]
fn a_link_that_does_not_come_to_rest_ends_the_run() {
    let mut network = Network::new(1);
    let link = network.add_link(vec![node(Fountain::default())]);
    network.add_host(link, &[address(ALICE).ip()], Talker::saying(ALICE, BOB, 1, 1));
    let fault = network.run_for(Duration::from_secs(1)).unwrap_err();
    assert!(matches!(fault, Fault::RestlessLink { .. }), "{fault}");
}
