//! `close` (webrtc-pc §4.4.1.8), and how a connection has ended.

use core::time::Duration;

use base::Instant;

use super::PeerConnection;
use crate::RtcError;
use crate::log::say;
use crate::state::{DtlsTransportState, IceConnectionState, PeerConnectionState, SctpTransportState};

/// How a connection has ended.
///
/// Example: [the guide](crate::guide::ending).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// We have closed it.
    Closed,
    /// The peer has closed it.
    ClosedByPeer,
    /// DTLS has failed.
    Failed(RtcError),
    /// ICE has found no way to the peer, or none any longer. A restart may find one.
    Unreachable,
}

impl PeerConnection {
    /// Ends the connection at once: what was sent and has not arrived is lost; see [`close_when_sent`](Self::close_when_sent). Its
    /// last words, an ABORT and a `close_notify`, wait in [`poll_transmit`](Self::poll_transmit): whoever sends them spares the
    /// peer a long silence.
    ///
    /// As in W3C's model, no event follows.
    pub fn close(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        self.closed = true;
        say!(self.log(), info, "the connection is closed");
        self.session.close();
        self.channels.handle_disconnected(None);
        if let Some(association) = &mut self.association {
            association.sctp.abort(now, "closed");
        }
        for transport in &mut self.transports {
            transport.last_path = transport.ice.send_path();
            transport.ice.close(now);
            transport.is_closed = true;
        }
        self.events.clear();
        self.left_over = 0;
        self.closing_at = None;
        self.states.ice = IceConnectionState::Closed;
        self.states.connection = PeerConnectionState::Closed;
        self.restless = true;
    }

    /// [Closes](Self::close) the connection when everything that was sent on its channels has arrived, or been given up, and at
    /// the latest after `patience`. That the peer's application has taken it, only the peer's application can say.
    pub fn close_when_sent(&mut self, now: Instant, patience: Duration) {
        if !self.closed {
            self.closing_at = Some(now + patience);
            self.restless = true;
            self.close_if_due(now);
        }
    }

    /// Closes what was to be closed, where nothing is under way any longer or patience has come to its end.
    pub(super) fn close_if_due(&mut self, now: Instant) {
        let Some(deadline) = self.closing_at else { return };
        let is_sent = self.association.as_ref().is_none_or(|association| {
            self.sctp_state() == SctpTransportState::Closed || association.sctp.is_drained()
        });
        if now >= deadline || (is_sent && !self.channels.has_commands()) {
            self.close(now);
        }
    }

    /// Whether the connection [was closed](Self::close) by us.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// How the connection has ended; `None` while it lives, or may still come about. It is worth asking at each
    /// `ConnectionStateChange` and `DtlsTransportStateChange`: a peer that closes says so in DTLS, and `connectionState` stays
    /// `connected` then, as W3C has it, until nobody answers any longer.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        if self.closed {
            return Some(End::Closed);
        }
        let mut transports = self.agreed_transports();
        if let Some(error) = transports.clone().find_map(|transport| transport.error.clone()) {
            return Some(End::Failed(error));
        }
        if transports.any(|transport| transport.dtls_state == DtlsTransportState::Closed) {
            return Some(End::ClosedByPeer);
        }
        (self.states.connection == PeerConnectionState::Failed).then_some(End::Unreachable)
    }
}
