//! ICE: what a connection costs that is up.

use std::hint::black_box;

use base::{Instant, Path, Protocol, earliest};
use ice::{Agent, Config, MAX_MESSAGE_LEN, Role, State};

use crate::{Case, seeded};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "ice: a consent check and its answer",
        bytes: 0,
        prepare: || {
            let mut pair = Pair::connected();
            Box::new(move || while pair.step() < 2 {})
        },
    },
    Case {
        name: "ice: idle polls",
        bytes: 0,
        prepare: || {
            let mut pair = Pair::connected();
            Box::new(move || {
                assert!(pair.ends[0].poll_transmit(pair.now, black_box(&mut pair.buffer)).is_none());
                black_box(pair.ends[0].poll_timeout());
            })
        },
    },
];

/// Two agents, and the moment at which they are.
struct Pair {
    ends: [Agent; 2],
    now: Instant,
    buffer: [u8; MAX_MESSAGE_LEN],
}

impl Pair {
    fn connected() -> Self {
        let now = Instant::ZERO;
        let mut ends = [1, 2].map(|seed| {
            Agent::new(Config::default(), &crypto_rust::PROVIDER, Box::new(seeded(seed))).expect("an agent")
        });
        ends[0].set_role(Role::Controlling);
        for end in [0, 1] {
            let parameters = ends[1 - end].local_parameters().clone();
            ends[end].set_remote_parameters(now, parameters).expect("parameters");
        }
        for end in [0, 1] {
            let address = format!("192.0.2.{}:5000", end + 1).parse().expect("an address");
            let candidate = ends[end].add_local_address(now, address, Protocol::Udp).expect("an address");
            ends[1 - end].add_remote_candidate(now, candidate).expect("a candidate");
        }
        let mut pair = Self { ends, now, buffer: [0; MAX_MESSAGE_LEN] };
        while pair.ends.iter().any(|end| end.state() != State::Connected) {
            pair.step();
        }
        // The peer's first checks, and what else belongs to the beginning.
        while pair.now < Instant::from_millis(60_000) {
            pair.step();
        }
        pair
    }

    /// Goes on to the next deadline, and carries what is sent. Returns how many datagrams that were.
    fn step(&mut self) -> usize {
        let [a, b] = &mut self.ends;
        let next = earliest(a.poll_timeout(), b.poll_timeout()).expect("consent has to be kept");
        self.now = self.now.max(next);
        a.handle_timeout(self.now);
        b.handle_timeout(self.now);
        let mut carried = 0;
        for from in [0, 1, 0] {
            while let Some(sent) = self.ends[from].poll_transmit(self.now, &mut self.buffer) {
                let path = Path::udp(sent.path.remote, sent.path.local);
                self.ends[1 - from].handle_input(self.now, path, &self.buffer[..sent.len]).expect("STUN");
                carried += 1;
            }
        }
        self.ends.iter_mut().for_each(|end| while end.poll_event().is_some() {});
        carried
    }
}
