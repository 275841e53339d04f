//! `close` (webrtc-pc §4.4.1.8).

use base::Instant;

use super::PeerConnection;
use crate::state::{IceConnectionState, PeerConnectionState};

impl PeerConnection {
    /// Ends the connection. Its last words, an ABORT and a `close_notify`, wait in
    /// [`poll_transmit`](Self::poll_transmit): whoever sends them spares the peer a long silence.
    ///
    /// As in W3C's model, no event follows.
    pub fn close(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        self.closed = true;
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
        self.states.ice = IceConnectionState::Closed;
        self.states.connection = PeerConnectionState::Closed;
        self.restless = true;
    }

    /// Whether [`close`](Self::close) was called.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }
}
