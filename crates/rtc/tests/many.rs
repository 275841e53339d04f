//! Many connections on one socket, by the demultiplexer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop"
)]

#[path = "support/pair.rs"]
mod support;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use rtc::{
    DataChannelInit, Demultiplexer, Ecn, Event, Instant, OfferOptions, Path, PeerConnection,
    PeerConnectionState, Route,
};
use support::{DELAY, connection};

/// How many clients talk to the server.
const CLIENTS: u64 = 40;

/// A server with one socket, and its clients, half of which share an address.
struct Net {
    now: Instant,
    clients: Vec<(SocketAddr, PeerConnection)>,
    server: BTreeMap<u64, PeerConnection>,
    demultiplexer: Demultiplexer<u64>,
    wire: VecDeque<(Instant, Path, Vec<u8>)>,
    opened: u64,
    lost: u64,
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
        let mut net = Self {
            now: Instant::from_millis(1000),
            clients: Vec::new(),
            server: BTreeMap::new(),
            demultiplexer: Demultiplexer::new(),
            wire: VecDeque::new(),
            opened: 0,
            lost: 0,
        };
        for number in 0..CLIENTS {
            let mut client = connection(100 + number, client_address(number));
            client.create_data_channel("chat", DataChannelInit::default()).unwrap();
            net.clients.push((client_address(number), client));
            net.server.insert(number, connection(1000 + number, server_address()));
            net.negotiate(number, OfferOptions::default());
        }
        net
    }

    fn negotiate(&mut self, number: u64, options: OfferOptions) {
        let (_, client) = &mut self.clients[usize::try_from(number).unwrap()];
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
                if let Some(number) = number {
                    self.demultiplexer.learn(transmit.path, &number);
                }
                let path = Path::udp(transmit.path.remote, transmit.path.local);
                self.wire.push_back((self.now + DELAY, path, buffer[..transmit.len].to_vec()));
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
            if server.handle_input(self.now, path, Ecn::NotEct, &mut datagram).is_ok() {
                self.demultiplexer.learn(path, &number);
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
        net.negotiate(number, OfferOptions::restart());
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

#[test]
fn who_is_not_known_is_told_apart_from_who_is_nobody() {
    let mut demultiplexer = Demultiplexer::<u8>::new();
    let path = Path::udp(server_address(), client_address(1));
    assert_eq!(demultiplexer.route(path, &[]), Route::Nowhere);
    assert_eq!(demultiplexer.route(path, &[22; 50]), Route::Nowhere);
    let mut buffer = [0; 200];
    let mut writer = stun::MessageWriter::new(
        &mut buffer,
        stun::MessageType::BINDING_REQUEST,
        stun::TransactionId([1; 12]),
    )
    .unwrap();
    writer.attribute(&stun::Attribute::Username("newcomer:peer")).unwrap();
    let len = writer.fingerprint().unwrap();
    assert_eq!(demultiplexer.route(path, &buffer[..len]), Route::UnknownFragment("newcomer".into()));
    demultiplexer.register("newcomer", 1);
    assert_eq!(demultiplexer.route(path, &buffer[..len]), Route::Known(1));
    assert_eq!(demultiplexer.route(path, &[22; 50]), Route::Nowhere, "a check alone proves nothing");
}
