//! Two ends and a path between them, on a simulated clock: no sockets, no sleeping.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A sans-IO endpoint. `Pkt` is whatever the peer's API emits, handed on without copying
/// when the same type is accepted on input.
pub trait Endpoint {
    type Pkt: AsRef<[u8]>;
    fn recv(&mut self, now: Instant, p: Self::Pkt);
    fn timeout(&mut self, now: Instant);
    fn next(&mut self) -> Option<Instant>;
    fn drain(&mut self, now: Instant, out: &mut impl FnMut(Self::Pkt));
}

/// An endpoint that carries messages.
pub trait DataEnd: Endpoint {
    fn open(&self) -> bool;
    /// bytes accepted by the stack and not yet released
    fn buffered(&mut self) -> usize;
    /// returns false if the stack refused it for lack of space
    fn send(&mut self, now: Instant, msg: &[u8]) -> bool;
    /// (messages, bytes, first 8 bytes of last message) received so far
    fn got(&self) -> Got;
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Got {
    pub msgs: u64,
    pub bytes: u64,
    pub in_order: bool,
    pub last_seq: u64,
}
impl Got {
    pub fn new() -> Self {
        Got { msgs: 0, bytes: 0, in_order: true, last_seq: u64::MAX }
    }
    pub fn add(&mut self, m: &[u8]) {
        let seq = u64::from_le_bytes(m[..8].try_into().unwrap());
        if seq != 0 && seq != self.last_seq.wrapping_add(1) {
            self.in_order = false;
        }
        self.last_seq = seq;
        self.msgs += 1;
        self.bytes += m.len() as u64;
    }
}

/// A direction of the path: everything arrives after the same delay.
pub struct Link<P> {
    pub q: VecDeque<(Instant, P)>,
    pub delay: Duration,
    pub pkts: u64,
    pub bytes: u64,
}

impl<P: AsRef<[u8]>> Link<P> {
    pub fn new(delay: Duration) -> Self {
        Self { q: VecDeque::new(), delay, pkts: 0, bytes: 0 }
    }

    pub fn push(&mut self, now: Instant, p: P) {
        self.pkts += 1;
        self.bytes += p.as_ref().len() as u64;
        self.q.push_back((now + self.delay, p));
    }
}

pub struct Sim<E: Endpoint> {
    pub a: E,
    pub b: E,
    pub ab: Link<E::Pkt>,
    pub ba: Link<E::Pkt>,
    pub start: Instant,
    pub now: Instant,
    ta: Option<Instant>,
    tb: Option<Instant>,
    spins: u32,
}

impl<E: Endpoint> Sim<E> {
    pub fn new(a: E, b: E, start: Instant, delay: Duration) -> Self {
        let mut s = Sim {
            a,
            b,
            ab: Link::new(delay),
            ba: Link::new(delay),
            start,
            now: start,
            ta: None,
            tb: None,
            spins: 0,
        };
        s.flush_a();
        s.flush_b();
        s
    }
    #[inline]
    pub fn flush_a(&mut self) {
        let (now, ab) = (self.now, &mut self.ab);
        self.a.drain(now, &mut |p| ab.push(now, p));
        self.ta = self.a.next();
    }
    #[inline]
    pub fn flush_b(&mut self) {
        let (now, ba) = (self.now, &mut self.ba);
        self.b.drain(now, &mut |p| ba.push(now, p));
        self.tb = self.b.next();
    }
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }
    /// Process exactly one event. `until` bounds how far the clock may advance; returns false
    /// when nothing is left to do before it.
    pub fn step(&mut self, until: Instant) -> bool {
        let mut t = until;
        let mut who = 0;
        if let Some((x, _)) = self.ab.q.front()
            && *x <= t
        {
            t = *x;
            who = 1;
        }
        if let Some((x, _)) = self.ba.q.front()
            && (*x < t || (who == 0 && *x <= t))
        {
            t = *x;
            who = 2;
        }
        if let Some(x) = self.ta
            && (x < t || (who == 0 && x <= t))
        {
            t = x;
            who = 3;
        }
        if let Some(x) = self.tb
            && (x < t || (who == 0 && x <= t))
        {
            t = x;
            who = 4;
        }
        if t > self.now {
            self.now = t;
            self.spins = 0;
        }
        match who {
            1 => {
                let (_, p) = self.ab.q.pop_front().unwrap();
                self.b.recv(self.now, p);
                self.flush_b();
            }
            2 => {
                let (_, p) = self.ba.q.pop_front().unwrap();
                self.a.recv(self.now, p);
                self.flush_a();
            }
            3 => {
                self.spin();
                self.a.timeout(self.now);
                self.flush_a();
            }
            4 => {
                self.spin();
                self.b.timeout(self.now);
                self.flush_b();
            }
            _ => return false,
        }
        true
    }
    // A peer that keeps asking for a timeout that is already past would stop the clock.
    fn spin(&mut self) {
        self.spins += 1;
        if self.spins > 64 {
            self.now += Duration::from_millis(1);
            self.spins = 0;
        }
    }
    /// Run for `d` of simulated time.
    pub fn run_for(&mut self, d: Duration) {
        let until = self.now + d;
        while self.step(until) {}
        self.now = self.now.max(until);
    }
}

pub fn connect<E: DataEnd>(s: &mut Sim<E>, limit: Duration) -> bool {
    let until = s.now + limit;
    while !(s.a.open() && s.b.open()) {
        if !s.step(until) {
            return false;
        }
    }
    true
}
