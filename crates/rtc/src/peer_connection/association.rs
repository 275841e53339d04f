//! The SCTP association of the data channels: how it comes, what it says, and how it ends.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use base::Instant;
use datachannel::{Command, Failure, Outgoing, Reliability, Role};

use super::PeerConnection;
use super::construction::child;
use super::data::message_cost;
use crate::error::ConfigurationError;
use crate::log::{Log, say};
use crate::state::SctpTransportState;
use crate::transport::{Transport, TransportId};
use crate::{Error, Event};

/// The SCTP association of the data channels.
#[derive(Debug)]
pub(super) struct Association {
    life: Life,
    pub(super) sctp: Box<sctp::Association>,
    state: SctpTransportState,
    /// Whether OPENs of channels may have gone out with its first packets.
    has_told_peer: bool,
    max_channels: Option<u16>,
    /// Why it was aborted, if it was.
    pub(super) cause: Option<u16>,
}

/// What makes an association this one. A section that has been rejected and is offered again, a new DTLS association, another
/// port: each is the start of a new one (RFC 8841 §9.3, RFC 9429 §5.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    transport: TransportId,
    /// Which of the DTLS associations of that transport.
    dtls: u32,
    local_port: u16,
    remote_port: u16,
}

impl PeerConnection {
    /// The association that the descriptions ask for: made once the peer has named its port, ended with its section, by
    /// port 0 (RFC 8841 §10.4), or by another one in its place.
    pub(super) fn reconcile_association(&mut self, now: Instant) -> Result<(), Error> {
        let Some(life) = self.agreed_life() else {
            self.end_association_without_transport();
            return Ok(());
        };
        if self.association.as_ref().is_none_or(|association| association.life != life) {
            self.replace_association();
            self.add_association(now, life)?;
        }
        self.channels.set_remote_max_message_size(self.max_message_size());
        let carrier = self.transports.iter().find(|transport| transport.id == life.transport);
        if let Some(dtls) = carrier.and_then(|transport| transport.dtls.as_ref()) {
            self.channels.set_role(match dtls.role() {
                dtls::Role::Client => Role::Even,
                dtls::Role::Server => Role::Odd,
            });
        }
        if life.remote_port == 0 {
            self.shut_down_association(now, life.transport);
        }
        Ok(())
    }

    /// What the association is that both sides have agreed on.
    fn agreed_life(&self) -> Option<Life> {
        let data = self.session.data()?;
        let transport = self.transports.iter().find(|transport| transport.mid == data.transport)?;
        Some(Life {
            transport: transport.id,
            dtls: transport.association,
            local_port: data.local_port,
            remote_port: data.remote_port?,
        })
    }

    fn end_association_without_transport(&mut self) {
        let Some(id) = self.association.as_ref().map(|association| association.life.transport) else {
            return;
        };
        if !self.transports.iter().any(|transport| transport.id == id) {
            self.end_association(id, None);
        }
    }

    /// Another association takes the place of the one that there is. The channels of that one close first, so that what the
    /// peer opens anew meets none of them; those that wait for an association go on waiting, where it has never been there.
    fn replace_association(&mut self) {
        let Some(association) = &self.association else { return };
        if association.state == SctpTransportState::Connecting && !association.has_told_peer {
            return;
        }
        self.end_association(association.life.transport, None);
        self.channels.begin_anew();
    }

    /// Makes the association, and opens it where DTLS is up already.
    fn add_association(&mut self, now: Instant, life: Life) -> Result<(), Error> {
        let config = self.config.sctp(life.local_port, life.remote_port);
        let sctp = sctp::Association::new(config, self.config.provider, child(&mut self.rng))
            .map_err(ConfigurationError::Sctp)?;
        self.association = Some(Association {
            life,
            sctp: Box::new(sctp),
            state: SctpTransportState::Connecting,
            has_told_peer: false,
            max_channels: None,
            cause: None,
        });
        let is_up = |t: &Transport| t.id == life.transport && t.dtls_state_now() == dtls::State::Connected;
        if life.remote_port != 0 && self.transports.iter().any(is_up) {
            self.connect_association(now, life.transport);
        }
        Ok(())
    }

    /// The peer wants no association, or no longer one (RFC 8841 §10.4).
    fn shut_down_association(&mut self, now: Instant, transport: TransportId) {
        if let Some(association) = &mut self.association {
            association.sctp.shutdown(now);
        }
        self.end_association(transport, None);
    }

    /// DTLS is up: both sides open the association, and the two openings become one (RFC 8831 §6.2).
    pub(super) fn connect_association(&mut self, now: Instant, transport: TransportId) {
        let wanted =
            |a: &&mut Association| a.life.transport == transport && a.state != SctpTransportState::Closed;
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
        if let Some(association) = self.association.as_mut().filter(|a| a.life.transport == transport) {
            self.observer.note(now, false, packet);
            association.take_packet(now, packet, self.events.log);
        }
    }

    /// The association is over, because what carries it is.
    pub(super) fn end_association(&mut self, transport: TransportId, failure: Option<Failure>) {
        let Some(association) = self.association.as_mut().filter(|a| a.life.transport == transport) else {
            return;
        };
        if association.state == SctpTransportState::Closed {
            return;
        }
        association.state = SctpTransportState::Closed;
        self.deliver_what_has_come();
        self.events.push_back(Event::SctpTransportStateChange(SctpTransportState::Closed));
        self.channels.handle_disconnected(failure);
    }

    /// What the peer sent before the end comes before the end (webrtc-pc §6.2.4). The receive window bounds it, and that of the
    /// next association is smaller by as much until it is taken.
    fn deliver_what_has_come(&mut self) {
        loop {
            while self.pull_data() {}
            while let Some(event) = self.poll_channel_event() {
                self.left_over = self.left_over.saturating_add(message_cost(&event));
                self.events.push_back(event);
            }
            if !self.channels.is_backed_up() {
                return;
            }
            // What the channels ask for now, nobody will carry out.
            while self.channels.poll_command().is_some() {}
        }
    }

    /// An association whose channels are closed is of no use: the peer, which may have begun it anew, is told.
    pub(super) fn abort_what_is_closed(&mut self, now: Instant) {
        let Some(association) = &mut self.association else { return };
        if association.state == SctpTransportState::Closed
            && association.sctp.state() == sctp::State::Established
        {
            association.sctp.abort(now, "the data channels are closed");
        }
    }

    /// Takes what the association has to say. `false` if that is nothing.
    pub(super) fn take_sctp_events(&mut self) -> bool {
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
                self.association.iter_mut().for_each(|association| association.has_told_peer = true);
                self.channels.handle_negotiated(outgoing_streams.min(incoming_streams));
            }
            sctp::Event::Connected { outgoing_streams, incoming_streams, .. } => {
                let streams = outgoing_streams.min(incoming_streams);
                say!(self.log(), debug, "SCTP is negotiated", streams = streams);
                if let Some(association) = &mut self.association {
                    association.state = SctpTransportState::Connected;
                    association.max_channels = Some(streams);
                }
                self.events.push_back(Event::SctpTransportStateChange(SctpTransportState::Connected));
                self.channels.handle_connected(streams);
            }
            sctp::Event::StreamsReset { streams, .. } if streams.is_empty() => {
                self.channels.handle_incoming_reset_of_all();
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
            // The peer has lost its state, and with it the channels; the association goes on with new ones (RFC 9260 §5.2.4).
            sctp::Event::Restarted { outgoing_streams, incoming_streams, .. } => {
                let streams = outgoing_streams.min(incoming_streams);
                if let Some(association) = &mut self.association {
                    association.max_channels = Some(streams);
                }
                self.channels.handle_restarted(streams);
            }
            sctp::Event::Closed(reason) => {
                let cause = cause_code(&reason).map_or(0, i32::from);
                say!(self.log(), debug, "the SCTP association is over", cause = cause);
                if let Some(association) = &mut self.association {
                    association.cause = cause_code(&reason);
                }
                self.close_association(failure(&reason));
            }
            _ => {}
        }
        self.restless = true;
    }

    fn close_association(&mut self, failure: Option<Failure>) {
        if let Some(id) = self.association.as_ref().map(|association| association.life.transport) {
            self.end_association(id, failure);
        }
    }

    pub(crate) const fn sctp_state(&self) -> SctpTransportState {
        match &self.association {
            _ if self.closed => SctpTransportState::Closed,
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
}

impl Association {
    /// The transport that carries it.
    pub(super) const fn transport(&self) -> TransportId {
        self.life.transport
    }

    /// Takes a packet. The datagram around it was good: what is wrong with the packet, the association counts itself.
    pub(super) fn take_packet(&mut self, now: Instant, packet: &[u8], log: Log) {
        if let Err(discard) = self.sctp.handle_input(now, packet) {
            say!(log, debug, "an SCTP packet is ignored", reason = discard);
        }
    }

    /// Sends a message, or gives it back.
    pub(super) fn send(
        &mut self,
        now: Instant,
        mut message: Outgoing,
    ) -> Result<(), (sctp::SendError, Outgoing)> {
        let mut options =
            sctp::SendOptions::default().with_unordered(message.unordered).with_uncounted(message.uncounted);
        match message.reliability {
            Reliability::Reliable => {}
            Reliability::MaxRetransmits(count) => options.max_retransmits = Some(count),
            Reliability::MaxPacketLifeTime(millis) => {
                options.lifetime = Some(Duration::from_millis(millis.into()));
            }
        }
        let (stream, ppid) = (sctp::StreamId(message.stream), sctp::Ppid(message.ppid.0));
        let payload = core::mem::take(&mut message.payload);
        self.sctp.send(now, stream, ppid, payload, options).map_err(|unsent| {
            message.payload = unsent.payload;
            (unsent.error, message)
        })
    }

    /// Carries out what the channels ask for, or gives it back where the send buffer is full. What the association refuses
    /// otherwise it refuses because it is closing, and then it closes the channels itself.
    pub(super) fn carry_out(&mut self, now: Instant, command: Command) -> Result<(), Command> {
        match command {
            Command::Send(message) => {
                return match self.send(now, message) {
                    Err((sctp::SendError::BufferFull, message)) => Err(Command::Send(message)),
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

/// What the channels tell of the end of an association: nothing where it was shut down, or by our own wish. A peer that closes
/// its connection aborts the association (webrtc-pc §4.4.1.8), and says that its user wants so.
fn failure(reason: &sctp::Reason) -> Option<Failure> {
    let by_user = sctp::CauseCode::USER_INITIATED_ABORT;
    match reason {
        sctp::Reason::Shutdown | sctp::Reason::Aborted => None,
        sctp::Reason::AbortedByPeer { cause, .. } if *cause == Some(by_user) => Some(Failure::EndedByPeer),
        _ => Some(Failure::Association),
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
