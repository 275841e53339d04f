//! ICE under its default limits: candidates that are signalled or discovered, the pairs of them, checks that came before.

use base::{Instant, Path, Protocol};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use ice::{Agent, Candidate, CandidateKind, Config, Foundation, MAX_MESSAGE_LEN, Parameters, Role};
use stun::{Attribute, Integrity, Key, MessageType, MessageWriter, TransactionId};

use crate::{Scenario, measured};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "ice: a check of the peer, by its signalled candidates",
        size: 125,
        run: |size| {
            let mut agent = agent(Config::default());
            signal(&mut agent, size);
            input(&mut agent, peer(1), 0)
        },
    },
    Scenario {
        name: "ice: a check from a new address, by those before it",
        size: 125,
        run: |size| {
            let mut agent = agent(Config::default());
            checks(&mut agent, size, peer);
            input(&mut agent, peer(size + 1), size)
        },
    },
    Scenario {
        name: "ice: a check from a new address at a lite agent, by those before it",
        size: 125,
        run: |size| {
            let mut config = Config::default();
            config.lite = true;
            let mut agent = agent(config);
            checks(&mut agent, size, peer);
            input(&mut agent, peer(size + 1), size)
        },
    },
    Scenario {
        name: "ice: a check, by those on its path before it",
        size: 250,
        run: |size| {
            let mut agent = agent(Config::default());
            checks(&mut agent, size, |_| peer(1));
            input(&mut agent, peer(1), size)
        },
    },
    Scenario {
        name: "ice: a candidate, by those before it",
        size: 125,
        run: |size| {
            let mut agent = agent(Config::default());
            signal(&mut agent, size);
            let candidate = candidate(size + 1);
            measured(&mut || _ = agent.add_remote_candidate(NOW, candidate.clone()));
            60
        },
    },
    Scenario {
        name: "ice: time and polls, by candidates of both kinds",
        size: 125,
        run: |size| {
            let mut agent = agent(Config::default());
            signal(&mut agent, size);
            checks(&mut agent, size, |number| peer(size + number));
            let mut out = [0; MAX_MESSAGE_LEN];
            let later = Instant::from_millis(2000);
            measured(&mut || {
                agent.handle_timeout(later);
                _ = agent.poll_transmit(later, &mut out);
                _ = agent.poll_timeout();
            });
            1
        },
    },
];

const NOW: Instant = Instant::from_millis(1000);

const PASSWORD: &str = "passwordpasswordpassword";

fn agent(config: Config) -> Agent {
    let rng = Box::new(ChaCha20Rng::from_seed([1; 32]));
    let mut agent = Agent::new(config, &crypto_rust::PROVIDER, rng).unwrap();
    agent.set_role(Role::Controlled);
    for port in 1..=4 {
        agent.add_local_address(NOW, format!("192.0.2.1:{port}").parse().unwrap(), Protocol::Udp).unwrap();
    }
    agent.set_remote_parameters(NOW, Parameters::new("peer".into(), PASSWORD.into())).unwrap();
    agent
}

/// The way from one of so many addresses of the peer.
fn peer(number: usize) -> Path {
    let remote = format!("10.{}.{}.{}:9", number >> 16 & 255, number >> 8 & 255, number & 255);
    Path::udp("192.0.2.1:1".parse().unwrap(), remote.parse().unwrap())
}

fn candidate(number: usize) -> Candidate {
    let priority = ice::priority(CandidateKind::Host, u16::try_from(number % 65_536).unwrap(), 1);
    let foundation = Foundation::new(&number.to_string()).unwrap();
    Candidate::new(foundation, CandidateKind::Host, peer(number).remote, priority)
}

fn signal(agent: &mut Agent, count: usize) {
    for number in 1..=count {
        let _ = agent.add_remote_candidate(NOW, candidate(number));
    }
}

fn check(agent: &Agent, number: usize) -> Vec<u8> {
    let ours = agent.local_parameters();
    let mut id = [0; 12];
    id[4..].copy_from_slice(&number.to_be_bytes());
    let mut buffer = vec![0; 300];
    let mut writer =
        MessageWriter::new(&mut buffer, MessageType::BINDING_REQUEST, TransactionId(id)).unwrap();
    let username = format!("{}:peer", ours.username_fragment);
    for attribute in [
        Attribute::Username(&username),
        Attribute::IceControlling(1),
        Attribute::Priority(9),
        Attribute::UseCandidate,
    ] {
        writer.attribute(&attribute).unwrap();
    }
    let key = Key::from_bytes(&crypto_rust::PROVIDER, ours.password.as_bytes());
    writer.integrity(Integrity::Sha1, &key).unwrap();
    let len = writer.fingerprint().unwrap();
    buffer.truncate(len);
    buffer
}

/// Checks that came, and were answered.
fn checks(agent: &mut Agent, count: usize, path: impl Fn(usize) -> Path) {
    let mut out = [0; MAX_MESSAGE_LEN];
    for number in 0..count {
        let check = check(agent, number);
        agent.handle_input(NOW, path(number), &check).unwrap();
        agent.poll_transmit(NOW, &mut out);
        while agent.poll_event().is_some() {}
    }
}

fn input(agent: &mut Agent, path: Path, number: usize) -> usize {
    let check = check(agent, number);
    measured(&mut || agent.handle_input(NOW, path, &check).unwrap());
    check.len()
}
