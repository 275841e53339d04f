//! SCTP over a line: a sender that never runs dry, a receiver that takes everything, and what arrives.
//!
//! DTLS, UDP and IP are so many bytes around each packet.

#![allow(dead_code, unreachable_pub, reason = "each user takes its part")]

use std::net::SocketAddr;
use std::time::Duration;

use base::{Ecn, Instant, Path, Transmit, earliest};
use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use sctp::{Association, Config, Ppid, SendOptions, State, Stats, StreamId};
use sim::node::{Delay, Rate, TailDrop};
use sim::{Host, HostId, Limits, Network, Node};

/// What DTLS 1.2 with AES-GCM puts around a packet: record header, nonce, tag.
const RECORD: usize = 13 + 8 + 16;
/// What UDP and IPv4 put around that.
const HEADERS: usize = 8 + 20;
/// Bytes of user data in a full packet: a common header and one DATA chunk.
const PAYLOAD: usize = (1191 & !3) - 12 - 16;
const MESSAGE: usize = 64 << 10;

/// The share of a line that headers leave to data.
pub fn left_by_headers() -> f64 {
    PAYLOAD as f64 / (1188 + RECORD + HEADERS) as f64
}

/// How a receiver takes what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Packet by packet.
    Each,
    /// So many in one go, or what has come within so long; of the acknowledgements, only the last gets through.
    Batches(usize, Duration),
}

/// A line between two associations.
#[derive(Clone, Debug)]
pub struct Line {
    /// Bits a second, if they are limited. The queue then holds what the line carries in a round trip.
    pub rate: Option<u64>,
    pub round_trip: Duration,
    pub config: Config,
    pub taking: Taking,
}

/// What a line carried.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    pub bytes: u64,
    pub sender: Stats,
    /// The largest congestion window at the end of any second.
    pub window: usize,
}

impl Carried {
    pub fn bits_per_second(&self, span: Duration) -> f64 {
        self.bytes as f64 * 8.0 / span.as_secs_f64()
    }
}

/// One end.
#[derive(Debug)]
struct End {
    association: Association,
    path: Path,
    sends: bool,
    taking: Taking,
    received: u64,
    /// What waits to be taken in one go, and since when.
    inbox: (Vec<Vec<u8>>, Option<Instant>),
    payload: Bytes,
}

impl End {
    fn new(line: &Line, addresses: [SocketAddr; 2], sends: bool) -> Self {
        let rng = Box::new(ChaCha20Rng::seed_from_u64(u64::from(sends)));
        Self {
            association: Association::new(line.config.clone(), &crypto_rust::PROVIDER, rng).unwrap(),
            path: Path::udp(addresses[0], addresses[1]),
            sends,
            taking: if sends { Taking::Each } else { line.taking },
            received: 0,
            inbox: (Vec::new(), None),
            payload: vec![7; MESSAGE].into(),
        }
    }

    fn take(&mut self, now: Instant) {
        for packet in std::mem::take(&mut self.inbox.0) {
            self.association.handle_input(now, &packet).unwrap();
        }
        self.inbox.1 = None;
        while let Some(message) = self.association.receive() {
            self.received += message.payload.len() as u64;
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        match (self.taking, self.inbox.1) {
            (Taking::Batches(most, hold), Some(since)) => self.inbox.0.len() >= most || since + hold <= now,
            (taking, since) => taking == Taking::Each && since.is_some(),
        }
    }

    fn refill(&mut self, now: Instant) {
        let established = self.association.state() == State::Established;
        while self.sends && established && self.association.buffered_amount(StreamId(0)) < 4 * MESSAGE {
            let (ppid, options) = (Ppid(53), SendOptions::default());
            if self.association.send(now, StreamId(0), ppid, self.payload.clone(), options).is_err() {
                return;
            }
        }
    }
}

impl Host for End {
    fn handle_input(&mut self, now: Instant, _: Path, _: Ecn, datagram: &mut [u8]) {
        self.inbox.0.push(datagram[RECORD..].to_vec());
        self.inbox.1.get_or_insert(now);
        if self.is_due(now) {
            self.take(now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.is_due(now) {
            self.take(now);
        }
        self.association.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.refill(now);
        let inner = &mut out[RECORD..];
        let mut len = self.association.poll_transmit(now, inner)?;
        while self.taking != Taking::Each
            && let Some(next) = self.association.poll_transmit(now, inner)
        {
            len = next;
        }
        while self.association.poll_event().is_some() {}
        Some(Transmit::new(self.path, RECORD + len))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let taking = match (self.taking, self.inbox.1) {
            (Taking::Batches(_, hold), Some(since)) => Some(since + hold),
            _ => None,
        };
        earliest(taking, self.association.poll_timeout())
    }
}

impl Line {
    /// Lets the sender send for `span`, from when the association is up.
    pub fn carry(&self, span: Duration) -> Carried {
        let (mut network, [a, z]) = self.lay();
        let now = network.now();
        network.host_mut(a).unwrap().association.connect(now);
        let up = |network: &Network<End>| {
            network.hosts().all(|(_, end)| end.association.state() == State::Established)
        };
        assert!(network.run_until(Duration::from_secs(10), up).unwrap(), "the association is up");
        let mut window = 0;
        for _ in 0..span.as_secs() {
            network.run_for(Duration::from_secs(1)).unwrap();
            window = window.max(network.host(a).unwrap().association.stats().congestion_window);
        }
        let sender = network.host(a).unwrap().association.stats();
        Carried { bytes: network.host(z).unwrap().received, sender, window }
    }

    fn lay(&self) -> (Network<End>, [HostId; 2]) {
        let mut limits = Limits::default();
        limits.steps = u64::MAX;
        let mut network = Network::with_limits(1, limits);
        let addresses: [SocketAddr; 2] = ["192.0.2.1:1", "192.0.2.2:1"].map(|text| text.parse().unwrap());
        let [a, z] = addresses;
        let mut nodes: Vec<Box<dyn Node>> = Vec::new();
        if let Some(rate) = self.rate {
            let queue = rate as f64 / 8.0 * self.round_trip.as_secs_f64();
            nodes.push(Box::new(Rate::new(rate, || TailDrop::new(queue as usize))));
        }
        nodes.push(Box::new(Delay::new(self.round_trip / 2)));
        let line = network.add_link(nodes);
        let core = network.add_link(Vec::new());
        let sender = network.add_host(line, &[a.ip()], End::new(self, [a, z], true));
        let receiver = network.add_host(core, &[z.ip()], End::new(self, [z, a], false));
        (network, [sender, receiver])
    }
}
