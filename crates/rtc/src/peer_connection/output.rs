//! What goes out: datagrams, events, and when to come again.

use base::{Ecn, Instant, Transmit, earliest, take_front};

use super::PeerConnection;
use super::association::Association;
use crate::Event;
use crate::observer::Observer;
use crate::transport::Transport;

impl PeerConnection {
    /// Writes the next datagram into `out`, which has to be as long as `Configuration::max_datagram_size` and at least
    /// [`ice::MAX_MESSAGE_LEN`] bytes. `None` if there is nothing to send now.
    ///
    /// SCTP writes its packet where DTLS leaves room for it, and DTLS closes around it: nothing is copied.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.progress(now);
        for transport in &mut self.transports {
            let association = self.association.as_mut().filter(|a| a.transport() == transport.id);
            let observer = &mut self.observer;
            let transmit = next_datagram(transport, association, now, out, observer).or_else(|| {
                // The association's last words have gone; now those of DTLS.
                let dtls = transport.dtls.as_mut().filter(|_| self.closed)?;
                dtls.close(now);
                next_datagram(transport, None, now, out, observer)
            });
            if transmit.is_some() {
                return transmit;
            }
        }
        self.restless = false;
        None
    }

    /// The next thing that happened.
    ///
    /// An event carries what it tells of: the state that was entered, the candidate, the message. A getter answers what is true
    /// now, also where the event that tells of it still waits here: the states that one task of W3C sets are all set before
    /// its first event can be taken. Events come in the order in which W3C fires them.
    ///
    /// A message stays in the association until it is taken here: who takes none keeps the peer from sending more than
    /// the receive window holds.
    pub fn poll_event(&mut self) -> Option<Event> {
        // Nobody is told what close() does to the channels (webrtc-pc, "close the connection").
        while !self.closed {
            if let Some(id) = self.closed_channel.take() {
                self.channels.forget(id);
            }
            let event = take_front(&mut self.events).or_else(|| self.poll_channel_event());
            match event {
                // Negotiation may have become unnecessary since (webrtc-pc §4.7.3).
                Some(Event::NegotiationNeeded) if !self.session.needs_negotiation() => {
                    self.negotiation_announced = false;
                }
                Some(Event::DataChannelClose(id)) => {
                    self.closed_channel = Some(id);
                    return Some(Event::DataChannelClose(id));
                }
                Some(event) => return Some(event),
                None if self.pull_data() => {}
                None => return None,
            }
        }
        None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout): at once, if a command may have given something to send.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.restless {
            return Some(Instant::ZERO);
        }
        let transports = self.transports.iter().map(Transport::poll_timeout).fold(None, earliest);
        earliest(
            transports,
            self.association.as_ref().and_then(|association| association.sctp.poll_timeout()),
        )
    }
}

/// The next datagram of a transport: checks first, then the handshake, then data.
fn next_datagram(
    transport: &mut Transport,
    association: Option<&mut Association>,
    now: Instant,
    out: &mut [u8],
    observer: &mut Observer,
) -> Option<Transmit> {
    if let Some(transmit) = transport.ice.poll_transmit(now, out) {
        transport.count_sent(0);
        return Some(transmit);
    }
    let path = transport.send_path()?;
    let dtls = transport.dtls.as_mut()?;
    let len = match dtls.poll_transmit(now, out) {
        Some(len) => len,
        // Only what can be sealed is taken out: the association keeps the rest for a handshake that is still to come.
        None if dtls.state() == dtls::State::Connected => {
            let inner = dtls.overhead().inner(out)?;
            let len = association?.sctp.poll_transmit(now, inner)?;
            observer.note(now, true, inner.get(..len).unwrap_or_default());
            // DTLS closes when its numbers are used up: then a packet is lost, as a network may lose it.
            dtls.seal(out, len).ok()?
        }
        None => return None,
    };
    transport.count_sent(len);
    transport.ice.record_sent(now, len);
    Some(Transmit { len, path, ecn: Ecn::NotEct })
}
