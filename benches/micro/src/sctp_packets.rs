//! SCTP: a message out, in, and acknowledged, and what an association costs that has nothing to do.

use std::hint::black_box;
use std::time::Duration;

use base::Instant;
use bytes::Bytes;
use sctp::{Association, Config, Ppid, SendOptions, State, StreamId};

use crate::{Case, Step, seeded};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "sctp: a message of 1,000 bytes and its acknowledgement",
        bytes: 1000,
        prepare: || exchange(1000),
    },
    Case {
        name: "sctp: a message of 64 KiB and its acknowledgements",
        bytes: 64 << 10,
        prepare: || exchange(64 << 10),
    },
    Case { name: "sctp: idle polls, 1 stream used", bytes: 0, prepare: || idle(1) },
    Case { name: "sctp: idle polls, 1,000 streams used", bytes: 0, prepare: || idle(1000) },
    Case { name: "sctp: idle polls, 60,000 streams used", bytes: 0, prepare: || idle(60_000) },
];

/// Two ends, and the moment at which they are.
struct Pair {
    ends: [Association; 2],
    now: Instant,
    buffer: [u8; 1500],
}

impl Pair {
    fn established() -> Self {
        let ends = [1, 2].map(|seed| {
            let rng = Box::new(seeded(seed));
            Association::new(Config::default(), &crypto_rust::PROVIDER, rng).expect("an association")
        });
        let mut pair = Self { ends, now: Instant::ZERO, buffer: [0; 1500] };
        pair.ends[0].connect(pair.now);
        pair.settle();
        assert!(pair.ends.iter().all(|end| end.state() == State::Established));
        pair
    }

    fn send(&mut self, stream: u16, payload: Bytes) {
        let (stream, ppid) = (StreamId(stream), Ppid(53));
        self.ends[0].send(self.now, stream, ppid, payload, SendOptions::default()).expect("room");
    }

    /// Carries packets until nothing is due, and lets the delayed acknowledgement become due. Returns how many bytes came in.
    fn settle(&mut self) -> usize {
        let mut got = 0;
        loop {
            let mut moved = false;
            for from in [0, 1] {
                while let Some(len) = self.ends[from].poll_transmit(self.now, &mut self.buffer) {
                    self.ends[1 - from].handle_input(self.now, &self.buffer[..len]).expect("a packet");
                    moved = true;
                }
            }
            while let Some(message) = self.ends[1].receive() {
                got += message.payload.len();
            }
            if moved {
                continue;
            }
            if self.ends[0].stats().unacknowledged_chunks == 0 {
                break;
            }
            self.now = self.now + Duration::from_millis(200);
            self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
        }
        self.ends.iter_mut().for_each(|end| while end.poll_event().is_some() {});
        got
    }
}

fn exchange(len: usize) -> Step {
    let (mut pair, payload) = (Pair::established(), Bytes::from(vec![7; len]));
    Box::new(move || {
        pair.send(1, payload.clone());
        assert_eq!(pair.settle(), len);
    })
}

fn idle(streams: u16) -> Step {
    let mut pair = Pair::established();
    for stream in 0..streams {
        pair.send(stream, Bytes::from_static(b"used"));
        pair.settle();
    }
    Box::new(move || {
        assert_eq!(pair.ends[0].poll_transmit(pair.now, black_box(&mut pair.buffer)), None);
        black_box(pair.ends[0].poll_timeout());
    })
}
