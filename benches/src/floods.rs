//! Floods: what 10,000 datagrams of an attacker cost, in CPU time, memory that stays, and answers.

use std::net::SocketAddr;

use base::{Ecn, Instant, Path, UnixTime};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto_rust::PROVIDER;
use our_dtls::{Config, Connection, FingerprintAlgorithm, Identity, Role};
use our_rtc::{Certificate, Configuration, DataChannelInit, PeerConnection, SessionDescription};
use our_sctp::Association;
use our_stun::{Attribute, Class, Integrity, Key, MessageType, MessageWriter, Method, TransactionId};

use crate::measure::{allocations, cpu, median};
use crate::report::Report;

/// Datagrams of a flood.
const COUNT: u32 = 10_000;
const HERE: &str = "192.0.2.1:1000";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A machine under attack: takes a datagram, and then says what it has to say. The number of bytes that it said.
trait Target {
    fn take(&mut self, now: Instant, path: Path, datagram: &mut [u8]) -> (u32, usize);
}

impl Target for PeerConnection {
    fn take(&mut self, now: Instant, path: Path, datagram: &mut [u8]) -> (u32, usize) {
        let _ = self.handle_input(now, path, Ecn::NotEct, datagram);
        let said = drain(|out| self.poll_transmit(now, out).map(|transmit| transmit.len));
        while self.poll_event().is_some() {}
        said
    }
}

impl Target for Connection {
    fn take(&mut self, now: Instant, _: Path, datagram: &mut [u8]) -> (u32, usize) {
        let _ = self.handle_input(now, datagram, &mut |_| {});
        drain(|out| self.poll_transmit(now, out))
    }
}

impl Target for Association {
    fn take(&mut self, now: Instant, _: Path, datagram: &mut [u8]) -> (u32, usize) {
        let _ = self.handle_input(now, datagram);
        drain(|out| self.poll_transmit(now, out))
    }
}

fn drain(mut poll: impl FnMut(&mut [u8]) -> Option<usize>) -> (u32, usize) {
    let mut out = [0; 1500];
    let (mut count, mut bytes) = (0, 0);
    while let Some(len) = poll(&mut out) {
        (count, bytes) = (count + 1, bytes + len);
    }
    (count, bytes)
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// From whom the datagram with this number seems to come: each from another.
fn stranger(number: u32) -> Path {
    let [_, b, c, d] = number.to_be_bytes();
    let from = SocketAddr::from(([198, 51, c, d], 1024 + u16::from(b)));
    Path::udp(HERE.parse().expect("an address"), from)
}

/// A connection that has offered, and the description with its credentials.
fn offerer() -> (PeerConnection, SessionDescription) {
    let certificate = Certificate::generate(
        &PROVIDER,
        &mut rng(1),
        our_rtc::KeyAlgorithm::EcdsaP256,
        UnixTime::from_secs(1_790_000_000),
    )
    .expect("a certificate");
    let config = Configuration::new(&PROVIDER, certificate);
    let mut connection = PeerConnection::new(config, Box::new(rng(2)), Instant::ZERO).expect("a connection");
    connection.add_local_address(HERE.parse().expect("an address")).expect("it is bound");
    connection.create_data_channel("flooded", DataChannelInit::default()).expect("a channel");
    connection.set_local_description_due(Instant::ZERO).expect("an offer");
    let offer = connection.local_description().expect("an offer");
    (connection, offer)
}

fn line<'a>(description: &'a SessionDescription, name: &str) -> &'a str {
    description.sdp.lines().find_map(|line| line.strip_prefix(name)).expect("the line is there")
}

/// A check with a transaction of its own.
fn check(fragment: &str, password: Option<&str>, number: u32) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut id = [7; 12];
    id[..4].copy_from_slice(&number.to_be_bytes());
    let kind = MessageType { class: Class::Request, method: Method::BINDING };
    let mut writer = MessageWriter::new(&mut buffer, kind, TransactionId(id)).expect("room");
    let username = format!("{fragment}:peer");
    for attribute in [
        Attribute::Username(&username),
        Attribute::Priority(1_853_824_767),
        Attribute::IceControlled(0x1122_3344_5566_7788),
    ] {
        writer.attribute(&attribute).expect("room");
    }
    if let Some(password) = password {
        let key = Key::short_term(&PROVIDER, password).expect("a password");
        writer.integrity(Integrity::Sha1, &key).expect("room");
    }
    let len = writer.fingerprint().expect("room");
    buffer[..len].to_vec()
}

fn identity(seed: u64) -> Identity {
    Identity::generate(
        &PROVIDER,
        &mut rng(seed),
        our_dtls::KeyAlgorithm::EcdsaP256,
        UnixTime::from_secs(1_790_000_000),
        DAY,
        "WebRTC",
    )
    .expect("an identity")
}

/// The ClientHello of a client of its own.
fn client_hello(identity: &Identity, number: u32) -> Vec<u8> {
    let generator = Box::new(rng(u64::from(number)));
    let mut client =
        Connection::new(Config::default(), Role::Client, [identity], &PROVIDER, generator).expect("a client");
    client.start(Instant::ZERO);
    let mut out = [0; 1500];
    let len = client.poll_transmit(Instant::ZERO, &mut out).expect("a hello");
    out[..len].to_vec()
}

/// An INIT with a tag of its own (RFC 9260 §3.3.2), under the right checksum.
fn init(number: u32) -> Vec<u8> {
    let mut packet = vec![0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 20];
    packet.extend((number | 1 << 31).to_be_bytes());
    packet.extend([0, 16, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    packet.extend(number.to_be_bytes());
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &packet);
    packet[8..12].copy_from_slice(&(sum as u32).to_le_bytes());
    packet
}

/// Measures one flood, a few times on a machine of its own each, and prints its row.
fn flood<T: Target>(report: &Report, name: &str, datagrams: &[(Path, Vec<u8>)], target: impl Fn() -> T) {
    let (mut spent, mut kept) = (Vec::new(), Vec::new());
    let (mut answers, mut ratio) = (0, 0.0);
    for _ in 0..report.options.reps {
        let mut target = target();
        let mut copies = datagrams.to_vec();
        let sent: usize = copies.iter().map(|(_, datagram)| datagram.len()).sum();
        let ((cost, said), change) = allocations(|| {
            let began = cpu();
            let mut said = (0, 0);
            for (number, (path, datagram)) in copies.iter_mut().enumerate() {
                let now = Instant::from_nanos(number as u64 * 100_000);
                let (count, bytes) = target.take(now, *path, datagram);
                said = (said.0 + count, said.1 + bytes);
            }
            (cpu() - began, said)
        });
        spent.push(cost * 1e9 / datagrams.len() as f64);
        kept.push((change.bytes_allocated as f64 - change.bytes_deallocated as f64) / 1e3);
        (answers, ratio) = (said.0, said.1 as f64 / sent as f64);
    }
    println!("| {name} | {:.0} | {:.1} | {answers} | {ratio:.2} |", median(&mut spent), median(&mut kept));
}

/// Runs all floods.
pub fn run(report: &Report) {
    if !report.wants("F") {
        return;
    }
    println!("\n### F floods of {COUNT} datagrams, one every 100 µs\n");
    println!("| flood | CPU ns a datagram | heap kept, kB | answers | bytes out for a byte in |");
    println!("|---|---|---|---|---|");
    strangers(report);
    knowing_the_password(report);
    behind_ice(report);
    inside_dtls(report);
}

/// Who knows nothing: every datagram from another address.
fn strangers(report: &Report) {
    let numbered = |make: &dyn Fn(u32) -> Vec<u8>| -> Vec<(Path, Vec<u8>)> {
        (0..COUNT).map(|number| (stranger(number), make(number))).collect()
    };
    let (_, offer) = offerer();
    let fragment = line(&offer, "a=ice-ufrag:");
    let connection = || offerer().0;
    let client = identity(3);
    flood(report, "spoofed ClientHellos", &numbered(&|n| client_hello(&client, n)), connection);
    flood(report, "checks with another's name", &numbered(&|n| check("nobody", None, n)), connection);
    flood(report, "checks with our name, no integrity", &numbered(&|n| check(fragment, None, n)), connection);
    let wrong = "0123456789012345678901";
    flood(
        report,
        "checks with our name, wrong integrity",
        &numbered(&|n| check(fragment, Some(wrong), n)),
        connection,
    );
    flood(report, "what is no protocol", &numbered(&|n| vec![n as u8 | 0xc0; 1200]), connection);
}

/// Who reads the signalling, and so passes checks: every one from another address.
fn knowing_the_password(report: &Report) {
    let (_, offer) = offerer();
    let (fragment, password) = (line(&offer, "a=ice-ufrag:"), line(&offer, "a=ice-pwd:"));
    let checks: Vec<_> =
        (0..COUNT).map(|number| (stranger(number), check(fragment, Some(password), number))).collect();
    flood(report, "authentic checks", &checks, || offerer().0);
}

/// Who has passed a check: DTLS from an address that ICE has validated.
fn behind_ice(report: &Report) {
    let (client, server) = (identity(3), identity(4));
    let hellos: Vec<_> = (0..COUNT).map(|number| (stranger(0), client_hello(&client, number))).collect();
    let waiting = || {
        let generator = Box::new(rng(5));
        let mut end = Connection::new(Config::default(), Role::Server, [&server], &PROVIDER, generator)
            .expect("a server");
        let fingerprint = client.fingerprint(&PROVIDER, FingerprintAlgorithm::Sha256);
        end.set_remote_fingerprints(Instant::ZERO, vec![fingerprint.expect("a fingerprint")]);
        end.start(Instant::ZERO);
        end
    };
    flood(report, "ClientHellos of other clients, at one DTLS server", &hellos, waiting);
    let record = |number: u32| {
        let mut record = vec![23, 0xfe, 0xfd, 0, 1, 0, 0];
        record.extend(number.to_be_bytes());
        record.extend([0x04, 0x00]);
        record.extend([number as u8; 1024]);
        (stranger(0), record)
    };
    let forged: Vec<_> = (0..COUNT).map(record).collect();
    flood(report, "records with a wrong tag, at a DTLS server with keys", &forged, || {
        connected_server(&client, &server)
    });
}

/// A server whose handshake is done.
fn connected_server(client: &Identity, server: &Identity) -> Connection {
    let end = |role, own: &Identity, other: &Identity, seed| {
        let generator = Box::new(rng(seed));
        let mut end =
            Connection::new(Config::default(), role, [own], &PROVIDER, generator).expect("a connection");
        let fingerprint = other.fingerprint(&PROVIDER, FingerprintAlgorithm::Sha256);
        end.set_remote_fingerprints(Instant::ZERO, vec![fingerprint.expect("a fingerprint")]);
        end.start(Instant::ZERO);
        end
    };
    let mut ends = [end(Role::Client, client, server, 6), end(Role::Server, server, client, 7)];
    let mut out = [0; 1500];
    for _ in 0..8 {
        for from in 0..2 {
            while let Some(len) = ends[from].poll_transmit(Instant::ZERO, &mut out) {
                let _ = ends[1 - from].handle_input(Instant::ZERO, &mut out[..len], &mut |_| {});
            }
        }
    }
    let [_, server] = ends;
    assert!(server.cipher_suite().is_some(), "the handshake is done");
    server
}

/// The authenticated peer.
fn inside_dtls(report: &Report) {
    let inits: Vec<_> = (0..COUNT).map(|number| (stranger(0), init(number))).collect();
    let association = |connect: bool| {
        let config = our_sctp::Config::default();
        let mut association = Association::new(config, &PROVIDER, Box::new(rng(8))).expect("an association");
        if connect {
            association.connect(Instant::ZERO);
        }
        association
    };
    flood(report, "INITs, at an SCTP association that waits", &inits, || association(false));
    flood(report, "INITs, at one that connects", &inits, || association(true));
}
