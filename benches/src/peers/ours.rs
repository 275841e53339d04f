//! Our stack.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base::{Ecn, Path, UnixTime};
use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto::Provider;
use our_rtc::{Certificate, ChannelId, Configuration, DataChannelInit, Event, Payload, PeerConnection};
use our_sctp::{Association, Ppid, SendOptions, StreamId};

use super::address;
use crate::bulk::Load;
use crate::link::{DataEnd, Endpoint, Received};

/// A datagram of at most this many bytes is what every contender sends.
const MAX_DATAGRAM: usize = 1228;

/// Our time.
pub fn since(start: Instant, now: Instant) -> base::Instant {
    base::Instant::ZERO + (now - start)
}

thread_local! {
    /// Buffers of datagrams that have arrived: a driver uses its buffers again.
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer with these bytes.
pub fn datagram(bytes: &[u8]) -> Vec<u8> {
    let mut buffer = BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_default();
    buffer.clear();
    buffer.extend_from_slice(bytes);
    buffer
}

/// Gives a buffer back.
pub fn recycle(buffer: Vec<u8>) {
    BUFFERS.with_borrow_mut(|buffers| buffers.push(buffer));
}

/// An end of a connection.
pub struct End {
    start: Instant,
    connection: PeerConnection,
    path: Path,
    channel: Option<ChannelId>,
    buffer: Vec<u8>,
    received: Received,
}

/// Two connections with a channel named "bench", and their descriptions exchanged.
pub fn pair(now: Instant, provider: &'static Provider, load: Load) -> (End, End) {
    let mut a = End::new(now, provider, load, 1, 2);
    let mut b = End::new(now, provider, load, 2, 1);
    let mut init = DataChannelInit::default();
    if load.unreliable {
        init.ordered = false;
        init.max_retransmits = Some(0);
    }
    a.connection.create_data_channel("bench", init).expect("a channel");
    for number in 0..load.idle_channels {
        a.connection.create_data_channel(format!("{number}"), DataChannelInit::default()).expect("a channel");
    }
    let at = since(now, now);
    a.connection.set_local_description_due(at).expect("an offer");
    let offer = a.connection.local_description().expect("an offer");
    b.connection.set_remote_description(at, &offer).expect("it is taken");
    b.connection.set_local_description_due(at).expect("an answer");
    let answer = b.connection.local_description().expect("an answer");
    a.connection.set_remote_description(at, &answer).expect("it is taken");
    (a, b)
}

impl End {
    fn new(start: Instant, provider: &'static Provider, load: Load, local: u8, remote: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([local; 32]);
        let certificate = Certificate::generate(
            provider,
            &mut rng,
            our_rtc::KeyAlgorithm::EcdsaP256,
            UnixTime::from_secs(1_790_000_000),
        )
        .expect("a certificate");
        let mut config = Configuration::new(provider, certificate);
        config.max_datagram_size = MAX_DATAGRAM;
        config.sctp.send_buffer = config.sctp.send_buffer.max(2 * load.window);
        let mut connection =
            PeerConnection::new(config, Box::new(rng), base::Instant::ZERO).expect("a connection");
        let (local, remote): (SocketAddr, SocketAddr) = (address(local), address(remote));
        connection.add_local_address(local).expect("an address");
        let path = Path::udp(local, remote);
        Self { start, connection, path, channel: None, buffer: vec![0; 1500], received: Received::default() }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::DataChannelMessage(_, payload) => match payload {
                Payload::Binary(bytes) => self.received.add(&bytes),
                Payload::Text(text) => self.received.add(text.as_bytes()),
            },
            Event::DataChannelOpen(id) => {
                let is_bench =
                    self.connection.data_channel(id).is_some_and(|channel| channel.label() == "bench");
                self.channel = self.channel.or(is_bench.then_some(id));
            }
            _ => {}
        }
    }
}

impl Endpoint for End {
    type Packet = Vec<u8>;

    fn handle_input(&mut self, now: Instant, mut packet: Vec<u8>) {
        let _ = self.connection.handle_input(since(self.start, now), self.path, Ecn::NotEct, &mut packet);
        recycle(packet);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.connection.handle_timeout(since(self.start, now));
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        let at = self.connection.poll_timeout()?;
        Some(self.start + Duration::from_nanos(at.as_nanos()))
    }

    fn transmit(&mut self, now: Instant, out: &mut impl FnMut(Vec<u8>)) {
        let now = since(self.start, now);
        while let Some(event) = self.connection.poll_event() {
            self.on_event(event);
        }
        while let Some(transmit) = self.connection.poll_transmit(now, &mut self.buffer) {
            out(datagram(&self.buffer[..transmit.len]));
        }
        while let Some(event) = self.connection.poll_event() {
            self.on_event(event);
        }
    }
}

impl DataEnd for End {
    fn is_open(&self) -> bool {
        self.channel.is_some()
    }

    fn buffered(&mut self) -> usize {
        let id = self.channel;
        id.and_then(|id| self.connection.data_channel(id)).map_or(0, |channel| channel.buffered_amount())
    }

    fn send(&mut self, now: Instant, message: &[u8]) -> bool {
        let Some(id) = self.channel else { return false };
        self.connection.send(since(self.start, now), id, Bytes::copy_from_slice(message)).is_ok()
    }

    fn received(&self) -> Received {
        self.received
    }
}

/// An end of an association alone.
pub struct SctpEnd {
    start: Instant,
    association: Association,
    options: SendOptions,
    buffer: Vec<u8>,
    received: Received,
}

/// Two associations, one of which connects.
pub fn associations(now: Instant, load: Load) -> (SctpEnd, SctpEnd) {
    let end = |seed| {
        let mut config = our_sctp::Config::default();
        config.max_packet_size = 1191;
        config.max_message_size = 64 << 10;
        config.receive_window = load.window;
        config.send_buffer = config.send_buffer.max(2 * load.window);
        let rng = Box::new(ChaCha20Rng::from_seed([seed; 32]));
        let mut options = SendOptions::default();
        options.unordered = load.unreliable;
        options.max_retransmits = load.unreliable.then_some(0);
        let association = Association::new(config, &crypto_rust::PROVIDER, rng).expect("an association");
        SctpEnd { start: now, association, options, buffer: vec![0; 1500], received: Received::default() }
    };
    let (mut a, b) = (end(1), end(2));
    a.association.connect(base::Instant::ZERO);
    (a, b)
}

impl Endpoint for SctpEnd {
    type Packet = Vec<u8>;

    fn handle_input(&mut self, now: Instant, packet: Vec<u8>) {
        let _ = self.association.handle_input(since(self.start, now), &packet);
        recycle(packet);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.association.handle_timeout(since(self.start, now));
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        let at = self.association.poll_timeout()?;
        Some(self.start + Duration::from_nanos(at.as_nanos()))
    }

    fn transmit(&mut self, now: Instant, out: &mut impl FnMut(Vec<u8>)) {
        let now = since(self.start, now);
        while self.association.poll_event().is_some() {}
        while let Some(message) = self.association.receive() {
            self.received.add(&message.payload);
        }
        while let Some(len) = self.association.poll_transmit(now, &mut self.buffer) {
            out(datagram(&self.buffer[..len]));
        }
    }
}

impl DataEnd for SctpEnd {
    fn is_open(&self) -> bool {
        self.association.state() == our_sctp::State::Established
    }

    fn buffered(&mut self) -> usize {
        self.association.stats().buffered
    }

    fn send(&mut self, now: Instant, message: &[u8]) -> bool {
        let payload = Bytes::copy_from_slice(message);
        self.association.send(since(self.start, now), StreamId(1), Ppid(53), payload, self.options).is_ok()
    }

    fn received(&self) -> Received {
        self.received
    }
}
