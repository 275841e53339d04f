//! Events that wait to be taken. What they tell, the log hears as it happens.

use alloc::collections::VecDeque;

use base::take_front;

use crate::log::{Log, say};
use crate::{Event, PeerConnectionState};

/// The events of a connection, but for those that its channels keep.
#[derive(Debug, Default)]
pub(super) struct Told {
    waiting: VecDeque<Event>,
    pub(super) log: Log,
}

impl Told {
    pub(super) const fn new(log: Log) -> Self {
        Self { waiting: VecDeque::new(), log }
    }

    pub(super) fn push_back(&mut self, event: Event) {
        self.log.state(&event);
        self.waiting.push_back(event);
    }

    pub(super) fn take(&mut self) -> Option<Event> {
        take_front(&mut self.waiting)
    }

    pub(super) fn retain(&mut self, is_kept: impl FnMut(&Event) -> bool) {
        self.waiting.retain(is_kept);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

impl Log {
    /// States of the connection and of what carries it.
    fn state(self, event: &Event) {
        match event {
            Event::IceCandidate(Some(told)) => {
                if let Some(candidate) = &told.candidate {
                    let address = self.shown(&candidate.address);
                    say!(self, debug, "a candidate is gathered", kind = candidate.kind, address = address);
                }
            }
            Event::NegotiationNeeded => say!(self, debug, "negotiation is needed"),
            Event::SignalingStateChange(state) => {
                say!(self, debug, "signalling state", state = state.as_str());
            }
            Event::IceGatheringStateChange(state) => {
                say!(self, debug, "gathering state", state = state.as_str());
            }
            Event::IceConnectionStateChange(state) => {
                say!(self, debug, "ICE connection state", state = state.as_str());
            }
            Event::ConnectionStateChange(PeerConnectionState::Failed) => {
                say!(self, warn, "connection state", state = "failed");
            }
            Event::ConnectionStateChange(state) => {
                say!(self, info, "connection state", state = state.as_str());
            }
            _ => self.transport_state(event),
        }
    }

    fn transport_state(self, event: &Event) {
        match event {
            Event::IceTransportStateChange(id, state) => {
                say!(self, debug, "ICE state", transport = id.0, state = state.as_str());
            }
            Event::DtlsTransportStateChange(id, state) => {
                say!(self, debug, "DTLS state", transport = id.0, state = state.as_str());
            }
            Event::DtlsTransportError(id, error) => {
                say!(self, warn, "DTLS has failed", transport = id.0, error = error.message);
            }
            Event::SctpTransportStateChange(state) => {
                say!(self, debug, "SCTP state", state = state.as_str());
            }
            _ => {}
        }
    }

    /// What a channel tells, but for its messages.
    pub(super) fn channel(self, event: &Event, stream: Option<u16>) {
        // A channel that waits for the association has no stream yet.
        let stream = stream.map_or(-1, i32::from);
        match event {
            Event::DataChannel(_) => say!(self, debug, "the peer opens a channel", stream = stream),
            Event::DataChannelOpen(_) => say!(self, debug, "a channel is open", stream = stream),
            Event::DataChannelClosing(_) => say!(self, debug, "the peer closes a channel", stream = stream),
            Event::DataChannelError(_, error) => {
                say!(self, debug, "a channel has failed", stream = stream, error = error.message);
            }
            Event::DataChannelClose(_) => say!(self, debug, "a channel is closed", stream = stream),
            _ => {}
        }
    }
}
