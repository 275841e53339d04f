//! Serial number arithmetic (RFC 1982).
//!
//! A serial number has no `Ord`: "before" is not transitive once numbers wrap, and a sorted container of them
//! would be wrong in a way that no test at small numbers shows.

use core::ops::{Add, Sub};

/// A 32-bit serial number: SCTP TSNs and reconfiguration sequence numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Serial32(pub u32);

impl Serial32 {
    /// Whether `self` comes before `other`: less than half the circle behind it.
    #[must_use]
    pub const fn is_before(self, other: Self) -> bool {
        // The difference, read as a signed number, says on which half of the circle `other` lies.
        self.distance_to(other).cast_signed() > 0
    }

    /// Whether `self` comes after `other`.
    #[must_use]
    pub const fn is_after(self, other: Self) -> bool {
        other.is_before(self)
    }

    /// Steps from `self` forward to `other`, around the circle.
    #[must_use]
    pub const fn distance_to(self, other: Self) -> u32 {
        other.0.wrapping_sub(self.0)
    }

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// The number before this one.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.wrapping_sub(1))
    }
}

impl Add<u32> for Serial32 {
    type Output = Self;

    fn add(self, steps: u32) -> Self {
        Self(self.0.wrapping_add(steps))
    }
}

impl Sub<u32> for Serial32 {
    type Output = Self;

    fn sub(self, steps: u32) -> Self {
        Self(self.0.wrapping_sub(steps))
    }
}

/// A 16-bit serial number: SCTP stream sequence numbers, RTP sequence numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Serial16(pub u16);

impl Serial16 {
    /// Whether `self` comes before `other`: less than half the circle behind it.
    #[must_use]
    pub const fn is_before(self, other: Self) -> bool {
        self.distance_to(other).cast_signed() > 0
    }

    /// Whether `self` comes after `other`.
    #[must_use]
    pub const fn is_after(self, other: Self) -> bool {
        other.is_before(self)
    }

    /// Steps from `self` forward to `other`, around the circle.
    #[must_use]
    pub const fn distance_to(self, other: Self) -> u16 {
        other.0.wrapping_sub(self.0)
    }

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

impl Add<u16> for Serial16 {
    type Output = Self;

    fn add(self, steps: u16) -> Self {
        Self(self.0.wrapping_add(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_survives_the_wrap() {
        let last = Serial32(u32::MAX);
        assert!(last.is_before(last.next()));
        assert!(last.next().is_after(last));
        assert_eq!(last.distance_to(last + 5), 5);
        assert!(Serial16(u16::MAX).is_before(Serial16(3)));
    }

    #[test]
    fn a_number_is_neither_before_nor_after_itself() {
        assert!(!Serial32(9).is_before(Serial32(9)));
        assert!(!Serial16(9).is_after(Serial16(9)));
    }

    #[test]
    fn opposite_numbers_are_in_no_order() {
        // RFC 1982 §3.2 leaves this case undefined; we answer "no" to both questions.
        let (a, b) = (Serial32(0), Serial32(1 << 31));
        assert!(!a.is_before(b));
        assert!(!b.is_before(a));
    }
}
