//! Datagrams that wait for their time: what most nodes are made of.

use std::collections::BTreeMap;

use base::Instant;

use crate::{Datagram, Direction};

/// Datagrams by the time at which they are due; those of one time keep their order.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    waiting: BTreeMap<(Instant, u64), (Direction, Datagram)>,
    next: u64,
}

impl Schedule {
    /// Keeps a datagram until `due`.
    pub fn push(&mut self, due: Instant, direction: Direction, datagram: Datagram) {
        self.waiting.insert((due, self.next), (direction, datagram));
        self.next = self.next.wrapping_add(1);
    }

    /// Takes the next datagram that is due.
    pub fn pop(&mut self, now: Instant) -> Option<(Direction, Datagram)> {
        let entry = self.waiting.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// When the next one is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_is_due_in_the_order_of_time_and_then_of_arrival() {
        let mut schedule = Schedule::default();
        let times = [(5, b"b"), (3, b"a"), (5, b"c"), (9, b"d")];
        for (due, name) in times {
            schedule.push(Instant::from_millis(due), Direction::Up, Datagram::example(name));
        }
        let now = Instant::from_millis(5);
        let given = core::iter::from_fn(|| schedule.pop(now)).map(|(_, datagram)| datagram.payload);
        assert_eq!(given.collect::<Vec<_>>(), [b"a", b"b", b"c"]);
        assert_eq!(schedule.poll_timeout(), Some(Instant::from_millis(9)));
    }
}
