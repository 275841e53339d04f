//! State per stream, of which there may be 65 536 and are usually a few.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::array;

use crate::StreamId;

/// Streams per page: a small page, since most associations use one.
const PAGE: u16 = 8;

/// A table with an entry per stream, made in pages when first written to, and given back when all of a page is as at first.
///
/// Using a high stream number costs its page, not one for each lower number.
#[derive(Debug)]
pub(crate) struct StreamTable<T> {
    pages: BTreeMap<u16, Box<[T; PAGE as usize]>>,
}

impl<T> Default for StreamTable<T> {
    fn default() -> Self {
        Self { pages: BTreeMap::new() }
    }
}

impl<T: Default + PartialEq> StreamTable<T> {
    /// The entry of a stream, if its page exists.
    pub(crate) fn get(&self, stream: StreamId) -> Option<&T> {
        let (page, at) = position(stream);
        self.pages.get(&page)?.get(at)
    }

    /// The entry of a stream, if its page exists.
    pub(crate) fn get_mut(&mut self, stream: StreamId) -> Option<&mut T> {
        let (page, at) = position(stream);
        self.pages.get_mut(&page)?.get_mut(at)
    }

    /// Makes sure that a stream has an entry, and returns it. `None` cannot happen.
    pub(crate) fn entry(&mut self, stream: StreamId) -> Option<&mut T> {
        let (page, at) = position(stream);
        self.pages.entry(page).or_insert_with(|| Box::new(array::from_fn(|_| T::default()))).get_mut(at)
    }

    /// Makes the entry of a stream what it was at first.
    pub(crate) fn clear(&mut self, stream: StreamId) {
        let (page, at) = position(stream);
        let Some(entries) = self.pages.get_mut(&page) else { return };
        if let Some(entry) = entries.get_mut(at) {
            *entry = T::default();
        }
        if entries.iter().all(|entry| *entry == T::default()) {
            self.pages.remove(&page);
        }
    }
}

const fn position(stream: StreamId) -> (u16, usize) {
    (stream.0 / PAGE, (stream.0 % PAGE) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_again_and_only_their_pages_exist() {
        let mut table = StreamTable::<u32>::default();
        assert_eq!(table.get(StreamId(3)), None);
        *table.entry(StreamId(3)).unwrap() = 33;
        *table.entry(StreamId(u16::MAX)).unwrap() = 99;
        assert_eq!(table.get(StreamId(3)), Some(&33));
        assert_eq!(table.get(StreamId(u16::MAX)), Some(&99));
        assert_eq!(table.get(StreamId(4)), Some(&0));
        assert_eq!(table.get(StreamId(400)), None);
        assert_eq!(table.pages.len(), 2);
        table.clear(StreamId(3));
        assert_eq!(
            (table.get(StreamId(3)), table.pages.len()),
            (None, 1),
            "a page without entries is no page"
        );
    }
}
