//! Two associations: an honest pair, and what an authenticated peer could send beside it.

use base::Instant;
use bytes::Bytes;
use sctp::{Association, Config, Ppid, SendOptions, StreamId};

use crate::wire::Wire;
use crate::{Commands, rng};

/// The two ends, what is on its way to each, and the tags that an attacker inside DTLS would know.
struct Link {
    now: Instant,
    ends: [Association; 2],
    wire: Wire<()>,
    tags: [[u8; 4]; 2],
}

impl Link {
    fn new() -> Self {
        let end = |seed| {
            let config = Config::default();
            Association::new(config, &crypto_rust::PROVIDER, Box::new(rng(seed))).expect("an association")
        };
        let mut link = Self {
            now: Instant::from_millis(1),
            ends: [end(1), end(2)],
            wire: Wire::new(),
            tags: [[0; 4]; 2],
        };
        link.ends[0].connect(link.now);
        link
    }

    /// Everything that an end has to say goes on the wire.
    fn collect(&mut self, from: usize) {
        let mut out = [0; 1500];
        let mut count = 0;
        while let Some(len) = self.ends[from].poll_transmit(self.now, &mut out) {
            self.tags[1 - from].copy_from_slice(&out[4..8]);
            self.wire.push(1 - from, (), &out[..len]);
            count += 1;
            assert!(count < 2000, "it talks without end");
        }
    }

    fn deliver(&mut self, to: usize, commands: &mut Commands<'_>) {
        let Some(((), mut packet)) = self.wire.take(to, commands) else { return };
        // A wrong checksum would end the way of a packet that was changed.
        seal(&mut packet);
        let _ = self.ends[to].handle_input(self.now, &packet);
    }

    /// Chunks of the fuzzer's making, in a packet with the right tag and checksum.
    fn inject(&mut self, to: usize, chunks: &[u8]) {
        let mut packet = vec![0x13, 0x88, 0x13, 0x88];
        packet.extend(self.tags[to]);
        packet.extend([0; 4]);
        packet.extend(chunks);
        seal(&mut packet);
        let _ = self.ends[to].handle_input(self.now, &packet);
    }

    fn check(&mut self, which: usize) {
        self.ends[which].handle_timeout(self.now);
        assert!(self.ends[which].poll_timeout().is_none_or(|at| at > self.now), "a deadline in the past");
        while let Some(event) = self.ends[which].poll_event() {
            let _ = format!("{event:?}");
        }
    }
}

/// Puts the right checksum in: CRC32c, bit by bit, because the fuzzer's packets are short.
fn seal(packet: &mut [u8]) {
    packet[8..12].fill(0);
    let mut crc = u32::MAX;
    for byte in packet.iter() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    packet[8..12].copy_from_slice(&(!crc).to_le_bytes());
}

/// Runs the commands.
pub fn run(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut link = Link::new();
    while !commands.is_empty() {
        let command = commands.byte();
        let which = usize::from(command >> 7);
        match command % 10 {
            0 => link.now = link.now + commands.span(),
            1..=3 => link.deliver(which, &mut commands),
            4 => link.inject(which, commands.bytes()),
            5 => send(&mut link, which, &mut commands),
            6 => drop(link.ends[which].receive()),
            7 => drop(link.ends[which].reset_streams(link.now, &[StreamId(commands.byte().into())])),
            8 => link.ends[which].connect(link.now),
            _ if commands.byte() == 0 => link.ends[which].shutdown(link.now),
            _ => {}
        }
        link.check(which);
        link.collect(0);
        link.collect(1);
    }
}

fn send(link: &mut Link, which: usize, commands: &mut Commands<'_>) {
    let flags = commands.byte();
    let mut options = SendOptions::default().with_unordered(flags & 1 != 0).with_uncounted(flags & 8 != 0);
    options.max_retransmits = (flags & 2 != 0).then_some(u16::from(flags >> 4));
    options.lifetime = (flags & 4 != 0).then(|| commands.span());
    let payload = Bytes::from(vec![flags; usize::from(commands.short() % 5000) + 1]);
    let stream = StreamId(commands.byte().into());
    let _ = link.ends[which].send(link.now, stream, Ppid(53), payload, options);
}
