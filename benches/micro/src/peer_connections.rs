//! The whole stack: a message from `send` to the other side's event, setting up, and doing nothing.

use std::hint::black_box;
use std::time::Duration;

use base::UnixTime;
use bytes::Bytes;
use rtc::{
    Certificate, ChannelId, Configuration, DataChannelInit, Ecn, Event, Instant, Path, PeerConnection,
    PeerConnectionState,
};

use crate::{Case, Step, seeded};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "rtc: a message of 1,000 bytes, from send to event, and its acknowledgement",
        bytes: 1000,
        prepare: || {
            let mut pair = Pair::connected(1);
            let (id, payload) = (pair.channels[0], Bytes::from(vec![7; 1000]));
            Box::new(move || {
                pair.ends[0].send(pair.now, id, payload.clone()).expect("room");
                assert_eq!(pair.settle(), 1);
                pair.now = pair.now + Duration::from_millis(1);
            })
        },
    },
    Case { name: "rtc: idle polls, 1 channel open", bytes: 0, prepare: || idle(1) },
    Case { name: "rtc: idle polls, 1,000 channels open", bytes: 0, prepare: || idle(1000) },
    Case {
        name: "rtc: set up a pair with one channel, certificates made before",
        bytes: 0,
        prepare: || {
            let certificates = certificates();
            Box::new(move || {
                black_box(Pair::connected_with(certificates.clone(), 1));
            })
        },
    },
];

/// Two connections, and the moment at which they are.
struct Pair {
    ends: [PeerConnection; 2],
    channels: Vec<ChannelId>,
    now: Instant,
    buffer: [u8; 1500],
}

impl Pair {
    fn connected(channels: usize) -> Self {
        Self::connected_with(certificates(), channels)
    }

    fn connected_with(certificates: [Certificate; 2], channels: usize) -> Self {
        let now = Instant::ZERO;
        let mut number = 0;
        let mut ends = certificates.map(|certificate| {
            number += 1;
            let config = Configuration::new(&crypto_aws_lc::PROVIDER, certificate);
            let mut end = PeerConnection::new(config, Box::new(seeded(number)), now).expect("a connection");
            end.add_local_address(address(number)).expect("an address");
            end
        });
        let channels = (0..channels)
            .map(|n| ends[0].create_data_channel(format!("{n}"), DataChannelInit::default()))
            .collect::<Result<Vec<_>, _>>()
            .expect("channels");
        negotiate(&mut ends, now);
        let mut pair = Self { ends, channels, now, buffer: [0; 1500] };
        while !pair.is_open() {
            pair.settle();
            pair.next();
        }
        pair.settle();
        pair
    }

    fn is_open(&mut self) -> bool {
        let last = self.channels.last().copied();
        self.ends.iter().all(|end| end.connection_state() == PeerConnectionState::Connected)
            && last.is_some_and(|id| {
                self.ends[0].data_channel(id).is_some_and(|c| c.ready_state() == rtc::DataChannelState::Open)
            })
    }

    /// Goes on to the next deadline.
    fn next(&mut self) {
        let next = self.ends.iter().filter_map(PeerConnection::poll_timeout).min().expect("a deadline");
        self.now = self.now.max(next);
        self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
    }

    /// Carries datagrams until nothing is due. Returns how many messages came in.
    fn settle(&mut self) -> usize {
        let mut messages = 0;
        loop {
            let mut moved = false;
            for from in [0, 1] {
                while let Some(sent) = self.ends[from].poll_transmit(self.now, &mut self.buffer) {
                    let path = Path::udp(sent.path.remote, sent.path.local);
                    let datagram = &mut self.buffer[..sent.len];
                    // What comes before its time is ignored, and comes again.
                    let _ = self.ends[1 - from].handle_input(self.now, path, Ecn::NotEct, datagram);
                    moved = true;
                }
                while let Some(event) = self.ends[1 - from].poll_event() {
                    messages += usize::from(matches!(event, Event::DataChannelMessage(..)));
                }
            }
            if !moved {
                return messages;
            }
        }
    }
}

fn idle(channels: usize) -> Step {
    let mut pair = Pair::connected(channels);
    Box::new(move || {
        assert!(pair.ends[0].poll_transmit(pair.now, black_box(&mut pair.buffer)).is_none());
        black_box(pair.ends[0].poll_timeout());
    })
}

fn certificates() -> [Certificate; 2] {
    [3, 4].map(|seed| {
        let today = UnixTime::from_secs(1_800_000_000);
        Certificate::generate(
            &crypto_aws_lc::PROVIDER,
            &mut seeded(seed),
            rtc::KeyAlgorithm::EcdsaP256,
            today,
        )
        .expect("a key")
    })
}

fn address(number: u8) -> std::net::SocketAddr {
    ([192, 0, 2, number], 5000).into()
}

fn negotiate([a, b]: &mut [PeerConnection; 2], now: Instant) {
    a.set_local_description_due(now).expect("an offer");
    b.set_remote_description(now, &a.local_description().expect("an offer")).expect("it is taken");
    b.set_local_description_due(now).expect("an answer");
    a.set_remote_description(now, &b.local_description().expect("an answer")).expect("it is taken");
}
