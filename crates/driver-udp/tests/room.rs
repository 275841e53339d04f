//! Sockets without room.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use driver_udp::{Carrier, Direction, Io, UdpSockRef, bind};
use rtc::{
    Certificate, Configuration, ConnectionId, DataChannelInit, KeyAlgorithm, PeerConnection,
    SessionDescription, UnixTime,
};

/// A socket that says what the test wants of it.
struct Socket {
    socket: UdpSocket,
    /// What it says instead of sending.
    refusal: Cell<Option<ErrorKind>>,
}

impl Io for Socket {
    fn socket(&self) -> UdpSockRef<'_> {
        (&self.socket).into()
    }

    fn try_io<R>(&self, direction: Direction, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        match self.refusal.get() {
            Some(kind) if direction == Direction::Send => Err(kind.into()),
            _ => call(),
        }
    }
}

struct Scene {
    carrier: Carrier<Socket>,
    id: ConnectionId,
    /// Where the checks go.
    peer: UdpSocket,
}

impl Scene {
    /// A connection that has a check to send.
    fn new(refusal: ErrorKind) -> Self {
        let mut carrier = Carrier::new();
        let to_io = |_, socket| Ok(Socket { socket, refusal: Cell::new(Some(refusal)) });
        carrier.add_socket(bind("127.0.0.1:0".parse().unwrap()).unwrap(), to_io).unwrap();
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let id = carrier.insert(connection(1));
        let answer = {
            let mut theirs = connection(2);
            theirs.add_local_address(peer.local_addr().unwrap()).unwrap();
            let mut ours = carrier.connection_mut(id).unwrap();
            ours.create_data_channel("chat", DataChannelInit::default()).unwrap();
            ours.set_local_description_due(rtc::Instant::ZERO).unwrap();
            theirs.set_remote_description(rtc::Instant::ZERO, &ours.local_description().unwrap()).unwrap();
            theirs.set_local_description_due(rtc::Instant::ZERO).unwrap();
            SessionDescription::answer(theirs.local_description().unwrap().sdp)
        };
        let now = carrier.now();
        carrier.connection_mut(id).unwrap().set_remote_description(now, &answer).unwrap();
        Self { carrier, id, peer }
    }
}

fn connection(seed: u64) -> PeerConnection {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let today = UnixTime::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&crypto_rust::PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, today).unwrap();
    let configuration = Configuration::new(&crypto_rust::PROVIDER, certificate);
    PeerConnection::new(configuration, Box::new(rng), rtc::Instant::ZERO).unwrap()
}

#[test]
fn what_has_no_room_waits_and_then_goes_first() {
    let mut scene = Scene::new(ErrorKind::WouldBlock);
    let blocked = scene.carrier.send_due();
    assert_eq!(scene.carrier.send_due(), blocked, "it waits for the same");
    assert_eq!((scene.carrier.stats().sends, scene.carrier.stats().datagrams_dropped), (0, 0));
    assert!(
        scene.carrier.poll_timeout().is_some_and(|at| at <= scene.carrier.now() + Duration::from_millis(100))
    );
    scene.carrier.socket(blocked.unwrap()).unwrap().refusal.set(None);
    assert_eq!(scene.carrier.send_due(), None);
    assert!(scene.carrier.stats().datagrams_sent >= 1);
    let local = scene.carrier.local_addresses().next().unwrap();
    assert_eq!(scene.peer.recv_from(&mut [0; 2048]).unwrap().1, local);
}

#[test]
fn what_waits_too_long_is_given_up_and_counted() {
    let mut scene = Scene::new(ErrorKind::WouldBlock);
    assert!(scene.carrier.send_due().is_some());
    let began = scene.carrier.now();
    while scene.carrier.now().since(began) < Duration::from_millis(101) {
        std::hint::spin_loop();
    }
    let _ = scene.carrier.send_due();
    assert_eq!(scene.carrier.stats().datagrams_dropped, 1);
    assert_eq!(scene.carrier.stats().datagrams_sent, 0);
}

#[test]
fn what_the_system_refuses_is_counted_and_holds_nothing_up() {
    let mut scene = Scene::new(ErrorKind::PermissionDenied);
    assert_eq!(scene.carrier.send_due(), None);
    assert!(scene.carrier.stats().datagrams_dropped >= 1);
    assert!(scene.carrier.connection(scene.id).is_some());
}

#[test]
fn what_waits_for_a_socket_that_goes_is_given_up() {
    let mut scene = Scene::new(ErrorKind::WouldBlock);
    let blocked = scene.carrier.send_due().unwrap();
    assert!(scene.carrier.remove_socket(blocked).is_some());
    assert_eq!(scene.carrier.send_due(), None);
    assert_eq!(scene.carrier.stats().datagrams_dropped, 1);
    assert_eq!(scene.carrier.local_addresses().collect::<Vec<SocketAddr>>(), []);
}
