//! Two drivers in one task: each wait is given up whenever the other one ends first.

use std::time::Duration;

use ferry_tokio::Driver;
use rtc::{ConnectionId, Event, Instant};
use tokio::time::{sleep, timeout};

use crate::suite::{MUCH, PATIENCE};
use crate::support::{Load, connection, negotiate};

/// A driver with one connection.
struct Side {
    driver: Driver,
    load: Load,
}

impl Side {
    fn on_event(&mut self, (id, event): (ConnectionId, Event)) {
        let now = self.driver.now();
        self.load.on_event(&mut self.driver.connection_mut(id).unwrap(), now, &event);
    }
}

fn pair() -> (Side, Side) {
    let [mut a, mut b] = [(); 2].map(|()| Driver::bind("127.0.0.1:0".parse().unwrap()).unwrap());
    let ours = a.insert(connection(1, Instant::ZERO));
    let theirs = b.insert(connection(2, Instant::ZERO));
    negotiate(&mut a.connection_mut(ours).unwrap(), &mut b.connection_mut(theirs).unwrap());
    let side = |driver| Side { driver, load: Load::default() };
    (side(a), side(b))
}

#[tokio::test]
async fn two_drivers_exchange_megabytes_in_one_task() {
    let (mut a, mut b) = pair();
    (a.load.total, b.load.total) = (MUCH, MUCH);
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
async fn waits_that_are_given_up_lose_nothing() {
    let (mut a, mut b) = pair();
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
