//! Two associations and a network between them, in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use base::Instant;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sctp::{Association, Config, Event, Message};

/// A generator whose numbers follow from a seed.
pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// An association with randomness of its own.
pub fn association(config: &Config, seed: u64) -> Association {
    Association::new(config.clone(), &crypto_rust::PROVIDER, Box::new(rng(seed))).unwrap()
}

/// What the network does to packets, in per mille.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub loss: u32,
    pub duplicate: u32,
    pub reorder: u32,
}

/// What came out of an end: the place of a message or of an event among its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Message(usize),
    Event(usize),
}

/// One end and everything that came out of it.
pub struct End {
    pub association: Association,
    pub events: Vec<Event>,
    pub messages: Vec<Message>,
    /// Both, in their order.
    pub taken: Vec<Taken>,
    /// Whether messages are taken as soon as they are there.
    pub reads: bool,
}

/// Both ends.
pub struct Pair {
    pub now: Instant,
    pub ends: [End; 2],
    pub faults: Faults,
    pub delay: Duration,
    pub wire: BTreeMap<(Instant, u64), (usize, Vec<u8>)>,
    pub sent: u64,
    rng: ChaCha20Rng,
}

impl Pair {
    pub fn new(configs: &[Config; 2], seed: u64) -> Self {
        let end = |config: &Config, seed| End {
            association: association(config, seed),
            events: Vec::new(),
            messages: Vec::new(),
            taken: Vec::new(),
            reads: true,
        };
        Self {
            now: Instant::from_millis(1000),
            ends: [end(&configs[0], seed * 3 + 1), end(&configs[1], seed * 3 + 2)],
            faults: Faults::default(),
            delay: Duration::from_millis(10),
            wire: BTreeMap::new(),
            sent: 0,
            rng: rng(seed * 3),
        }
    }

    /// A pair that is connected already, the first end by its own INIT.
    pub fn connected(configs: &[Config; 2], seed: u64) -> Self {
        let mut pair = Self::new(configs, seed);
        let now = pair.now;
        pair.ends[0].association.connect(now);
        pair.run(Duration::from_secs(1));
        for end in &mut pair.ends {
            assert!(matches!(end.events.last(), Some(Event::Connected { .. })), "{:?}", end.events);
            end.events.clear();
            end.taken.clear();
        }
        pair
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        self.rng.next_u32() % 1000 < per_mille
    }

    /// Puts a packet on the way to an end.
    pub fn put(&mut self, to: usize, packet: &[u8]) {
        if self.chance(self.faults.loss) {
            return;
        }
        let copies = 1 + usize::from(self.chance(self.faults.duplicate));
        for _ in 0..copies {
            let late = if self.chance(self.faults.reorder) { self.delay * 2 } else { Duration::ZERO };
            self.sent += 1;
            self.wire.insert((self.now + self.delay + late, self.sent), (to, packet.to_vec()));
        }
    }

    /// Polls an end until it has nothing to say.
    pub fn drain(&mut self, which: usize) {
        let mut buffer = [0; 2048];
        for _ in 0..100_000 {
            let Some(len) = self.ends[which].association.poll_transmit(self.now, &mut buffer) else { break };
            self.put(1 - which, &buffer[..len]);
        }
        let end = &mut self.ends[which];
        if end.reads {
            while let Some(message) = end.association.receive() {
                end.taken.push(Taken::Message(end.messages.len()));
                end.messages.push(message);
            }
        }
        while let Some(event) = end.association.poll_event() {
            end.taken.push(Taken::Event(end.events.len()));
            end.events.push(event);
        }
        if let Some(deadline) = end.association.poll_timeout() {
            assert!(deadline > self.now, "a deadline has been left behind");
        }
    }

    /// Goes on to the next arrival or deadline, if it comes before `end`.
    pub fn step(&mut self, end: Instant) -> bool {
        for which in 0..2 {
            // Twice: taking messages may make a window update due.
            self.drain(which);
            self.drain(which);
        }
        let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
        let next = self
            .ends
            .iter()
            .filter_map(|end| end.association.poll_timeout())
            .chain(arrival)
            .min()
            .filter(|at| *at <= end);
        let Some(next) = next else { return false };
        self.now = self.now.max(next);
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (to, packet) = entry.remove();
            let _ = self.ends[to].association.handle_input(self.now, &packet);
        }
        for end in &mut self.ends {
            end.association.handle_timeout(self.now);
        }
        true
    }

    /// Lets time pass.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        for _ in 0..10_000_000 {
            if !self.step(end) {
                self.now = end;
                return;
            }
        }
        panic!("the pair does not come to rest");
    }

    /// Lets time pass until something is true, for an hour at most.
    pub fn run_until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let end = self.now + Duration::from_secs(3600);
        while !done(self) {
            assert!(self.step(end), "came to rest before: {what}");
        }
    }
}
