//! What travels.

use core::net::{IpAddr, SocketAddr};

use base::Ecn;

/// A UDP datagram between two addresses, as the network sees it at the moment.
// Closed: what the headers of IP and UDP say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Whence it comes.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// The congestion mark in its IP header.
    pub ecn: Ecn,
    /// What UDP carries.
    pub payload: Vec<u8>,
}

impl Datagram {
    /// The bytes of its IP packet: headers of IP and UDP, and the payload.
    #[must_use]
    pub const fn packet_len(&self) -> usize {
        let headers = match self.destination.ip() {
            IpAddr::V4(_) => 20 + 8,
            IpAddr::V6(_) => 40 + 8,
        };
        self.payload.len().saturating_add(headers)
    }
}

#[cfg(test)]
impl Datagram {
    /// One from 10.0.0.1:1 to 192.0.2.1:2.
    pub(crate) fn example(payload: &[u8]) -> Self {
        Self {
            source: "10.0.0.1:1".parse().unwrap(),
            destination: "192.0.2.1:2".parse().unwrap(),
            ecn: Ecn::NotEct,
            payload: payload.to_vec(),
        }
    }
}
