//! Somebody on the path who sees everything, drops nothing and injects: old datagrams again, also from elsewhere, broken
//! ones, forged ones; and, as a stranger with a certificate of their own, a handshake.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;

use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::crypto::Fingerprint;
use rtc::dtls::{Config, Connection, FingerprintAlgorithm, Identity, KeyAlgorithm, Role};
use rtc::{Certificate, Ecn, Instant, UnixTime};
use sim::node::{Direction, Schedule};
use sim::{Datagram, Node, Random};

use super::certificates;

/// How many datagrams are remembered, to be said again.
const MEMORY: usize = 200;

/// The node of the adversary.
pub struct Adversary {
    window: Range<Instant>,
    /// For how many datagrams that pass another one is injected.
    zeal: f64,
    seen: Vec<(Direction, Datagram)>,
    stranger: Option<Stranger>,
    schedule: Schedule,
}

/// A handshake of the adversary's own, with whoever comes first.
struct Stranger {
    connection: Connection,
    role: Role,
    /// The way to the victim, once it is known who that is.
    victim: Option<(Direction, SocketAddr, SocketAddr)>,
}

impl Adversary {
    /// Is busy in this window. A third of them also shake hands as a client, another third as a server.
    pub fn new(random: &mut Random, window: Range<Instant>) -> Self {
        let role = *random.pick(&[None, Some(Role::Client), Some(Role::Server)]).unwrap();
        Self {
            zeal: random.fraction(),
            stranger: role.map(|role| Stranger::new(random, role)),
            window,
            seen: Vec::new(),
            schedule: Schedule::default(),
        }
    }

    /// One more datagram because of the one that passes.
    fn disturb(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: &Datagram) {
        let mut forged = datagram.clone();
        let mut way = direction;
        match random.below(7) {
            // Said again, at some time, as it was.
            0 => (way, forged) = self.an_old_one(random, direction, datagram),
            // Said again from elsewhere, with all its authenticity.
            1 => {
                (way, forged) = self.an_old_one(random, direction, datagram);
                forged.source.set_port(forged.source.port() ^ 1 ^ random.below(64) as u16);
            }
            2 => forged.payload.truncate(random.below(datagram.payload.len() as u64 + 1) as usize),
            3 => (0..random.between(1, 8)).for_each(|_| flip(random, &mut forged.payload)),
            // A fatal alert in the clear (RFC 5246 §7.2).
            4 => {
                let description = random.bits() as u8;
                forged.payload = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 9, 9, 0, 2, 2, description].into();
            }
            // A close_notify of an epoch whose keys nobody has.
            5 => {
                forged.payload = [21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 26].into();
                forged.payload.extend((0..26).map(|_| random.bits() as u8));
            }
            // One of the other way, with the addresses of this one.
            _ => {
                let (_, other) = self.an_old_one(random, direction, datagram);
                forged.payload = other.payload;
            }
        }
        let latest = Duration::from_millis(*random.pick(&[0, 0, 20, 2000]).unwrap());
        let at = now + random.span(latest);
        self.schedule.push(at, way, forged);
    }

    /// Old ones give way at random, so that some of the first are still there at the end.
    fn remember(&mut self, random: &mut Random, direction: Direction, datagram: &Datagram) {
        if self.seen.len() >= MEMORY {
            self.seen.swap_remove(random.below(MEMORY as u64) as usize);
        }
        self.seen.push((direction, datagram.clone()));
    }

    fn an_old_one(
        &self,
        random: &mut Random,
        direction: Direction,
        datagram: &Datagram,
    ) -> (Direction, Datagram) {
        let place = random.below(self.seen.len().max(1) as u64) as usize;
        self.seen.get(place).cloned().unwrap_or((direction, datagram.clone()))
    }
}

fn flip(random: &mut Random, payload: &mut [u8]) {
    let place = random.below(payload.len().max(1) as u64) as usize;
    if let Some(byte) = payload.get_mut(place) {
        *byte ^= 1 << random.below(8);
    }
}

impl Stranger {
    /// It takes whichever of the two honest certificates it is shown.
    fn new(random: &mut Random, role: Role) -> Self {
        let provider = &crypto_rust::PROVIDER;
        let mut rng = ChaCha20Rng::seed_from_u64(random.bits());
        let (today, year) = (UnixTime::from_secs(1_800_000_000), Duration::from_secs(31_536_000));
        let identity =
            Identity::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, today, year, "stranger").unwrap();
        let mut connection =
            Connection::new(Config::default(), role, [&identity], provider, Box::new(rng)).unwrap();
        connection.set_remote_fingerprints(Instant::ZERO, certificates().iter().map(fingerprint).collect());
        Self { connection, role, victim: None }
    }

    /// What the victim is to hear because this datagram passes.
    fn overhear(
        &mut self,
        now: Instant,
        direction: Direction,
        datagram: &Datagram,
    ) -> Vec<(Direction, Datagram)> {
        let is_client_hello = datagram.payload.first() == Some(&22) && datagram.payload.get(13) == Some(&1);
        if self.victim.is_none() && is_client_hello {
            // A server answers the honest client, a client speaks to the honest server in its name.
            self.victim = Some(match self.role {
                Role::Server => (back(direction), datagram.destination, datagram.source),
                Role::Client => (direction, datagram.source, datagram.destination),
            });
            self.connection.start(now);
        }
        let Some((way, from, to)) = self.victim else { return Vec::new() };
        if direction == back(way) && datagram.payload.first().is_some_and(|byte| (20..=63).contains(byte)) {
            let _ = self.connection.handle_input(now, &mut datagram.payload.clone(), &mut |_| ());
        }
        let mut said = Vec::new();
        let mut out = [0; 1500];
        while let Some(len) = self.connection.poll_transmit(now, &mut out) {
            let payload = out[..len].to_vec();
            said.push((way, Datagram { source: from, destination: to, ecn: Ecn::NotEct, payload }));
        }
        // Under keys that only the stranger has signed for: the end, before there was a beginning.
        if said.iter().any(|(_, datagram)| datagram.payload.get(4) == Some(&1)) {
            self.connection.close(now);
        }
        said
    }
}

const fn back(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Down => Direction::Up,
    }
}

/// What the signalling says of a certificate.
pub fn fingerprint(certificate: &Certificate) -> Fingerprint {
    certificate.identity().fingerprint(&crypto_rust::PROVIDER, FingerprintAlgorithm::Sha256).unwrap()
}

impl Node for Adversary {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        if self.window.contains(&now) {
            let said = self.stranger.as_mut().map(|stranger| stranger.overhear(now, direction, &datagram));
            for (way, datagram) in said.into_iter().flatten() {
                self.schedule.push(now, way, datagram);
            }
            if random.chance(self.zeal) {
                self.disturb(now, random, direction, &datagram);
            }
            self.remember(random, direction, &datagram);
        }
        self.schedule.push(now, direction, datagram);
    }

    fn poll_transmit(&mut self, now: Instant, _random: &mut Random) -> Option<(Direction, Datagram)> {
        self.schedule.pop(now)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.schedule.poll_timeout()
    }
}

impl fmt::Debug for Adversary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.stranger.as_ref().map(|stranger| stranger.role);
        write!(f, "Adversary {{ {:?}, zeal {:.2}, stranger {role:?} }}", self.window, self.zeal)
    }
}
