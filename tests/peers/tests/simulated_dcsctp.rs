//! Our SCTP and `dcsctp` on the simulated network: a stack that we did not write, behind the same verbs.

use std::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use dcsctp::api::{self as theirs, DcSctpSocket, SocketEvent, SocketTime};
use sctp::{Association, Config, Ppid, SendOptions, StreamId};
use sim::node::{CoDel, Delay, Duplicate, GilbertElliott, Loss, Rate, Reorder};
use sim::{Ecn, Host, HostId, Instant, Network, Node, Path, Transmit};

const STREAMS: u16 = 3;
const MESSAGES: usize = 42;

/// One end of an association over UDP.
struct End {
    path: Path,
    stack: Stack,
    /// The payloads that came in on each stream.
    received: Vec<Vec<Vec<u8>>>,
}

enum Stack {
    Ours(Box<Association>),
    Theirs(Box<dyn DcSctpSocket>),
}

impl End {
    fn new(path: Path, stack: Stack) -> Self {
        Self { path, stack, received: vec![Vec::new(); usize::from(STREAMS)] }
    }

    /// Sends a message, in order, that is sent again as often as told.
    fn send(&mut self, now: Instant, stream: u16, payload: Vec<u8>, max_retransmits: Option<u16>) {
        match &mut self.stack {
            Stack::Ours(association) => {
                let mut options = SendOptions::default();
                options.max_retransmits = max_retransmits;
                association.send(now, StreamId(stream), Ppid(53), Bytes::from(payload), options).unwrap();
            }
            Stack::Theirs(socket) => {
                socket.advance_time(their_time(now));
                let message = theirs::Message::new(theirs::StreamId(stream), theirs::PpId(53), payload);
                let options =
                    theirs::SendOptions { max_retransmissions: max_retransmits, ..Default::default() };
                socket.send(message, &options).unwrap();
            }
        }
    }

    fn take_messages(&mut self) {
        match &mut self.stack {
            Stack::Ours(association) => {
                while let Some(message) = association.receive() {
                    self.received[usize::from(message.stream.0)].push(message.payload.to_vec());
                }
            }
            Stack::Theirs(socket) => {
                while let Some(message) = socket.get_next_message() {
                    self.received[usize::from(message.stream_id.0)].push(message.payload);
                }
            }
        }
    }
}

impl Host for End {
    fn handle_input(&mut self, now: Instant, _: Path, _: Ecn, datagram: &mut [u8]) {
        match &mut self.stack {
            Stack::Ours(association) => association.handle_input(now, datagram).unwrap(),
            Stack::Theirs(socket) => {
                socket.advance_time(their_time(now));
                socket.handle_input(datagram);
            }
        }
        self.take_messages();
    }

    fn handle_timeout(&mut self, now: Instant) {
        match &mut self.stack {
            Stack::Ours(association) => association.handle_timeout(now),
            Stack::Theirs(socket) => socket.advance_time(their_time(now)),
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        let len = match &mut self.stack {
            Stack::Ours(association) => association.poll_transmit(now, out)?,
            Stack::Theirs(socket) => {
                let packet = std::iter::from_fn(|| socket.poll_event()).find_map(|event| match event {
                    SocketEvent::SendPacket(packet) => Some(packet),
                    _ => None,
                })?;
                out[..packet.len()].copy_from_slice(&packet);
                packet.len()
            }
        };
        Some(Transmit::new(self.path, len))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match &self.stack {
            Stack::Ours(association) => association.poll_timeout(),
            Stack::Theirs(socket) => {
                let at = socket.poll_timeout();
                (at != SocketTime::infinite_future()).then(|| Instant::ZERO + (at - SocketTime::zero()))
            }
        }
    }
}

fn their_time(now: Instant) -> SocketTime {
    SocketTime::zero() + now.since(Instant::ZERO)
}

fn payload(number: usize) -> Vec<u8> {
    let len = [1, 100, 1160, 1161, 5000, 60_000][number % 6];
    (0..len).map(|at| (at * 7 + number) as u8).collect()
}

/// A line of two megabits that loses in bursts, repeats, and lets datagrams overtake each other.
fn way() -> Vec<Box<dyn Node>> {
    let bursts = GilbertElliott { to_bad: 0.02, to_good: 0.3, loss_good: 0.02, loss_bad: 0.8 };
    vec![
        Box::new(Rate::new(2_000_000, || CoDel::new(200_000))),
        Box::new(Delay::new(Duration::from_millis(35))),
        Box::new(Loss::bursts(bursts)),
        Box::new(Duplicate::new(0.05, Duration::from_millis(20))),
        Box::new(Reorder::new(0.1, Duration::from_millis(50))),
    ]
}

/// Ours and theirs, at the two ends of such a way. Theirs takes the first step, or ours.
fn network(seed: u64, they_begin: bool) -> (Network<End>, [HostId; 2]) {
    let addresses = ["192.0.2.1:5000", "192.0.2.2:5000"].map(|text| text.parse().unwrap());
    let rng = ChaCha20Rng::seed_from_u64(seed);
    let mut ours = Association::new(Config::default(), &crypto_rust::PROVIDER, Box::new(rng)).unwrap();
    let options = theirs::Options {
        max_retransmissions: None,
        max_init_retransmits: None,
        max_send_buffer_size: 64 << 20,
        per_stream_send_queue_limit: 64 << 20,
        ..theirs::Options::default()
    };
    let mut theirs = dcsctp::new_socket("peer", &options);
    let mut network = Network::new(seed);
    theirs.advance_time(their_time(network.now()));
    if they_begin {
        theirs.connect();
    } else {
        ours.connect(network.now());
    }
    let mut stacks = [Some(Stack::Ours(Box::new(ours))), Some(Stack::Theirs(theirs))];
    let hosts = [0, 1].map(|index| {
        let link = network.add_link(if index == 0 { way() } else { Vec::new() });
        let path = Path::udp(addresses[index], addresses[1 - index]);
        network.add_host(link, &[addresses[index].ip()], End::new(path, stacks[index].take().unwrap()))
    });
    (network, hosts)
}

#[test]
fn both_stacks_get_every_message_once_and_in_order_over_a_bad_line() {
    for seed in 0..20 {
        let (mut network, hosts) = network(seed, seed % 2 == 0);
        network.run_for(Duration::from_secs(20)).unwrap();
        for number in 0..MESSAGES {
            let now = network.now();
            for host in hosts {
                let end = network.host_mut(host).unwrap();
                end.send(now, number as u16 % STREAMS, payload(number), None);
            }
        }
        let has_all = |end: &End| end.received.iter().map(Vec::len).sum::<usize>() == MESSAGES;
        let done = network
            .run_until(Duration::from_secs(300), |network| network.hosts().all(|(_, end)| has_all(end)))
            .unwrap();
        assert!(done, "seed {seed}: at {}", network.now());
        for (_, end) in network.hosts() {
            for (stream, received) in end.received.iter().enumerate() {
                let sent = (0..MESSAGES).filter(|number| number % usize::from(STREAMS) == stream);
                assert!(*received == sent.map(payload).collect::<Vec<_>>(), "seed {seed}, stream {stream}");
            }
        }
    }
}

/// A peer that drops what waits in order behind a loss, when one FORWARD TSN skips a later loss of the same stream
/// as well, must not be told so: what we do not give up arrives.
#[test]
fn whatever_we_do_not_give_up_arrives_in_order() {
    for seed in 0..20 {
        let (mut network, hosts) = network(seed, seed % 2 == 0);
        network.run_for(Duration::from_secs(20)).unwrap();
        const COUNT: usize = 2000;
        for number in 0..COUNT {
            let now = network.now();
            let payload = (number as u32).to_be_bytes().repeat(50);
            network.host_mut(hosts[0]).unwrap().send(now, 0, payload, Some(0));
            network.run_for(Duration::from_millis(2)).unwrap();
        }
        network.run_for(Duration::from_secs(60)).unwrap();
        let Stack::Ours(association) = &network.host(hosts[0]).unwrap().stack else { panic!("it is ours") };
        let stats = association.stats();
        assert_eq!((stats.buffered, stats.unacknowledged_chunks), (0, 0), "seed {seed}: {stats:?}");
        let received = &network.host(hosts[1]).unwrap().received;
        let arrived = received.iter().map(Vec::len).sum::<usize>();
        assert!(arrived as u64 + stats.abandoned >= COUNT as u64, "seed {seed}: {arrived}, {stats:?}");
        assert!(stats.abandoned > 20, "seed {seed}: the line is too good, {stats:?}");
        assert!(received.iter().all(|stream| stream.is_sorted()), "seed {seed}");
    }
}
