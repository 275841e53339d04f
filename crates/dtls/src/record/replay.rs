//! Replay detection (RFC 6347 §4.1.2.6).

/// How far back a late record may be. More than the 64 that the RFC recommends: paths with several links reorder more.
const WIDTH: u64 = 128;

/// Which of the newest records were seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReplayWindow {
    /// One more than the highest sequence number seen: zero while there is none.
    end: u64,
    /// Bit `n` stands for `end - 1 - n`.
    seen: u128,
}

impl ReplayWindow {
    /// Whether a record with this number may still be accepted.
    pub(crate) const fn is_fresh(&self, sequence: u64) -> bool {
        if sequence >= self.end {
            return true;
        }
        let age = self.end - 1 - sequence;
        age < WIDTH && self.seen >> age & 1 == 0
    }

    /// Notes a record whose tag has matched.
    pub(crate) const fn mark(&mut self, sequence: u64) {
        if sequence >= self.end {
            let step = sequence + 1 - self.end;
            self.seen = if step < WIDTH { self.seen << step } else { 0 };
            self.end = sequence + 1;
        }
        let age = self.end - 1 - sequence;
        if age < WIDTH {
            self.seen |= 1 << age;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    /// RFC 6347 §4.1.2.6.
    #[test]
    fn a_number_is_accepted_once_and_not_when_it_is_too_old() {
        let mut window = ReplayWindow::default();
        assert!(window.is_fresh(0));
        window.mark(0);
        assert!(!window.is_fresh(0));
        window.mark(127);
        assert!(!window.is_fresh(0));
        assert!(window.is_fresh(1));
        window.mark(128);
        assert!(!window.is_fresh(0), "now too old");
        window.mark((1 << 48) - 1);
        assert!(!window.is_fresh(128));
        assert!(window.is_fresh((1 << 48) - 2));
    }

    proptest! {
        /// RFC 6347 §4.1.2.6.
        #[test]
        fn behaves_as_a_set_of_all_that_was_seen(numbers in proptest::collection::vec(0_u64..400, 0..600)) {
            let mut window = ReplayWindow::default();
            let mut seen = BTreeSet::new();
            for number in numbers {
                let highest = seen.last().copied().unwrap_or(0);
                let expected = !seen.contains(&number) && (number > highest || highest - number < WIDTH);
                prop_assert_eq!(window.is_fresh(number), expected);
                if expected {
                    window.mark(number);
                    seen.insert(number);
                }
            }
        }
    }
}
