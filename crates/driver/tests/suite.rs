//! What holds for every driver: two of them in one process, by turns.
//!
//! Each driver has this module in its own tests, beside a module `subject`, which says how it is driven.

use std::ops::DerefMut;
use std::time::Duration;

use driver::Connections;
use rtc::{ConnectionId, Event};

use crate::subject::Subject;
use crate::support::{Load, connection, fragment, negotiate};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How much each side sends where the amount is what is tested.
pub(crate) const MUCH: usize = 8 << 20;

/// How long one driver waits while the other one may have something to do.
const TURN: Duration = Duration::from_millis(1);

/// A driver, as the tests drive it.
pub(crate) trait Driven: DerefMut<Target = Connections> + Sized {
    /// With one socket.
    fn start(address: &str) -> Self;

    /// Carries datagrams until something happens, or `patience` is over.
    fn next_event(&mut self, patience: Duration) -> Option<(ConnectionId, Event)>;

    fn send_last_words(&mut self);

    fn traffic(&self) -> Traffic;
}

/// Datagrams, as a driver counts them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) dropped: u64,
}

/// A driver with one connection.
pub(crate) struct Side {
    pub(crate) driver: Subject,
    id: ConnectionId,
    load: Load,
}

impl Side {
    fn new(seed: u64, address: &str) -> Self {
        let mut driver = Subject::start(address);
        let now = driver.now();
        let id = driver.insert(connection(seed, now));
        Self { driver, id, load: Load::default() }
    }

    /// One turn; whether something happened.
    fn turn(&mut self) -> bool {
        let Some((id, event)) = self.driver.next_event(TURN) else { return false };
        let now = self.driver.now();
        if let Some(mut connection) = self.driver.connection_mut(id) {
            self.load.on_event(&mut connection, now, &event);
        }
        true
    }

    fn renew(&mut self) {
        let now = self.driver.now();
        let mut connection = self.driver.connection_mut(self.id).unwrap();
        let channel = connection.data_channels().next().unwrap();
        self.load.renew(&mut connection, now, channel);
    }
}

/// Two drivers whose connections are about to find each other.
pub(crate) struct Pair {
    pub(crate) a: Side,
    pub(crate) b: Side,
}

impl Pair {
    pub(crate) fn new(addresses: [&str; 2]) -> Self {
        let [a, b] = addresses;
        let (mut a, mut b) = (Side::new(1, a), Side::new(2, b));
        negotiate(&mut a.driver.connection_mut(a.id).unwrap(), &mut b.driver.connection_mut(b.id).unwrap());
        Self { a, b }
    }

    pub(crate) fn run_until(&mut self, what: &str, is_done: impl Fn(&Self) -> bool) {
        let began = self.a.driver.now();
        while !is_done(self) {
            let waited = self.a.driver.now().since(began);
            assert!(waited < PATIENCE, "{what}: {:?} {:?}", self.a.load, self.b.load);
            while self.a.turn() {}
            while self.b.turn() {}
        }
    }

    /// Runs both until each has everything.
    pub(crate) fn transfer(&mut self) {
        self.run_until("all is there", |pair| pair.a.load.is_done() && pair.b.load.is_done());
    }

    /// The same, once more.
    pub(crate) fn transfer_again(&mut self) {
        self.a.renew();
        self.b.renew();
        self.transfer();
    }
}

#[test]
fn two_drivers_exchange_megabytes_both_ways() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    (pair.a.load.total, pair.b.load.total) = (MUCH, MUCH);
    pair.transfer();
    let (a, b) = (pair.a.driver.traffic(), pair.b.driver.traffic());
    assert!(a.sent > (MUCH / 1500) as u64 && a.received <= b.sent);
    assert_eq!((a.dropped, b.dropped), (0, 0));
}

#[test]
fn a_driver_waits_no_longer_than_it_is_told() {
    let mut driver = Subject::start("127.0.0.1:0");
    let began = driver.now();
    assert!(driver.next_event(Duration::from_millis(20)).is_none());
    assert!(driver.now().since(began) >= Duration::from_millis(20));
    assert!(driver.next_event(Duration::ZERO).is_none());
}

#[test]
fn last_words_end_the_other_side() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    pair.transfer();
    let id = pair.a.id;
    assert!(pair.a.driver.close(id));
    pair.a.driver.send_last_words();
    assert!(pair.a.driver.connection(id).is_none(), "it is gone with its last words");
    let began = pair.b.driver.now();
    let is_end = |event: &Event| matches!(event, Event::DataChannelClose(_));
    while !pair.b.driver.next_event(TURN).is_some_and(|(_, event)| is_end(&event)) {
        assert!(pair.b.driver.now().since(began) < PATIENCE, "the channel closes");
    }
}

#[test]
fn a_connection_is_made_when_its_peer_comes() {
    let mut server = Subject::start("127.0.0.1:0");
    let mut client = Side::new(1, "127.0.0.1:0");
    let mut expected = connection(2, server.now());
    expected.add_local_address(server.local_addresses().next().unwrap()).unwrap();
    negotiate(&mut client.driver.connection_mut(client.id).unwrap(), &mut expected);
    let (name, mut expected) = (fragment(&expected), Some(expected));
    server.on_unknown_fragment(move |_, asked| expected.take_if(|_| asked == name));
    let mut load = Load::default();
    let began = server.now();
    while !(load.is_done() && client.load.is_done()) {
        assert!(server.now().since(began) < PATIENCE, "{load:?} {:?}", client.load);
        while client.turn() {}
        while let Some((id, event)) = server.next_event(TURN) {
            let now = server.now();
            load.on_event(&mut server.connection_mut(id).unwrap(), now, &event);
        }
    }
    assert_eq!(server.connections().count(), 1);
}
