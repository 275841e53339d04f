//! Datagrams that never arrive: each by itself, or in bursts.

use base::Instant;

use super::{Direction, Each, Node, Schedule};
use crate::{Datagram, Random};

/// Loses datagrams.
#[derive(Debug)]
pub struct Loss {
    model: Model,
    schedule: Schedule,
}

#[derive(Debug)]
enum Model {
    Uniform(f64),
    Bursts { parameters: GilbertElliott, bad: Each<bool> },
}

/// The channel of Gilbert and Elliott: a good state and a bad one, with a loss of its own each.
// Closed: the model has these four probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GilbertElliott {
    /// The probability, at each datagram, that a good channel turns bad.
    pub to_bad: f64,
    /// The probability, at each datagram, that a bad channel turns good: its inverse is the mean length of a burst.
    pub to_good: f64,
    /// The loss while the channel is good.
    pub loss_good: f64,
    /// The loss while the channel is bad.
    pub loss_bad: f64,
}

impl Loss {
    /// Each datagram is lost with this probability, whatever became of the one before.
    #[must_use]
    pub fn uniform(probability: f64) -> Self {
        Self { model: Model::Uniform(probability), schedule: Schedule::default() }
    }

    /// Losses come in bursts.
    #[must_use]
    pub fn bursts(parameters: GilbertElliott) -> Self {
        let model = Model::Bursts { parameters, bad: Each::default() };
        Self { model, schedule: Schedule::default() }
    }

    fn loses(&mut self, random: &mut Random, direction: Direction) -> bool {
        match &mut self.model {
            Model::Uniform(probability) => random.chance(*probability),
            Model::Bursts { parameters, bad } => {
                let bad = bad.of(direction);
                let turn = if *bad { parameters.to_good } else { parameters.to_bad };
                *bad ^= random.chance(turn);
                random.chance(if *bad { parameters.loss_bad } else { parameters.loss_good })
            }
        }
    }
}

impl Node for Loss {
    fn handle_input(&mut self, now: Instant, random: &mut Random, direction: Direction, datagram: Datagram) {
        if !self.loses(random, direction) {
            self.schedule.push(now, direction, datagram);
        }
    }

    fn poll_transmit(&mut self, now: Instant, _random: &mut Random) -> Option<(Direction, Datagram)> {
        self.schedule.pop(now)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.schedule.poll_timeout()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::bench;

    /// Which of 10,000 datagrams are lost.
    fn lost(mut loss: Loss) -> Vec<bool> {
        let mut random = Random::new(7);
        let datagram = || Datagram::example(b"x");
        (0..10_000)
            .map(|_| bench::pass(&mut loss, Instant::ZERO, &mut random, datagram()).is_empty())
            .collect()
    }

    fn count(lost: &[bool]) -> usize {
        lost.iter().filter(|lost| **lost).count()
    }

    /// How often a loss follows a loss.
    fn runs(lost: &[bool]) -> usize {
        lost.windows(2).filter(|pair| pair[0] && pair[1]).count()
    }

    #[test]
    fn uniform_loss_loses_its_share() {
        assert_eq!(count(&lost(Loss::uniform(0.0))), 0);
        assert_eq!(count(&lost(Loss::uniform(1.0))), 10_000);
        assert!((900..1100).contains(&count(&lost(Loss::uniform(0.1)))));
    }

    #[test]
    fn bursts_lose_as_much_but_together() {
        let parameters = GilbertElliott { to_bad: 0.02, to_good: 0.18, loss_good: 0.0, loss_bad: 1.0 };
        let bursts = lost(Loss::bursts(parameters));
        let uniform = lost(Loss::uniform(0.1));
        assert!((700..1300).contains(&count(&bursts)), "{}", count(&bursts));
        assert!(runs(&bursts) > 3 * runs(&uniform));
    }
}
