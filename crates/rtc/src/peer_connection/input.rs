//! What comes in: datagrams, by their first byte (RFC 7983), and the passing of time.

use base::{Ecn, Instant, Path};

use super::PeerConnection;
use crate::Discard;
use crate::log::say;

/// What a datagram is, by its first byte (RFC 7983 §7).
enum Kind {
    Stun,
    Dtls,
    Other,
}

impl Kind {
    fn of(datagram: &[u8]) -> Self {
        match datagram.first() {
            Some(0..=3) => Self::Stun,
            Some(20..=63) => Self::Dtls,
            _ => Self::Other,
        }
    }
}

/// What becomes of a batch. Every datagram has its turn, also behind one that was taken; if none was, the last says why.
pub(crate) fn take_each<E>(taken: impl Iterator<Item = Result<(), E>>) -> Result<(), E> {
    taken.reduce(|all, one| all.or(one)).unwrap_or(Ok(()))
}

impl PeerConnection {
    /// Takes a datagram that came by `path` with the congestion mark `ecn`; it is decrypted in place.
    ///
    /// # Errors
    /// [`Discard`] if it was ignored, which is nothing to worry about: nothing has changed but a counter.
    pub fn handle_input(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagram: &mut [u8],
    ) -> Result<(), Discard> {
        if self.closed {
            return self.ignore(Discard::Closed);
        }
        self.observer.note_received(now, path, ecn, datagram);
        let result = match Kind::of(datagram) {
            Kind::Stun => self.handle_stun(now, path, datagram),
            Kind::Dtls => self.handle_dtls(now, path, datagram),
            Kind::Other => self.ignore(Discard::UnknownProtocol),
        };
        self.progress(now);
        result
    }

    /// Takes datagrams that came by one path with one mark, one behind the other: all `stride` bytes long but the last. That is
    /// what generic receive offload gives.
    ///
    /// # Errors
    /// The last [`Discard`] if every one was ignored.
    ///
    /// # Panics
    /// If `stride` is 0.
    pub fn handle_input_batch(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Ecn,
        datagrams: &mut [u8],
        stride: usize,
    ) -> Result<(), Discard> {
        take_each(datagrams.chunks_mut(stride).map(|one| self.handle_input(now, path, ecn, one)))
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        for transport in &mut self.transports {
            transport.ice.handle_timeout(now);
            if let Some(dtls) = &mut transport.dtls {
                dtls.handle_timeout(now);
            }
        }
        if let Some(association) = &mut self.association {
            association.sctp.handle_timeout(now);
        }
        self.progress(now);
        self.restless = false;
    }

    /// A check, or the answer to one: the agent whose credentials or transaction it names takes it.
    fn handle_stun(&mut self, now: Instant, path: Path, datagram: &[u8]) -> Result<(), Discard> {
        let mut last = Discard::NoTransport;
        for transport in &mut self.transports {
            match transport.ice.handle_input(now, path, datagram) {
                Ok(()) => {
                    transport.count_received(0);
                    return Ok(());
                }
                Err(discard) => last = Discard::Ice(discard),
            }
        }
        self.ignore(last)
    }

    /// A datagram of DTLS is believed only from where ICE has seen the peer (invariant 7).
    pub(super) fn handle_dtls(
        &mut self,
        now: Instant,
        path: Path,
        datagram: &mut [u8],
    ) -> Result<(), Discard> {
        let mut transports = self.transports.iter_mut();
        let Some((pair, transport)) = transports.find_map(|t| Some((t.ice.validated(path)?, t))) else {
            return self.ignore(Discard::UnvalidatedPath);
        };
        let len = datagram.len();
        let Some(dtls) = &mut transport.dtls else {
            let kept = transport.keep_early(path, datagram);
            return if kept { Ok(()) } else { self.ignore(Discard::TooEarly) };
        };
        let opened = dtls.stats().records_opened;
        let sctp = self.association.as_mut().filter(|association| association.transport() == transport.id);
        let result = match sctp {
            Some(association) => dtls.handle_input(now, datagram, &mut |packet| {
                self.observer.note(now, false, packet);
                association.take_packet(now, packet, self.events.log);
            }),
            None => dtls.handle_input(now, datagram, &mut |_| {}),
        };
        match result {
            Ok(()) => {
                // Keys whose owner is not the promised one prove nothing.
                let proven = dtls.state() == dtls::State::Connected && dtls.stats().records_opened > opened;
                if proven {
                    transport.ice.record_received(now, pair, len);
                } else {
                    transport.ice.record_unproven(now, pair, len);
                }
                transport.count_received(len);
                Ok(())
            }
            Err(discard) => self.ignore(Discard::Dtls(discard)),
        }
    }

    fn ignore(&mut self, discard: Discard) -> Result<(), Discard> {
        self.discarded = self.discarded.saturating_add(1);
        say!(self.log(), debug, "a datagram is ignored", reason = discard, ignored = self.discarded);
        Err(discard)
    }
}
