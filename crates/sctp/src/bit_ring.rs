//! A queue of bits.

use alloc::collections::VecDeque;

const WORD: usize = 64;

/// Bits in a queue, by position from the front: which of the TSNs in a window have arrived.
///
/// Searches go by words, so that a window of a thousand packets costs sixteen steps.
#[derive(Debug, Default)]
pub(crate) struct BitRing {
    words: VecDeque<u64>,
    /// Bits of the first word that have left already.
    offset: usize,
    len: usize,
}

impl BitRing {
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.offset = 0;
        self.len = 0;
    }

    /// Appends a zero.
    pub(crate) fn push_back(&mut self) {
        if (self.offset + self.len).is_multiple_of(WORD) {
            self.words.push_back(0);
        }
        self.len += 1;
    }

    /// Removes the bit at the front.
    pub(crate) fn pop_front(&mut self) {
        if self.len == 0 {
            return;
        }
        if let Some(word) = self.words.front_mut() {
            *word &= !(1 << self.offset);
        }
        self.len -= 1;
        self.offset += 1;
        if self.offset == WORD {
            self.words.pop_front();
            self.offset = 0;
        } else if self.len == 0 {
            self.clear();
        }
    }

    pub(crate) fn get(&self, at: usize) -> bool {
        let at = at + self.offset;
        self.words.get(at / WORD).is_some_and(|word| word >> (at % WORD) & 1 == 1)
    }

    /// Sets a bit; one beyond the end is ignored.
    pub(crate) fn set(&mut self, at: usize, bit: bool) {
        if at >= self.len {
            return;
        }
        let at = at + self.offset;
        if let Some(word) = self.words.get_mut(at / WORD) {
            let mask = 1 << (at % WORD);
            if bit { *word |= mask } else { *word &= !mask }
        }
    }

    /// The first position at or after `from` that holds `bit`, if there is one below the end.
    pub(crate) fn find(&self, bit: bool, from: usize) -> Option<usize> {
        if from >= self.len {
            return None;
        }
        let start = from + self.offset;
        let mut index = start / WORD;
        let mut skip = start % WORD;
        while let Some(word) = self.words.get(index) {
            let wanted = if bit { *word } else { !*word };
            let rest = wanted >> skip << skip;
            if rest != 0 {
                let found = index * WORD + rest.trailing_zeros() as usize - self.offset;
                return (found < self.len).then_some(found);
            }
            index += 1;
            skip = 0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::VecDeque as Model;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_behaves_like_a_queue_of_bools(steps in proptest::collection::vec((0_u8..4, 0_usize..300), 0..600)) {
            let mut ring = BitRing::default();
            let mut model = Model::new();
            for (step, at) in steps {
                match step {
                    0 | 1 => for _ in 0..at % 7 {
                        ring.push_back();
                        model.push_back(false);
                    },
                    2 => {
                        ring.pop_front();
                        model.pop_front();
                    }
                    _ => {
                        ring.set(at, at % 3 != 0);
                        if let Some(bit) = model.get_mut(at) {
                            *bit = at % 3 != 0;
                        }
                    }
                }
                prop_assert_eq!(ring.get(at), model.get(at).copied().unwrap_or(false));
                for bit in [false, true] {
                    let expected = (at..model.len()).find(|i| model[*i] == bit);
                    prop_assert_eq!(ring.find(bit, at), expected);
                }
            }
        }
    }
}
