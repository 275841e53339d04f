//! Two agents and the network between them, in virtual time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use base::{Instant, Path, Protocol, earliest};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto_rust::PROVIDER;
use ice::{Agent, Config, Event, Role, State};

pub const A: usize = 0;
pub const B: usize = 1;

/// A small generator for the faults, so that they are not those of the agents.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.roll() % 100 < chance
    }
}

#[derive(Clone, Debug)]
pub struct Packet {
    pub to: usize,
    pub path: Path,
    pub bytes: Vec<u8>,
}

/// Decides over a packet on its way: `false` loses it.
pub type Filter = Box<dyn FnMut(Instant, &Packet) -> bool>;

pub struct Net {
    pub now: Instant,
    pub agents: Vec<Agent>,
    pub events: Vec<Vec<Event>>,
    pub dice: Dice,
    /// Chance of losing, of duplicating, in percent; delay and jitter.
    pub loss: u64,
    pub duplicate: u64,
    pub delay: Duration,
    pub jitter: Duration,
    pub filter: Option<Filter>,
    /// Private addresses behind a NAT, and what the outside sees.
    pub nat: BTreeMap<SocketAddr, SocketAddr>,
    pub owners: Vec<(SocketAddr, usize)>,
    pub sent: Vec<u64>,
    pub wakes: u64,
    queue: BTreeMap<(Instant, u64), Packet>,
    sequence: u64,
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn rng(seed: u64) -> crypto::Rng {
    Box::new(ChaCha20Rng::seed_from_u64(seed))
}

pub fn agent(config: Config, seed: u64) -> Agent {
    Agent::new(config, &PROVIDER, rng(seed)).unwrap()
}

impl Net {
    pub fn new(seed: u64) -> Self {
        Self::with([Config::default(), Config::default()], seed)
    }

    pub fn with(configs: [Config; 2], seed: u64) -> Self {
        let mut seeds = seed.wrapping_mul(2);
        let agents = configs.map(|config| {
            seeds += 1;
            agent(config, seeds)
        });
        Self {
            now: Instant::from_millis(1000),
            agents: agents.into(),
            events: vec![Vec::new(), Vec::new()],
            dice: Dice(seed),
            loss: 0,
            duplicate: 0,
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            filter: None,
            nat: BTreeMap::new(),
            owners: Vec::new(),
            sent: vec![0, 0],
            wakes: 0,
            queue: BTreeMap::new(),
            sequence: 0,
        }
    }

    /// Two full agents, one address each, A in control, and everything signalled.
    pub fn ready(seed: u64) -> Self {
        let mut net = Self::new(seed);
        net.add_address(A, "192.0.2.1:1000");
        net.add_address(B, "192.0.2.2:2000");
        net.agents[A].set_role(Role::Controlling);
        net.signal_all();
        net
    }

    pub fn connected(seed: u64) -> Self {
        let mut net = Self::ready(seed);
        assert!(net.run_until(5000, |n| n.both(State::Completed)), "no connection: {:?}", net.states());
        net
    }

    pub fn add_address(&mut self, who: usize, text: &str) {
        let address = address(text);
        self.owners.push((address, who));
        self.agents[who].add_local_address(self.now, address, Protocol::Udp).unwrap();
    }

    /// An agent's addresses become candidates of its present generation.
    pub fn announce(&mut self, who: usize) {
        for (address, _) in self.owners.iter().filter(|(_, owner)| *owner == who) {
            self.agents[who].add_local_address(self.now, *address, Protocol::Udp).unwrap();
        }
    }

    /// Parameters and host candidates both ways, and the end of both.
    pub fn signal_all(&mut self) {
        self.signal_parameters(A, B);
        self.signal_parameters(B, A);
        self.signal_candidates(A, B);
        self.signal_candidates(B, A);
    }

    pub fn signal_parameters(&mut self, from: usize, to: usize) {
        let parameters = self.agents[from].local_parameters().clone();
        self.agents[to].set_remote_parameters(self.now, parameters).unwrap();
    }

    pub fn signal_candidates(&mut self, from: usize, to: usize) {
        self.announce(from);
        self.agents[from].end_of_local_candidates(self.now);
        let candidates: Vec<_> = self.agents[from].local_candidates().cloned().collect();
        for candidate in candidates.into_iter().filter(|c| c.kind == ice::CandidateKind::Host) {
            self.agents[to].add_remote_candidate(self.now, candidate).unwrap();
        }
        self.agents[to].end_of_remote_candidates(self.now);
    }

    pub fn both(&self, state: State) -> bool {
        self.agents.iter().all(|a| a.state() == state)
    }

    pub fn states(&self) -> Vec<State> {
        self.agents.iter().map(Agent::state).collect()
    }

    /// Whether both agents send to each other on one and the same pair.
    pub fn agree(&self) -> bool {
        let paths: Vec<_> = self.agents.iter().filter_map(Agent::send_path).collect();
        let [a, b] = paths[..] else { return false };
        self.outside(a.local) == b.remote && self.outside(b.local) == a.remote
    }

    fn outside(&self, address: SocketAddr) -> SocketAddr {
        self.nat.get(&address).copied().unwrap_or(address)
    }

    /// Everything that an agent has to say now goes on its way.
    pub fn collect(&mut self, who: usize) {
        let mut out = [0; ice::MAX_MESSAGE_LEN];
        for _ in 0..1000 {
            let Some(transmit) = self.agents[who].poll_transmit(self.now, &mut out) else { break };
            self.sent[who] += 1;
            self.send(transmit.path, out[..transmit.len].to_vec());
        }
        self.drain_events();
    }

    pub fn drain_events(&mut self) {
        for who in [A, B] {
            while let Some(event) = self.agents[who].poll_event() {
                self.events[who].push(event);
                assert!(self.events[who].len() < 100_000);
            }
        }
    }

    fn send(&mut self, path: Path, bytes: Vec<u8>) {
        let source = self.outside(path.local);
        let inside = self.nat.iter().find(|(_, public)| **public == path.remote).map(|(private, _)| *private);
        let target = inside.unwrap_or(path.remote);
        let Some(&(_, to)) = self.owners.iter().find(|(a, _)| *a == target) else { return };
        // Nobody outside reaches a private address directly.
        if inside.is_none() && self.nat.contains_key(&target) {
            return;
        }
        let packet = Packet { to, path: Path::new(path.protocol, target, source), bytes };
        if self.filter.as_mut().is_some_and(|f| !f(self.now, &packet)) {
            return;
        }
        let copies = 1 + u64::from(self.dice.percent(self.duplicate));
        for _ in 0..copies {
            if self.dice.percent(self.loss) {
                continue;
            }
            let jitter = self.jitter.as_micros().max(1);
            let jitter = u128::from(self.dice.roll()) % jitter;
            let delay = self.delay + Duration::from_micros(u64::try_from(jitter).unwrap());
            self.sequence += 1;
            self.queue.insert((self.now + delay, self.sequence), packet.clone());
        }
    }

    /// Jumps to the next arrival or deadline, not beyond `until`. Whether there was one.
    pub fn step(&mut self, until: Instant) -> bool {
        self.collect(A);
        self.collect(B);
        let arrival = self.queue.first_key_value().map(|(key, _)| key.0);
        let deadline = self.agents.iter().fold(arrival, |at, a| earliest(at, a.poll_timeout()));
        let Some(next) = deadline.filter(|at| *at <= until) else {
            self.now = self.now.max(until);
            return false;
        };
        self.now = self.now.max(next);
        while let Some(entry) = self.queue.first_entry().filter(|e| e.key().0 <= self.now) {
            let packet = entry.remove();
            let _ = self.agents[packet.to].handle_input(self.now, packet.path, &packet.bytes);
        }
        for agent in &mut self.agents {
            if agent.poll_timeout().is_some_and(|at| at <= self.now) {
                self.wakes += 1;
                agent.handle_timeout(self.now);
                let next = agent.poll_timeout();
                assert!(next.is_none_or(|at| at > self.now), "asked for {next:?} at {}", self.now);
            }
        }
        true
    }

    /// Runs for `millis`.
    pub fn run(&mut self, millis: u64) {
        self.run_until(millis, |_| false);
    }

    /// Runs until `done`, at most for `millis`. Whether it was done.
    pub fn run_until(&mut self, millis: u64, done: impl Fn(&Self) -> bool) -> bool {
        let until = self.now + Duration::from_millis(millis);
        for _ in 0..200_000 {
            if done(self) {
                self.drain_events();
                return true;
            }
            if !self.step(until) {
                self.collect(A);
                self.collect(B);
                return done(self);
            }
        }
        panic!("the agents never come to rest");
    }

    /// The states that an agent has reported.
    pub fn history(&self, who: usize) -> Vec<State> {
        let states = self.events[who].iter().filter_map(|e| match e {
            Event::StateChange(state) => Some(*state),
            _ => None,
        });
        states.collect()
    }
}

/// A peer without a mind of its own: it says what the test wants.
pub mod raw {
    use crypto_rust::PROVIDER;
    use ice::{Agent, Candidate, CandidateKind, Foundation, Parameters};
    use stun::{Attribute, Integrity, Key, Message, MessageType, MessageWriter, TransactionId};

    pub const FRAGMENT: &str = "peer";
    pub const PASSWORD: &str = "passwordpasswordpassword";

    pub fn parameters() -> Parameters {
        Parameters::new(FRAGMENT.into(), PASSWORD.into())
    }

    pub fn candidate(text: &str) -> Candidate {
        let priority = ice::priority(CandidateKind::Host, 65_535, 1);
        Candidate::new(Foundation::new("1").unwrap(), CandidateKind::Host, super::address(text), priority)
    }

    pub fn id(number: u64) -> TransactionId {
        let mut id = [0x77; 12];
        id[4..].copy_from_slice(&number.to_be_bytes());
        TransactionId(id)
    }

    pub fn message(
        message_type: MessageType,
        id: TransactionId,
        attributes: &[Attribute<'_>],
        password: &str,
    ) -> Vec<u8> {
        let mut buffer = vec![0; 2048];
        let mut writer = MessageWriter::new(&mut buffer, message_type, id).unwrap();
        for attribute in attributes {
            writer.attribute(attribute).unwrap();
        }
        let key = Key::from_bytes(&PROVIDER, password.as_bytes());
        writer.integrity(Integrity::Sha1, &key).unwrap();
        let len = writer.fingerprint().unwrap();
        buffer.truncate(len);
        buffer
    }

    /// An authentic check with these attributes besides USERNAME.
    pub fn check(agent: &Agent, number: u64, attributes: &[Attribute<'_>]) -> Vec<u8> {
        check_by(FRAGMENT, agent, number, attributes)
    }

    /// The same, of a peer that calls itself `fragment`.
    pub fn check_by(fragment: &str, agent: &Agent, number: u64, attributes: &[Attribute<'_>]) -> Vec<u8> {
        let parameters = agent.local_parameters();
        let username = format!("{}:{fragment}", parameters.username_fragment);
        let mut all = vec![Attribute::Username(&username)];
        all.extend_from_slice(attributes);
        message(MessageType::BINDING_REQUEST, id(number), &all, &parameters.password)
    }

    /// The answer of the peer to a check that it received.
    pub fn answer(check: &[u8], mapped: &str) -> Vec<u8> {
        let id = Message::parse(check).unwrap().transaction_id();
        let mapped = Attribute::XorMappedAddress(super::address(mapped));
        message(MessageType::BINDING_SUCCESS, id, &[mapped], PASSWORD)
    }

    pub fn refusal(check: &[u8], error: stun::ErrorCode<'_>) -> Vec<u8> {
        let id = Message::parse(check).unwrap().transaction_id();
        message(MessageType::BINDING_ERROR, id, &[Attribute::ErrorCode(error)], PASSWORD)
    }
}

/// One agent with a raw peer at 192.0.2.2:2000.
pub struct Single {
    pub now: Instant,
    pub agent: Agent,
    number: u64,
}

pub const HERE: &str = "192.0.2.1:1000";
pub const THERE: &str = "192.0.2.2:2000";

impl Single {
    pub fn new(config: Config, role: Role) -> Self {
        let now = Instant::from_millis(1000);
        let mut agent = agent(config, 7);
        agent.set_role(role);
        agent.add_local_address(now, address(HERE), Protocol::Udp).unwrap();
        Self { now, agent, number: 0 }
    }

    /// With the peer's parameters, and no candidate.
    pub fn started(role: Role) -> Self {
        let mut single = Self::new(Config::default(), role);
        single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
        single
    }

    /// Controlled, with a valid and chosen pair to [`THERE`].
    pub fn chosen() -> Self {
        let mut single = Self::started(Role::Controlled);
        single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
        single.validate(THERE);
        single.check_from(THERE, &[stun::Attribute::UseCandidate]).unwrap();
        single.drain();
        single
    }

    pub fn path(remote: &str) -> Path {
        Path::udp(address(HERE), address(remote))
    }

    pub fn advance(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
        self.agent.handle_timeout(self.now);
    }

    pub fn input(&mut self, remote: &str, bytes: &[u8]) -> Result<(), ice::Discard> {
        self.agent.handle_input(self.now, Self::path(remote), bytes)
    }

    /// An authentic check with a priority, the role of the other side, and more.
    pub fn check_from(&mut self, remote: &str, more: &[stun::Attribute<'_>]) -> Result<(), ice::Discard> {
        let claim = match self.agent.role() {
            Role::Controlling => stun::Attribute::IceControlled(1),
            Role::Controlled => stun::Attribute::IceControlling(1),
        };
        self.number += 1;
        let mut attributes = vec![stun::Attribute::Priority(1_845_501_695), claim];
        attributes.extend_from_slice(more);
        let check = raw::check(&self.agent, self.number, &attributes);
        self.input(remote, &check)
    }

    pub fn poll(&mut self) -> Option<(Path, Vec<u8>)> {
        let mut out = [0; ice::MAX_MESSAGE_LEN];
        let transmit = self.agent.poll_transmit(self.now, &mut out)?;
        Some((transmit.path, out[..transmit.len].to_vec()))
    }

    /// Everything that is due now.
    pub fn drain(&mut self) -> Vec<(Path, Vec<u8>)> {
        (0..1000).map_while(|_| self.poll()).collect()
    }

    /// What is due until `millis` have passed, every 10 ms.
    pub fn drain_for(&mut self, millis: u64) -> Vec<(Path, Vec<u8>)> {
        let mut all = self.drain();
        for _ in 0..millis / 10 {
            self.advance(10);
            all.extend(self.drain());
        }
        all
    }

    /// The next check to `remote`, within a second.
    pub fn next_check(&mut self, remote: &str) -> Vec<u8> {
        for _ in 0..100 {
            for (path, bytes) in self.drain() {
                let request = stun::Message::parse(&bytes).unwrap().message_type();
                if path.remote == address(remote) && request == stun::MessageType::BINDING_REQUEST {
                    return bytes;
                }
            }
            self.advance(10);
        }
        panic!("no check to {remote}");
    }

    /// Answers the next check to `remote`.
    pub fn validate(&mut self, remote: &str) {
        let check = self.next_check(remote);
        self.input(remote, &raw::answer(&check, HERE)).unwrap();
    }
}
