//! Closing channels (RFC 8831 §6.7): each side resets its own direction of the stream.

use alloc::vec::Vec;

use super::streams::Streams;
use super::{Association, Channels};
use crate::channel::ChannelState;
use crate::{Channel, ChannelId, Command, Event, Failure, StreamId};

impl Channels {
    /// Closes a channel. What was sent on it arrives first.
    pub fn close(&mut self, id: ChannelId) {
        self.drop_held(id);
        self.start_closing(id);
    }

    /// The peer has reset its direction of these streams: it closes their channels, and we close our direction
    /// (without which Chromium's channel stays in `closing` for ever).
    pub fn handle_incoming_reset(&mut self, streams: &[StreamId]) {
        for stream in streams {
            if self.streams.reset(*stream) {
                self.on_incoming_reset(*stream);
            }
        }
    }

    /// The peer has reset its direction of all streams (RFC 6525 §4.1). That takes steps for the channels of which it had
    /// not been so, and for nothing else, however often it is said.
    pub fn handle_incoming_reset_of_all(&mut self) {
        for stream in self.streams.reset_all() {
            self.on_incoming_reset(stream);
        }
    }

    fn on_incoming_reset(&mut self, stream: StreamId) {
        if self.is_for_the_next(stream) && self.early.has(stream) {
            self.reset_next(stream);
            return;
        }
        self.early.drop_stream(&mut self.retained, stream);
        let Some(id) = self.on_stream(stream) else { return };
        let Some(channel) = self.channels.get_mut(&id) else { return };
        channel.resets.incoming = true;
        if channel.state == ChannelState::Open {
            self.resume(id);
            self.events.push_back(Event::Closing(id));
            self.start_closing(id);
        }
        self.finish_if_reset(id);
    }

    /// The next channel came and went while this one waited for its end: it closes when it has been seen.
    fn reset_next(&mut self, stream: StreamId) {
        let id = self.on_stream(stream);
        if let Some(channel) = id.and_then(|id| self.channels.get_mut(&id)) {
            channel.resets.next = true;
        }
    }

    /// Our direction of these streams is reset.
    pub fn handle_outgoing_reset(&mut self, streams: &[StreamId]) {
        for stream in streams {
            let Some(id) = self.on_stream(*stream) else { continue };
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.resets.outgoing = true;
            }
            self.finish_if_reset(id);
        }
    }

    /// The peer will not reset these streams: nothing more can be said on them, and no answer will come.
    pub fn handle_failed_reset(&mut self, streams: &[StreamId]) {
        for stream in streams {
            let Some(id) = self.on_stream(*stream) else { continue };
            self.finish(id);
        }
    }

    /// The association is over: every channel is closed, after an error if there is a `failure` to tell of.
    pub fn handle_disconnected(&mut self, failure: Option<Failure>) {
        self.association = Association::Closed;
        self.commands.clear();
        self.early.clear(&mut self.retained);
        let alive = self.channels.iter().filter(|(_, channel)| channel.state != ChannelState::Closed);
        for id in alive.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.resume(id);
            if let Some(failure) = failure {
                self.events.push_back(Event::Error(id, failure));
            }
            self.finish(id);
        }
    }

    /// The peer has set the association up anew, with so many streams in each direction (RFC 9260 §5.2.4, action A): all
    /// channels are closed, as by [`handle_disconnected`](Self::handle_disconnected), and new ones may be opened.
    pub fn handle_restarted(&mut self, streams: u16) {
        self.handle_disconnected(Some(Failure::Association));
        self.streams.clear();
        self.association = Association::Connected { streams };
    }

    /// Another association takes the place of the one that has ended. Nothing is known of it: roles and streams are
    /// settled anew, channels that are created wait for it, and an OPEN meets no channel of before.
    pub fn begin_anew(&mut self) {
        if self.association == Association::Closed {
            self.association = Association::Connecting;
            self.streams = Streams::default();
            self.remote_max_message_size = None;
        }
    }

    /// A channel that cannot go on. One that is closing has no more to fail.
    pub(super) fn fail(&mut self, id: ChannelId, failure: Failure) {
        let ends = |channel: &Channel| matches!(channel.state, ChannelState::Closing | ChannelState::Closed);
        if self.channel(id).is_none_or(ends) {
            return;
        }
        self.resume(id);
        self.events.push_back(Event::Error(id, failure));
        self.start_closing(id);
    }

    fn start_closing(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        match (channel.state, channel.stream) {
            // Where an OPEN is under way, the peer will have the channel and has to hear of its end.
            (ChannelState::Connecting, _) if !channel.awaits_ack => self.finish(id),
            (ChannelState::Connecting | ChannelState::Open, Some(stream)) => {
                self.leave_for(id, ChannelState::Closing);
                self.commands.push_back(Command::Reset(stream));
            }
            _ => {}
        }
    }

    /// Goes on to the next state, and counts a channel that is open no longer.
    fn leave_for(&mut self, id: ChannelId, next: ChannelState) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let left = core::mem::replace(&mut channel.state, next);
        self.closed = self.closed.saturating_add(u32::from(left == ChannelState::Open));
    }

    fn finish_if_reset(&mut self, id: ChannelId) {
        if self.channels.get(&id).is_some_and(|channel| channel.resets.incoming && channel.resets.outgoing) {
            self.finish(id);
        }
    }

    /// The channel is gone, and its stream is free.
    fn finish(&mut self, id: ChannelId) {
        self.drop_partial(id);
        self.drop_held(id);
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let (stream, ends_next) = (channel.stream, channel.resets.next);
        self.leave_for(id, ChannelState::Closed);
        self.events.push_back(Event::Closed(id));
        self.unassigned.remove(&id);
        if let Some(stream) = stream {
            self.unannounced.remove(&stream);
            self.streams.free(stream);
            self.replay_early(stream);
            if ends_next {
                self.handle_incoming_reset(&[stream]);
            }
        }
    }
}
