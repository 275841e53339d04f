//! A line of limited speed, and the queue in front of it.

use std::collections::VecDeque;

use core::fmt::Debug;
use core::time::Duration;

use base::Instant;

use super::ecn::mark;
use super::{Direction, Each, Node};
use crate::{Datagram, Random};

/// What waits for a line, and what is dropped instead of waiting.
pub trait Queue: Debug + Send {
    /// Takes a datagram, or drops it.
    fn push(&mut self, now: Instant, datagram: Datagram);

    /// Gives the next datagram that goes onto the line at `now`. A queue may drop others on the occasion.
    fn pop(&mut self, now: Instant) -> Option<Datagram>;

    /// Whether nothing waits.
    fn is_empty(&self) -> bool;
}

/// A line that carries so many bits in a second.
#[derive(Debug)]
pub struct Rate {
    bits_per_second: u64,
    lines: Each<Line>,
}

#[derive(Debug)]
struct Line {
    queue: Box<dyn Queue>,
    /// What is on the line, and when its last bit has left.
    current: Option<(Instant, Datagram)>,
}

impl Default for Line {
    fn default() -> Self {
        Self { queue: Box::new(TailDrop::default()), current: None }
    }
}

impl Rate {
    /// A line for each direction, with a queue for each.
    #[must_use]
    pub fn new<Q: Queue + 'static>(bits_per_second: u64, queue: impl Fn() -> Q) -> Self {
        let mut lines: Each<Line> = Each::default();
        for direction in [Direction::Up, Direction::Down] {
            lines.of(direction).queue = Box::new(queue());
        }
        Self { bits_per_second: bits_per_second.max(1), lines }
    }

    /// Puts the next datagram onto a free line.
    fn load(&mut self, now: Instant, direction: Direction) {
        let line = self.lines.of(direction);
        if line.current.is_none() {
            line.current = line.queue.pop(now).map(|datagram| {
                let bits = (datagram.packet_len() as u64).saturating_mul(8);
                let nanos = u128::from(bits).saturating_mul(1_000_000_000) / u128::from(self.bits_per_second);
                (now + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)), datagram)
            });
        }
    }
}

impl Node for Rate {
    fn handle_input(&mut self, now: Instant, _random: &mut Random, direction: Direction, datagram: Datagram) {
        self.lines.of(direction).queue.push(now, datagram);
        self.load(now, direction);
    }

    fn poll_transmit(&mut self, now: Instant, _random: &mut Random) -> Option<(Direction, Datagram)> {
        for direction in [Direction::Up, Direction::Down] {
            let line = self.lines.of(direction);
            if let Some((free, datagram)) = line.current.take_if(|(free, _)| *free <= now) {
                // The next one followed at once, even if nobody has asked since.
                self.load(free, direction);
                return Some((direction, datagram));
            }
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.lines.both().into_iter().filter_map(|line| line.current.as_ref()).map(|(free, _)| *free).min()
    }
}

/// First in, first out, and what finds the queue full is dropped.
#[derive(Debug)]
pub struct TailDrop {
    capacity: usize,
    mark_above: usize,
    bytes: usize,
    waiting: VecDeque<Datagram>,
}

impl TailDrop {
    /// A queue that holds so many bytes of IP packets.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, mark_above: usize::MAX, bytes: 0, waiting: VecDeque::new() }
    }

    /// The same queue; with more than so many bytes in it, ECN-capable datagrams are marked.
    #[must_use]
    pub const fn marking_above(mut self, bytes: usize) -> Self {
        self.mark_above = bytes;
        self
    }
}

impl Default for TailDrop {
    /// 100,000 bytes.
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl Queue for TailDrop {
    fn push(&mut self, _now: Instant, mut datagram: Datagram) {
        let bytes = self.bytes.saturating_add(datagram.packet_len());
        if bytes > self.capacity {
            return;
        }
        if bytes > self.mark_above {
            mark(&mut datagram);
        }
        self.bytes = bytes;
        self.waiting.push_back(datagram);
    }

    fn pop(&mut self, _now: Instant) -> Option<Datagram> {
        let datagram = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(datagram.packet_len());
        Some(datagram)
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::bench;
    use base::Ecn;

    /// An IP packet of 1,000 bytes.
    fn kilobyte() -> Datagram {
        Datagram::example(&[0; 972])
    }

    #[test]
    fn a_line_takes_its_time_for_every_byte() {
        let mut random = Random::new(1);
        let mut rate = Rate::new(8_000_000, TailDrop::default);
        for _ in 0..3 {
            rate.handle_input(Instant::ZERO, &mut random, Direction::Up, kilobyte());
        }
        let times: Vec<u64> =
            bench::run(&mut rate, &mut random).iter().map(|(at, _)| at.as_millis()).collect();
        assert_eq!(times, [1, 2, 3]);
    }

    #[test]
    fn a_full_queue_drops_what_comes_last() {
        let mut random = Random::new(1);
        let mut rate = Rate::new(8_000_000, || TailDrop::new(5_000));
        for _ in 0..10 {
            rate.handle_input(Instant::ZERO, &mut random, Direction::Up, kilobyte());
        }
        // One is on the line, five wait.
        assert_eq!(bench::run(&mut rate, &mut random).len(), 6);
    }

    #[test]
    fn the_directions_do_not_share_the_line() {
        let mut random = Random::new(1);
        let mut rate = Rate::new(8_000_000, TailDrop::default);
        rate.handle_input(Instant::ZERO, &mut random, Direction::Up, kilobyte());
        rate.handle_input(Instant::ZERO, &mut random, Direction::Down, kilobyte());
        let out = bench::run(&mut rate, &mut random);
        assert!(out.iter().all(|(at, _)| *at == Instant::from_millis(1)) && out.len() == 2);
    }

    #[test]
    fn a_long_queue_marks_who_takes_part() {
        let mut queue = TailDrop::new(10_000).marking_above(1_500);
        for ecn in [Ecn::Ect0, Ecn::Ect0, Ecn::NotEct] {
            queue.push(Instant::ZERO, Datagram { ecn, ..kilobyte() });
        }
        let marks: Vec<Ecn> = core::iter::from_fn(|| queue.pop(Instant::ZERO)).map(|d| d.ecn).collect();
        assert_eq!(marks, [Ecn::Ect0, Ecn::Ce, Ecn::NotEct]);
        assert!(queue.is_empty());
    }
}
