//! How long it takes, under loss, from the descriptions to a channel that is open on both sides.

use core::fmt;
use core::ops::Range;
use core::time::Duration;

use rtc::{DtlsTransportState, Event};
use sim::node::{Delay, Loss, Rate, TailDrop};
use sim::{Instant, Node};

use super::plan::{Action, Channel, Promise};
use super::setup::{End, World};

/// The share of datagrams that are lost, in per cent.
pub const LOSSES: [u32; 4] = [0, 5, 10, 25];
/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(120);

const CHANNEL: Channel = Channel { index: 0, ordered: true, promise: Promise::Reliable };

/// The way between two hosts, the same in both directions.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// From one host to the other, in milliseconds.
    pub delay: u64,
    /// In per cent.
    pub loss: u32,
    /// Bits per second and the bytes that its queue holds, where that is limited.
    pub line: Option<(u64, usize)>,
}

impl Way {
    fn nodes(self) -> Vec<Box<dyn Node>> {
        let mut nodes: Vec<Box<dyn Node>> = Vec::new();
        if let Some((bits_per_second, queue)) = self.line {
            nodes.push(Box::new(Rate::new(bits_per_second, move || TailDrop::new(queue))));
        }
        nodes.push(Box::new(Delay::new(Duration::from_millis(self.delay))));
        nodes.push(Box::new(Loss::uniform(f64::from(self.loss) / 100.0)));
        nodes
    }
}

/// What was measured on one way, in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Until DTLS was up on both sides.
    pub secure: Times,
    /// Until the channel was open on both sides.
    pub open: Times,
}

/// Times in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Cell {
    /// Sets up a connection with each of these seeds.
    pub fn measure(way: Way, seeds: Range<u64>) -> Self {
        let mut cell = Self::default();
        for seed in seeds {
            let (secure, open) = set_up(seed, way);
            cell.secure.0.push(secure);
            cell.open.0.push(open);
        }
        cell.secure.0.sort_unstable();
        cell.open.0.sort_unstable();
        cell
    }
}

impl Times {
    /// What so many per cent of the runs do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0[rank.saturating_sub(1)]
    }

    pub fn mean(&self) -> Duration {
        let sum: Duration = self.0.iter().sum();
        sum / u32::try_from(self.0.len()).unwrap()
    }
}

/// The columns p50, p95, p99 and mean.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p95, p99] = [50, 95, 99].map(|percent| self.percentile(percent).as_millis());
        write!(f, "{p50} | {p95} | {p99} | {}", self.mean().as_millis())
    }
}

/// Both sides are told of each other at once; from then on the network alone takes time. Until DTLS was up, and until the
/// channel was open.
fn set_up(seed: u64, way: Way) -> (Duration, Duration) {
    let mut world = World::new(seed, [End::new(0, way.nodes()), End::new(1, Vec::new())]);
    world.signalling_delay = Duration::ZERO;
    let start = world.now();
    world.perform(0, Action::Create(CHANNEL));
    let open = |world: &World| world.both(|peer| peer.has_open(&[CHANNEL]));
    let opened = world.run_until(PATIENCE, open).unwrap();
    assert!(opened, "seed {seed}: no channel within {PATIENCE:?}\n{}", world.describe());
    let secure = [0, 1].map(|index| secure_at(&world, index));
    (secure.into_iter().max().unwrap().since(start), world.now().since(start))
}

fn secure_at(world: &World, index: usize) -> Instant {
    let connected =
        |event: &Event| matches!(event, Event::DtlsTransportStateChange(_, DtlsTransportState::Connected));
    world.peer(index).log.iter().find(|(_, event)| connected(event)).unwrap().0
}
