//! The driver of `mio`, as the tests drive it.

use std::net::UdpSocket;
use std::time::Duration;

use ferry_mio::{Driver, SocketId};
use rtc::{ConnectionId, Event};

use crate::several_sockets::SeveralSockets;
use crate::suite::{Driven, Traffic};

pub(crate) const EXAMPLE: &str = include_str!("../examples/echo_mio.rs");

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
        assert!(stats.sends <= stats.datagrams_sent && stats.buffers_received <= stats.datagrams_received);
        Traffic {
            sent: stats.datagrams_sent,
            received: stats.datagrams_received,
            dropped: stats.datagrams_dropped,
        }
    }
}

impl SeveralSockets for Driver {
    fn open(&mut self, address: &str) {
        self.add_socket(UdpSocket::bind(address).unwrap()).unwrap();
    }

    fn remove_first_socket(&mut self) -> bool {
        self.remove_socket(SocketId::from_usize(0)).unwrap().is_some()
    }

    fn has_other_addresses(&mut self) -> bool {
        self.refresh_addresses().unwrap()
    }
}
