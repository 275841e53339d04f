//! What goes out: datagrams, events, and when to come again.

use base::{Instant, Transmit, earliest};

use super::PeerConnection;
use super::association::Association;
use crate::Event;
use crate::observer::Observer;
use crate::transport::Transport;

/// The shortest buffer that datagrams are written into, in bytes: it holds every check of ICE, and pieces of all the rest.
pub const MIN_BUFFER_LEN: usize = ice::MAX_MESSAGE_LEN;

impl PeerConnection {
    /// Writes the next datagram into `out`, no longer than `out` and `Configuration::max_datagram_size` allow. `None` if there is
    /// nothing to send now.
    ///
    /// SCTP writes its packet where DTLS leaves room for it, and DTLS closes around it: nothing is copied. A caller with short
    /// buffers should not take shorter ones later: a chunk that has been sent keeps its length, and waits for a buffer that
    /// holds it.
    ///
    /// # Panics
    /// If `out` is shorter than [`MIN_BUFFER_LEN`].
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.poll_transmit_batch(now, 1, out)
    }

    /// Writes the next datagrams into `out`, one behind the other: up to `max_datagrams`, as long as they go the same way, have
    /// the same length (the last may be shorter), and fit. What [`Transmit::segment_size`] says is what generic segmentation
    /// offload asks for. They are the same datagrams that [`poll_transmit`](Self::poll_transmit) gives one by one.
    ///
    /// # Panics
    /// If `out` is shorter than [`MIN_BUFFER_LEN`].
    pub fn poll_transmit_batch(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut [u8],
    ) -> Option<Transmit> {
        assert!(out.len() >= MIN_BUFFER_LEN, "the buffer is shorter than rtc::MIN_BUFFER_LEN");
        if self.restless || self.moved {
            self.progress(now);
        }
        for transport in &mut self.transports {
            let association = self.association.as_mut().filter(|a| a.transport() == transport.id);
            let mut turn = Turn { transport, association, observer: &mut self.observer, now };
            let transmit = turn.next(max_datagrams, out).or_else(|| {
                // The association's last words have gone; now those of DTLS.
                let dtls = turn.transport.dtls.as_mut().filter(|_| self.closed)?;
                dtls.close(now);
                turn.association = None;
                turn.next(1, out)
            });
            if let Some(transmit) = transmit {
                self.moved = true;
                self.observer.note_sent(now, transmit, out);
                return Some(transmit);
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
            let queued = self.events.take();
            queued.iter().for_each(|event| self.on_taken(event));
            let event = queued.or_else(|| self.poll_channel_event());
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
        let association = self.association.as_ref().and_then(|association| association.sctp.poll_timeout());
        earliest(earliest(transports, association), self.closing_at)
    }
}

/// A transport whose turn it is to send.
struct Turn<'a> {
    transport: &'a mut Transport,
    association: Option<&'a mut Association>,
    observer: &'a mut Observer,
    now: Instant,
}

impl Turn<'_> {
    /// Checks first, then the handshake, then data.
    fn next(&mut self, max_datagrams: usize, out: &mut [u8]) -> Option<Transmit> {
        if let Some(transmit) = self.transport.ice.poll_transmit(self.now, out) {
            self.transport.count_sent(0);
            return Some(transmit);
        }
        let path = self.transport.send_path()?;
        let dtls = self.transport.dtls.as_mut()?;
        if let Some(len) = dtls.poll_transmit(self.now, out) {
            self.count(len);
            return Some(Transmit::new(path, len));
        }
        let len = self.write_data(out, false)?;
        let mut transmit = Transmit::new(path, len);
        for _ in 1..max_datagrams {
            let Some(slot) = out.get_mut(transmit.len..transmit.len + len) else { break };
            let Some(more) = self.write_data(slot, true) else { break };
            transmit.segment_size = Some(len);
            transmit.len += more;
            if more < len {
                break;
            }
        }
        Some(transmit)
    }

    /// A packet of the association, sealed: the next one, or one more for a batch.
    fn write_data(&mut self, out: &mut [u8], more: bool) -> Option<usize> {
        // Only what can be sealed is taken out: the association keeps the rest for a handshake that is still to come.
        let dtls = self.transport.dtls.as_mut().filter(|dtls| dtls.state() == dtls::State::Connected)?;
        let sctp = &mut self.association.as_mut()?.sctp;
        let inner = dtls.overhead().inner(out)?;
        let len = if more { sctp.poll_more(self.now, inner) } else { sctp.poll_transmit(self.now, inner) }?;
        self.observer.note(self.now, true, inner.get(..len).unwrap_or_default());
        // DTLS closes when its numbers are used up: then a packet is lost, as a network may lose it.
        let len = dtls.seal(out, len).ok()?;
        self.count(len);
        Some(len)
    }

    fn count(&mut self, len: usize) {
        self.transport.count_sent(len);
        self.transport.ice.record_sent(self.now, len);
    }
}
