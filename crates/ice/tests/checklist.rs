//! The check list against a reference that does what RFC 8445 says and nothing else: §6.1.2 and §6.1.4.

use std::net::SocketAddr;
use std::time::Duration;

use base::{Instant, Path, Protocol};
use ice::{Agent, Candidate, CandidateKind, Config, Foundation, PairState, Role};
use proptest::prelude::*;

use crate::support::net::{agent, raw};

const MAX_PAIRS: usize = 12;
const PACING: Duration = Duration::from_millis(50);

/// A pair of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pair {
    path: Path,
    foundation: (String, String),
    priority: u64,
    state: PairState,
}

impl Pair {
    fn is_active(&self) -> bool {
        matches!(self.state, PairState::Waiting | PairState::InProgress)
    }
}

/// The list of an agent whose checks nobody answers.
#[derive(Default)]
struct Model {
    locals: Vec<Candidate>,
    remotes: Vec<Candidate>,
    pairs: Vec<Pair>,
}

impl Model {
    fn add_local(&mut self, local: &Candidate) {
        self.locals.push(local.clone());
        for remote in self.remotes.clone() {
            self.pair(local, &remote);
        }
    }

    fn add_remote(&mut self, remote: &Candidate) {
        // Redundant: the same address over the same transport.
        if self.remotes.iter().any(|known| known.address == remote.address) {
            return;
        }
        self.remotes.push(remote.clone());
        for local in self.locals.clone() {
            self.pair(&local, remote);
        }
    }

    /// §6.1.2.2: one component, one address family. §6.1.2.3: we control, so ours is G. RFC 8838 §12: the best
    /// of its foundation waits; nothing ever succeeds here.
    fn pair(&mut self, local: &Candidate, remote: &Candidate) {
        if local.address.is_ipv4() != remote.address.is_ipv4() {
            return;
        }
        let (g, d) = (u64::from(local.priority), u64::from(remote.priority));
        let priority = (g.min(d) << 32) + 2 * g.max(d) + u64::from(g > d);
        let foundation = (local.foundation.as_str().to_string(), remote.foundation.as_str().to_string());
        let path = Path::udp(local.address, remote.address);
        self.pairs.push(Pair { path, foundation: foundation.clone(), priority, state: PairState::Frozen });
        // §6.1.2.5: of too many, the lowest goes, unless it is being checked.
        if self.pairs.len() > MAX_PAIRS {
            let idle = |pair: &&Pair| pair.state != PairState::InProgress;
            let lowest = self.pairs.iter().filter(idle).min_by_key(|pair| pair.priority).unwrap().path;
            self.pairs.retain(|pair| pair.path != lowest);
        }
        let better =
            |pair: &Pair| pair.path != path && pair.foundation == foundation && pair.priority >= priority;
        let best = !self.pairs.iter().any(better);
        if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.path == path && best) {
            pair.state = PairState::Waiting;
        }
    }

    /// §6.1.4.2: the best that waits, or the best that is frozen while nobody checks its foundation.
    fn next_priority(&self) -> Option<u64> {
        let best = |wanted: &dyn Fn(&&Pair) -> bool| {
            self.pairs.iter().filter(wanted).map(|pair| pair.priority).max()
        };
        let free = |pair: &&Pair| {
            let busy = |other: &Pair| other.foundation == pair.foundation && other.is_active();
            pair.state == PairState::Frozen && !self.pairs.iter().any(busy)
        };
        best(&|pair| pair.state == PairState::Waiting).or_else(|| best(&free))
    }
}

/// What happens to an agent.
#[derive(Clone, Debug)]
enum Step {
    Local { host: u8, v6: bool },
    Remote { host: u8, v6: bool, priority: u32, foundation: u8 },
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    let parts = (0_u8..3, any::<u8>(), any::<bool>(), 1_u32..1 << 31, 0_u8..3);
    parts.prop_map(|(kind, host, v6, priority, foundation)| match kind {
        0 => Step::Local { host: host % 4, v6 },
        1 => Step::Remote { host: host % 20, v6, priority, foundation },
        _ => Step::Pass,
    })
}

fn address(side: u8, host: u8, v6: bool) -> SocketAddr {
    let text =
        if v6 { format!("[2001:db8::{side}:{host}]:9000") } else { format!("192.0.{side}.{host}:9000") };
    text.parse().unwrap()
}

/// Everything that the agent sends now: the ways of its checks.
fn sent(agent: &mut Agent, now: Instant) -> Vec<Path> {
    let mut out = [0; 1500];
    core::iter::from_fn(|| agent.poll_transmit(now, &mut out).map(|transmit| transmit.path)).collect()
}

fn shown(agent: &Agent) -> Vec<(Path, u64, PairState)> {
    let mut shown: Vec<_> = agent.pairs().map(|pair| (pair.path, pair.priority, pair.state)).collect();
    shown.sort_by_key(|(path, ..)| *path);
    shown
}

proptest! {
    #[test]
    fn pairs_form_wait_and_are_checked_as_the_rfc_says(steps in proptest::collection::vec(step(), 1..60)) {
        let mut config = Config::default();
        config.max_pairs = MAX_PAIRS;
        let mut now = Instant::from_millis(1000);
        let mut agent = agent(config, 7);
        agent.set_role(Role::Controlling);
        agent.set_remote_parameters(now, raw::parameters()).unwrap();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Local { host, v6 } => {
                    let local = agent.add_local_address(now, address(1, host, v6), Protocol::Udp).unwrap();
                    if !model.locals.contains(&local) {
                        model.add_local(&local);
                    }
                }
                Step::Remote { host, v6, priority, foundation } => {
                    let foundation = Foundation::new(&format!("{foundation}")).unwrap();
                    let address = address(2, host, v6);
                    let remote = Candidate::new(foundation, CandidateKind::Host, address, priority);
                    agent.add_remote_candidate(now, remote.clone()).unwrap();
                    model.add_remote(&remote);
                }
                Step::Pass => {
                    now = now + PACING;
                    agent.handle_timeout(now);
                    let expected = model.next_priority();
                    let fresh = |path: &Path| model.pairs.iter().position(|pair| {
                        pair.path == *path && pair.state != PairState::InProgress
                    });
                    let begun: Vec<usize> = sent(&mut agent, now).iter().filter_map(fresh).collect();
                    let priorities: Vec<u64> = begun.iter().map(|at| model.pairs[*at].priority).collect();
                    prop_assert_eq!(&priorities, &expected.into_iter().collect::<Vec<_>>());
                    begun.into_iter().for_each(|at| model.pairs[at].state = PairState::InProgress);
                }
            }
            let mut pairs: Vec<_> =
                model.pairs.iter().map(|pair| (pair.path, pair.priority, pair.state)).collect();
            pairs.sort_by_key(|(path, ..)| *path);
            prop_assert_eq!(shown(&agent), pairs);
        }
    }
}
