//! What stands for the network: buffers in a ring, as an Ethernet controller has them, and a delay.

use core::time::Duration;

use rtc::Instant;

/// The one-way delay.
const DELAY: Duration = Duration::from_millis(10);

/// Bytes of a buffer: the longest datagram of [`rtc::Configuration::max_datagram_size`], and what ICE may need.
pub const BUFFER_LEN: usize = 1280;

/// How many datagrams may be under way, both directions together.
const SLOTS: usize = 32;

/// Which of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The one that makes the offer.
    Left,
    /// The one that answers.
    Right,
}

/// A cable between the two ends. It keeps the order; what finds no buffer is lost.
pub struct Wire {
    slots: [Slot; SLOTS],
    first: usize,
    used: usize,
    /// How many datagrams were lost.
    pub lost: usize,
}

/// A datagram under way.
#[derive(Clone, Copy)]
pub struct Slot {
    /// Where it goes.
    pub to: End,
    arrival: Instant,
    len: usize,
    bytes: [u8; BUFFER_LEN],
}

impl Slot {
    const EMPTY: Self = Self { to: End::Left, arrival: Instant::ZERO, len: 0, bytes: [0; BUFFER_LEN] };

    /// The datagram, to be decrypted in place.
    pub fn datagram(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }
}

impl Wire {
    /// With nothing under way.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: [Slot::EMPTY; SLOTS], first: 0, used: 0, lost: 0 }
    }

    /// Sends what `write` writes into a buffer and tells the length of. `false` if it wrote nothing.
    pub fn send(&mut self, now: Instant, to: End, write: impl FnOnce(&mut [u8]) -> Option<usize>) -> bool {
        if self.used == SLOTS {
            let mut nowhere = [0; BUFFER_LEN];
            let lost = write(&mut nowhere).is_some();
            self.lost += usize::from(lost);
            return lost;
        }
        let Some(slot) = self.slots.get_mut((self.first + self.used) % SLOTS) else { return false };
        let Some(len) = write(&mut slot.bytes) else { return false };
        (slot.to, slot.arrival, slot.len) = (to, now + DELAY, len);
        self.used += 1;
        true
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.slots.get(self.first).filter(|_| self.used > 0).map(|slot| slot.arrival)
    }

    /// The next datagram that has arrived. Its buffer is free again with the next call.
    pub fn receive(&mut self, now: Instant) -> Option<&mut Slot> {
        self.next_arrival().filter(|arrival| *arrival <= now)?;
        let slot = self.slots.get_mut(self.first)?;
        self.first = (self.first + 1) % SLOTS;
        self.used -= 1;
        Some(slot)
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_millis(1);

    fn write(byte: u8) -> impl FnOnce(&mut [u8]) -> Option<usize> {
        move |out| {
            out[0] = byte;
            Some(1)
        }
    }

    fn received(wire: &mut Wire, now: Instant) -> Option<(End, u8)> {
        let slot = wire.receive(now)?;
        let to = slot.to;
        assert_eq!(slot.datagram().len(), 1);
        Some((to, slot.datagram()[0]))
    }

    #[test]
    fn datagrams_arrive_in_order_after_their_delay() {
        let mut wire = Wire::new();
        assert!(wire.send(START, End::Right, write(1)));
        assert!(wire.send(START, End::Left, write(2)));
        assert!(!wire.send(START, End::Left, |_| None));
        assert_eq!(wire.next_arrival(), Some(START + DELAY));
        assert_eq!(received(&mut wire, START), None);
        assert_eq!(received(&mut wire, START + DELAY), Some((End::Right, 1)));
        assert_eq!(received(&mut wire, START + DELAY), Some((End::Left, 2)));
        assert_eq!((received(&mut wire, START + DELAY), wire.next_arrival()), (None, None));
    }

    #[test]
    fn what_finds_no_buffer_is_lost_and_counted() {
        let mut wire = Wire::new();
        for number in 0..SLOTS {
            assert!(wire.send(START, End::Right, write(number as u8)));
        }
        assert!(wire.send(START, End::Right, write(99)));
        assert!(!wire.send(START, End::Right, |_| None));
        assert_eq!(wire.lost, 1);
        for number in 0..SLOTS {
            assert_eq!(received(&mut wire, START + DELAY), Some((End::Right, number as u8)));
        }
        assert_eq!(received(&mut wire, START + DELAY), None);
    }
}
