//! What follows from what has happened: layers come up one after another, and the states follow.

use alloc::format;
use alloc::string::String;

use base::Instant;

use super::PeerConnection;
use crate::event::Event;
use crate::log::say;
use crate::state::{IceConnectionState, IceTransportState, PeerConnectionState};
use crate::transport::{Transport, TransportId};
use crate::{RtcError, RtcErrorDetail};

impl PeerConnection {
    /// Carries on whatever can be carried on. It comes with everything that may have moved a layer: input, time, a command, and
    /// a datagram that a layer gave.
    pub(super) fn progress(&mut self, now: Instant) {
        self.moved = false;
        if self.closed {
            return;
        }
        if self.agreed_transports().any(|transport| transport.gathered < self.addresses.len()) {
            self.gather(now);
        }
        for index in 0..self.transports.len() {
            self.progress_ice(now, index);
            self.progress_dtls(now, index);
        }
        self.progress_data(now);
        self.close_if_due(now);
    }

    /// DTLS begins on the first pair that works: waiting for the nomination would only cost a round trip.
    fn progress_ice(&mut self, now: Instant, index: usize) {
        let mut ready = false;
        while let Some(event) =
            self.transports.get_mut(index).and_then(|transport| transport.ice.poll_event())
        {
            match event {
                ice::Event::StateChange(state) => self.on_ice_state(index, state),
                ice::Event::SelectedPairChange(_) => {
                    self.on_selected_pair(index);
                    ready = true;
                }
                ice::Event::PeerReady => ready = true,
                _ => {}
            }
        }
        let Some(transport) = self.transports.get_mut(index) else { return };
        if let Some(dtls) = transport.dtls.as_mut().filter(|_| transport.ice.send_path().is_some()) {
            if !transport.started {
                dtls.start(now);
                transport.started = true;
                say!(
                    self.events.log,
                    debug,
                    "DTLS begins",
                    transport = transport.id.0,
                    role = dtls.role().as_str()
                );
            } else if ready {
                dtls.peer_is_ready(now);
            }
        }
        // The check that made the pair valid may not have measured the path: it was repeated.
        if let Some(dtls) = transport.dtls.as_mut().filter(|dtls| dtls.state() == dtls::State::Connecting)
            && let Some(rtt) = transport.ice.rtt()
        {
            dtls.set_rtt(rtt);
        }
    }

    /// The transport's state first, then what follows from it for the connection, each change a task of its own (webrtc-pc
    /// §5.6).
    fn on_ice_state(&mut self, index: usize, state: IceTransportState) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        transport.ice_state = state;
        if state == IceTransportState::Failed
            && let Some(error) = transport.dtls.as_ref().and_then(|dtls| unfinished(dtls))
        {
            transport.error = Some(error.clone());
            self.events.push_back(Event::DtlsTransportError(transport.id, error));
        }
        self.events.push_back(Event::IceTransportStateChange(transport.id, state));
        self.report_states();
    }

    fn on_selected_pair(&mut self, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let changes = &mut transport.counters.selected_pair_changes;
        *changes = changes.saturating_add(1);
        if let Some(pair) = transport.ice.selected_pair() {
            let log = self.events.log;
            let (local, remote) = (log.shown(pair.path.local), log.shown(pair.path.remote));
            let kind = pair.remote.kind.as_str();
            say!(log, debug, "a pair is selected", remote_kind = kind, local = local, remote = remote);
        }
        self.events.push_back(Event::SelectedCandidatePairChange(transport.id));
    }

    fn progress_dtls(&mut self, now: Instant, index: usize) {
        loop {
            let Some(transport) = self.transports.get_mut(index) else { return };
            let id = transport.id;
            let Some(dtls) = &mut transport.dtls else { return };
            let Some(event) = dtls.poll_event() else { break };
            match event {
                dtls::Event::Connected => self.connect_association(now, id),
                dtls::Event::ApplicationData(packet) => self.handle_early_packet(now, id, &packet),
                dtls::Event::Closed(reason) => self.on_dtls_closed(index, id, reason),
                _ => {}
            }
        }
        self.report_dtls_state(index);
    }

    /// The transport's state first, then what follows from it for the connection (webrtc-pc §5.5).
    fn report_dtls_state(&mut self, index: usize) {
        let Some(transport) = self.transports.get_mut(index) else { return };
        let state = transport.dtls_state_now();
        if transport.dtls_state != state {
            transport.dtls_state = state;
            self.events.push_back(Event::DtlsTransportStateChange(transport.id, state));
            self.report_states();
        }
    }

    /// The DTLS association is over: an error is told first, and the data channels end with it.
    fn on_dtls_closed(&mut self, index: usize, id: TransportId, reason: dtls::Reason) {
        let failed = !matches!(reason, dtls::Reason::Local | dtls::Reason::ByPeer);
        if failed {
            let error = dtls_error(reason);
            self.transports.get_mut(index).into_iter().for_each(|t| t.error = Some(error.clone()));
            self.events.push_back(Event::DtlsTransportError(id, error));
        }
        self.report_dtls_state(index);
        self.end_association(id, failed.then_some(datachannel::Failure::Association));
    }

    /// Reports the connection's own states where they have changed (webrtc-pc §4.4.3).
    pub(super) fn report_states(&mut self) {
        let ice = IceConnectionState::of(&self.agreed_transports().map(|transport| transport.ice_state));
        if self.states.ice != ice {
            self.states.ice = ice;
            self.events.push_back(Event::IceConnectionStateChange(ice));
        }
        let both = |transport: &Transport| (transport.ice_state, transport.dtls_state, transport.proof());
        let connection = PeerConnectionState::of(&self.agreed_transports().map(both));
        if self.states.connection != connection {
            self.states.connection = connection;
            self.events.push_back(Event::ConnectionStateChange(connection));
        }
    }
}

fn dtls_error(reason: dtls::Reason) -> RtcError {
    let mut error = RtcError::new(RtcErrorDetail::DtlsFailure, format!("DTLS: {reason:?}"));
    match reason {
        dtls::Reason::AlertReceived(alert) => error.received_alert = Some(alert.0),
        dtls::Reason::AlertSent(alert) => error.sent_alert = Some(alert.0),
        dtls::Reason::FingerprintMismatch => {
            error.detail = RtcErrorDetail::FingerprintFailure;
            error.sent_alert = Some(dtls::AlertDescription::BAD_CERTIFICATE.0);
            error.authenticated = false;
        }
        dtls::Reason::HandshakeTimeout(noted) => return handshake_error(noted, error.message),
        _ => {}
    }
    error
}

/// What ICE takes down with it, where a handshake was in trouble before.
fn unfinished(dtls: &dtls::Connection) -> Option<RtcError> {
    let noted = dtls.noted();
    let in_trouble = dtls.state() == dtls::State::Connecting && noted != dtls::Noted::default();
    in_trouble.then(|| handshake_error(noted, format!("DTLS: the handshake was not finished: {noted:?}")))
}

/// The error of a handshake that is not finished: what was noted, which nobody has authenticated.
fn handshake_error(noted: dtls::Noted, message: String) -> RtcError {
    let detail =
        if noted.mismatch { RtcErrorDetail::FingerprintFailure } else { RtcErrorDetail::DtlsFailure };
    let mut error = RtcError::new(detail, message);
    error.received_alert = noted.received_alert.map(|alert| alert.0);
    error.sent_alert = noted.sent_alert.map(|alert| alert.0);
    error.authenticated = false;
    error
}
