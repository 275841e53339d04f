//! Many connections in one machine.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use rtc::{
    ConnectionId, DataChannelInit, Discard, Ecn, Endpoint, Event, Ignored, Instant, OfferOptions, Path,
    Payload, PeerConnection, PeerConnectionState,
};

use crate::support::pair::{DELAY, connection};

/// How many clients talk to the server.
const CLIENTS: u16 = 40;

fn server_address() -> SocketAddr {
    "192.0.2.1:3478".parse().unwrap()
}

fn client_address(number: u16) -> SocketAddr {
    SocketAddr::new("198.51.100.1".parse().unwrap(), 10_000 + number)
}

/// An endpoint of servers on one socket and one of clients, each of which has its own.
struct Net {
    now: Instant,
    clients: Endpoint,
    server: Endpoint,
    /// Which connection of the server belongs to which client.
    pairs: BTreeMap<ConnectionId, ConnectionId>,
    wire: VecDeque<(Instant, Path, Vec<u8>)>,
    /// What connections of the server that are not inserted yet are called by.
    waiting: BTreeMap<String, PeerConnection>,
    events: Vec<(ConnectionId, Event)>,
    ignored: Vec<Ignored>,
    max_batch: usize,
    /// Who sent, in order.
    senders: Vec<SocketAddr>,
}

/// Exchanges descriptions.
fn negotiate(now: Instant, client: &mut PeerConnection, server: &mut PeerConnection, options: OfferOptions) {
    let offer = client.create_offer(options).unwrap();
    client.set_local_description(now, &offer).unwrap();
    server.set_remote_description(now, &client.local_description().unwrap()).unwrap();
    server.set_local_description_due(now).unwrap();
    client.set_remote_description(now, &server.local_description().unwrap()).unwrap();
}

fn fragment(connection: &PeerConnection) -> String {
    let transport = connection.sctp().unwrap().transport();
    transport.ice_transport().local_parameters().username_fragment.clone()
}

impl Net {
    fn new() -> Self {
        Self {
            now: Instant::from_millis(1000),
            clients: Endpoint::new(),
            server: Endpoint::new(),
            pairs: BTreeMap::new(),
            wire: VecDeque::new(),
            waiting: BTreeMap::new(),
            events: Vec::new(),
            ignored: Vec::new(),
            max_batch: 1,
            senders: Vec::new(),
        }
    }

    /// With clients that are about to connect. Half of them are inserted before they know their peers.
    fn with_clients(count: u16) -> Self {
        let mut net = Self::new();
        for number in 0..count {
            net.add_client(number);
        }
        net
    }

    fn add_client(&mut self, number: u16) -> (ConnectionId, ConnectionId) {
        let seed = u64::from(number);
        let mut client = connection(100 + seed, client_address(number));
        client.create_data_channel("chat", DataChannelInit::default()).unwrap();
        let mut server = connection(1000 + seed, server_address());
        let (client, server) = if number.is_multiple_of(2) {
            negotiate(self.now, &mut client, &mut server, OfferOptions::default());
            (self.clients.insert(client), self.server.insert(server))
        } else {
            let (client, server) = (self.clients.insert(client), self.server.insert(server));
            self.renegotiate(client, server, OfferOptions::default());
            (client, server)
        };
        self.pairs.insert(server, client);
        (client, server)
    }

    fn renegotiate(&mut self, client: ConnectionId, server: ConnectionId, options: OfferOptions) {
        let mut client = self.clients.connection_mut(client).unwrap();
        let mut server = self.server.connection_mut(server).unwrap();
        negotiate(self.now, &mut client, &mut server, options);
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.transmit();
            let arrival = self.wire.front().map(|(at, ..)| *at);
            let deadlines = [self.clients.poll_timeout(), self.server.poll_timeout(), arrival];
            self.now = self.now.max(deadlines.into_iter().flatten().min().unwrap_or(end));
            self.receive();
            for endpoint in [&mut self.clients, &mut self.server] {
                endpoint.handle_timeout(self.now);
                assert!(endpoint.poll_timeout().is_none_or(|at| at > self.now), "time has been let pass");
            }
        }
    }

    fn transmit(&mut self) {
        let mut buffer = [0; 65_535];
        while let Some((id, event)) = self.server.poll_event() {
            if let Event::DataChannelMessage(channel, message) = &event {
                let mut connection = self.server.connection_mut(id).unwrap();
                connection.send(self.now, *channel, message.clone()).unwrap();
            }
            self.events.push((id, event));
        }
        while self.clients.poll_event().is_some() {}
        for endpoint in [&mut self.clients, &mut self.server] {
            while let Some(transmit) = endpoint.poll_transmit_batch(self.now, self.max_batch, &mut buffer) {
                let path = Path::udp(transmit.path.remote, transmit.path.local);
                self.senders.push(if path.local == server_address() { path.remote } else { path.local });
                for datagram in transmit.datagrams(&buffer) {
                    self.wire.push_back((self.now + DELAY, path, datagram.to_vec()));
                }
            }
        }
    }

    fn receive(&mut self) {
        while self.wire.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (_, path, mut datagram) = self.wire.pop_front().unwrap();
            let to_server = path.local == server_address();
            let endpoint = if to_server { &mut self.server } else { &mut self.clients };
            let mut taken = endpoint.handle_input(self.now, path, Ecn::NotEct, &mut datagram);
            if let Err(Ignored::UnknownFragment(fragment)) = &taken
                && let Some(connection) = self.waiting.remove(fragment)
            {
                endpoint.insert(connection);
                taken = endpoint.handle_input(self.now, path, Ecn::NotEct, &mut datagram);
            }
            self.ignored.extend(taken.err());
        }
    }

    fn states(&self) -> BTreeSet<&'static str> {
        let all = self.clients.connections().chain(self.server.connections());
        all.map(|(_, connection)| connection.connection_state().as_str()).collect()
    }

    fn send(&mut self, client: ConnectionId, payload: impl Into<Payload>) {
        let mut client = self.clients.connection_mut(client).unwrap();
        let chat = client.data_channels().next().unwrap();
        client.send(self.now, chat, payload).unwrap();
    }

    fn messages(&self, server: ConnectionId) -> usize {
        let is_message = |(id, event): &&(ConnectionId, Event)| {
            *id == server && matches!(event, Event::DataChannelMessage(..))
        };
        self.events.iter().filter(is_message).count()
    }
}

fn only(state: PeerConnectionState) -> BTreeSet<&'static str> {
    BTreeSet::from([state.as_str()])
}

#[test]
fn every_client_finds_its_connection_and_every_event_names_it() {
    let mut net = Net::with_clients(CLIENTS);
    net.run(Duration::from_secs(5));
    assert_eq!(net.states(), only(PeerConnectionState::Connected));
    assert_eq!(net.ignored, []);
    for (server, client) in net.pairs.clone() {
        net.send(client, format!("from {client:?}").as_str());
        net.run(Duration::from_millis(100));
        assert_eq!(net.messages(server), 1);
        let (id, last) =
            net.events.iter().rfind(|(_, e)| matches!(e, Event::DataChannelMessage(..))).unwrap();
        let expected = Payload::Text(format!("from {client:?}"));
        assert!(*id == server && matches!(last, Event::DataChannelMessage(_, text) if *text == expected));
    }
}

#[test]
fn a_restart_is_found_by_its_new_fragment() {
    let mut net = Net::with_clients(4);
    net.run(Duration::from_secs(5));
    for (server, client) in net.pairs.clone() {
        let before = fragment(net.server.connection(server).unwrap());
        net.renegotiate(client, server, OfferOptions::restart());
        assert_ne!(fragment(net.server.connection(server).unwrap()), before);
    }
    net.run(Duration::from_secs(40));
    assert_eq!(net.states(), only(PeerConnectionState::Connected));
    assert_eq!(net.ignored, []);
}

/// A server that knows nothing of its clients until they come.
#[test]
fn a_check_for_an_unknown_fragment_is_told_and_taken_by_the_connection_that_is_made_for_it() {
    let mut net = Net::new();
    for number in 0..3 {
        let mut client = connection(100 + number, client_address(number as u16));
        client.create_data_channel("chat", DataChannelInit::default()).unwrap();
        let mut server = connection(1000 + number, server_address());
        negotiate(net.now, &mut client, &mut server, OfferOptions::default());
        net.clients.insert(client);
        net.waiting.insert(fragment(&server), server);
    }
    assert!(net.server.is_empty());
    net.run(Duration::from_secs(2));
    assert_eq!(net.server.len(), 3);
    assert_eq!(net.states(), only(PeerConnectionState::Connected));
}

#[test]
fn a_connection_that_is_closed_says_so_and_goes_and_one_that_is_removed_is_silent() {
    let mut net = Net::with_clients(6);
    net.run(Duration::from_secs(5));
    let pairs: Vec<(ConnectionId, ConnectionId)> = net.pairs.clone().into_iter().collect();
    let ((closed, its_client), (removed, _)) = (pairs[1], pairs[2]);
    assert!(net.server.close(net.now, closed));
    assert!(net.server.connection(closed).is_some(), "it still has something to say");
    let given = net.server.remove(removed).unwrap();
    assert_eq!(given.connection_state(), PeerConnectionState::Connected);
    net.run(Duration::from_secs(1));
    assert!(net.server.connection(closed).is_none() && !net.server.close(net.now, closed));
    let dtls = |client| {
        let connection = net.clients.connection(client).unwrap();
        connection.sctp().unwrap().transport().state()
    };
    assert_eq!(dtls(its_client), rtc::DtlsTransportState::Closed);
    net.run(Duration::from_secs(60));
    assert!(net.ignored.iter().all(|i| matches!(i, Ignored::NoConnection | Ignored::UnknownFragment(_))));
    assert!(net.ignored.iter().any(|i| matches!(i, Ignored::UnknownFragment(_))), "its checks");
    let connected =
        net.server.connections().filter(|(_, c)| c.connection_state() == PeerConnectionState::Connected);
    assert_eq!(connected.count(), 4);
}

#[test]
fn connections_with_much_to_send_take_turns() {
    let mut net = Net::with_clients(8);
    net.run(Duration::from_secs(5));
    for max_batch in [1, 16] {
        net.max_batch = max_batch;
        for client in net.pairs.clone().into_values() {
            net.send(client, vec![7; 200_000]);
        }
        net.senders.clear();
        net.run(Duration::from_millis(1));
        let first: BTreeSet<SocketAddr> = net.senders.iter().take(8).copied().collect();
        assert_eq!(first.len(), 8, "each once: {:?}", net.senders);
        net.run(Duration::from_secs(5));
    }
    for server in net.pairs.clone().into_keys() {
        assert_eq!(net.messages(server), 2);
    }
}

#[test]
fn what_belongs_to_nobody_or_is_forged_is_told_with_its_reason() {
    let mut net = Net::with_clients(1);
    net.run(Duration::from_secs(5));
    let (server, _) = net.pairs.first_key_value().unwrap();
    let path = Path::udp(server_address(), client_address(0));
    let mut forged = [23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 99, 0, 2, 1, 2];
    let ignored = net.server.handle_input(net.now, path, Ecn::NotEct, &mut forged);
    assert!(
        matches!(&ignored, Err(Ignored::Connection(id, Discard::Dtls(_))) if id == server),
        "{ignored:?}"
    );
    let elsewhere = Path::udp(server_address(), client_address(9));
    assert_eq!(
        net.server.handle_input(net.now, elsewhere, Ecn::NotEct, &mut forged),
        Err(Ignored::NoConnection)
    );
    let mut batch = [forged; 3].concat();
    let ignored = net.server.handle_input_batch(net.now, elsewhere, Ecn::NotEct, &mut batch, forged.len());
    assert_eq!(ignored, Err(Ignored::NoConnection));
    let mine = net.server.connection(*server).unwrap().discarded();
    let ignored = net.server.handle_input_batch(net.now, path, Ecn::NotEct, &mut batch, forged.len());
    assert!(matches!(ignored, Err(Ignored::Connection(..))));
    assert_eq!(net.server.connection(*server).unwrap().discarded(), mine + 3);
}

/// The deadlines that are polled are those of the connections, though nobody drains them in any order.
#[test]
fn an_endpoint_that_is_only_given_time_keeps_its_connections_alive() {
    let mut net = Net::with_clients(3);
    net.run(Duration::from_secs(5));
    // Ten minutes of silence: consent is asked for and given (RFC 7675 §5.1).
    net.run(Duration::from_secs(600));
    assert_eq!(net.states(), only(PeerConnectionState::Connected));
    let earliest = net.server.connections().filter_map(|(_, c)| c.poll_timeout()).min();
    assert!(net.server.poll_timeout() <= earliest);
    assert_eq!(net.ignored, []);
}
