//! `rtc::PeerConnection` as a machine.

use base::{Ecn, Instant, Path, Transmit};
use rtc::{Discard, Event, ObservedLayer, PeerConnection};

use super::Machine;
use crate::Plaintext;

impl Machine for PeerConnection {
    type Event = Event;
    type Ignored = Discard;

    fn handle_input(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagram: &mut [u8],
    ) -> Result<(), Discard> {
        self.handle_input(now, path, ecn, datagram)
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.poll_transmit(now, out)
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.poll_timeout()
    }

    fn observe_plaintext(&mut self) {
        self.observe_packets(true);
    }

    fn poll_plaintext(&mut self) -> Option<Plaintext> {
        loop {
            let observed = self.poll_packet()?;
            if observed.layer == ObservedLayer::Sctp {
                return Some(Plaintext { sent: observed.sent, packet: observed.packet });
            }
        }
    }
}

/// Signalling that takes no time: one side's offer goes to the other, and the answer back. The candidates of the addresses that both
/// have been told of are in them.
///
/// # Errors
/// Those of the descriptions: a side that is in the middle of another negotiation, for instance.
pub fn introduce(
    now: Instant,
    offerer: &mut PeerConnection,
    answerer: &mut PeerConnection,
) -> Result<(), rtc::Error> {
    offerer.set_local_description_due(now)?;
    if let Some(offer) = offerer.local_description() {
        answerer.set_remote_description(now, &offer)?;
    }
    answerer.set_local_description_due(now)?;
    match answerer.local_description() {
        Some(answer) => offerer.set_remote_description(now, &answer),
        None => Ok(()),
    }
}
