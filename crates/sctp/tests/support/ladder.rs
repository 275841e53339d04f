//! Two associations whose packets are carried by hand, and what those packets hold.

use std::time::Duration;

use base::Instant;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use sctp::{Association, Config, Event, Message, Ppid, SendOptions, StreamId};

/// The end that connects in most tests, and its peer: the names of RFC 9260's figures.
pub const A: usize = 0;
pub const Z: usize = 1;

pub const MS: Duration = Duration::from_millis(1);

/// A payload that fills a packet.
pub const FULL: [u8; 1160] = [7; 1160];

/// An association with randomness of its own.
pub fn association(config: &Config, seed: u64) -> Association {
    let rng = Box::new(ChaCha20Rng::seed_from_u64(seed));
    Association::new(config.clone(), &crypto_rust::PROVIDER, rng).unwrap()
}

/// A chunk: its type, its flags and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub kind: u8,
    pub flags: u8,
    pub value: Vec<u8>,
}

impl Chunk {
    pub fn new(kind: u8, flags: u8, value: &[u8]) -> Self {
        Self { kind, flags, value: value.to_vec() }
    }

    /// The number at this place of the value.
    pub fn u32(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.value[at..at + 4].try_into().unwrap())
    }

    pub fn u16(&self, at: usize) -> u16 {
        u16::from_be_bytes(self.value[at..at + 2].try_into().unwrap())
    }

    pub fn name(&self) -> String {
        let name = match self.kind {
            0 => "DATA",
            1 => "INIT",
            2 => "INIT ACK",
            3 => "SACK",
            4 => "HEARTBEAT",
            5 => "HEARTBEAT ACK",
            6 => "ABORT",
            7 => "SHUTDOWN",
            8 => "SHUTDOWN ACK",
            9 => "ERROR",
            10 => "COOKIE ECHO",
            11 => "COOKIE ACK",
            14 => "SHUTDOWN COMPLETE",
            130 => "RE-CONFIG",
            192 => "FORWARD TSN",
            other => return format!("chunk {other}"),
        };
        name.into()
    }
}

/// The chunks of a packet.
pub fn chunks(packet: &[u8]) -> Vec<Chunk> {
    let mut rest = &packet[12..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let len = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        found.push(Chunk::new(rest[0], rest[1], &rest[4..len]));
        rest = &rest[len.next_multiple_of(4).min(rest.len())..];
    }
    found
}

/// The only chunk of this type in a packet.
pub fn chunk(packet: &[u8], kind: u8) -> Chunk {
    chunks(packet).into_iter().find(|chunk| chunk.kind == kind).expect("the packet has such a chunk")
}

/// The names of a packet's chunks.
pub fn names(packet: &[u8]) -> String {
    chunks(packet).iter().map(Chunk::name).collect::<Vec<_>>().join(", ")
}

/// The numbers with which messages begin.
pub fn numbers(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().map(|message| message[0]).collect()
}

/// The verification tag.
pub fn tag(packet: &[u8]) -> u32 {
    u32::from_be_bytes(packet[4..8].try_into().unwrap())
}

/// A packet with these chunks and a right checksum.
pub fn packet(tag: u32, chunks: &[Chunk]) -> Vec<u8> {
    let mut bytes =
        [&5000_u16.to_be_bytes()[..], &5000_u16.to_be_bytes(), &tag.to_be_bytes(), &[0; 4]].concat();
    for chunk in chunks {
        let len = u16::try_from(chunk.value.len() + 4).unwrap();
        bytes.extend([chunk.kind, chunk.flags]);
        bytes.extend(len.to_be_bytes());
        bytes.extend(&chunk.value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    seal(&mut bytes);
    bytes
}

/// Makes the checksum right (RFC 9260, appendix A: CRC32c, bit by bit).
pub fn seal(packet: &mut [u8]) {
    packet[8..12].fill(0);
    let mut crc = u32::MAX;
    for byte in packet.iter() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    packet[8..12].copy_from_slice(&(!crc).to_le_bytes());
}

/// Two ends, in a time that passes only when a test says so.
pub struct Ladder {
    pub now: Instant,
    pub ends: [Association; 2],
}

impl Ladder {
    pub fn new(a: &Config, z: &Config) -> Self {
        Self { now: Instant::from_millis(1000), ends: [association(a, 1), association(z, 2)] }
    }

    /// Two ends that are connected and have nothing to say.
    pub fn established(a: &Config, z: &Config) -> Self {
        let mut ladder = Self::new(a, z);
        ladder.ends[A].connect(ladder.now);
        ladder.exchange();
        for end in &mut ladder.ends {
            while let Some(event) = end.poll_event() {
                assert!(matches!(event, Event::Negotiated { .. } | Event::Connected { .. }), "{event:?}");
            }
        }
        ladder
    }

    /// Two ends with the defaults.
    pub fn plain() -> Self {
        Self::established(&Config::default(), &Config::default())
    }

    /// Connected, with the acknowledgement of the first packet, which comes at once, behind it.
    pub fn warm() -> Self {
        let mut ladder = Self::plain();
        ladder.say(A, 9, b"first");
        ladder.exchange();
        ladder.heard(Z);
        ladder
    }

    /// Sends `count` full packets, each a message of its own that begins with its number.
    pub fn numbered(&mut self, count: u8, options: SendOptions) -> Vec<Vec<u8>> {
        for number in 0..count {
            let mut payload = FULL;
            payload[0] = number;
            self.send(A, 0, &payload, options);
        }
        let packets = self.packets(A);
        assert_eq!(packets.len(), usize::from(count));
        packets
    }

    /// The packets that an end has to send now.
    pub fn packets(&mut self, from: usize) -> Vec<Vec<u8>> {
        let mut buffer = [0; 2048];
        let mut packets = Vec::new();
        while let Some(len) = self.ends[from].poll_transmit(self.now, &mut buffer) {
            packets.push(buffer[..len].to_vec());
            assert!(packets.len() < 100_000, "an end does not stop");
        }
        packets
    }

    /// The one packet that an end has to send now.
    pub fn packet(&mut self, from: usize) -> Vec<u8> {
        let mut packets = self.packets(from);
        assert_eq!(packets.len(), 1, "{:?}", packets.iter().map(|packet| names(packet)).collect::<Vec<_>>());
        packets.remove(0)
    }

    /// Hands a packet over.
    pub fn deliver(&mut self, to: usize, packet: &[u8]) {
        self.ends[to].handle_input(self.now, packet).unwrap();
    }

    /// One rung: what an end has to say arrives; what that was.
    pub fn rung(&mut self, from: usize) -> Vec<String> {
        let packets = self.packets(from);
        for packet in &packets {
            self.deliver(1 - from, packet);
        }
        packets.iter().map(|packet| names(packet)).collect()
    }

    /// What an end has to say, and nobody hears.
    pub fn lost(&mut self, from: usize) -> Vec<String> {
        self.packets(from).iter().map(|packet| names(packet)).collect()
    }

    /// Both ends talk until neither has anything to say.
    pub fn exchange(&mut self) {
        for _ in 0..100_000 {
            if self.rung(A).is_empty() && self.rung(Z).is_empty() {
                return;
            }
        }
        panic!("the ends do not come to rest");
    }

    /// Lets time pass for both.
    pub fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
        for end in &mut self.ends {
            end.handle_timeout(self.now);
        }
    }

    /// Waits for the next deadline of an end; how long that was.
    pub fn wait(&mut self, which: usize) -> Duration {
        let deadline = self.ends[which].poll_timeout().expect("the end waits for something");
        let span = deadline.since(self.now);
        self.pass(span);
        span
    }

    /// Sends a message with these options.
    pub fn send(&mut self, from: usize, stream: u16, payload: &[u8], options: SendOptions) {
        let payload = bytes::Bytes::copy_from_slice(payload);
        self.ends[from].send(self.now, StreamId(stream), Ppid(51), payload, options).unwrap();
    }

    /// Sends a reliable message, in order.
    pub fn say(&mut self, from: usize, stream: u16, payload: &[u8]) {
        self.send(from, stream, payload, SendOptions::default());
    }

    /// The payloads of the messages that an end can take.
    pub fn heard(&mut self, at: usize) -> Vec<Vec<u8>> {
        self.messages(at).into_iter().map(|message| message.payload.to_vec()).collect()
    }

    pub fn messages(&mut self, at: usize) -> Vec<Message> {
        std::iter::from_fn(|| self.ends[at].receive()).collect()
    }

    /// What has happened to an end, but for buffers that ran low and limits that were named.
    pub fn events(&mut self, at: usize) -> Vec<Event> {
        let all = std::iter::from_fn(|| self.ends[at].poll_event());
        all.filter(|event| !matches!(event, Event::BufferedAmountLow(_) | Event::Negotiated { .. })).collect()
    }
}
