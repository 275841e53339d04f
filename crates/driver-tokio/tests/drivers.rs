//! Two drivers in one task.

use std::net::UdpSocket;
use std::time::Duration;

use ferry_tokio::{Driver, SocketId};
use rtc::{ConnectionId, Event};
use tokio::time::{sleep, timeout};

use crate::support::{Load, MUCH, connection, fragment, negotiate};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

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

    fn on_event(&mut self, (id, event): (ConnectionId, Event)) {
        let now = self.driver.now();
        if let Some(mut connection) = self.driver.connection_mut(id) {
            self.load.on_event(&mut connection, now, &event);
        }
    }

    fn renew(&mut self) {
        let now = self.driver.now();
        let mut connection = self.driver.connection_mut(self.id).unwrap();
        let channel = connection.data_channels().next().unwrap();
        self.load.renew(&mut connection, now, channel);
    }
}

fn pair(addresses: [&str; 2]) -> (Side, Side) {
    let [a, b] = addresses;
    let (mut a, mut b) = (Side::new(1, a), Side::new(2, b));
    negotiate(&mut a.driver.connection_mut(a.id).unwrap(), &mut b.driver.connection_mut(b.id).unwrap());
    (a, b)
}

/// Runs both until each has everything. Each wait is given up whenever the other one ends first.
async fn transfer(a: &mut Side, b: &mut Side) {
    let both = async {
        while !(a.load.is_done() && b.load.is_done()) {
            tokio::select! {
                event = a.driver.next_event() => a.on_event(event.unwrap()),
                event = b.driver.next_event() => b.on_event(event.unwrap()),
            }
        }
    };
    let result = timeout(PATIENCE, both).await;
    assert!(result.is_ok(), "{:?} {:?}", a.load, b.load);
}

#[tokio::test]
async fn two_drivers_exchange_megabytes_both_ways() {
    let (mut a, mut b) = pair(["127.0.0.1:0", "127.0.0.1:0"]);
    (a.load.total, b.load.total) = (MUCH, MUCH);
    transfer(&mut a, &mut b).await;
    let (ours, theirs) = (a.driver.stats(), b.driver.stats());
    assert!(ours.datagrams_sent > (MUCH / 1500) as u64);
    assert!(ours.datagrams_received <= theirs.datagrams_sent && ours.sends <= ours.datagrams_sent);
    assert_eq!((ours.datagrams_dropped, theirs.datagrams_dropped), (0, 0));
}

#[tokio::test]
async fn waits_that_are_given_up_lose_nothing() {
    let (mut a, mut b) = pair(["127.0.0.1:0", "127.0.0.1:0"]);
    let both = async {
        while !(a.load.is_done() && b.load.is_done()) {
            tokio::select! {
                biased;
                event = a.driver.next_event() => a.on_event(event.unwrap()),
                () = sleep(Duration::from_millis(1)) => {}
            }
            tokio::select! {
                biased;
                event = b.driver.next_event() => b.on_event(event.unwrap()),
                () = tokio::task::yield_now() => {}
            }
        }
    };
    timeout(PATIENCE, both).await.unwrap();
}

#[tokio::test]
async fn last_words_end_the_other_side() {
    let (mut a, mut b) = pair(["127.0.0.1:0", "127.0.0.1:0"]);
    transfer(&mut a, &mut b).await;
    assert!(a.driver.close(a.id));
    a.driver.flush().await.unwrap();
    assert!(a.driver.connection(a.id).is_none(), "it is gone with its last words");
    let end =
        async { while !matches!(b.driver.next_event().await.unwrap().1, Event::DataChannelClose(_)) {} };
    timeout(PATIENCE, end).await.unwrap();
}

#[tokio::test]
async fn a_wildcard_connects_like_an_address() {
    let (mut a, mut b) = pair(["0.0.0.0:0", "127.0.0.1:0"]);
    transfer(&mut a, &mut b).await;
    assert!(!a.driver.refresh_addresses().unwrap(), "nothing has changed");
}

#[tokio::test]
async fn a_socket_that_goes_leaves_the_connection_on_the_other_one() {
    let (mut a, mut b) = pair(["127.0.0.1:0", "127.0.0.1:0"]);
    let first = SocketId::from_usize(0);
    a.driver.add_socket(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    transfer(&mut a, &mut b).await;
    assert!(a.driver.remove_socket(first).is_some());
    assert!(a.driver.remove_socket(first).is_none());
    assert_eq!(a.driver.local_addresses().count(), 1);
    a.renew();
    b.renew();
    transfer(&mut a, &mut b).await;
}

#[tokio::test]
async fn a_connection_is_made_when_its_peer_comes() {
    let mut client = Side::new(1, "127.0.0.1:0");
    let mut server = Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut expected = connection(2, server.now());
    expected.add_local_address(server.local_addresses().next().unwrap()).unwrap();
    negotiate(&mut client.driver.connection_mut(client.id).unwrap(), &mut expected);
    let (name, mut expected) = (fragment(&expected), Some(expected));
    server.on_unknown_fragment(move |_, asked| expected.take_if(|_| asked == name));
    let both = async {
        let mut load = Load::default();
        while !(load.is_done() && client.load.is_done()) {
            tokio::select! {
                event = client.driver.next_event() => client.on_event(event.unwrap()),
                event = server.next_event() => {
                    let ((id, event), now) = (event.unwrap(), server.now());
                    load.on_event(&mut server.connection_mut(id).unwrap(), now, &event);
                }
            }
        }
    };
    timeout(PATIENCE, both).await.unwrap();
    assert_eq!(server.connections().count(), 1);
}
