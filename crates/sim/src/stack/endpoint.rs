//! `rtc::Endpoint` as a machine.

use base::{Ecn, Instant, Path, Transmit};
use rtc::{ConnectionId, Endpoint, Event, Ignored};

use super::Machine;
use crate::Plaintext;

impl Machine for Endpoint {
    type Event = (ConnectionId, Event);
    type Ignored = Ignored;

    fn handle_input(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagram: &mut [u8],
    ) -> Result<(), Ignored> {
        self.handle_input(now, path, ecn, datagram).map(|_| ())
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.poll_transmit(now, out)
    }

    fn poll_event(&mut self) -> Option<(ConnectionId, Event)> {
        self.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.poll_timeout()
    }

    fn observe_plaintext(&mut self) {
        for id in ids(self) {
            if let Some(mut connection) = self.connection_mut(id) {
                connection.observe_packets(true);
            }
        }
    }

    /// Whoever is asked is observed from then on: connections come after the recording has begun.
    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        ids(self).into_iter().find_map(|id| {
            let mut connection = self.connection_mut(id)?;
            connection.observe_packets(true);
            Machine::poll_plaintext(&mut *connection)
        })
    }
}

fn ids(endpoint: &Endpoint) -> Vec<ConnectionId> {
    endpoint.connections().map(|(id, _)| id).collect()
}
