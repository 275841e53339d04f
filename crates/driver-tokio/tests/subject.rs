//! The driver of `tokio`, as the tests drive it: in a runtime of its own.

use std::net::UdpSocket;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use ferry_tokio::{Connections, Driver, SocketId};
use rtc::{ConnectionId, Event};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::several_sockets::SeveralSockets;
use crate::suite::{Driven, Traffic};

pub(crate) const EXAMPLE: &str = include_str!("../examples/echo.rs");

pub(crate) struct Subject {
    driver: Driver,
    runtime: Runtime,
}

impl Driven for Subject {
    fn start(address: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let driver = {
            let _inside = runtime.enter();
            Driver::bind(address.parse().unwrap()).unwrap()
        };
        Self { driver, runtime }
    }

    fn next_event(&mut self, patience: Duration) -> Option<(ConnectionId, Event)> {
        let event = self.runtime.block_on(async { timeout(patience, self.driver.next_event()).await });
        event.ok().map(Result::unwrap)
    }

    fn send_last_words(&mut self) {
        self.runtime.block_on(self.driver.flush()).unwrap();
    }

    fn traffic(&self) -> Traffic {
        let stats = self.driver.stats();
        assert!(stats.sends <= stats.datagrams_sent && stats.buffers_received <= stats.datagrams_received);
        Traffic {
            sent: stats.datagrams_sent,
            received: stats.datagrams_received,
            dropped: stats.datagrams_dropped,
        }
    }
}

impl SeveralSockets for Subject {
    fn open(&mut self, address: &str) {
        let _inside = self.runtime.enter();
        self.driver.add_socket(UdpSocket::bind(address).unwrap()).unwrap();
    }

    fn remove_first_socket(&mut self) -> bool {
        self.driver.remove_socket(SocketId::from_usize(0)).is_some()
    }

    fn has_other_addresses(&mut self) -> bool {
        self.driver.refresh_addresses().unwrap()
    }
}

impl Deref for Subject {
    type Target = Connections;

    fn deref(&self) -> &Connections {
        &self.driver
    }
}

impl DerefMut for Subject {
    fn deref_mut(&mut self) -> &mut Connections {
        &mut self.driver
    }
}
