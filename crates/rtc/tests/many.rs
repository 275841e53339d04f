//! Many connections on one socket, by the demultiplexer.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use rtc::{
    DataChannelInit, Demultiplexer, Discard, Ecn, Event, Instant, OfferOptions, Path, PathProof,
    PeerConnection, PeerConnectionState, Route,
};

use crate::support::pair::{DELAY, configuration, connection, connection_with};

/// How many clients talk to the server.
const CLIENTS: u64 = 40;

fn client(seed: u64, address: SocketAddr) -> PeerConnection {
    let mut client = connection(seed, address);
    client.create_data_channel("chat", DataChannelInit::default()).unwrap();
    client
}

/// A server with one socket, and its clients, half of which share an address.
struct Net {
    now: Instant,
    clients: Vec<(SocketAddr, PeerConnection)>,
    server: BTreeMap<u64, PeerConnection>,
    demultiplexer: Demultiplexer<u64>,
    wire: VecDeque<(Instant, Path, Vec<u8>)>,
    opened: u64,
    /// Datagrams that no connection was found for.
    lost: u64,
    /// Datagrams of DTLS that found a connection whose peer they are not from.
    strays: u64,
}

fn server_address() -> SocketAddr {
    "192.0.2.1:3478".parse().unwrap()
}

fn client_address(number: u64) -> SocketAddr {
    let host = if number.is_multiple_of(2) { 0 } else { number };
    format!("198.51.100.{host}:{}", 10_000 + number).parse().unwrap()
}

impl Net {
    fn new() -> Self {
        Self::with(|number| connection(1000 + number, server_address()))
    }

    /// With these connections of the server.
    fn with(server: impl Fn(u64) -> PeerConnection) -> Self {
        let mut net = Self {
            now: Instant::from_millis(1000),
            clients: Vec::new(),
            server: BTreeMap::new(),
            demultiplexer: Demultiplexer::new(),
            wire: VecDeque::new(),
            opened: 0,
            lost: 0,
            strays: 0,
        };
        for number in 0..CLIENTS {
            net.clients.push((client_address(number), client(100 + number, client_address(number))));
            net.server.insert(number, server(number));
            net.negotiate(number, number, OfferOptions::default());
        }
        net
    }

    /// Between a client and one of the server's connections.
    fn negotiate(&mut self, client: u64, number: u64, options: OfferOptions) {
        let (_, client) = &mut self.clients[usize::try_from(client).unwrap()];
        let server = self.server.get_mut(&number).unwrap();
        let offer = client.create_offer(options).unwrap();
        client.set_local_description(self.now, &offer).unwrap();
        server.set_remote_description(self.now, &client.local_description().unwrap()).unwrap();
        server.set_local_description_due(self.now).unwrap();
        client.set_remote_description(self.now, &server.local_description().unwrap()).unwrap();
        let ice = server.sctp().unwrap().transport().ice_transport();
        self.demultiplexer.register(&ice.local_parameters().username_fragment, number);
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.transmit();
            let ends = self.clients.iter().map(|(_, client)| client).chain(self.server.values());
            let deadlines = ends.filter_map(PeerConnection::poll_timeout);
            let next = deadlines.chain(self.wire.front().map(|(at, ..)| *at)).min().unwrap_or(end);
            self.now = self.now.max(next);
            self.receive();
            let now = self.now;
            let clients = self.clients.iter_mut().map(|(_, client)| client);
            for end in clients.chain(self.server.values_mut()) {
                if end.poll_timeout().is_some_and(|at| at <= now) {
                    end.handle_timeout(now);
                }
            }
        }
    }

    fn transmit(&mut self) {
        let mut buffer = [0; 1500];
        let clients = self.clients.iter_mut().map(|(_, client)| (None, client));
        let servers = self.server.iter_mut().map(|(number, server)| (Some(*number), server));
        for (number, end) in clients.chain(servers) {
            while let Some(event) = end.poll_event() {
                self.opened += u64::from(matches!(event, Event::DataChannelOpen(_)));
            }
            while let Some(transmit) = end.poll_transmit(self.now, &mut buffer) {
                let datagram = &buffer[..transmit.len];
                if let Some(number) = number {
                    self.demultiplexer.expect(transmit.path, datagram, &number);
                }
                let path = Path::udp(transmit.path.remote, transmit.path.local);
                self.wire.push_back((self.now + DELAY, path, datagram.to_vec()));
            }
        }
    }

    fn receive(&mut self) {
        while self.wire.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (_, path, mut datagram) = self.wire.pop_front().unwrap();
            if path.local != server_address() {
                let client = self.clients.iter_mut().find(|(address, _)| *address == path.local);
                let _ = client.unwrap().1.handle_input(self.now, path, Ecn::NotEct, &mut datagram);
                continue;
            }
            let Route::Known(number) = self.demultiplexer.route(path, &datagram) else {
                self.lost += 1;
                continue;
            };
            let server = self.server.get_mut(&number).unwrap();
            let taken = server.handle_input(self.now, path, Ecn::NotEct, &mut datagram);
            self.strays += u64::from(matches!(taken, Err(Discard::UnvalidatedPath | Discard::Dtls(_))));
            if let Some(proof) = server.path_proof(path) {
                self.demultiplexer.learn(path, &number, proof);
            }
        }
    }

    fn all_connected(&self) -> bool {
        let clients = self.clients.iter().map(|(_, client)| client);
        clients
            .chain(self.server.values())
            .all(|end| end.connection_state() == PeerConnectionState::Connected)
    }
}

#[test]
fn every_client_finds_its_connection_on_one_socket() {
    let mut net = Net::new();
    net.run(Duration::from_secs(5));
    assert!(net.all_connected());
    assert_eq!((net.opened, net.lost), (2 * CLIENTS, 0));
    // Each server's connection has the right client behind it.
    for (number, server) in &net.server {
        let ice = server.sctp().unwrap().transport().ice_transport();
        assert_eq!(ice.selected_candidate_pair().unwrap().path.remote, client_address(*number));
    }
}

#[test]
fn a_restart_is_found_by_its_new_fragment() {
    let mut net = Net::new();
    net.run(Duration::from_secs(5));
    for number in (0..CLIENTS).step_by(3) {
        net.negotiate(number, number, OfferOptions::restart());
    }
    net.run(Duration::from_secs(40));
    assert!(net.all_connected());
    assert_eq!(net.lost, 0);
}

#[test]
fn a_connection_that_is_forgotten_gets_nothing_more_and_the_others_notice_nothing() {
    let mut net = Net::new();
    net.run(Duration::from_secs(5));
    net.demultiplexer.forget(&4);
    net.server.remove(&4);
    net.run(Duration::from_secs(60));
    assert!(net.lost > 0);
    let failed = |(address, client): &(SocketAddr, PeerConnection)| {
        assert_eq!(client.connection_state() == PeerConnectionState::Failed, *address == client_address(4));
    };
    net.clients.iter().for_each(failed);
}

/// A peer names the address of another's as its own, and the server checks it for as long as it hopes.
#[test]
fn checks_that_are_sent_to_anothers_address_take_nothing_from_it() {
    let mut net = Net::new();
    net.run(Duration::from_secs(5));
    let victim = client_address(1);
    net.clients.push((server_address(), client(950, victim)));
    net.server.insert(CLIENTS, connection(1950, server_address()));
    net.negotiate(CLIENTS, CLIENTS, OfferOptions::default());
    net.clients.pop();
    let chat = net.clients[1].1.data_channels().next().unwrap();
    for _ in 0..200 {
        net.clients[1].1.send(net.now, chat, "mine").unwrap();
        net.run(Duration::from_millis(100));
    }
    let state = |number| net.server[&number].connection_state();
    assert_eq!(state(CLIENTS), PeerConnectionState::Connecting, "it still checks");
    assert_eq!(state(1), PeerConnectionState::Connected);
    assert_eq!((net.lost, net.strays), (0, 0));
}

/// The server's old connection goes on checking until its consent has run out.
#[test]
fn a_client_that_begins_anew_at_its_address_is_not_kept_out_by_what_it_left_behind() {
    let mut net = Net::new();
    net.run(Duration::from_secs(5));
    net.clients[7].1 = client(900, client_address(7));
    net.server.insert(CLIENTS, connection(1900, server_address()));
    net.negotiate(7, CLIENTS, OfferOptions::default());
    net.run(Duration::from_secs(2));
    assert_eq!(net.clients[7].1.connection_state(), PeerConnectionState::Connected);
    net.run(Duration::from_secs(60));
    let state = |net: &Net, number| net.server[&number].connection_state();
    assert_eq!(state(&net, CLIENTS), PeerConnectionState::Connected);
    assert_eq!(state(&net, 7), PeerConnectionState::Failed, "its peer is no more");
    assert_eq!(net.clients[7].1.connection_state(), PeerConnectionState::Connected);
}

fn lite(number: u64) -> PeerConnection {
    let mut config = configuration(1000 + number);
    config.ice.lite = true;
    connection_with(config, 1000 + number, server_address())
}

/// A check that the server's connection believes, from whoever knows its password.
fn authentic_check(server: &PeerConnection, id: u64) -> Vec<u8> {
    let ice = server.sctp().unwrap().transport().ice_transport();
    let (ours, theirs) = (ice.local_parameters(), ice.remote_parameters().unwrap());
    let user_name = format!("{}:{}", ours.username_fragment, theirs.username_fragment);
    let mut buffer = vec![0; 300];
    let mut transaction = [9; 12];
    transaction[4..].copy_from_slice(&id.to_be_bytes());
    let (request, id) = (stun::MessageType::BINDING_REQUEST, stun::TransactionId(transaction));
    let mut writer = stun::MessageWriter::new(&mut buffer, request, id).unwrap();
    for attribute in [
        stun::Attribute::Username(&user_name),
        stun::Attribute::IceControlling(u64::MAX),
        stun::Attribute::Priority(1_845_501_695),
        stun::Attribute::UseCandidate,
    ] {
        writer.attribute(&attribute).unwrap();
    }
    let key = stun::Key::from_bytes(&crypto_rust::PROVIDER, ours.password.as_bytes());
    writer.integrity(stun::Integrity::Sha1, &key).unwrap();
    let len = writer.fingerprint().unwrap();
    buffer.truncate(len);
    buffer
}

/// Its own connection believes it, and a lite server believes every check.
#[test]
fn checks_that_come_from_anothers_address_take_nothing_from_it() {
    for server in [lite, |number| connection(1000 + number, server_address())] {
        let mut net = Net::with(server);
        net.run(Duration::from_secs(5));
        assert!(net.all_connected());
        let path = Path::udp(server_address(), client_address(1));
        let chat = net.clients[1].1.data_channels().next().unwrap();
        for id in 0..200 {
            let mut check = authentic_check(&net.server[&0], id);
            assert_eq!(net.demultiplexer.route(path, &check), Route::Known(0));
            let attacked = net.server.get_mut(&0).unwrap();
            attacked.handle_input(net.now, path, Ecn::NotEct, &mut check).unwrap();
            net.demultiplexer.learn(path, &0, attacked.path_proof(path).unwrap());
            assert_eq!(net.demultiplexer.route(path, &RECORD), Route::Known(1));
            net.clients[1].1.send(net.now, chat, "mine").unwrap();
            net.run(Duration::from_millis(100));
        }
        assert_eq!(net.server[&1].connection_state(), PeerConnectionState::Connected);
        assert_eq!((net.lost, net.strays), (0, 0));
    }
}

/// There too: what it left behind is silent.
#[test]
fn a_client_that_begins_anew_at_its_address_is_not_kept_out_of_a_lite_server() {
    let mut net = Net::with(lite);
    net.run(Duration::from_secs(5));
    net.clients[7].1 = client(900, client_address(7));
    net.server.insert(CLIENTS, lite(CLIENTS));
    net.negotiate(7, CLIENTS, OfferOptions::default());
    net.run(Duration::from_secs(15));
    assert_eq!(net.clients[7].1.connection_state(), PeerConnectionState::Connected);
    assert_eq!(net.server[&CLIENTS].connection_state(), PeerConnectionState::Connected);
}

/// Its user name is in clear on the wire; nothing of it is authentic.
#[test]
fn an_indication_that_names_a_connection_moves_nothing() {
    let mut net = Net::new();
    net.run(Duration::from_secs(5));
    let server = net.server.get_mut(&1).unwrap();
    let ice = server.sctp().unwrap().transport().ice_transport();
    let user_name = format!("{}:x", ice.local_parameters().username_fragment);
    let before = server.discarded();
    for port in 1..=100 {
        let mut indication = binding(stun::MessageType::BINDING_INDICATION, 1, &user_name);
        assert_eq!(net.demultiplexer.route(path_to(port), &indication), Route::Nowhere);
        assert_eq!(server.handle_input(net.now, path_to(port), Ecn::NotEct, &mut indication), Ok(()));
        assert_eq!(server.path_proof(path_to(port)), None);
    }
    assert_eq!(server.discarded(), before, "a keep-alive has done its work on the way");
}

fn path_to(port: u16) -> Path {
    Path::udp(server_address(), SocketAddr::new(client_address(1).ip(), port))
}

const fn answered(at: u64) -> PathProof {
    PathProof::Answered(Instant::from_millis(at))
}

const fn checked(at: u64) -> PathProof {
    PathProof::Checked(Instant::from_millis(at))
}

const RECORD: [u8; 50] = [22; 50];

#[test]
fn a_path_belongs_to_who_answered_there_last() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    let path = path_to(1);
    for (connection, proof, owner) in [
        (1, checked(5), 1),
        (2, checked(5), 1),
        (2, checked(6), 2),
        (1, answered(3), 1),
        (2, answered(10), 2),
        (1, checked(20), 2),
        (1, answered(10), 2),
        (1, answered(11), 1),
        (1, checked(21), 1),
        (2, answered(10), 1),
        // Who has not answered for ten seconds has gone.
        (2, checked(10_010), 1),
        (2, checked(10_011), 2),
    ] {
        demultiplexer.learn(path, &connection, proof);
        assert_eq!(demultiplexer.route(path, &RECORD), Route::Known(owner), "{connection}, {proof:?}");
    }
}

#[test]
fn a_path_stands_once_however_often_it_changes_hands() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    demultiplexer.learn(path_to(1), &1, answered(0));
    for at in 1..200 {
        let owner = u8::try_from(at % 2).unwrap();
        demultiplexer.learn(path_to(2), &owner, answered(at));
        assert_eq!(demultiplexer.route(path_to(2), &RECORD), Route::Known(owner));
        assert_eq!(demultiplexer.route(path_to(1), &RECORD), Route::Known(1), "nothing was given up for it");
    }
    demultiplexer.forget(&0);
    assert_eq!(demultiplexer.route(path_to(2), &RECORD), Route::Known(1), "what one lost goes not with it");
    demultiplexer.forget(&1);
    assert_eq!(demultiplexer.route(path_to(2), &RECORD), Route::Nowhere);
}

/// Who saw one check of the peer can repeat it from anywhere.
#[test]
fn a_connection_is_known_by_its_last_fragments_and_by_none_that_another_has() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    let owner = |d: &Demultiplexer<u8>, fragment: &str| {
        let check = binding(stun::MessageType::BINDING_REQUEST, 1, &format!("{fragment}:peer"));
        match d.route(path_to(1), &check) {
            Route::Known(connection) => Some(connection),
            _ => None,
        }
    };
    for number in 0..20 {
        demultiplexer.register(&format!("restart{number}"), 1);
    }
    let known = (0..20).filter(|n| owner(&demultiplexer, &format!("restart{n}")) == Some(1));
    assert!(known.eq(12..20));
    demultiplexer.register("restart15", 2);
    demultiplexer.register("restart15", 2);
    demultiplexer.forget(&1);
    assert!((12..20).all(|n| owner(&demultiplexer, &format!("restart{n}")) == (n == 15).then_some(2)));
    demultiplexer.forget(&2);
    assert_eq!(owner(&demultiplexer, "restart15"), None);
}

#[test]
fn paths_without_an_answer_are_bounded_and_displace_none_that_has_one() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    let known = |d: &Demultiplexer<u8>, ports: core::ops::Range<u16>| {
        ports.filter(|port| d.route(path_to(*port), &RECORD) == Route::Known(1)).count()
    };
    demultiplexer.learn(path_to(1), &1, answered(5));
    for port in 100..1100 {
        demultiplexer.learn(path_to(port), &1, checked(1));
    }
    assert_eq!((known(&demultiplexer, 1..2), known(&demultiplexer, 100..1100)), (1, 31));
    assert_eq!(known(&demultiplexer, 1069..1100), 31, "the newest of them");
    for port in 2..33 {
        demultiplexer.learn(path_to(port), &1, answered(6));
    }
    assert_eq!((known(&demultiplexer, 1..33), known(&demultiplexer, 100..1100)), (32, 0));
    demultiplexer.learn(path_to(100), &1, checked(1));
    assert_eq!((known(&demultiplexer, 1..33), known(&demultiplexer, 100..1100)), (32, 0));
    demultiplexer.learn(path_to(33), &1, answered(7));
    assert_eq!(known(&demultiplexer, 2..34), 32, "only an answer takes the place of an answer");
}

fn binding(message_type: stun::MessageType, id: u64, user_name: &str) -> Vec<u8> {
    let mut transaction = [7; 12];
    transaction[4..].copy_from_slice(&id.to_be_bytes());
    let mut buffer = vec![0; 200];
    let mut writer =
        stun::MessageWriter::new(&mut buffer, message_type, stun::TransactionId(transaction)).unwrap();
    writer.attribute(&stun::Attribute::Username(user_name)).unwrap();
    let len = writer.fingerprint().unwrap();
    buffer.truncate(len);
    buffer
}

/// An answer names no fragment, and the path may be another's.
#[test]
fn an_answer_finds_who_asked_and_the_last_64_checks_of_each_are_awaited() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    demultiplexer.learn(path_to(1), &1, answered(5));
    let owner_of_answer = |d: &Demultiplexer<u8>, id| {
        d.route(path_to(1), &binding(stun::MessageType::BINDING_SUCCESS, id, "any:one"))
    };
    for id in 0..100 {
        for _ in 0..2 {
            demultiplexer.expect(path_to(1), &binding(stun::MessageType::BINDING_REQUEST, id, "any:one"), &2);
        }
        assert_eq!(owner_of_answer(&demultiplexer, id), Route::Known(2));
    }
    let awaited = (0..100).filter(|id| owner_of_answer(&demultiplexer, *id) == Route::Known(2));
    assert!(awaited.eq(36..100));
    assert_eq!(owner_of_answer(&demultiplexer, 0), Route::Known(1), "any other goes by its path");
    demultiplexer.forget(&2);
    assert_eq!(owner_of_answer(&demultiplexer, 99), Route::Known(1));
}

#[test]
fn who_is_not_known_is_told_apart_from_who_is_nobody() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    let path = Path::udp(server_address(), client_address(1));
    assert_eq!(demultiplexer.route(path, &[]), Route::Nowhere);
    assert_eq!(demultiplexer.route(path, &[22; 50]), Route::Nowhere);
    let check = binding(stun::MessageType::BINDING_REQUEST, 1, "newcomer:peer");
    assert_eq!(demultiplexer.route(path, &check), Route::UnknownFragment("newcomer".into()));
    demultiplexer.register("newcomer", 1);
    assert_eq!(demultiplexer.route(path, &check), Route::Known(1));
    assert_eq!(demultiplexer.route(path, &[22; 50]), Route::Nowhere, "a check alone proves nothing");
}
