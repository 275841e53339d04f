//! A system that takes its offload back. Elsewhere than on Linux it may have none.
#![cfg(target_os = "linux")]

use std::cell::Cell;
use std::io;
use std::net::UdpSocket;

use quinn_udp::UdpSockRef;
use rtc::Path;

use super::*;
use crate::socket::{Direction, bind};

/// EINVAL and EIO, by which a system says that it does not cut datagrams, and ENETUNREACH, which says nothing of the kind.
const INVALID: i32 = 22;
const IO: i32 = 5;
const UNREACHABLE: i32 = 101;

/// A socket whose system refuses the next calls.
struct Refusing {
    socket: UdpSocket,
    error: i32,
    refusals: Cell<usize>,
    calls: Cell<usize>,
}

impl Io for Refusing {
    fn socket(&self) -> UdpSockRef<'_> {
        (&self.socket).into()
    }

    fn try_io<R>(&self, _: Direction, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.calls.set(self.calls.get() + 1);
        match self.refusals.get() {
            0 => call(),
            left => {
                self.refusals.set(left - 1);
                Err(io::Error::from_raw_os_error(self.error))
            }
        }
    }
}

struct Scene {
    carrier: Carrier<Refusing>,
    peer: UdpSocket,
}

impl Scene {
    fn new(error: i32, refusals: usize) -> Self {
        let mut carrier = Carrier::new();
        let to_io =
            |_, socket| Ok(Refusing { socket, error, refusals: Cell::new(refusals), calls: Cell::new(0) });
        carrier.add_socket(bind("127.0.0.1:0".parse().unwrap()).unwrap(), to_io).unwrap();
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { carrier, peer }
    }

    /// Sends 25 bytes as datagrams of at most 10; by how many calls.
    fn send(&mut self) -> usize {
        let local = self.carrier.local_addresses().next().unwrap();
        let mut transmit = Transmit::new(Path::udp(local, self.peer.local_addr().unwrap()), 25);
        transmit.segment_size = Some(10);
        self.carrier.output.buffer[..25].copy_from_slice(b"one datagram and two more");
        let now = self.carrier.now();
        let waiting = Waiting { transmit, sent: 0, gives_up_at: now + PATIENCE };
        assert_eq!(self.carrier.send(now, waiting), None);
        self.carrier.sockets.values().map(|socket| socket.io.calls.take()).sum()
    }

    fn received(&self) -> Vec<Vec<u8>> {
        let mut buffer = [0; 64];
        (0..3).map(|_| self.peer.recv(&mut buffer).map(|len| buffer[..len].to_vec()).unwrap()).collect()
    }
}

const DATAGRAMS: [&[u8]; 3] = [b"one datagr", b"am and two", b" more"];

#[test]
fn what_the_system_does_not_cut_goes_one_by_one_from_then_on() {
    for error in [INVALID, IO] {
        let mut scene = Scene::new(error, 1);
        assert_eq!(scene.send(), 4, "once in vain, and then each by itself");
        assert_eq!(scene.received(), DATAGRAMS);
        assert_eq!(scene.send(), 3, "it is not tried again");
        assert_eq!(scene.received(), DATAGRAMS);
        let stats = scene.carrier.stats();
        assert_eq!((stats.sends, stats.datagrams_sent, stats.datagrams_dropped), (6, 6, 0));
    }
}

#[test]
fn a_refusal_of_another_kind_loses_the_datagrams_and_leaves_the_offload() {
    let mut scene = Scene::new(UNREACHABLE, 1);
    assert_eq!(scene.send(), 1);
    assert_eq!(scene.send(), 1);
    assert_eq!(scene.received(), DATAGRAMS);
    let stats = scene.carrier.stats();
    assert_eq!((stats.sends, stats.datagrams_sent, stats.datagrams_dropped), (1, 3, 3));
}

#[test]
fn a_datagram_that_is_refused_by_itself_is_lost_and_not_tried_for_ever() {
    let mut scene = Scene::new(IO, 2);
    assert_eq!(scene.send(), 4, "the three at once, and then each by itself");
    let stats = scene.carrier.stats();
    assert_eq!((stats.sends, stats.datagrams_sent, stats.datagrams_dropped), (2, 2, 1));
}
