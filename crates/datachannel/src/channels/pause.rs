//! Channels of which the application takes no messages for the time being.

use super::Channels;
use super::retained::message_cost;
use crate::{ChannelId, Event, Payload};

impl Channels {
    /// Takes no more messages of a channel up to the application, until [`resume`](Self::resume). Those that come wait, and count
    /// as [retained](Self::retained): the peer is held back when the window is full, which all channels share.
    pub fn pause(&mut self, id: ChannelId) {
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.is_paused = true;
        }
    }

    /// Takes up what has waited, and what will come. When the peer ends a channel, it is resumed: its messages come before its
    /// end.
    pub fn resume(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        channel.is_paused = false;
        let held = core::mem::take(&mut channel.held);
        self.events.extend(held.into_iter().map(|payload| Event::Message(id, payload)));
    }

    /// Keeps a message of a paused channel, which counts as retained already.
    pub(super) fn hold(&mut self, id: ChannelId, payload: Payload) {
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.held.push_back(payload);
        }
    }

    /// Drops what has waited on a channel that we have closed: a channel that is closing delivers no more (webrtc-pc §6.4).
    pub(super) fn drop_held(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        for payload in core::mem::take(&mut channel.held) {
            self.retained.give_back(message_cost(payload.len()));
        }
    }
}
