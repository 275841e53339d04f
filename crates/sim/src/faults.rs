//! What goes wrong on a link, drawn at random.

use core::ops::Range;
use core::time::Duration;

use base::Instant;

use crate::node::{
    CoDel, Corrupt, Delay, Duplicate, GilbertElliott, Jitter, Loss, Mtu, Only, Partition, Rate, Reorder,
    TailDrop,
};
use crate::{Node, Random};

/// The properties of a link. Each fault is absent as often as not, so that runs differ in what they exercise and not only
/// in how much.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Faults {
    /// The time from the hosts to the core, and back. It does not heal.
    pub delay: (Duration, Duration),
    /// The largest IP packet from the hosts to the core, and back. It does not heal.
    pub mtu: Option<(usize, usize)>,
    /// The line's bits per second, and whether its queue is CoDel's. It does not heal.
    pub rate: Option<(u64, bool)>,
    /// The longest jitter.
    pub jitter: Option<Duration>,
    /// The loss, of each direction.
    pub loss: Option<(f64, f64)>,
    /// The loss in bursts.
    pub bursts: Option<GilbertElliott>,
    /// The probability of a duplicate.
    pub duplicate: Option<f64>,
    /// The probability of being overtaken, and for how long.
    pub reorder: Option<(f64, Duration)>,
    /// The probability of a change.
    pub corrupt: Option<f64>,
    /// When nothing passes.
    pub partitions: Vec<Range<Instant>>,
}

impl Faults {
    /// A random subset of faults, each with random parameters. Partitions begin after `window` does and end before it.
    pub fn random(random: &mut Random, window: Range<Instant>) -> Self {
        let delay = random_delay(random);
        Self {
            delay: (delay, if random.chance(0.3) { random_delay(random) } else { delay }),
            mtu: some(random, random_mtu),
            rate: some(random, |r| (r.between(500_000, 50_000_000), r.chance(0.5))),
            jitter: some(random, |r| r.span(Duration::from_millis(100))),
            loss: some(random, |r| (0.3 * r.fraction(), 0.3 * r.fraction())),
            bursts: rarely(random, random_bursts),
            duplicate: some(random, |r| 0.2 * r.fraction()),
            reorder: some(random, |r| (0.3 * r.fraction(), r.span(Duration::from_millis(300)))),
            corrupt: some(random, |r| 0.1 * r.fraction()),
            partitions: rarely(random, |r| random_partition(r, &window)).into_iter().collect(),
        }
    }

    /// The link's nodes. What heals is there within `window`.
    #[must_use]
    pub fn nodes(&self, window: &Range<Instant>) -> Vec<Box<dyn Node>> {
        let mut nodes: Vec<Box<dyn Node>> = Vec::new();
        if let Some((bits_per_second, codel)) = self.rate {
            nodes.push(if codel {
                Box::new(Rate::new(bits_per_second, || CoDel::new(200_000)))
            } else {
                Box::new(Rate::new(bits_per_second, || TailDrop::new(100_000)))
            });
        }
        if let Some((up, down)) = self.mtu {
            nodes.push(Box::new(Only::up(Mtu::new(up))));
            nodes.push(Box::new(Only::down(Mtu::new(down))));
        }
        nodes.push(Box::new(Only::up(Delay::new(self.delay.0))));
        nodes.push(Box::new(Only::down(Delay::new(self.delay.1))));
        nodes.push(Box::new(Partition::new(self.partitions.clone())));
        let mut heals = |node: Box<dyn Node>| nodes.push(Box::new(Only::during(window.clone(), node)));
        if let Some(longest) = self.jitter {
            heals(Box::new(Jitter::new(longest)));
        }
        if let Some((up, down)) = self.loss {
            heals(Box::new(Only::up(Loss::uniform(up))));
            heals(Box::new(Only::down(Loss::uniform(down))));
        }
        if let Some(parameters) = self.bursts {
            heals(Box::new(Loss::bursts(parameters)));
        }
        if let Some(probability) = self.duplicate {
            heals(Box::new(Duplicate::new(probability, Duration::from_millis(100))));
        }
        if let Some((probability, longest)) = self.reorder {
            heals(Box::new(Reorder::new(probability, longest)));
        }
        if let Some(probability) = self.corrupt {
            heals(Box::new(Corrupt::new(probability)));
        }
        nodes
    }
}

fn some<T>(random: &mut Random, draw: impl FnOnce(&mut Random) -> T) -> Option<T> {
    random.chance(0.5).then(|| draw(random))
}

fn rarely<T>(random: &mut Random, draw: impl FnOnce(&mut Random) -> T) -> Option<T> {
    random.chance(0.2).then(|| draw(random))
}

/// From what IPv6 guarantees to jumbo frames; mostly the same both ways.
fn random_mtu(random: &mut Random) -> (usize, usize) {
    let draw = |random: &mut Random| usize::try_from(random.between(1280, 9000)).unwrap_or(usize::MAX);
    let up = draw(random);
    (up, if random.chance(0.3) { draw(random) } else { up })
}

/// Mostly what the Internet has; sometimes up to two seconds, of which each link has its half.
fn random_delay(random: &mut Random) -> Duration {
    let longest = if random.chance(0.1) { 1000 } else { 75 };
    random.span(Duration::from_millis(longest))
}

fn random_bursts(random: &mut Random) -> GilbertElliott {
    GilbertElliott {
        to_bad: 0.05 * random.fraction(),
        to_good: 0.1 + 0.9 * random.fraction(),
        loss_good: 0.0,
        loss_bad: 0.5 + 0.5 * random.fraction(),
    }
}

fn random_partition(random: &mut Random, window: &Range<Instant>) -> Range<Instant> {
    let begin = window.start + random.span(window.end.since(window.start));
    begin..begin + random.span(window.end.since(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Range<Instant> {
        Instant::from_millis(1000)..Instant::from_millis(9000)
    }

    #[test]
    fn runs_differ_in_what_goes_wrong() {
        let drawn: Vec<Faults> =
            (0..100).map(|seed| Faults::random(&mut Random::new(seed), window())).collect();
        let share = |has: fn(&Faults) -> bool| drawn.iter().filter(|faults| has(faults)).count();
        for some in [share(|f| f.loss.is_some()), share(|f| f.corrupt.is_some()), share(|f| f.mtu.is_some())]
        {
            assert!((30..70).contains(&some), "{some}");
        }
        assert!(share(|f| !f.partitions.is_empty()) > 5);
    }

    #[test]
    fn partitions_heal_within_the_window() {
        for seed in 0..200 {
            for partition in Faults::random(&mut Random::new(seed), window()).partitions {
                assert!(partition.start >= window().start && partition.end <= window().end);
            }
        }
    }
}
