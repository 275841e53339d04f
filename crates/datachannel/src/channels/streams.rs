//! Which streams are in use, and which is the next that we may open a channel on (RFC 8832 §6).

use alloc::collections::{BTreeMap, BTreeSet};

use super::Role;
use crate::{ChannelId, StreamId};

/// The streams of the association, as far as channels have them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    channels: BTreeMap<StreamId, ChannelId>,
    /// Streams that the peer may still reset with some effect: since it did so last, they have got a channel, or a message
    /// that waits for one. A reset of all streams takes steps for these, and for no other.
    unreset: BTreeSet<StreamId>,
    role: Option<Role>,
    /// Every stream of our parity below this one has a channel or is among the `freed`.
    next: u32,
    freed: BTreeSet<StreamId>,
}

impl Streams {
    /// Decides which parity is ours. Returns whether that is news.
    pub(super) fn set_role(&mut self, role: Role) -> bool {
        let is_news = self.role != Some(role);
        if is_news {
            self.role = Some(role);
            self.next = u32::from(role == Role::Odd);
            self.freed.clear();
        }
        is_news
    }

    /// All streams are free, and the roles as they were.
    pub(super) fn clear(&mut self) {
        let role = self.role;
        *self = Self::default();
        if let Some(role) = role {
            self.set_role(role);
        }
    }

    pub(super) fn get(&self, stream: StreamId) -> Option<ChannelId> {
        self.channels.get(&stream).copied()
    }

    pub(super) fn is_taken(&self, stream: StreamId) -> bool {
        self.channels.contains_key(&stream)
    }

    /// Whether this stream's parity is the one on which we open channels.
    pub(super) fn is_ours(&self, stream: StreamId) -> bool {
        self.role.is_some_and(|role| stream.is_multiple_of(2) == (role == Role::Even))
    }

    /// Gives a stream to a channel.
    pub(super) fn take(&mut self, stream: StreamId, id: ChannelId) {
        self.channels.insert(stream, id);
        self.freed.remove(&stream);
        self.unreset.insert(stream);
    }

    /// A stream's channel is gone.
    pub(super) fn free(&mut self, stream: StreamId) {
        self.channels.remove(&stream);
        if self.is_ours(stream) && u32::from(stream) < self.next {
            self.freed.insert(stream);
        }
    }

    /// The lowest stream of our parity below `end` that is free. The search goes on where the last one ended.
    pub(super) fn lowest_free(&mut self, end: StreamId) -> Option<StreamId> {
        self.role?;
        while let Ok(next) = StreamId::try_from(self.next)
            && self.is_taken(next)
        {
            self.next += 2;
        }
        let fresh = StreamId::try_from(self.next).ok();
        let lowest = self.freed.first().copied().into_iter().chain(fresh).min();
        lowest.filter(|stream| *stream < end)
    }

    /// A message waits for a channel on this stream.
    pub(super) fn note_early(&mut self, stream: StreamId) {
        self.unreset.insert(stream);
    }

    /// The peer resets its direction of a stream. Returns whether that means anything.
    pub(super) fn reset(&mut self, stream: StreamId) -> bool {
        self.unreset.remove(&stream)
    }

    /// The peer resets its direction of all streams. Returns those for which that means anything.
    pub(super) fn reset_all(&mut self) -> BTreeSet<StreamId> {
        core::mem::take(&mut self.unreset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_stream_is_found_among_those_that_came_back_and_those_never_used() {
        let mut streams = Streams::default();
        assert_eq!(streams.lowest_free(100), None, "the parity is not known");
        streams.take(3, ChannelId(9));
        assert!(streams.set_role(Role::Odd));
        for expected in [1, 5, 7, 9] {
            assert_eq!(streams.lowest_free(100), Some(expected));
            streams.take(expected, ChannelId(expected.into()));
        }
        [7, 3, 4].into_iter().for_each(|stream| streams.free(stream));
        assert_eq!(streams.lowest_free(100), Some(3));
        streams.take(3, ChannelId(20));
        assert_eq!((streams.lowest_free(100), streams.lowest_free(7)), (Some(7), None));
        streams.take(7, ChannelId(21));
        assert_eq!(streams.lowest_free(100), Some(11));
    }

    #[test]
    fn the_highest_streams_are_found_and_then_no_more() {
        let mut streams = Streams::default();
        streams.set_role(Role::Even);
        streams.next = 65_532;
        assert_eq!(streams.lowest_free(65_535), Some(65_532));
        streams.take(65_532, ChannelId(1));
        streams.take(65_534, ChannelId(2));
        assert_eq!(streams.lowest_free(65_535), None);
        assert!(!streams.set_role(Role::Even), "nothing is looked for anew");
    }
}
