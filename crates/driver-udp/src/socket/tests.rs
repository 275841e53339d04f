use std::time::Duration;

use super::*;

/// How long a datagram may take on this host.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Plain(UdpSocket);

impl Io for Plain {
    fn socket(&self) -> UdpSockRef<'_> {
        (&self.0).into()
    }

    fn try_io<R>(&self, _: Direction, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        call()
    }
}

fn socket(address: &str) -> Socket<Plain> {
    Socket::new(bind(address.parse().unwrap()).unwrap(), |socket| Ok(Plain(socket))).unwrap()
}

/// A socket as any peer has it.
fn peer(address: &str) -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn port(socket: &Socket<Plain>) -> u16 {
    socket.bound.address.port()
}

/// What comes next: the path, the mark, and the datagrams.
fn receive(socket: &Socket<Plain>) -> (Path, Ecn, Vec<Vec<u8>>) {
    socket.io.0.set_nonblocking(false).unwrap();
    socket.io.0.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 65_536];
    let mut metas = [RecvMeta::default()];
    assert_eq!(socket.receive(&mut [IoSliceMut::new(&mut buffer)], &mut metas).unwrap(), 1);
    let datagrams = buffer[..metas[0].len].chunks(metas[0].stride).map(<[u8]>::to_vec).collect();
    (socket.bound.path(&metas[0]), ecn(&metas[0]), datagrams)
}

#[test]
fn a_socket_with_an_address_stands_for_that_alone() {
    let socket = socket("127.0.0.1:0");
    assert_eq!(socket.addresses, [socket.io.0.local_addr().unwrap()]);
}

#[test]
fn a_socket_with_a_wildcard_stands_for_the_addresses_of_its_family() {
    let socket = socket("0.0.0.0:0");
    let loopback = SocketAddr::from(([127, 0, 0, 1], port(&socket)));
    assert!(socket.addresses.contains(&loopback), "{:?}", socket.addresses);
    assert!(socket.addresses.iter().all(SocketAddr::is_ipv4), "{:?}", socket.addresses);
}

// All of 127.0.0.0/8 is this host without being configured.
#[cfg(target_os = "linux")]
#[test]
fn a_wildcard_answers_from_the_address_that_was_asked() {
    let socket = socket("0.0.0.0:0");
    let (peer, remote) = peer("127.0.0.1:0");
    let asked = SocketAddr::from(([127, 0, 0, 3], port(&socket)));
    peer.send_to(b"who?", asked).unwrap();
    let (path, _, datagrams) = receive(&socket);
    assert_eq!((path, datagrams), (Path::udp(asked, remote), vec![b"who?".to_vec()]));
    socket.send(&Transmit::new(path, 3), b"me!").unwrap();
    let mut answer = [0; 16];
    assert_eq!(peer.recv_from(&mut answer).unwrap(), (3, asked));
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_of_both_families_knows_addresses_of_ipv4_by_their_own_name() {
    // Where there is no IPv6, there is nothing to map.
    let Ok(both) = bind("[::]:0".parse().unwrap()) else { return };
    let socket = Socket::new(both, |socket| Ok(Plain(socket))).unwrap();
    assert!(socket.addresses.iter().any(SocketAddr::is_ipv4), "{:?}", socket.addresses);
    let (peer, remote) = peer("127.0.0.1:0");
    let asked = SocketAddr::from(([127, 0, 0, 3], port(&socket)));
    peer.send_to(b"who?", asked).unwrap();
    let (path, ..) = receive(&socket);
    assert_eq!(path, Path::udp(asked, remote));
    socket.send(&Transmit::new(path, 3), b"me!").unwrap();
    assert_eq!(peer.recv_from(&mut [0; 16]).unwrap(), (3, asked));
}

#[test]
fn datagrams_of_one_transmit_come_one_by_one_with_their_mark() {
    let (from, to) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let mut transmit = Transmit::new(Path::udp(from.addresses[0], to.addresses[0]), 25);
    (transmit.segment_size, transmit.ecn) = (Some(10), Ecn::Ect0);
    let contents: Vec<u8> = (0..25).collect();
    for step in contents.chunks(10 * from.max_segments()) {
        from.send(&transmit, step).unwrap();
    }
    let mut received = Vec::new();
    while received.len() < 3 {
        let (path, ecn, datagrams) = receive(&to);
        assert_eq!((path, ecn), (Path::udp(to.addresses[0], from.addresses[0]), Ecn::Ect0));
        received.extend(datagrams);
    }
    assert_eq!(received, [&contents[..10], &contents[10..20], &contents[20..]]);
}
