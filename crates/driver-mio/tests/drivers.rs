//! Two drivers in one process, by turns.

use std::net::UdpSocket;
use std::time::Duration;

use ferry_mio::{Driver, SocketId};
use rtc::{ChannelId, ConnectionId};

use crate::support::{Load, MUCH, connection, fragment, negotiate};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one driver waits while the other one may have something to do.
const TURN: Duration = Duration::from_millis(1);

/// A driver with one connection.
struct Side {
    driver: Driver,
    id: ConnectionId,
    load: Load,
}

impl Side {
    fn new(seed: u64, address: &str) -> Self {
        let mut driver = Driver::bind(address.parse().unwrap()).unwrap();
        let id = driver.insert(connection(seed, driver.now()));
        Self { driver, id, load: Load::default() }
    }

    /// One turn; whether something happened.
    fn turn(&mut self) -> bool {
        let Some((id, event)) = self.driver.poll(Some(TURN)).unwrap() else { return false };
        let now = self.driver.now();
        if let Some(mut connection) = self.driver.connection_mut(id) {
            self.load.on_event(&mut connection, now, &event);
        }
        true
    }
}

struct Pair {
    a: Side,
    b: Side,
    channel: ChannelId,
}

impl Pair {
    fn new(addresses: [&str; 2]) -> Self {
        let [a, b] = addresses;
        let (mut a, mut b) = (Side::new(1, a), Side::new(2, b));
        let channel = negotiate(
            &mut a.driver.connection_mut(a.id).unwrap(),
            &mut b.driver.connection_mut(b.id).unwrap(),
        );
        Self { a, b, channel }
    }

    fn run_until(&mut self, what: &str, is_done: impl Fn(&Self) -> bool) {
        let began = self.a.driver.now();
        while !is_done(self) {
            assert!(
                self.a.driver.now().since(began) < PATIENCE,
                "{what}: {:?} {:?}",
                self.a.load,
                self.b.load
            );
            while self.a.turn() {}
            while self.b.turn() {}
        }
    }

    fn transfer(&mut self) {
        self.run_until("all is there", |pair| pair.a.load.is_done() && pair.b.load.is_done());
    }
}

#[test]
fn two_drivers_exchange_megabytes_both_ways() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    (pair.a.load.total, pair.b.load.total) = (MUCH, MUCH);
    pair.transfer();
    let (a, b) = (pair.a.driver.stats(), pair.b.driver.stats());
    assert!(a.datagrams_sent > (MUCH / 1500) as u64 && a.datagrams_received <= b.datagrams_sent);
    assert_eq!((a.datagrams_dropped, b.datagrams_dropped), (0, 0));
}

#[test]
fn a_driver_waits_no_longer_than_it_is_told() {
    let mut driver = Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let began = driver.now();
    assert!(driver.poll(Some(Duration::from_millis(20))).unwrap().is_none());
    assert!(driver.now().since(began) >= Duration::from_millis(20));
    assert!(driver.poll(Some(Duration::ZERO)).unwrap().is_none());
}

#[test]
fn last_words_end_the_other_side() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    pair.transfer();
    let (id, channel) = (pair.a.id, pair.channel);
    assert!(pair.a.driver.close(id));
    pair.a.driver.flush().unwrap();
    assert!(pair.a.driver.connection(id).is_none(), "it is gone with its last words");
    let began = pair.b.driver.now();
    let is_end = |event: &rtc::Event| matches!(event, rtc::Event::DataChannelClose(_));
    while !pair.b.driver.poll(Some(TURN)).unwrap().is_some_and(|(_, event)| is_end(&event)) {
        assert!(pair.b.driver.now().since(began) < PATIENCE, "{channel:?} closes");
    }
}

#[test]
fn a_connection_is_made_when_its_peer_comes() {
    let mut server = Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap();
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
        while let Some((id, event)) = server.poll(Some(TURN)).unwrap() {
            let now = server.now();
            load.on_event(&mut server.connection_mut(id).unwrap(), now, &event);
        }
    }
    assert_eq!(server.connections().count(), 1);
}

#[test]
fn a_wildcard_connects_like_an_address() {
    let mut pair = Pair::new(["0.0.0.0:0", "127.0.0.1:0"]);
    pair.transfer();
    assert!(!pair.a.driver.refresh_addresses().unwrap(), "nothing has changed");
}

#[test]
fn a_socket_that_goes_leaves_the_connection_on_the_other_one() {
    let mut pair = Pair::new(["127.0.0.1:0", "127.0.0.1:0"]);
    let first = SocketId::from_usize(0);
    pair.a.driver.add_socket(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    pair.transfer();
    assert!(pair.a.driver.remove_socket(first).unwrap().is_some());
    assert!(pair.a.driver.remove_socket(first).unwrap().is_none());
    for side in [&mut pair.a, &mut pair.b] {
        let (now, channel) =
            (side.driver.now(), side.driver.connection_mut(side.id).unwrap().data_channels().next());
        side.load.renew(&mut side.driver.connection_mut(side.id).unwrap(), now, channel.unwrap());
    }
    pair.transfer();
}

#[test]
fn what_the_application_waits_for_interrupts_the_wait() {
    let mut driver = Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let waker = mio::Waker::new(driver.registry(), mio::Token(7)).unwrap();
    waker.wake().unwrap();
    assert!(driver.poll(Some(PATIENCE)).unwrap().is_none());
    assert_eq!(driver.take_ready().collect::<Vec<_>>(), [mio::Token(7)]);
}
