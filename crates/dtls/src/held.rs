//! Records that came before their time: before the start, or before their keys (RFC 6347 §4.1).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::error::Discard;

/// How many bytes are held, however many records they make.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// Whole records, oldest first.
#[derive(Debug)]
pub(crate) struct Held {
    records: VecDeque<Vec<u8>>,
    bytes: usize,
    max_records: usize,
}

impl Held {
    pub(crate) const fn new(max_records: usize) -> Self {
        Self { records: VecDeque::new(), bytes: 0, max_records }
    }

    /// Keeps a record; the newest ones are turned away when there is no room.
    pub(crate) fn push(&mut self, record: &[u8]) -> Result<(), Discard> {
        if self.records.len() >= self.max_records || self.bytes + record.len() > MAX_BYTES {
            return Err(Discard::Limit);
        }
        self.bytes += record.len();
        self.records.push_back(record.to_vec());
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Gives up all of them.
    pub(crate) fn take(&mut self) -> VecDeque<Vec<u8>> {
        self.bytes = 0;
        core::mem::take(&mut self.records)
    }
}
