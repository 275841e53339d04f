//! What the core does to datagrams on the way from one link to another: by itself nothing.

use core::time::Duration;

use base::Instant;

use crate::node::{Each, Schedule};
use crate::{Datagram, Direction, Random};

/// The way between two hosts, to be made worse or better at any time. Each call says one thing anew and leaves the others as they
/// are; what is under way already stays as it was.
///
/// ```
/// # use core::time::Duration;
/// # use sim::{AnyHost, Host, HostId, Network};
/// # fn worsen(network: &mut Network<AnyHost>, alice: HostId, bob: HostId) {
/// network.between(alice, bob).delay(Duration::from_millis(50)).loss(0.05);
/// network.from_to(bob, alice).partition();
/// # }
/// ```
#[derive(Debug)]
pub struct Way<'a> {
    crossing: &'a mut Crossing,
    directions: &'static [Direction],
}

impl<'a> Way<'a> {
    pub(crate) const fn new(crossing: &'a mut Crossing, directions: &'static [Direction]) -> Self {
        Self { crossing, directions }
    }

    /// Each datagram takes so long.
    pub fn delay(self, delay: Duration) -> Self {
        self.set(|conditions| conditions.delay = delay)
    }

    /// Each datagram is lost with this probability, from 0 to 1.
    pub fn loss(self, probability: f64) -> Self {
        self.set(|conditions| conditions.loss = probability)
    }

    /// Each datagram is held back with this probability, from 0 to 1, for `longest` at most, while others pass.
    pub fn reorder(self, probability: f64, longest: Duration) -> Self {
        self.set(|conditions| conditions.reorder = (probability, longest))
    }

    /// Nothing passes, until it is healed.
    pub fn partition(self) -> Self {
        self.set(|conditions| conditions.is_cut = true)
    }

    /// Ends a partition. Delay, loss and reordering stay.
    pub fn heal(self) -> Self {
        self.set(|conditions| conditions.is_cut = false)
    }

    fn set(self, change: impl Fn(&mut Conditions)) -> Self {
        for direction in self.directions {
            change(self.crossing.conditions.of(*direction));
        }
        self
    }
}

/// The way between two links: up from the one that was added first, and down to it.
#[derive(Debug, Default)]
pub(crate) struct Crossing {
    conditions: Each<Conditions>,
    schedule: Schedule,
}

#[derive(Clone, Debug, Default)]
struct Conditions {
    delay: Duration,
    loss: f64,
    reorder: (f64, Duration),
    is_cut: bool,
}

impl Crossing {
    pub(crate) fn enter(
        &mut self,
        now: Instant,
        random: &mut Random,
        direction: Direction,
        datagram: Datagram,
    ) {
        let conditions = self.conditions.of(direction);
        if conditions.is_cut || random.chance(conditions.loss) {
            return;
        }
        let (probability, longest) = conditions.reorder;
        let held = if random.chance(probability) { random.span(longest) } else { Duration::ZERO };
        self.schedule.push(now + conditions.delay + held, direction, datagram);
    }

    pub(crate) fn leave(&mut self, now: Instant) -> Option<(Direction, Datagram)> {
        self.schedule.pop(now)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.schedule.poll_timeout()
    }
}
