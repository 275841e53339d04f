//! Sets of numbers that lie in few ranges: what has arrived beyond a gap, and what was acknowledged there.

use alloc::collections::BTreeMap;
use core::ops::Range;

/// Numbers, kept as ranges that neither overlap nor touch.
///
/// A step costs the logarithm of the number of ranges, however far apart and however long they are. Ranges that a step
/// swallows cost a step each, once.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    /// The end of each range, exclusive, by its start.
    ends: BTreeMap<u64, u64>,
}

impl Ranges {
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many ranges there are.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        self.around(number).is_some()
    }

    /// The ranges, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.ends.iter().map(|(start, end)| *start..*end)
    }

    /// The first range.
    pub(crate) fn first(&self) -> Option<Range<u64>> {
        self.ends.first_key_value().map(|(start, end)| *start..*end)
    }

    /// Adds numbers.
    pub(crate) fn insert(&mut self, mut added: Range<u64>) {
        if added.is_empty() {
            return;
        }
        if let Some((start, end)) = self.ends.range(..added.start).next_back()
            && *end >= added.start
        {
            added = *start..added.end.max(*end);
        }
        while let Some((start, end)) = self.ends.range(added.start..=added.end).next() {
            let start = *start;
            added.end = added.end.max(*end);
            self.ends.remove(&start);
        }
        self.ends.insert(added.start, added.end);
    }

    /// Takes numbers out.
    pub(crate) fn remove(&mut self, removed: Range<u64>) {
        while let Some(part) = self.next_in(removed.clone()) {
            let Some(whole) = self.around(part.start) else { return };
            self.ends.remove(&whole.start);
            for rest in [whole.start..part.start, part.end..whole.end] {
                if !rest.is_empty() {
                    self.ends.insert(rest.start, rest.end);
                }
            }
        }
    }

    /// Forgets the ranges that end below a number. One that goes on stays as it is.
    pub(crate) fn forget_below(&mut self, number: u64) {
        while let Some(entry) = self.ends.first_entry().filter(|entry| *entry.get() <= number) {
            entry.remove();
        }
    }

    /// The first part of `within` that is in the set.
    pub(crate) fn next_in(&self, within: Range<u64>) -> Option<Range<u64>> {
        let first = self.around(within.start).or_else(|| {
            let (start, end) = self.ends.range(within.start..).next()?;
            Some(*start..*end)
        })?;
        let part = first.start.max(within.start)..first.end.min(within.end);
        (!part.is_empty()).then_some(part)
    }

    /// The first part of `within` that is not in the set.
    pub(crate) fn next_missing(&self, within: Range<u64>) -> Option<Range<u64>> {
        let start = self.around(within.start).map_or(within.start, |range| range.end);
        let end = self.ends.range(start..).next().map_or(within.end, |(start, _)| within.end.min(*start));
        (start < end).then_some(start..end)
    }

    /// The range that a number lies in.
    fn around(&self, number: u64) -> Option<Range<u64>> {
        let (start, end) = self.ends.range(..=number).next_back()?;
        (number < *end).then_some(*start..*end)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_behave_like_a_set_of_numbers(steps in proptest::collection::vec((0_u8..4, 0_u64..60, 0_u64..12), 0..80)) {
            let mut ranges = Ranges::default();
            let mut model = BTreeSet::new();
            for (step, start, len) in steps {
                let span = start..start + len;
                match step {
                    0 | 1 => {
                        ranges.insert(span.clone());
                        model.extend(span);
                    }
                    2 => {
                        ranges.remove(span.clone());
                        model.retain(|number| !span.contains(number));
                    }
                    _ => {
                        let expected = |wanted: bool| {
                            let first = span.clone().find(|number| model.contains(number) == wanted)?;
                            let end = (first..span.end).find(|number| model.contains(number) != wanted);
                            Some(first..end.unwrap_or(span.end))
                        };
                        prop_assert_eq!(ranges.next_in(span.clone()), expected(true));
                        prop_assert_eq!(ranges.next_missing(span.clone()), expected(false));
                    }
                }
                prop_assert_eq!(ranges.iter().flatten().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
                let ends: Vec<_> = ranges.iter().collect();
                prop_assert!(ends.windows(2).all(|pair| pair[0].end < pair[1].start), "they do not touch");
            }
        }
    }

    #[test]
    fn what_lies_below_is_forgotten_by_whole_ranges() {
        let mut ranges = Ranges::default();
        [1..3, 5..9, 12..13].into_iter().for_each(|range| ranges.insert(range));
        ranges.forget_below(6);
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [5..9, 12..13]);
    }
}
