//! Many connections in one endpoint: each has an offer out and an address, and waits for its peer.

use base::{Ecn, Instant, Path};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::{
    Certificate, Configuration, ConnectionId, DataChannelInit, Endpoint, KeyAlgorithm, PeerConnection,
    UnixTime,
};
use stun::{Attribute, MessageType, MessageWriter, TransactionId};

use crate::{Scenario, measured};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "endpoint: take a datagram, by the connections", size: 100, run: take_a_datagram },
    Scenario {
        name: "endpoint: poll everything for one of many, by the connections",
        size: 100,
        run: poll_for_one,
    },
    Scenario { name: "endpoint: insert a connection, by the others", size: 100, run: insert_one },
    Scenario { name: "endpoint: remove a connection, by the others", size: 100, run: remove_one },
];

/// A check that names a connection and is not authentic.
fn take_a_datagram(size: usize) -> usize {
    let (mut endpoint, ids) = endpoint(size);
    let connection = endpoint.connection(ids[size / 3]).unwrap();
    let transport = connection.sctp().unwrap().transport();
    let fragment = transport.ice_transport().local_parameters().username_fragment.clone();
    let mut check = vec![0; 200];
    let mut writer =
        MessageWriter::new(&mut check, MessageType::BINDING_REQUEST, TransactionId([7; 12])).unwrap();
    writer.attribute(&Attribute::Username(&format!("{fragment}:peer"))).unwrap();
    let len = writer.fingerprint().unwrap();
    check.truncate(len);
    let path = Path::udp(address(), "198.51.100.1:1000".parse().unwrap());
    measured(&mut || _ = endpoint.handle_input(now(), path, Ecn::NotEct, &mut check));
    check.len()
}

fn poll_for_one(size: usize) -> usize {
    let (mut endpoint, ids) = endpoint(size);
    let mut buffer = [0; 1500];
    measured(&mut || {
        drop(endpoint.connection_mut(ids[size / 3]));
        while endpoint.poll_transmit(now(), &mut buffer).is_some() {}
        while endpoint.poll_event().is_some() {}
        endpoint.handle_timeout(now());
        let _ = endpoint.poll_timeout();
    });
    1
}

fn insert_one(size: usize) -> usize {
    let (mut endpoint, _) = endpoint(size);
    let mut another = Some(connection(&configuration(), size));
    measured(&mut || another.take().into_iter().for_each(|another| _ = endpoint.insert(another)));
    1
}

fn remove_one(size: usize) -> usize {
    let (mut endpoint, ids) = endpoint(size);
    measured(&mut || drop(endpoint.remove(ids[size / 3])));
    1
}

/// An endpoint that has done what there was to do.
fn endpoint(size: usize) -> (Endpoint, Vec<ConnectionId>) {
    let mut endpoint = Endpoint::new();
    let configuration = configuration();
    let ids = (0..size).map(|number| endpoint.insert(connection(&configuration, number))).collect();
    let mut buffer = [0; 1500];
    while endpoint.poll_transmit(now(), &mut buffer).is_some() {}
    while endpoint.poll_event().is_some() {}
    endpoint.handle_timeout(now());
    while endpoint.poll_transmit(now(), &mut buffer).is_some() {}
    (endpoint, ids)
}

fn configuration() -> Configuration {
    let provider = &crypto_rust::PROVIDER;
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let today = UnixTime::from_secs(1_800_000_000);
    Configuration::new(
        provider,
        Certificate::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, today).unwrap(),
    )
}

fn connection(configuration: &Configuration, number: usize) -> PeerConnection {
    let rng = Box::new(ChaCha20Rng::seed_from_u64(number as u64));
    let mut connection = PeerConnection::new(configuration.clone(), rng, now()).unwrap();
    connection.add_local_address(address()).unwrap();
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    connection.set_local_description_due(now()).unwrap();
    connection
}

fn address() -> std::net::SocketAddr {
    "192.0.2.1:3478".parse().unwrap()
}

const fn now() -> Instant {
    Instant::from_millis(1000)
}
