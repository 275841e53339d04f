//! Data channels (webrtc-pc §6): commands on the way down, messages and events on the way up.

use alloc::string::{String, ToString};

use base::Instant;
use datachannel::{ChannelId, Outgoing, Payload};

use super::PeerConnection;
use crate::log::say;
use crate::{
    DataChannel, DataChannelInit, DataChannelMut, Error, Event, RtcError, RtcErrorDetail, SendError, Unsent,
};

/// Bytes that a message costs beyond its own while it waits.
const MESSAGE_COST: usize = 160;

impl PeerConnection {
    /// `createDataChannel`.
    ///
    /// # Errors
    /// [`Error::BothLimits`], [`Error::MissingId`] or [`Error::Open`] if the channel cannot be.
    pub fn create_data_channel(
        &mut self,
        label: impl Into<String>,
        init: DataChannelInit,
    ) -> Result<ChannelId, Error> {
        self.alive()?;
        let id = self.channels.create(init.checked(label.into())?)?;
        self.session.want_data();
        self.announce_negotiation();
        self.restless = true;
        Ok(id)
    }

    /// A channel, to look at.
    #[must_use]
    pub fn data_channel(&self, id: ChannelId) -> Option<DataChannel<'_>> {
        self.channels.channel(id).map(|channel| DataChannel { connection: self, channel, id })
    }

    /// A channel, to use.
    pub fn data_channel_mut(&mut self, id: ChannelId) -> Option<DataChannelMut<'_>> {
        self.channels.channel(id)?;
        Some(DataChannelMut { connection: self, id })
    }

    /// The channels that exist, in the order of their creation.
    pub fn data_channels(&self) -> impl Iterator<Item = ChannelId> {
        self.channels.iter().map(|(id, _)| id)
    }

    /// Sends a text or bytes on a channel.
    ///
    /// # Errors
    /// [`Unsent`] gives the message back: the channel is not open, the message is larger than the peer takes, or too much is
    /// waiting.
    pub fn send(&mut self, now: Instant, id: ChannelId, payload: impl Into<Payload>) -> Result<(), Unsent> {
        let outgoing = self.channels.send(id, payload.into())?;
        self.restless = true;
        // The OPEN of the channel may still be among the commands, and comes before all messages (RFC 8832 §6).
        let is_clear = self.carry_out_commands(now);
        let result = match self.association.as_mut() {
            None => Err((SendError::NotOpen, outgoing)),
            Some(_) if !is_clear => Err((SendError::BufferFull, outgoing)),
            Some(association) => {
                association.send(now, outgoing).map_err(|(error, back)| (error.into(), back))
            }
        };
        result.map_err(|(error, Outgoing { ppid, payload, .. })| {
            say!(self.events.log, trace, "a message finds no room", reason = error);
            Unsent { error, payload: self.channels.unsend(id, ppid, payload) }
        })
    }

    pub(crate) fn close_data_channel(&mut self, id: ChannelId) {
        self.channels.close(id);
        self.restless = true;
    }

    pub(crate) fn pause_data_channel(&mut self, id: ChannelId, paused: bool) {
        if paused {
            self.channels.pause(id);
        } else {
            self.channels.resume(id);
        }
    }

    pub(crate) fn buffered_amount(&self, id: ChannelId) -> usize {
        let stream = self.channels.channel(id).and_then(datachannel::Channel::stream);
        match (&self.association, stream) {
            (Some(association), Some(stream)) => association.sctp.buffered_amount(sctp::StreamId(stream)),
            _ => 0,
        }
    }

    pub(crate) fn set_buffered_amount_low_threshold(&mut self, id: ChannelId, bytes: usize) {
        self.channels.set_buffered_amount_low_threshold(id, bytes);
        self.restless = true;
    }

    /// Passes on what the association says and what the channels ask for.
    pub(super) fn progress_data(&mut self, now: Instant) {
        self.take_sctp_events();
        self.carry_out_commands(now);
        self.set_retained();
        self.abort_what_is_closed(now);
    }

    /// Tells the association what is kept of what the peer has sent, and counts against its window.
    fn set_retained(&mut self) {
        if let Some(association) = &mut self.association {
            association.sctp.set_retained(self.channels.retained().saturating_add(self.left_over));
        }
    }

    /// The application takes an event: a message that an earlier association has left makes room.
    pub(super) fn on_taken(&mut self, event: &Event) {
        let cost = message_cost(event);
        if cost > 0 {
            self.left_over = self.left_over.saturating_sub(cost);
            self.set_retained();
            self.restless = true;
        }
    }

    /// Passes on what the channels ask for. `false` if something has to wait for room in the send buffer.
    fn carry_out_commands(&mut self, now: Instant) -> bool {
        let Some(association) = &mut self.association else { return true };
        while let Some(command) = self.channels.poll_command() {
            if let Err(waiting) = association.carry_out(now, command) {
                self.channels.put_back(waiting);
                return false;
            }
        }
        true
    }

    /// Takes one more message or event out of the association. `false` if there is none.
    pub(super) fn pull_data(&mut self) -> bool {
        // A reset comes before the messages of the next channel on its stream.
        self.take_sctp_events() || self.pull_message()
    }

    fn pull_message(&mut self) -> bool {
        if self.channels.is_backed_up() {
            return false;
        }
        let Some(association) = &mut self.association else { return false };
        let Some(message) = association.sctp.receive() else { return false };
        // The window opens: the association may have an acknowledgement to send.
        self.restless = true;
        let ppid = datachannel::Ppid(message.ppid.0);
        if let Err(discard) = self.channels.handle_message(message.stream.0, ppid, message.payload) {
            let ignored = self.channels.discarded();
            say!(self.log(), debug, "a message is ignored", reason = discard, ignored = ignored);
        }
        self.set_retained();
        true
    }

    /// What the channels have to say. Messages take no queue of ours on their way.
    pub(super) fn poll_channel_event(&mut self) -> Option<Event> {
        let (id, event) = match self.channels.poll_event()? {
            datachannel::Event::Incoming(id) => (id, Event::DataChannel(id)),
            datachannel::Event::Open(id) => (id, Event::DataChannelOpen(id)),
            datachannel::Event::Message(id, payload) => return Some(Event::DataChannelMessage(id, payload)),
            datachannel::Event::BufferedAmountLow(id) => (id, Event::DataChannelBufferedAmountLow(id)),
            datachannel::Event::Closing(id) => (id, Event::DataChannelClosing(id)),
            datachannel::Event::Error(id, failure) => {
                let cause = self.association.as_ref().and_then(|association| association.cause);
                (id, Event::DataChannelError(id, channel_error(failure, cause)))
            }
            datachannel::Event::Closed(id) => (id, Event::DataChannelClose(id)),
            _ => return None,
        };
        self.log().channel(&event, self.channels.channel(id).and_then(datachannel::Channel::stream));
        Some(event)
    }
}

/// Bytes of memory that a message takes while it waits among the events, as the channels count them.
pub(super) fn message_cost(event: &Event) -> usize {
    match event {
        Event::DataChannelMessage(_, payload) => payload.len().saturating_add(MESSAGE_COST),
        _ => 0,
    }
}

fn channel_error(failure: datachannel::Failure, cause: Option<u16>) -> RtcError {
    match failure {
        datachannel::Failure::Association | datachannel::Failure::EndedByPeer => {
            let error = RtcError::new(RtcErrorDetail::SctpFailure, failure.to_string());
            RtcError { sctp_cause_code: cause, ..error }
        }
        _ => RtcError::new(RtcErrorDetail::DataChannelFailure, failure.to_string()),
    }
}
