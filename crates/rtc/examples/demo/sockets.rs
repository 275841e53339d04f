//! The UDP sockets: one on each address of this host, so that every candidate has the address that it names.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use rtc::{Ecn, Path, Transmit};

/// The sockets, by the address that they are bound to.
pub(crate) struct Sockets {
    by_address: BTreeMap<SocketAddr, UdpSocket>,
    buffer: Vec<u8>,
}

impl Sockets {
    /// Binds a socket on every address of this host that a page could reach.
    pub(crate) fn bind_all(registry: &Registry) -> io::Result<Self> {
        let mut by_address = BTreeMap::new();
        for ip in addresses() {
            let Ok(mut socket) = UdpSocket::bind(SocketAddr::new(ip, 0)) else { continue };
            registry.register(&mut socket, Token(by_address.len()), Interest::READABLE)?;
            by_address.insert(socket.local_addr()?, socket);
        }
        Ok(Self { by_address, buffer: vec![0; 65_536] })
    }

    /// The addresses, to be named to the connections.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.by_address.keys().copied().collect()
    }

    /// Sends a datagram by the socket that its path begins at. What the system does not take is lost, as it might be on
    /// the way: the protocols repeat what matters.
    pub(crate) fn send(&self, transmit: &Transmit, datagram: &[u8]) {
        if let Some(socket) = self.by_address.get(&transmit.path.local) {
            let _ = socket.send_to(datagram, transmit.path.remote);
        }
    }

    /// Hands over every datagram that has come.
    pub(crate) fn receive(&mut self, mut handle: impl FnMut(Path, Ecn, &mut [u8])) -> io::Result<()> {
        for (local, socket) in &self.by_address {
            loop {
                match socket.recv_from(&mut self.buffer) {
                    Ok((len, remote)) => {
                        let datagram = self.buffer.get_mut(..len).unwrap_or_default();
                        handle(Path::udp(*local, remote), Ecn::NotEct, datagram);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // Somebody's port is closed; the system says so about an earlier datagram, each in its words.
                    Err(error)
                        if matches!(
                            error.kind(),
                            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
                        ) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}

/// The loopback address and those of the network interfaces.
fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<IpAddr> = interfaces.into_iter().map(|interface| interface.ip()).collect();
    addresses.push(Ipv4Addr::LOCALHOST.into());
    addresses.retain(|ip| !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local()));
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
