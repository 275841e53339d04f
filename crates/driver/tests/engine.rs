//! Two engines, whose datagrams go by hand.

use std::net::SocketAddr;
use std::time::Duration;

use driver::Engine;
use rtc::{Ecn, Event, Ignored, Instant, Path, PeerConnection};

use crate::support::{Load, connection, fragment, negotiate};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

const OURS: &str = "192.0.2.1:4000";
const THEIRS: &str = "192.0.2.2:4000";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// One side: what it has to send and has received, and where it is.
struct Side {
    engine: Engine,
    load: Load,
}

impl Side {
    fn new(address: SocketAddr) -> Self {
        let mut engine = Engine::new();
        engine.add_address(address);
        Self { engine, load: Load::default() }
    }

    /// Gives all that is due to the other side, and looks at what happened here.
    fn turn(&mut self, to: &mut Self, mut see: impl FnMut(&Event)) {
        self.engine.handle_timeout();
        let mut buffer = [0; 65_536];
        while let Some(transmit) = self.engine.poll_transmit_batch(self.engine.now(), 8, &mut buffer) {
            let path = Path::udp(transmit.path.remote, transmit.path.local);
            let stride = transmit.segment_size.unwrap_or(transmit.len);
            for datagram in buffer.get_mut(..transmit.len).unwrap().chunks_mut(stride) {
                // Before the other side knows of the connection, checks are ignored.
                let _ = to.engine.handle_input(to.engine.now(), path, transmit.ecn, datagram);
            }
        }
        while let Some((id, event)) = self.engine.poll_event() {
            see(&event);
            let now = self.engine.now();
            if let Some(mut connection) = self.engine.connection_mut(id) {
                self.load.on_event(&mut connection, now, &event);
            }
        }
    }

    fn renew(&mut self) {
        let now = self.engine.now();
        let (id, _) = self.engine.connections().next().unwrap();
        let mut connection = self.engine.connection_mut(id).unwrap();
        let channel = connection.data_channels().next().unwrap();
        self.load.renew(&mut connection, now, channel);
    }
}

/// Runs both until each has everything.
fn transfer(a: &mut Side, b: &mut Side) {
    let began = a.engine.now();
    while !(a.load.is_done() && b.load.is_done()) {
        assert!(a.engine.now().since(began) < PATIENCE, "{:?} {:?}", a.load, b.load);
        a.turn(b, |_| {});
        b.turn(a, |_| {});
    }
}

/// Two sides that have a connection.
fn connected() -> (Side, Side) {
    let (mut a, mut b) = (Side::new(address(OURS)), Side::new(address(THEIRS)));
    let ours = a.engine.insert(connection(1, Instant::ZERO));
    let theirs = b.engine.insert(connection(2, Instant::ZERO));
    negotiate(&mut a.engine.connection_mut(ours).unwrap(), &mut b.engine.connection_mut(theirs).unwrap());
    transfer(&mut a, &mut b);
    (a, b)
}

fn candidates(connection: &PeerConnection) -> usize {
    connection.local_description().unwrap().sdp.matches("a=candidate:").count()
}

#[test]
fn a_connection_learns_of_the_addresses_before_it_and_after_it() {
    let mut engine = Engine::new();
    engine.add_address(address(OURS));
    let id = engine.insert(connection(1, Instant::ZERO));
    engine.add_address(address("192.0.2.1:4001"));
    let mut answerer = connection(2, Instant::ZERO);
    negotiate(&mut engine.connection_mut(id).unwrap(), &mut answerer);
    assert_eq!(candidates(engine.connection(id).unwrap()), 2);
    engine.remove_address(address(OURS));
    assert!(engine.local_addresses().eq([address("192.0.2.1:4001")]));
    let late = engine.insert(connection(3, Instant::ZERO));
    negotiate(&mut engine.connection_mut(late).unwrap(), &mut connection(4, Instant::ZERO));
    assert_eq!(candidates(engine.connection(late).unwrap()), 1, "what is gone is told to nobody");
}

#[test]
fn a_fragment_is_asked_for_once_and_its_connection_takes_the_check() {
    let (mut client, mut server) = (Side::new(address(OURS)), Side::new(address(THEIRS)));
    let id = client.engine.insert(connection(1, Instant::ZERO));
    let mut expected = connection(2, Instant::ZERO);
    expected.add_local_address(address(THEIRS)).unwrap();
    negotiate(&mut client.engine.connection_mut(id).unwrap(), &mut expected);
    let (name, mut expected) = (fragment(&expected), Some(expected));
    server.engine.on_unknown_fragment(move |_, asked| expected.take_if(|_| asked == name));
    transfer(&mut client, &mut server);
    assert_eq!(server.engine.connections().count(), 1);
}

#[test]
fn what_nobody_expects_is_ignored_with_its_reason() {
    let mut engine = Engine::new();
    engine.add_address(address(OURS));
    let path = Path::udp(address(OURS), address(THEIRS));
    let now = engine.now();
    assert_eq!(engine.handle_input(now, path, Ecn::NotEct, &mut [20; 40]), Err(Ignored::NoConnection));
    assert_eq!(engine.connections().count(), 0);
}

#[test]
fn a_connection_that_is_closed_when_all_is_sent_says_all_of_it() {
    let (mut a, mut b) = connected();
    let (id, _) = a.engine.connections().next().unwrap();
    a.renew();
    b.renew();
    assert!(a.engine.close_when_sent(id, PATIENCE));
    let (mut has_ended, began) = (false, a.engine.now());
    while !has_ended || a.engine.connection(id).is_some() {
        assert!(a.engine.now().since(began) < PATIENCE, "it goes with its last words");
        a.turn(&mut b, |_| {});
        b.turn(&mut a, |event| has_ended |= matches!(event, Event::DataChannelClose(_)));
    }
    assert!(b.load.has_received_all(), "all came before");
}
