//! The message whose fragments are arriving in sequence (RFC 9260 §6.9).

use alloc::vec::Vec;

use base::Serial16;
use bytes::Bytes;

use crate::wire::{Data, DataFlags};
use crate::{Message, Ppid, StreamId};

/// What became of a fragment.
#[derive(Debug)]
pub(super) enum Step {
    /// It waits for the rest of its message.
    Stored,
    /// It is no part of anything.
    Ignored,
    /// Its message has become too large: what there is of it has been dropped, and the rest will be.
    Oversized,
    /// It was the end of an oversized message, or within it.
    SkippedToEnd,
    /// It completed its message.
    Complete(Message),
}

/// An incomplete message that has been dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abandoned {
    pub(super) unordered: bool,
    pub(super) stream: StreamId,
    pub(super) ssn: Serial16,
}

#[derive(Debug)]
struct Partial {
    stream: StreamId,
    ssn: Serial16,
    ppid: Ppid,
    unordered: bool,
    oversized: bool,
    payload: Vec<u8>,
}

/// At most one incomplete message.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    partial: Option<Partial>,
    /// Bytes of the last fragmented message: a guess at the next, so that it is allocated once.
    expected_len: usize,
}

impl Assembly {
    /// Bytes of the incomplete message that have arrived.
    pub(super) fn len(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.payload.len())
    }

    /// Whether a fragment belongs to the incomplete message.
    pub(super) fn continues(&self, data: &Data<'_>) -> bool {
        self.partial.as_ref().is_some_and(|partial| {
            partial.stream == data.stream
                && partial.unordered == data.flags.has(DataFlags::UNORDERED)
                // The number of an unordered message means nothing (RFC 9260 §3.3.1).
                && (partial.unordered || partial.ssn == data.ssn)
        })
    }

    /// Drops the incomplete message, if there is one.
    pub(super) fn abandon(&mut self) -> Option<Abandoned> {
        self.partial.take().map(|partial| Abandoned {
            unordered: partial.unordered,
            stream: partial.stream,
            ssn: partial.ssn,
        })
    }

    /// Takes a fragment that begins a message or continues the incomplete one.
    pub(super) fn push(&mut self, data: &Data<'_>, max_message_size: usize) -> Step {
        let unordered = data.flags.has(DataFlags::UNORDERED);
        if data.flags.has(DataFlags::BEGIN) {
            if data.flags.has(DataFlags::END) && data.payload.len() <= max_message_size {
                let payload = Bytes::copy_from_slice(data.payload);
                return Step::Complete(Message { stream: data.stream, ppid: data.ppid, unordered, payload });
            }
            self.partial = Some(Partial {
                stream: data.stream,
                ssn: data.ssn,
                ppid: data.ppid,
                unordered,
                oversized: false,
                payload: Vec::with_capacity(self.expected_len),
            });
        }
        let Some(partial) = &mut self.partial else { return Step::Ignored };
        let ends = data.flags.has(DataFlags::END);
        if partial.oversized {
            if ends {
                self.partial = None;
                return Step::SkippedToEnd;
            }
            return Step::Ignored;
        }
        if partial.payload.len() + data.payload.len() > max_message_size {
            partial.payload = Vec::new();
            partial.oversized = true;
            return Step::Oversized;
        }
        make_room(&mut partial.payload, data.payload.len(), max_message_size);
        partial.payload.extend_from_slice(data.payload);
        if ends { self.complete() } else { Step::Stored }
    }

    fn complete(&mut self) -> Step {
        let Some(mut partial) = self.partial.take() else { return Step::Ignored };
        self.expected_len = partial.payload.len();
        if partial.payload.capacity() > 2 * partial.payload.len() {
            partial.payload.shrink_to_fit();
        }
        Step::Complete(Message {
            stream: partial.stream,
            ppid: partial.ppid,
            unordered: partial.unordered,
            payload: Bytes::from(partial.payload),
        })
    }
}

/// Lets a message grow by doubling, but never to more room than the largest message takes.
fn make_room(payload: &mut Vec<u8>, more: usize, max_message_size: usize) {
    let needed = payload.len() + more;
    if payload.capacity() < needed {
        let room = (2 * payload.capacity()).clamp(needed, max_message_size.max(needed));
        payload.reserve_exact(room - payload.len());
    }
}
