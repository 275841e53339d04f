//! What many connections cost that have nothing to say: `cargo run --release --manifest-path benches/micro/Cargo.toml --example
//! crowd -- 10000`. A server's endpoint and one of its clients are connected through memory, in virtual time; then a virtual
//! minute passes. What is told is the time that the server's calls took, and what they moved.

#![allow(clippy::print_stdout, reason = "a command speaks to its caller")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a measurement may stop, and owns its clock"
)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use base::{Ecn, Instant, Path};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::{
    Certificate, Configuration, DataChannelInit, Endpoint, KeyAlgorithm, PeerConnection, PeerConnectionState,
    UnixTime,
};

/// One way between the two.
const DELAY: Duration = Duration::from_millis(10);

struct Side {
    endpoint: Endpoint,
    spent: Duration,
    datagrams: u64,
}

impl Side {
    fn new() -> Self {
        Self { endpoint: Endpoint::new(), spent: Duration::ZERO, datagrams: 0 }
    }

    fn timed<T>(&mut self, act: impl FnOnce(&mut Endpoint) -> T) -> T {
        let start = std::time::Instant::now();
        let result = act(&mut self.endpoint);
        self.spent += start.elapsed();
        result
    }

    fn drain(&mut self, now: Instant, wire: &mut VecDeque<(Instant, Path, Vec<u8>)>) {
        let mut buffer = [0; 2048];
        while self.timed(Endpoint::poll_event).is_some() {}
        while let Some(transmit) = self.timed(|endpoint| endpoint.poll_transmit(now, &mut buffer)) {
            self.datagrams += 1;
            let path = Path::udp(transmit.path.remote, transmit.path.local);
            wire.push_back((now + DELAY, path, buffer[..transmit.len].to_vec()));
        }
    }
}

fn main() {
    let count: u32 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1000);
    let server_address: SocketAddr = "192.0.2.1:3478".parse().unwrap();
    let (mut server, mut clients) = (Side::new(), Side::new());
    let mut now = Instant::from_millis(1000);
    let configuration = configuration();
    let mut wire = VecDeque::new();
    for number in 0..count {
        let client_address = SocketAddr::new([10, 0, (number >> 8) as u8, number as u8].into(), 4000);
        let mut client = connection(&configuration, u64::from(number) * 2, client_address, now);
        let mut peer = connection(&configuration, u64::from(number) * 2 + 1, server_address, now);
        client.create_data_channel("chat", DataChannelInit::default()).unwrap();
        client.set_local_description_due(now).unwrap();
        peer.set_remote_description(now, &client.local_description().unwrap()).unwrap();
        peer.set_local_description_due(now).unwrap();
        client.set_remote_description(now, &peer.local_description().unwrap()).unwrap();
        clients.endpoint.insert(client);
        server.endpoint.insert(peer);
        // They come one after another, as in life.
        pass(now + Duration::from_millis(2), &mut now, &mut server, &mut clients, &mut wire, server_address);
    }
    let settled = now + Duration::from_secs(30);
    pass(settled, &mut now, &mut server, &mut clients, &mut wire, server_address);
    let connected = |(_, pc): &(_, &PeerConnection)| pc.connection_state() == PeerConnectionState::Connected;
    println!("{} of {count} are connected", server.endpoint.connections().filter(connected).count());
    println!(
        "set-up: {:.1} ms of the server's time for each",
        server.spent.as_secs_f64() * 1e3 / f64::from(count)
    );
    (server.spent, server.datagrams) = (Duration::ZERO, 0);
    let end = now + Duration::from_secs(60);
    pass(end, &mut now, &mut server, &mut clients, &mut wire, server_address);
    let share = server.spent.as_secs_f64() / 60.0;
    let sent = server.datagrams as f64;
    println!(
        "a silent minute: {:.2} % of a core; {:.1} datagrams sent a second for each, {:.1} µs for each with its answer",
        share * 100.0,
        sent / 60.0 / f64::from(count),
        server.spent.as_secs_f64() * 1e6 / sent
    );
}

fn pass(
    end: Instant,
    now: &mut Instant,
    server: &mut Side,
    clients: &mut Side,
    wire: &mut VecDeque<(Instant, Path, Vec<u8>)>,
    server_address: SocketAddr,
) {
    while *now < end {
        server.drain(*now, wire);
        clients.drain(*now, wire);
        let deadlines = [
            server.endpoint.poll_timeout(),
            clients.endpoint.poll_timeout(),
            wire.front().map(|(at, ..)| *at),
        ];
        *now = (*now).max(deadlines.into_iter().flatten().min().unwrap_or(end)).min(end);
        while wire.front().is_some_and(|(at, ..)| *at <= *now) {
            let (_, path, mut datagram) = wire.pop_front().unwrap();
            let side = if path.local == server_address { &mut *server } else { &mut *clients };
            let _ = side.timed(|endpoint| endpoint.handle_input(*now, path, Ecn::NotEct, &mut datagram));
        }
        server.timed(|endpoint| endpoint.handle_timeout(*now));
        clients.timed(|endpoint| endpoint.handle_timeout(*now));
    }
}

fn configuration() -> Configuration {
    let provider = &crypto_aws_lc::PROVIDER;
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let today = UnixTime::from_secs(1_800_000_000);
    Configuration::new(
        provider,
        Certificate::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, today).unwrap(),
    )
}

fn connection(configuration: &Configuration, seed: u64, address: SocketAddr, now: Instant) -> PeerConnection {
    let rng = Box::new(ChaCha20Rng::seed_from_u64(seed));
    let mut connection = PeerConnection::new(configuration.clone(), rng, now).unwrap();
    connection.add_local_address(address).unwrap();
    connection
}
