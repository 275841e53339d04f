//! SCTP: an authenticated peer, with streams, gaps, holes, resets, chunks under way and messages that wait.

use base::Instant;
use bytes::Bytes;
use sctp::{Association, Config, Ppid, SendOptions, State, StreamId};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;

use crate::{Scenario, measured};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "resets one by one, by the streams whose data is not acknowledged",
        size: 500,
        run: resets_one_by_one,
    },
    Scenario {
        name: "requests to reset all streams, by their number and that of the streams",
        size: 500,
        run: resets_of_all,
    },
    Scenario {
        name: "requests to reset, by their number and the streams of a reset that waits for data",
        size: 500,
        run: deferred_resets,
    },
    Scenario {
        name: "data far ahead and a skip to there, by their number and distance",
        size: 500,
        run: far_ahead_and_skipped,
    },
    Scenario { name: "data, by the gaps between it", size: 1000, run: holes },
    Scenario {
        name: "SACKs that acknowledge and take back, by their number and the chunks under way",
        size: 500,
        run: alternating_sacks,
    },
    Scenario {
        name: "SACKs from the last chunk to the first, by the chunks under way",
        size: 500,
        run: sacks_from_the_end,
    },
    Scenario {
        name: "SACKs, by their number and the messages that have been given up",
        size: 500,
        run: given_up,
    },
    Scenario {
        name: "messages sent and acknowledged, by their streams",
        size: 500,
        run: messages_on_streams,
    },
    Scenario {
        name: "set-ups anew, by their number and the streams with messages",
        size: 100,
        run: set_ups_anew,
    },
    Scenario { name: "messages that wait for their turn, by their number", size: 500, run: turns },
];

const WHOLE: u8 = 3;

/// An association of ours, and what its peer, which keeps to nothing, has to know of it.
struct Victim {
    association: Association,
    now: Instant,
    /// The tag that packets to it carry.
    tag: u32,
    /// The TSN of its next DATA.
    next_tsn: u32,
    /// The TSN of the peer's next DATA.
    peer_tsn: u32,
    buffer: [u8; 1500],
}

fn association(seed: u8) -> Association {
    let mut config = Config::default();
    config.receive_window = 64 << 20;
    config.send_buffer = 256 << 20;
    let rng = Box::new(ChaCha20Rng::from_seed([seed; 32]));
    Association::new(config, &crypto_rust::PROVIDER, rng).unwrap()
}

impl Victim {
    fn established() -> Self {
        let (mut peer, mut association) = (association(1), association(2));
        let (now, mut buffer) = (Instant::ZERO, [0; 1500]);
        peer.connect(now);
        let mut to_victim = Vec::new();
        for _ in 0..8 {
            while let Some(len) = peer.poll_transmit(now, &mut buffer) {
                to_victim = buffer[..len].to_vec();
                association.handle_input(now, &buffer[..len]).unwrap();
            }
            while let Some(len) = association.poll_transmit(now, &mut buffer) {
                peer.handle_input(now, &buffer[..len]).unwrap();
            }
        }
        assert_eq!(association.state(), State::Established);
        let tag = u32::from_be_bytes(to_victim[4..8].try_into().unwrap());
        let mut victim = Self { association, now, tag, next_tsn: 0, peer_tsn: 0, buffer };
        let send = |from: &mut Association| {
            from.send(now, StreamId(0), Ppid(53), Bytes::from_static(b"x"), SendOptions::default()).unwrap();
        };
        send(&mut peer);
        send(&mut victim.association);
        for (own, from) in [(false, &mut peer), (true, &mut victim.association)] {
            let len = from.poll_transmit(now, &mut buffer).unwrap();
            let tsn = u32::from_be_bytes(buffer[16..20].try_into().unwrap()).wrapping_add(1);
            if own {
                victim.next_tsn = tsn
            } else {
                victim.peer_tsn = tsn
            }
            assert!(len > 20);
        }
        let first = packet(tag, &[data(victim.peer_tsn.wrapping_sub(1), 0, 0)]);
        victim.take(&first);
        victim.drain();
        let all = victim.sack(victim.next_tsn.wrapping_sub(1), &[]);
        victim.take(&all);
        victim
    }

    fn take(&mut self, packet: &[u8]) {
        self.association.handle_input(self.now, packet).unwrap();
    }

    /// Takes all that it has to say.
    fn drain(&mut self) {
        while self.association.poll_transmit(self.now, &mut self.buffer).is_some() {}
        while self.association.receive().is_some() {}
        while self.association.poll_event().is_some() {}
    }

    fn send(&mut self, stream: u16, options: SendOptions) {
        let payload = Bytes::from_static(b"x");
        self.association.send(self.now, StreamId(stream), Ppid(53), payload, options).unwrap();
    }

    fn sack(&self, cumulative: u32, gaps: &[(u16, u16)]) -> Vec<u8> {
        let mut value = [cumulative.to_be_bytes(), [0xff; 4]].concat();
        value.extend(u16::try_from(gaps.len()).unwrap().to_be_bytes());
        value.extend([0, 0]);
        gaps.iter().for_each(|(start, end)| value.extend([start.to_be_bytes(), end.to_be_bytes()].concat()));
        packet(self.tag, &[(3, 0, value)])
    }

    /// Sends `n` small messages, and lets the congestion window grow with them. None of the last `n` is acknowledged.
    fn under_way(&mut self, n: usize, options: SendOptions) {
        let mut acknowledged = self.next_tsn;
        let mut sent = self.next_tsn;
        loop {
            while self.association.stats().buffered < n {
                self.send(1, options);
            }
            let before = sent;
            while let Some(len) = self.association.poll_transmit(self.now, &mut self.buffer) {
                sent = sent.wrapping_add(data_chunks(&self.buffer[..len]));
            }
            if sent.wrapping_sub(acknowledged) as usize >= n {
                break;
            }
            // Each packet by itself, so that the window opens.
            while acknowledged != sent {
                acknowledged = acknowledged.wrapping_add(60.min(sent.wrapping_sub(acknowledged)));
                let sack = self.sack(acknowledged.wrapping_sub(1), &[]);
                self.take(&sack);
            }
            assert!(before != sent, "nothing moves");
        }
        self.next_tsn = acknowledged;
    }
}

type Chunk = (u8, u8, Vec<u8>);

fn data(tsn: u32, stream: u16, ssn: u16) -> Chunk {
    let value =
        [&tsn.to_be_bytes()[..], &stream.to_be_bytes(), &ssn.to_be_bytes(), &53_u32.to_be_bytes(), b"x"];
    (0, WHOLE, value.concat())
}

fn forward(tsn: u32) -> Chunk {
    (192, 0, tsn.to_be_bytes().to_vec())
}

/// A request to reset; no streams stand for all.
fn reset(request: u32, last_tsn: u32, streams: impl Iterator<Item = u16>) -> Chunk {
    let streams: Vec<u8> = streams.flat_map(u16::to_be_bytes).collect();
    let value = [&request.to_be_bytes()[..], &[0; 4], &last_tsn.to_be_bytes(), &streams].concat();
    let len = u16::try_from(value.len() + 4).unwrap();
    (130, 0, [&[0, 13][..], &len.to_be_bytes(), &value].concat())
}

fn packet(tag: u32, chunks: &[Chunk]) -> Vec<u8> {
    let mut bytes =
        [&5000_u16.to_be_bytes()[..], &5000_u16.to_be_bytes(), &tag.to_be_bytes(), &[0; 4]].concat();
    for (kind, flags, value) in chunks {
        bytes.extend([*kind, *flags]);
        bytes.extend(u16::try_from(value.len() + 4).unwrap().to_be_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    let mut crc = u32::MAX;
    for byte in &bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    bytes[8..12].copy_from_slice(&(!crc).to_le_bytes());
    bytes
}

/// How many DATA chunks a packet has.
fn data_chunks(packet: &[u8]) -> u32 {
    let (mut at, mut count) = (12, 0);
    while at + 4 <= packet.len() {
        count += u32::from(packet[at] == 0);
        at += usize::from(u16::from_be_bytes([packet[at + 2], packet[at + 3]])).next_multiple_of(4);
    }
    count
}

/// Has a victim take these packets one by one, and say what it has to say. How many bytes they have.
fn takes(mut victim: Victim, packets: &[Vec<u8>]) -> usize {
    measured(&mut || {
        for packet in packets {
            victim.take(packet);
            while victim.association.poll_transmit(victim.now, &mut victim.buffer).is_some() {}
            while victim.association.poll_event().is_some() {}
        }
    });
    packets.iter().map(Vec::len).sum()
}

fn streams(n: usize) -> impl Iterator<Item = u16> {
    (0..n).map(|stream| u16::try_from(stream).unwrap())
}

fn messages_from_peer(victim: &mut Victim, n: usize) {
    for stream in streams(n) {
        let message = packet(victim.tag, &[data(victim.peer_tsn, stream, u16::from(stream == 0))]);
        victim.peer_tsn = victim.peer_tsn.wrapping_add(1);
        victim.take(&message);
        victim.drain();
    }
}

fn resets_one_by_one(n: usize) -> usize {
    let mut victim = Victim::established();
    streams(n).for_each(|stream| victim.send(stream, SendOptions::default()));
    measured(&mut || {
        for stream in streams(n) {
            victim.association.reset_streams(victim.now, &[StreamId(stream)]).unwrap();
        }
        while victim.association.poll_transmit(victim.now, &mut victim.buffer).is_some() {}
    });
    n
}

fn resets_of_all(n: usize) -> usize {
    let mut victim = Victim::established();
    messages_from_peer(&mut victim, n);
    let (first, last) = (victim.peer_tsn.wrapping_sub(n as u32 + 1), victim.peer_tsn.wrapping_sub(1));
    let requests = (0..n as u32)
        .map(|number| packet(victim.tag, &[reset(first.wrapping_add(number), last, core::iter::empty())]));
    let requests: Vec<Vec<u8>> = requests.collect();
    takes(victim, &requests)
}

fn deferred_resets(n: usize) -> usize {
    let mut victim = Victim::established();
    let mut request = victim.peer_tsn.wrapping_sub(1);
    let last = victim.peer_tsn.wrapping_add(1 << 20);
    let all: Vec<u16> = streams(n).collect();
    for some in all.chunks(500) {
        let deferred = packet(victim.tag, &[reset(request, last, some.iter().copied())]);
        victim.take(&deferred);
        victim.drain();
        request = request.wrapping_add(1);
    }
    let more = (0..n as u32)
        .map(|number| packet(victim.tag, &[reset(request.wrapping_add(number), last, [7].into_iter())]));
    let more: Vec<Vec<u8>> = more.collect();
    takes(victim, &more)
}

fn far_ahead_and_skipped(n: usize) -> usize {
    let victim = Victim::established();
    let ahead = n as u32;
    let packets = (0..n as u32).map(|round| {
        let tsn = victim.peer_tsn.wrapping_add((round + 1) * ahead);
        packet(victim.tag, &[data(tsn, 0, 1), forward(tsn)])
    });
    let packets: Vec<Vec<u8>> = packets.collect();
    takes(victim, &packets)
}

fn holes(n: usize) -> usize {
    let mut victim = Victim::established();
    let one = |at: u32| packet(victim.tag, &[data(victim.peer_tsn.wrapping_add(at), 3, at as u16)]);
    let half = n as u32 / 2;
    let packets: Vec<Vec<u8>> =
        (0..half).map(|at| one(2 * at + 1)).chain((0..half).map(|at| one(2 * at))).collect();
    measured(&mut || {
        // A SACK costs what it says of the gaps, as far as a packet has room for them: here there is one at the end.
        packets.iter().for_each(|packet| victim.take(packet));
        victim.drain();
    });
    packets.iter().map(Vec::len).sum()
}

fn alternating_sacks(n: usize) -> usize {
    let mut victim = Victim::established();
    victim.under_way(n, SendOptions::default());
    let before = victim.next_tsn.wrapping_sub(1);
    let end = u16::try_from(n).unwrap();
    let sacks = [victim.sack(before, &[(2, end)]), victim.sack(before, &[])];
    let sacks: Vec<Vec<u8>> = (0..n).map(|at| sacks[at % 2].clone()).collect();
    takes(victim, &sacks)
}

fn sacks_from_the_end(n: usize) -> usize {
    let mut victim = Victim::established();
    victim.under_way(n, SendOptions::default());
    let before = victim.next_tsn.wrapping_sub(1);
    let end = u16::try_from(n).unwrap();
    let sacks: Vec<Vec<u8>> = (2..end).rev().map(|start| victim.sack(before, &[(start, end)])).collect();
    takes(victim, &sacks)
}

fn given_up(n: usize) -> usize {
    let mut victim = Victim::established();
    victim.under_way(n, SendOptions::default().with_unordered(true).with_max_retransmits(0));
    let before = victim.next_tsn.wrapping_sub(1);
    let end = u16::try_from(n).unwrap();
    let sacks: Vec<Vec<u8>> =
        (0..n as u16).map(|at| victim.sack(before, &[(end - at % (end / 2), end)])).collect();
    takes(victim, &sacks)
}

fn messages_on_streams(n: usize) -> usize {
    let mut victim = Victim::established();
    let first = victim.next_tsn;
    let acknowledge = (1..=n as u32).map(|count| victim.sack(first.wrapping_add(count - 1), &[]));
    let acknowledge: Vec<Vec<u8>> = acknowledge.collect();
    measured(&mut || {
        streams(n).for_each(|stream| victim.send(stream, SendOptions::default()));
        let mut sent = 0;
        while sent < n {
            while let Some(len) = victim.association.poll_transmit(victim.now, &mut victim.buffer) {
                sent += data_chunks(&victim.buffer[..len]) as usize;
            }
            victim.take(&acknowledge[sent - 1]);
        }
    });
    n
}

fn set_ups_anew(n: usize) -> usize {
    let mut association = association(3);
    let (now, mut buffer) = (Instant::ZERO, [0; 1500]);
    for stream in streams(n) {
        let payload = Bytes::from_static(b"x");
        association.send(now, StreamId(stream), Ppid(53), payload, SendOptions::default()).unwrap();
    }
    association.connect(now);
    let len = association.poll_transmit(now, &mut buffer).unwrap();
    let tag = u32::from_be_bytes(buffer[16..20].try_into().unwrap());
    assert!(len > 20);
    let answer =
        [&7_u32.to_be_bytes()[..], &[0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 7, 0, 8, 1, 2, 3, 4]];
    let answer = packet(tag, &[(2, 0, answer.concat())]);
    let stale = packet(tag, &[(9, 0, vec![0, 3, 0, 8, 0, 0, 0, 1])]);
    let victim = Victim { association, now, tag, next_tsn: 0, peer_tsn: 0, buffer };
    let packets: Vec<Vec<u8>> = (0..n).flat_map(|_| [answer.clone(), stale.clone()]).collect();
    takes(victim, &packets)
}

fn turns(n: usize) -> usize {
    let victim = Victim::established();
    let one = |at: usize, ssn: usize| {
        packet(victim.tag, &[data(victim.peer_tsn.wrapping_add(at as u32), 3, ssn as u16)])
    };
    let late = (0..n - 1).map(|at| one(at, at + 1));
    let packets: Vec<Vec<u8>> = late.chain([one(n - 1, 0)]).collect();
    takes(victim, &packets)
}
