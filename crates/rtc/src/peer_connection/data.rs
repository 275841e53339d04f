//! Data channels over their association.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use base::Instant;
use datachannel::{ChannelId, Command, Outgoing, Payload, Reliability, Role};

use super::{PeerConnection, child};
use crate::error::ConfigurationError;
use crate::state::SctpTransportState;
use crate::transport::{Transport, TransportId};
use crate::{DataChannel, DataChannelInit, Error, Event, RtcError, RtcErrorDetail, SendError};

/// The SCTP association of the data channels.
#[derive(Debug)]
pub(super) struct Association {
    pub(super) transport: TransportId,
    pub(super) sctp: Box<sctp::Association>,
    state: SctpTransportState,
    max_channels: Option<u16>,
    /// Why it was aborted, if it was.
    cause: Option<u16>,
}

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

    /// A channel, to look at and to use.
    pub fn data_channel(&mut self, id: ChannelId) -> Option<DataChannel<'_>> {
        self.channels.channel(id)?;
        Some(DataChannel { connection: self, id })
    }

    /// The channels that exist, in the order of their creation.
    pub fn data_channels(&self) -> impl Iterator<Item = ChannelId> {
        self.channels.iter().map(|(id, _)| id)
    }

    /// Sends a text or bytes on a channel.
    ///
    /// # Errors
    /// [`SendError`] if the channel is not open, the message is larger than the peer takes, or too much is waiting.
    pub fn send(
        &mut self,
        now: Instant,
        id: ChannelId,
        payload: impl Into<Payload>,
    ) -> Result<(), SendError> {
        let payload = payload.into();
        let len = payload.len();
        let outgoing = self.channels.send(id, payload)?;
        self.restless = true;
        // The OPEN of the channel may still be among the commands, and comes before all messages (RFC 8832 §6).
        let is_clear = self.carry_out_commands(now);
        let association = self.association.as_mut().ok_or(SendError::NotOpen)?;
        let result =
            if is_clear { association.send(now, outgoing) } else { Err(sctp::SendError::BufferFull) };
        result.map_err(|error| {
            self.channels.unsend(id, len);
            error.into()
        })
    }

    pub(crate) fn close_data_channel(&mut self, id: ChannelId) {
        self.channels.close(id);
        self.restless = true;
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

    pub(crate) const fn sctp_state(&self) -> SctpTransportState {
        match &self.association {
            Some(association) => association.state,
            None => SctpTransportState::Connecting,
        }
    }

    pub(crate) const fn max_channels(&self) -> Option<u16> {
        match &self.association {
            Some(association) => association.max_channels,
            None => None,
        }
    }

    pub(crate) fn sctp_stats(&self) -> Option<sctp::Stats> {
        self.association.as_ref().map(|association| association.sctp.stats())
    }

    /// The smaller of what the peer takes and our send buffer holds (webrtc-pc §6.1.1.1, update max message size).
    pub(crate) fn max_message_size(&self) -> Option<u64> {
        let data = self.session.data().filter(|data| data.remote_port.is_some())?;
        let send_buffer = self.config.sctp.send_buffer as u64;
        Some(data.remote_max_message_size.map_or(send_buffer, |size| size.min(send_buffer)))
    }

    /// The association that the descriptions ask for: made once the peer has named its port, ended with its section or by
    /// port 0 (RFC 8841 §10.4).
    pub(super) fn reconcile_association(&mut self, now: Instant) -> Result<(), Error> {
        let agreed =
            self.session.data().map(|data| (data.transport.clone(), data.local_port, data.remote_port));
        let Some((mid, local_port, Some(remote_port))) = agreed else {
            if let Some(id) = self.association.as_ref().map(|association| association.transport)
                && !self.transports.iter().any(|transport| transport.id == id)
            {
                self.end_association(id, false);
            }
            return Ok(());
        };
        let Some(transport) = self.transports.iter().find(|transport| transport.mid == mid) else {
            return Ok(());
        };
        let id = transport.id;
        self.channels.set_remote_max_message_size(self.max_message_size());
        if let Some(role) = transport.dtls.as_ref().map(|dtls| dtls.role()) {
            self.channels.set_role(match role {
                dtls::Role::Client => Role::Even,
                dtls::Role::Server => Role::Odd,
            });
        }
        // A peer that changes its port starts a new association (RFC 9429 §5.11), which none does: the old one stays.
        let is_new = self.association.is_none();
        if is_new {
            let config = self.config.sctp(local_port, remote_port);
            let sctp = sctp::Association::new(config, self.config.provider, child(&mut self.rng))
                .map_err(ConfigurationError::Sctp)?;
            let state = SctpTransportState::Connecting;
            let sctp = Box::new(sctp);
            self.association =
                Some(Association { transport: id, sctp, state, max_channels: None, cause: None });
        }
        if remote_port == 0 {
            self.shut_down_association(now, id);
        } else if is_new
            && self.transports.iter().any(|t| t.id == id && t.dtls_state_now() == dtls::State::Connected)
        {
            self.connect_association(now, id);
        }
        Ok(())
    }

    /// The peer wants no association, or no longer one (RFC 8841 §10.4).
    fn shut_down_association(&mut self, now: Instant, transport: TransportId) {
        if let Some(association) = &mut self.association {
            association.sctp.shutdown(now);
        }
        self.end_association(transport, false);
    }

    /// DTLS is up: both sides open the association, and the two openings become one (RFC 8831 §6.2).
    pub(super) fn connect_association(&mut self, now: Instant, transport: TransportId) {
        let wanted = |a: &&mut Association| a.transport == transport && a.state != SctpTransportState::Closed;
        if let Some(association) = self.association.as_mut().filter(wanted) {
            let carrier = self.transports.iter().find(|t| t.id == transport);
            if let Some(round_trip) = carrier.and_then(Transport::rtt_at_most) {
                association.sctp.set_round_trip(round_trip);
            }
            association.sctp.connect(now);
        }
    }

    /// A packet that came before the handshake was finished.
    pub(super) fn handle_early_packet(&mut self, now: Instant, transport: TransportId, packet: &[u8]) {
        if let Some(association) = self.association.as_mut().filter(|a| a.transport == transport) {
            self.observer.note(now, false, packet);
            // What it ignores, it counts.
            let _ = association.sctp.handle_input(now, packet);
        }
    }

    /// The association is over, because what carries it is.
    pub(super) fn end_association(&mut self, transport: TransportId, failed: bool) {
        let Some(association) = self.association.as_mut().filter(|a| a.transport == transport) else {
            return;
        };
        if association.state == SctpTransportState::Closed {
            return;
        }
        association.state = SctpTransportState::Closed;
        self.deliver_what_has_come();
        self.events.push_back(Event::SctpTransportStateChange(SctpTransportState::Closed));
        self.channels.handle_disconnected(failed);
    }

    /// What the peer sent before the end comes before the end (webrtc-pc §6.2.4). The receive window bounds it.
    fn deliver_what_has_come(&mut self) {
        while self.pull_data() {}
        while let Some(event) = self.poll_channel_event() {
            self.events.push_back(event);
        }
    }

    /// Passes on what the association says and what the channels ask for.
    pub(super) fn progress_data(&mut self, now: Instant) {
        self.take_sctp_events();
        self.carry_out_commands(now);
        self.abort_what_is_closed(now);
    }

    /// An association whose channels are closed is of no use: the peer, which may have begun it anew, is told.
    fn abort_what_is_closed(&mut self, now: Instant) {
        let Some(association) = &mut self.association else { return };
        if association.state == SctpTransportState::Closed
            && association.sctp.state() == sctp::State::Established
        {
            association.sctp.abort(now, "the data channels are closed");
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
        let message = self.association.as_mut().and_then(|association| association.sctp.receive());
        let Some(message) = message else { return false };
        // The window opens: the association may have an acknowledgement to send.
        self.restless = true;
        // What is ignored, is counted there.
        let ppid = datachannel::Ppid(message.ppid.0);
        let _ = self.channels.handle_message(message.stream.0, ppid, message.payload);
        true
    }

    /// Takes what the association has to say. `false` if that is nothing.
    fn take_sctp_events(&mut self) -> bool {
        let mut any = false;
        while let Some(event) =
            self.association.as_mut().and_then(|association| association.sctp.poll_event())
        {
            any = true;
            self.on_sctp_event(event);
        }
        any
    }

    fn on_sctp_event(&mut self, event: sctp::Event) {
        match event {
            sctp::Event::Negotiated { outgoing_streams, incoming_streams, .. } => {
                self.channels.handle_negotiated(outgoing_streams.min(incoming_streams));
            }
            sctp::Event::Connected { outgoing_streams, incoming_streams, .. } => {
                let streams = outgoing_streams.min(incoming_streams);
                if let Some(association) = &mut self.association {
                    association.state = SctpTransportState::Connected;
                    association.max_channels = Some(streams);
                }
                self.events.push_back(Event::SctpTransportStateChange(SctpTransportState::Connected));
                self.channels.handle_connected(streams);
            }
            sctp::Event::StreamsReset { streams, .. } if streams.is_empty() => {
                let all: Vec<u16> =
                    self.channels.iter().filter_map(|(_, channel)| channel.stream()).collect();
                self.channels.handle_incoming_reset(&all);
            }
            sctp::Event::StreamsReset { streams, .. } => {
                self.channels.handle_incoming_reset(&numbers(&streams));
            }
            sctp::Event::ResetDone { streams, .. } => {
                self.channels.handle_outgoing_reset(&numbers(&streams));
            }
            // A reset that the peer refuses will not succeed later.
            sctp::Event::ResetFailed { streams, .. } => {
                self.channels.handle_failed_reset(&numbers(&streams));
            }
            sctp::Event::BufferedAmountLow(stream) => self.channels.handle_buffered_amount_low(stream.0),
            // The peer has lost its state, and with it the channels.
            sctp::Event::Restarted => self.close_association(true),
            sctp::Event::Closed(reason) => {
                let failed = !matches!(reason, sctp::Reason::Shutdown | sctp::Reason::Aborted);
                if let Some(association) = &mut self.association {
                    association.cause = cause_code(&reason);
                }
                self.close_association(failed);
            }
            _ => {}
        }
        self.restless = true;
    }

    fn close_association(&mut self, failed: bool) {
        if let Some(id) = self.association.as_ref().map(|association| association.transport) {
            self.end_association(id, failed);
        }
    }

    /// What the channels have to say. Messages take no queue of ours on their way.
    pub(super) fn poll_channel_event(&mut self) -> Option<Event> {
        Some(match self.channels.poll_event()? {
            datachannel::Event::Incoming(id) => Event::DataChannel(id),
            datachannel::Event::Open(id) => Event::DataChannelOpen(id),
            datachannel::Event::Message(id, payload) => Event::DataChannelMessage(id, payload),
            datachannel::Event::BufferedAmountLow(id) => Event::DataChannelBufferedAmountLow(id),
            datachannel::Event::Closing(id) => Event::DataChannelClosing(id),
            datachannel::Event::Error(id, failure) => {
                let cause = self.association.as_ref().and_then(|association| association.cause);
                Event::DataChannelError(id, channel_error(failure, cause))
            }
            datachannel::Event::Closed(id) => Event::DataChannelClose(id),
            _ => return None,
        })
    }
}

impl Association {
    fn send(&mut self, now: Instant, message: Outgoing) -> Result<(), sctp::SendError> {
        let mut options = sctp::SendOptions { unordered: message.unordered, ..sctp::SendOptions::default() };
        match message.reliability {
            Reliability::Reliable => {}
            Reliability::MaxRetransmits(count) => options.max_retransmits = Some(count),
            Reliability::MaxPacketLifeTime(millis) => {
                options.lifetime = Some(Duration::from_millis(millis.into()));
            }
        }
        let (stream, ppid) = (sctp::StreamId(message.stream), sctp::Ppid(message.ppid.0));
        self.sctp.send(now, stream, ppid, message.payload, options)
    }

    /// Carries out what the channels ask for, or gives it back where the send buffer is full. What the association refuses
    /// otherwise it refuses because it is closing, and then it closes the channels itself.
    fn carry_out(&mut self, now: Instant, command: Command) -> Result<(), Command> {
        match command {
            Command::Send(message) => {
                return match self.send(now, message.clone()) {
                    Err(sctp::SendError::BufferFull) => Err(Command::Send(message)),
                    _ => Ok(()),
                };
            }
            Command::Reset(stream) => {
                let _ = self.sctp.reset_streams(now, &[sctp::StreamId(stream)]);
            }
            Command::Priority(stream, weight) => self.sctp.set_priority(sctp::StreamId(stream), weight),
            Command::LowThreshold(stream, bytes) => {
                self.sctp.set_buffered_amount_low_threshold(sctp::StreamId(stream), bytes);
            }
            _ => {}
        }
        Ok(())
    }
}

fn numbers(streams: &[sctp::StreamId]) -> Vec<u16> {
    streams.iter().map(|stream| stream.0).collect()
}

fn channel_error(failure: datachannel::Failure, cause: Option<u16>) -> RtcError {
    match failure {
        datachannel::Failure::Association => {
            let error = RtcError::new(RtcErrorDetail::SctpFailure, failure.to_string());
            RtcError { sctp_cause_code: cause, ..error }
        }
        _ => RtcError::new(RtcErrorDetail::DataChannelFailure, failure.to_string()),
    }
}

/// The cause that stood in the ABORT, of the peer or of ours.
fn cause_code(reason: &sctp::Reason) -> Option<u16> {
    match reason {
        sctp::Reason::AbortedByPeer { cause, .. } => cause.map(|code| code.0),
        sctp::Reason::PeerError(code) => Some(code.0),
        _ => None,
    }
}
