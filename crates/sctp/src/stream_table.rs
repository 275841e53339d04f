//! State per stream, of which there may be 65 536 and are usually a few.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::array;

use crate::StreamId;

/// Streams per page: a small page, since most associations use one.
const PAGE: usize = 8;

/// A table with an entry per stream, made in pages when first written to.
///
/// Using one high stream number costs a page and the list of pages below it (64 KiB at most), not an entry for each
/// lower stream.
#[derive(Debug)]
pub(crate) struct StreamTable<T> {
    pages: Vec<Option<Box<[T; PAGE]>>>,
}

impl<T> Default for StreamTable<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T: Default> StreamTable<T> {
    /// The entry of a stream, if its page exists.
    pub(crate) fn get(&self, stream: StreamId) -> Option<&T> {
        let (page, at) = position(stream);
        self.pages.get(page)?.as_ref()?.get(at)
    }

    /// The entry of a stream, if its page exists.
    pub(crate) fn get_mut(&mut self, stream: StreamId) -> Option<&mut T> {
        let (page, at) = position(stream);
        self.pages.get_mut(page)?.as_mut()?.get_mut(at)
    }

    /// Makes sure that a stream has an entry, and returns it. `None` cannot happen.
    pub(crate) fn entry(&mut self, stream: StreamId) -> Option<&mut T> {
        let (page, at) = position(stream);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages.get_mut(page)?;
        page.get_or_insert_with(|| Box::new(array::from_fn(|_| T::default()))).get_mut(at)
    }

    /// All existing entries, in the order of their streams.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (StreamId, &mut T)> {
        self.pages.iter_mut().enumerate().flat_map(|(page, entries)| {
            entries.iter_mut().flat_map(move |entries| {
                entries.iter_mut().enumerate().map(move |(at, entry)| {
                    (StreamId(u16::try_from(page * PAGE + at).unwrap_or(u16::MAX)), entry)
                })
            })
        })
    }
}

fn position(stream: StreamId) -> (usize, usize) {
    (usize::from(stream.0) / PAGE, usize::from(stream.0) % PAGE)
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
        assert_eq!(table.iter_mut().count(), 2 * PAGE);
        assert_eq!(table.iter_mut().last(), Some((StreamId(u16::MAX), &mut 99)));
    }
}
