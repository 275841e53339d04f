//! The driver of the standard library, as the tests drive it.

use std::time::Duration;

use ferry_std::Driver;
use rtc::{ConnectionId, Event};

use crate::suite::{Driven, Traffic};

pub(crate) const EXAMPLE: &str = include_str!("../examples/echo_std.rs");

pub(crate) type Subject = Driver;

impl Driven for Driver {
    fn start(address: &str) -> Self {
        Self::bind(address.parse().unwrap()).unwrap()
    }

    fn next_event(&mut self, patience: Duration) -> Option<(ConnectionId, Event)> {
        self.poll(Some(patience)).unwrap()
    }

    fn send_last_words(&mut self) {
        self.flush().unwrap();
    }

    fn traffic(&self) -> Traffic {
        let stats = self.stats();
        Traffic {
            sent: stats.datagrams_sent,
            received: stats.datagrams_received,
            dropped: stats.datagrams_dropped,
        }
    }
}
