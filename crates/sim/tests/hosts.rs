//! Connections and endpoints with their applications, and other hosts beside them.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use std::net::SocketAddr;

use core::time::Duration;

use rtc::{
    Certificate, ChannelId, Configuration, ConnectionId, DataChannelInit, Endpoint, Event, Ignored, Payload,
    PeerConnection,
};
use sim::{
    AnyHost, Application, Ecn, Handle, Instant, Machine, Network, Path, Random, Stack, Transmit, introduce,
};

use crate::stack::certificates;
use crate::talker::{Talker, millis};

const SERVER: &str = "192.0.2.100:3478";
const STRANGER: &str = "203.0.113.9:9";
const CLIENTS: usize = 10;
const WORDS: u32 = 8;

/// Says a word every 100 ms once its channel is open, and keeps what comes back.
struct Client {
    chat: ChannelId,
    next: Option<Instant>,
    said: u32,
    heard: Vec<(Instant, Payload)>,
}

impl Application<PeerConnection> for Client {
    fn handle_event(&mut self, now: Instant, _: &mut PeerConnection, event: Event) {
        match event {
            Event::DataChannelOpen(_) => self.next = Some(now),
            Event::DataChannelMessage(_, message) => self.heard.push((now, message)),
            _ => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant, pc: &mut PeerConnection) {
        pc.send(now, self.chat, format!("word {} at {now}", self.said)).unwrap();
        self.said += 1;
        self.next = (self.said < WORDS).then(|| now + millis(100));
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }
}

/// Makes a connection when it first hears of it, echoes messages, and counts what has no connection.
#[derive(Default)]
struct Echo {
    expected: Vec<PeerConnection>,
    homeless: u32,
}

impl Application<Endpoint> for Echo {
    fn handle_event(&mut self, now: Instant, endpoint: &mut Endpoint, (id, event): (ConnectionId, Event)) {
        if let Event::DataChannelMessage(channel, message) = event {
            endpoint.connection_mut(id).unwrap().send(now, channel, message).unwrap();
        }
    }

    fn handle_ignored(&mut self, _: Instant, endpoint: &mut Endpoint, _: Path, ignored: Ignored) -> bool {
        let Ignored::UnknownFragment(fragment) = ignored else {
            self.homeless += u32::from(ignored == Ignored::NoConnection);
            return false;
        };
        let is_meant = |pc: &PeerConnection| pc.local_description().unwrap().sdp.contains(&fragment);
        let place = self.expected.iter().position(is_meant);
        if let Some(place) = place {
            endpoint.insert(self.expected.remove(place));
        }
        place.is_some()
    }
}

fn peer(random: Random, certificate: &Certificate, address: &str) -> PeerConnection {
    let configuration = Configuration::new(&crypto_rust::PROVIDER, certificate.clone());
    let mut pc = PeerConnection::new(configuration, Box::new(random), Instant::ZERO).unwrap();
    pc.add_local_address(address.parse().unwrap()).unwrap();
    pc
}

type Server = Stack<Endpoint, Echo>;

/// A server, its clients, and a stranger who disturbs it.
struct Scene {
    network: Network<AnyHost>,
    server: Handle<Server>,
    clients: Vec<Handle<Stack<PeerConnection, Client>>>,
    stranger: Handle<Talker>,
}

impl Scene {
    fn new(seed: u64, loss: f64) -> Self {
        let mut network = Network::new(seed);
        let mut echo = Echo::default();
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let address: SocketAddr = format!("198.51.100.{number}:1000").parse().unwrap();
            let mut client = peer(network.generator(), &certificates()[0], &address.to_string());
            let mut served = peer(network.generator(), &certificates()[1], SERVER);
            let chat = client.create_data_channel("chat", DataChannelInit::default()).unwrap();
            introduce(network.now(), &mut client, &mut served).unwrap();
            echo.expected.push(served);
            let application = Client { chat, next: None, said: 0, heard: Vec::new() };
            clients.push(network.add(&[address.ip()], Stack::new(client, application)));
        }
        let at = |text: &str| text.parse::<SocketAddr>().unwrap().ip();
        let server = network.add(&[at(SERVER)], Stack::new(Endpoint::new(), echo));
        let stranger = network.add(&[at(STRANGER)], Talker::saying(STRANGER, SERVER, 50, 10));
        for client in &clients {
            network.between(*client, server).delay(millis(40)).loss(loss);
        }
        Self { network, server, clients, stranger }
    }

    /// Until every client has heard its words.
    fn run(&mut self) {
        let clients = &self.clients;
        let all = |network: &Network<AnyHost>| {
            clients.iter().all(|client| network[*client].application.heard.len() == WORDS as usize)
        };
        assert_eq!(self.network.run_until(Duration::from_secs(60), all), Ok(true));
    }
}

#[test]
fn an_endpoint_serves_ten_connections_over_lossy_ways_beside_a_host_that_is_neither() {
    let mut scene = Scene::new(3, 0.1);
    scene.run();
    for client in &scene.clients {
        let heard = &scene.network[*client].application.heard;
        for (number, (at, message)) in heard.iter().enumerate() {
            let Payload::Text(text) = message else { panic!("{message:?}") };
            assert!(text.starts_with(&format!("word {number} at ")), "{text} at {at}");
        }
    }
    let server = &scene.network[scene.server];
    assert_eq!((server.machine.len(), server.application.expected.len()), (CLIENTS, 0));
    assert_eq!(server.application.homeless, 50, "what the stranger says has no connection");
    assert!(scene.network[scene.stranger].heard.is_empty());
}

#[test]
fn a_connection_that_is_made_when_it_is_heard_of_is_one_way_later_and_each_echo_takes_a_round_trip() {
    let run = |is_known: bool| {
        let mut scene = Scene::new(4, 0.0);
        if is_known {
            let server = &mut scene.network[scene.server];
            server.application.expected.drain(..).for_each(|pc| _ = server.machine.insert(pc));
        }
        scene.run();
        for (number, (at, message)) in scene.network[scene.clients[7]].application.heard.iter().enumerate() {
            assert_eq!(*message, Payload::Text(format!("word {number} at {}", *at - millis(80))));
        }
        scene.network.now()
    };
    assert_eq!(run(false), run(true) + millis(40));
}

#[test]
fn the_same_seed_gives_the_same_datagrams_recorded_or_not_and_another_one_others() {
    let run = |seed, is_recorded: bool| {
        let mut scene = Scene::new(seed, 0.1);
        if is_recorded {
            scene.network.capture(scene.server);
            scene.network.capture(scene.clients[0]);
        }
        scene.run();
        (scene.network.digest(), scene.network.now())
    };
    assert_eq!(run(5, false), run(5, false));
    assert_eq!(run(5, false), run(5, true));
    assert_ne!(run(5, false).0, run(6, false).0);
}

#[test]
fn a_recording_shows_what_is_inside_at_a_connection_and_at_an_endpoint() {
    let mut scene = Scene::new(1, 0.1);
    scene.network.capture(scene.server);
    scene.network.capture(scene.clients[4]);
    scene.run();
    let count = |id: sim::HostId| {
        let recording = scene.network.captured(id).unwrap().as_bytes();
        recording.windows(10).filter(|bytes| *bytes == b"word 7 at ").count()
    };
    // There and back, and once more for what was lost.
    assert!((2..6).contains(&count(scene.clients[4].id())));
    assert!(count(scene.server.id()) >= 2 * CLIENTS);
    let path = std::env::temp_dir().join(format!("ferry-sim-{}.pcapng", std::process::id()));
    let captured = scene.network.captured(scene.server).unwrap();
    captured.save(&path).unwrap();
    let saved = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(saved, captured.as_bytes());
}

/// What Bob sees of a connection that begins at `start`, and when he does.
fn seen_from(start: Instant) -> Vec<(Duration, Event)> {
    let mut network = Network::new(9).starting_at(start);
    let [a, b] = ["192.0.2.1:1000", "192.0.2.2:2000"];
    let mut alice = peer(network.generator(), &certificates()[0], a);
    let mut bob = peer(network.generator(), &certificates()[1], b);
    let chat = alice.create_data_channel("chat", DataChannelInit::default()).unwrap();
    introduce(start, &mut alice, &mut bob).unwrap();
    let says_a_word = move |now: Instant, alice: &mut PeerConnection, event: Event| {
        if event == Event::DataChannelOpen(chat) {
            alice.send(now, chat, "word").unwrap();
        }
    };
    let ip = |text: &str| text.parse::<SocketAddr>().unwrap().ip();
    let alice = network.add(&[ip(a)], Stack::new(alice, says_a_word));
    let bob = network.add(&[ip(b)], Stack::new(bob, Vec::new()));
    network.between(alice, bob).delay(millis(50)).loss(0.05);
    network.run_for(Duration::from_secs(5)).unwrap();
    network[bob].application.iter().map(|(at, event)| (at.since(start), event.clone())).collect()
}

#[test]
fn a_connection_does_not_depend_on_the_origin_of_its_time() {
    let seen = seen_from(Instant::ZERO);
    assert!(seen.iter().any(|(_, event)| matches!(event, Event::DataChannelMessage(..))), "{seen:?}");
    assert_eq!(seen[0].0, Duration::ZERO, "what the signalling caused is told at once");
    assert_eq!(seen, seen_from(Instant::from_millis(86_400_000)));
}

#[test]
fn a_command_from_outside_is_carried_out_at_the_next_step() {
    let mut scene = Scene::new(2, 0.1);
    scene.run();
    let (now, client) = (scene.network.now(), scene.clients[0]);
    scene.network[client].machine.close(now);
    let server = scene.server;
    let is_closed = |network: &Network<AnyHost>| {
        network[server].machine.connections().any(|(_, pc)| pc.data_channels().count() == 0)
    };
    assert_eq!(scene.network.run_until(Duration::from_secs(5), is_closed), Ok(true));
}

/// A machine of the user's own: it takes what comes while it is open.
#[derive(Default)]
struct Gate {
    is_open: bool,
    taken: u32,
    refused: u32,
}

impl Machine for Gate {
    type Event = ();
    type Ignored = &'static str;

    fn handle_input(&mut self, _: Instant, _: Path, _: Ecn, _: &mut [u8]) -> Result<(), &'static str> {
        *if self.is_open { &mut self.taken } else { &mut self.refused } += 1;
        if self.is_open { Ok(()) } else { Err("closed") }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, _: &mut [u8]) -> Option<Transmit> {
        None
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// Opens the gate to whoever stands before it, if that is its order.
struct Porter(bool);

impl Application<Gate> for Porter {
    fn handle_event(&mut self, _: Instant, _: &mut Gate, (): ()) {}

    fn handle_ignored(&mut self, _: Instant, gate: &mut Gate, _: Path, _: &'static str) -> bool {
        gate.is_open = self.0;
        self.0
    }
}

#[test]
fn a_datagram_that_was_ignored_is_given_in_once_more_if_the_application_says_so() {
    let counts = |opens: bool| {
        let mut network = Network::new(1);
        let at = |text: &str| text.parse::<SocketAddr>().unwrap().ip();
        let gate = network.add(&[at(SERVER)], Stack::new(Gate::default(), Porter(opens)));
        network.add(&[at(STRANGER)], Talker::saying(STRANGER, SERVER, 3, 10));
        network.run_for(millis(100)).unwrap();
        (network[gate].machine.taken, network[gate].machine.refused)
    };
    assert_eq!(counts(true), (3, 1));
    assert_eq!(counts(false), (0, 3));
}
