//! Opening channels (RFC 8832 §6).

use alloc::boxed::Box;

use super::{Association, Channels, Role};
use crate::channel::ChannelState;
use crate::dcep::{Message, Open};
use crate::{
    Channel, ChannelId, Command, Discard, Event, Failure, Init, OpenError, Outgoing, Ppid, Priority,
    Reliability, StreamId,
};

/// The one number that is no stream of a channel (RFC 8832 §3).
const RESERVED: StreamId = 65_535;

impl Channels {
    /// Creates a channel. It opens at once if the association is up, else when it comes up.
    ///
    /// # Errors
    /// [`OpenError`] if the names are too long, the id cannot be a channel's or is in use, or no more channels fit.
    pub fn create(&mut self, init: Init) -> Result<ChannelId, OpenError> {
        if self.association == Association::Closed {
            return Err(OpenError::Closed);
        }
        if init.label.len().max(init.protocol.len()) > usize::from(u16::MAX) {
            return Err(OpenError::NameTooLong);
        }
        if self.channels.len() >= self.config.max_channels {
            return Err(OpenError::TooMany);
        }
        match init.negotiated {
            Some(RESERVED) => return Err(OpenError::InvalidId),
            Some(stream) if !self.has_stream(stream) => return Err(OpenError::TooMany),
            Some(stream) if self.streams.is_taken(stream) => return Err(OpenError::IdInUse),
            Some(_) => {}
            None if self.is_connected() && self.free_stream().is_none() => return Err(OpenError::TooMany),
            None => {}
        }
        let id = self.insert(Channel::new(init, ChannelState::Connecting));
        self.assign_stream(id);
        if self.is_connected() {
            self.establish(id);
        }
        Ok(id)
    }

    /// The DTLS role is decided, and with it the parity of our streams (webrtc-pc §6.1.1.3).
    pub fn set_role(&mut self, role: Role) {
        if self.streams.set_role(role) {
            for id in core::mem::take(&mut self.unassigned) {
                self.assign_stream(id);
            }
        }
    }

    /// The association is about to be up, with so many streams in each direction: the OPENs of waiting channels may go
    /// ahead with its first packet. Nothing is open before [`handle_connected`](Self::handle_connected).
    pub fn handle_negotiated(&mut self, streams: u16) {
        while let Some(entry) = self.unannounced.first_entry().filter(|entry| *entry.key() < streams) {
            let id = entry.remove();
            self.request(id);
        }
    }

    /// The association is up, with so many streams in each direction: every waiting channel opens.
    pub fn handle_connected(&mut self, streams: u16) {
        self.association = Association::Connected { streams };
        for id in self.waiting() {
            self.establish(id);
        }
    }

    /// The peer asks to open a channel. What it must not ask is answered with a reset of the stream.
    pub(super) fn on_open(&mut self, stream: StreamId, open: Open) -> Result<(), Discard> {
        let full = self.channels.len() >= self.config.max_channels;
        let unfit = stream == RESERVED || self.streams.is_ours(stream) || !self.has_stream(stream);
        let names = open.label.len().saturating_add(open.protocol.len());
        if full || unfit || self.streams.is_taken(stream) || !self.retained.take(names) {
            self.refuse(stream);
            return Err(Discard::RefusedOpen);
        }
        let init = Init {
            label: open.label,
            protocol: open.protocol,
            ordered: open.ordered,
            reliability: open.reliability,
            priority: Priority::from_weight(open.priority),
            negotiated: None,
        };
        let mut channel = Channel::new(init, ChannelState::Connecting);
        channel.stream = Some(stream);
        channel.known_to_peer = true;
        channel.retained = names;
        let id = self.insert(channel);
        self.streams.take(stream, id);
        self.commands.push_back(Command::Send(control(stream, Message::ack())));
        self.events.push_back(Event::Incoming(id));
        self.announce(id);
        Ok(())
    }

    /// The peer knows the channel.
    pub(super) fn on_ack(&mut self, stream: StreamId) -> Result<(), Discard> {
        let channel = self.on_stream(stream).and_then(|id| self.channels.get_mut(&id));
        let channel = channel.filter(|channel| channel.awaits_ack).ok_or(Discard::Unexpected)?;
        channel.awaits_ack = false;
        channel.known_to_peer = true;
        Ok(())
    }

    /// Gives a channel a number that none has. After 2³² of them, those are left out that are still there.
    fn insert(&mut self, channel: Channel) -> ChannelId {
        while self.channels.contains_key(&ChannelId(self.next_id)) {
            self.next_id = self.next_id.wrapping_add(1);
        }
        let id = ChannelId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        self.channels.insert(id, Box::new(channel));
        id
    }

    fn waiting(&self) -> alloc::vec::Vec<ChannelId> {
        self.iter()
            .filter(|(_, channel)| channel.state == ChannelState::Connecting)
            .map(|(id, _)| id)
            .collect()
    }

    /// Gives a channel its stream, if that can be said already.
    fn assign_stream(&mut self, id: ChannelId) {
        let negotiated = self.channels.get(&id).and_then(|channel| channel.stream);
        let Some(stream) = negotiated.or_else(|| self.free_stream()) else {
            self.unassigned.insert(id);
            return;
        };
        self.streams.take(stream, id);
        if negotiated.is_none() {
            self.unannounced.insert(stream, id);
        }
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.stream = Some(stream);
        }
    }

    /// Opens a channel of ours on the association that is up: the OPEN goes ahead of all messages, and nobody waits for
    /// its ACK.
    fn establish(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        match (channel.stream, self.association) {
            (Some(stream), Association::Connected { streams }) if stream < streams => {
                if self.unannounced.remove(&stream).is_some() {
                    self.request(id);
                }
                self.announce(id);
            }
            _ => self.fail(id, Failure::NoStream),
        }
    }

    /// Sends the OPEN of a channel.
    fn request(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let Some(stream) = channel.stream else { return };
        channel.awaits_ack = true;
        let open = channel.open_message().emit();
        self.commands.push_back(Command::Send(control(stream, open)));
    }

    /// The channel is open: what waited for it comes right behind.
    fn announce(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        channel.state = ChannelState::Open;
        self.opened = self.opened.saturating_add(1);
        self.events.push_back(Event::Open(id));
        let Some(stream) = channel.stream else { return };
        // The stream may have carried another channel before.
        self.commands.push_front(Command::Priority(stream, channel.init.priority.weight()));
        self.commands.push_back(Command::LowThreshold(stream, channel.low_threshold));
        self.deliver_early(stream);
    }

    const fn is_connected(&self) -> bool {
        matches!(self.association, Association::Connected { .. })
    }

    /// Whether the association has this stream, as far as that is known.
    fn has_stream(&self, stream: StreamId) -> bool {
        match self.association {
            Association::Connected { streams } => stream < streams,
            _ => true,
        }
    }

    /// The lowest stream of our parity that is free.
    fn free_stream(&mut self) -> Option<StreamId> {
        let end = match self.association {
            Association::Connected { streams } => streams,
            _ => RESERVED,
        };
        self.streams.lowest_free(end)
    }
}

/// A message of the establishment protocol: always reliable and in order.
fn control(stream: StreamId, payload: bytes::Bytes) -> Outgoing {
    let (unordered, uncounted) = (false, true);
    Outgoing { stream, ppid: Ppid::DCEP, payload, unordered, uncounted, reliability: Reliability::Reliable }
}
