//! How long it takes from the descriptions to a channel that is open on both sides, under loss.

use core::time::Duration;

use sim::Node;
use sim::node::{Delay, Loss};

use super::plan::{Action, Channel, Promise};
use super::setup::{End, World};

/// The share of datagrams that are lost, in per cent.
pub const LOSSES: [u32; 4] = [0, 5, 10, 25];
/// The time from one host to the other, in milliseconds.
pub const DELAYS: [u64; 3] = [20, 50, 200];
/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(120);

const CHANNEL: Channel = Channel { index: 0, ordered: true, promise: Promise::Reliable };

/// A line of the table: what was measured on one kind of path.
#[derive(Clone, Debug)]
pub struct Cell {
    pub loss: u32,
    pub delay: u64,
    /// In ascending order.
    times: Vec<Duration>,
    pub stages: [Duration; 4],
}

impl Cell {
    /// Sets up a connection with each of these seeds.
    pub fn measure(loss: u32, delay: u64, seeds: core::ops::Range<u64>) -> Self {
        let path = || -> Vec<Box<dyn Node>> {
            vec![
                Box::new(Delay::new(Duration::from_millis(delay))),
                Box::new(Loss::uniform(f64::from(loss) / 100.0)),
            ]
        };
        let mut stages = [Duration::ZERO; 4];
        let n = u32::try_from(seeds.end - seeds.start).unwrap();
        let mut times: Vec<Duration> = seeds.map(|seed| time_to_open(seed, path(), &mut stages)).collect();
        times.sort_unstable();
        Self { loss, delay, times, stages: stages.map(|s| s / n) }
    }

    /// What so many per cent of the runs do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.times.len() * percent).div_ceil(100);
        self.times[rank.saturating_sub(1)]
    }

    pub fn mean(&self) -> Duration {
        let sum: Duration = self.times.iter().sum();
        sum / u32::try_from(self.times.len()).unwrap()
    }
}

/// Both sides are told of each other at once; from then on the network alone takes time.
fn time_to_open(seed: u64, path: Vec<Box<dyn Node>>, stages: &mut [Duration; 4]) -> Duration {
    let mut world = World::new(seed, [End::new(0, path), End::new(1, Vec::new())]);
    world.signalling_delay = Duration::ZERO;
    let start = world.now();
    world.perform(0, Action::Create(CHANNEL));
    let open = |world: &World| world.both(|peer| peer.has_open(&[CHANNEL]));
    let opened = world.run_until(PATIENCE, open).unwrap();
    assert!(opened, "seed {seed}: no channel within {PATIENCE:?}\n{}", world.describe());
    let stage = |f: fn(&rtc::Event) -> bool| (0..2).map(|i| world.peer(i).log.iter().find(|(_, e)| f(e)).map_or(Duration::ZERO, |(at, _)| at.since(start))).max().unwrap();
    stages[0] += stage(|e| matches!(e, rtc::Event::IceConnectionStateChange(rtc::IceConnectionState::Connected)));
    stages[1] += stage(|e| matches!(e, rtc::Event::DtlsTransportStateChange(_, rtc::DtlsTransportState::Connected)));
    stages[2] += stage(|e| matches!(e, rtc::Event::SctpTransportStateChange(rtc::SctpTransportState::Connected)));
    stages[3] += stage(|e| matches!(e, rtc::Event::DataChannelOpen(..)));
    world.now().since(start)
}
