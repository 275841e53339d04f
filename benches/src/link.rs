//! Two ends and the path between them, in virtual time: no sockets, no sleeping.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How often in a row an end may ask for a timeout that has passed, before the clock moves all the same.
const MAX_SPINS: u32 = 64;

/// A protocol stack, driven as the machines of this workspace are.
pub trait Endpoint {
    /// What its interface has for a packet: it goes to the other end as it is.
    type Packet: AsRef<[u8]>;

    /// Takes a packet.
    fn handle_input(&mut self, now: Instant, packet: Self::Packet);

    /// Lets time pass.
    fn handle_timeout(&mut self, now: Instant);

    /// When `handle_timeout` is due.
    fn poll_timeout(&mut self) -> Option<Instant>;

    /// Gives every packet that leaves now.
    fn transmit(&mut self, now: Instant, out: &mut impl FnMut(Self::Packet));
}

/// An end that carries messages.
pub trait DataEnd: Endpoint {
    /// Whether messages can be sent.
    fn is_open(&self) -> bool;

    /// Bytes that `send` has taken and that are not released yet.
    fn buffered(&mut self) -> usize;

    /// Sends a message. Whether there was room for it.
    fn send(&mut self, now: Instant, message: &[u8]) -> bool;

    /// What has come in.
    fn received(&self) -> Received;
}

/// What has come in at an end. A message begins with its number, eight bytes in little-endian order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received {
    /// How many messages.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Received {
    /// Takes note of a message.
    pub fn add(&mut self, message: &[u8]) {
        self.messages += 1;
        self.bytes += message.len() as u64;
    }
}

/// What one end has sent and has not arrived: everything takes the same time.
struct OnTheWay<P> {
    packets: VecDeque<(Instant, P)>,
    count: u64,
}

/// What is due.
#[derive(Clone, Copy)]
enum Due {
    /// What this end has sent arrives at the other one.
    Arrival(usize),
    /// The timeout of this end.
    Timeout(usize),
}

/// Two ends.
pub struct Pair<E: Endpoint> {
    /// They are numbered 0 and 1.
    pub ends: [E; 2],
    /// The present.
    pub now: Instant,
    start: Instant,
    delay: Duration,
    sent: [OnTheWay<E::Packet>; 2],
    timeouts: [Option<Instant>; 2],
    spins: u32,
}

impl<E: Endpoint> Pair<E> {
    /// Two ends with so much time between them, which say their first words.
    pub fn new(ends: (E, E), start: Instant, delay: Duration) -> Self {
        let empty = || OnTheWay { packets: VecDeque::new(), count: 0 };
        let (ends, sent) = ([ends.0, ends.1], [empty(), empty()]);
        let mut pair = Self { ends, now: start, start, delay, sent, timeouts: [None; 2], spins: 0 };
        pair.transmit(0);
        pair.transmit(1);
        pair
    }

    /// How much time has passed.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// How many packets both ends have sent.
    pub fn packets(&self) -> u64 {
        self.sent.iter().map(|sent| sent.count).sum()
    }

    /// Puts what an end has to say on the way.
    #[inline]
    pub fn transmit(&mut self, from: usize) {
        let (sent, arrival) = (&mut self.sent[from], self.now + self.delay);
        self.ends[from].transmit(self.now, &mut |packet| {
            sent.count += 1;
            sent.packets.push_back((arrival, packet));
        });
        self.timeouts[from] = self.ends[from].poll_timeout();
    }

    /// Lets everything that an end has sent arrive at once.
    pub fn deliver_at_once(&mut self, from: usize) {
        while let Some((_, packet)) = self.sent[from].packets.pop_front() {
            self.ends[1 - from].handle_input(self.now, packet);
        }
    }

    /// Loses what is on the way, with the room that it takes.
    pub fn forget_what_is_on_the_way(&mut self) {
        self.sent.iter_mut().for_each(|sent| sent.packets = VecDeque::new());
    }

    /// What is due next, and when.
    fn next(&self) -> Option<(Instant, Due)> {
        let arrival = |from: usize| Some((self.sent[from].packets.front()?.0, Due::Arrival(from)));
        let timeout = |of: usize| Some((self.timeouts[of]?, Due::Timeout(of)));
        let all = [arrival(0), arrival(1), timeout(0), timeout(1)];
        all.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// Does the next thing that is due before `until`. Whether there was one.
    pub fn step(&mut self, until: Instant) -> bool {
        let Some((at, due)) = self.next().filter(|(at, _)| *at <= until) else { return false };
        if at > self.now {
            self.now = at;
            self.spins = 0;
        }
        match due {
            Due::Arrival(from) => {
                if let Some((_, packet)) = self.sent[from].packets.pop_front() {
                    self.ends[1 - from].handle_input(self.now, packet);
                    self.transmit(1 - from);
                }
            }
            Due::Timeout(of) => {
                self.count_spin();
                self.ends[of].handle_timeout(self.now);
                self.transmit(of);
            }
        }
        true
    }

    /// A peer that keeps asking for a timeout that has passed would stop the clock.
    fn count_spin(&mut self) {
        self.spins += 1;
        if self.spins > MAX_SPINS {
            self.now += Duration::from_millis(1);
            self.spins = 0;
        }
    }

    /// Runs for so much virtual time.
    pub fn run_for(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = self.now.max(until);
    }
}

impl<E: DataEnd> Pair<E> {
    /// Two ends that are open.
    ///
    /// # Panics
    /// If they are not within half a virtual minute.
    pub fn connected(ends: (E, E), start: Instant, delay: Duration) -> Self {
        let mut pair = Self::new(ends, start, delay);
        let until = start + Duration::from_secs(30);
        while !pair.ends.iter().all(E::is_open) {
            assert!(pair.step(until), "the pair does not connect");
        }
        pair
    }
}
