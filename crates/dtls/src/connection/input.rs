//! What comes in: datagrams into records, records into messages, alerts and data (RFC 6347 §4.1.2.7).

use alloc::collections::VecDeque;

use base::{Instant, Reader};
use bytes::Bytes;

use super::{Connection, Over, Phase};
use crate::alert::{Alert, AlertDescription};
use crate::config::{MAX_EARLY_DATA, Role};
use crate::error::Discard;
use crate::event::Reason;

use crate::reassembly::{Inserted, Message};
use crate::record::{CLEAR, PROTECTED};
use crate::stage::{Stage, Step};
use crate::wire::Malformed;
use crate::wire::handshake::{FragmentHeader, HandshakeType};
use crate::wire::record::{ContentType, HEADER_LEN, RecordHeader};

/// How often a refused message is answered with an alert: enough for an honest peer to learn why.
const MAX_REFUSALS_TOLD: u8 = 3;

impl Connection {
    /// Takes a datagram, decrypting in place; `deliver` gets the plaintext of each packet of application data.
    ///
    /// Each record stands for itself: a bad one spoils neither those before nor those behind it.
    ///
    /// # Errors
    /// [`Discard`] if not a single record of it was accepted; then nothing changed but a counter.
    pub fn handle_input(
        &mut self,
        now: Instant,
        datagram: &mut [u8],
        deliver: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Discard> {
        self.advance_clock(now);
        let mut outcome = Err(Discard::Truncated);
        let mut first = true;
        let mut rest = datagram;
        loop {
            let handled = match RecordHeader::parse(rest) {
                Err(discard) => {
                    rest = &mut [];
                    Err(discard)
                }
                Ok((header, len)) => {
                    let Some((record, behind)) = rest.split_at_mut_checked(HEADER_LEN + len) else { break };
                    rest = behind;
                    self.handle_record(&header, record, deliver)
                }
            };
            self.count(handled);
            if first || handled.is_ok() {
                outcome = outcome.or(handled);
            }
            first = false;
            if rest.is_empty() {
                break;
            }
        }
        self.release_protected();
        outcome
    }

    /// Takes up the records that were held if there are keys for them now.
    pub(super) fn release_protected(&mut self) {
        if self.core.records.has_keys() && !self.held.is_empty() {
            self.release_held();
        }
    }

    fn count(&mut self, handled: Result<(), Discard>) {
        match handled {
            Ok(()) => self.stats.records_received += 1,
            Err(discard) => {
                self.stats.discarded += 1;
                self.stats.replayed += u64::from(discard == Discard::Replayed);
                self.stats.forged += u64::from(discard == Discard::Forged);
            }
        }
    }

    fn handle_record(
        &mut self,
        header: &RecordHeader,
        record: &mut [u8],
        deliver: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Discard> {
        header.check()?;
        match (&self.phase, header.epoch) {
            (Phase::Over(_), _) => Err(Discard::Closed),
            (Phase::New, _) => self.held.push(record),
            (_, CLEAR) => self.on_clear(header, record.get(HEADER_LEN..).unwrap_or_default()),
            (_, PROTECTED) if self.core.records.has_keys() => self.open_record(header, record, deliver),
            (_, PROTECTED) => {
                let opened = self.in_earlier(|connection| connection.open_record(header, record, deliver));
                opened.unwrap_or_else(|| self.held.push(record))
            }
            _ => Err(Discard::Epoch),
        }
    }

    fn open_record(
        &mut self,
        header: &RecordHeader,
        record: &mut [u8],
        deliver: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Discard> {
        let fragment = record.get_mut(HEADER_LEN..).unwrap_or_default();
        self.check_room(header.content_type, fragment.len())?;
        let plaintext = self.core.records.open(header, fragment)?;
        self.stats.records_opened += 1;
        let plaintext = fragment.get(plaintext).unwrap_or_default();
        self.on_protected(header.content_type, plaintext, deliver);
        Ok(())
    }

    /// Takes up the records that were held; those that still cannot be opened are held again.
    pub(super) fn release_held(&mut self) {
        let records: VecDeque<_> = self.held.take();
        for mut record in records {
            let Ok((header, _)) = RecordHeader::parse(&record) else { continue };
            // Nothing that was held is delivered at once: it either shakes hands or is early.
            let handled = self.handle_record(&header, &mut record, &mut |_| ());
            if handled.is_err() {
                self.count(handled);
            }
        }
    }

    /// A record that anybody could have sent.
    fn on_clear(&mut self, header: &RecordHeader, fragment: &[u8]) -> Result<(), Discard> {
        match header.content_type {
            ContentType::HANDSHAKE if matches!(self.phase, Phase::Handshaking(_)) => {
                self.on_handshake(CLEAR, fragment)
            }
            // The epoch of what follows says all there is to say; this may be late, lost or doubled.
            ContentType::CHANGE_CIPHER_SPEC if fragment == [1] => Ok(()),
            ContentType::ALERT => {
                let alert = Alert::parse(fragment).map_err(|_| Discard::Malformed)?;
                self.stats.unauthenticated_alerts += 1;
                if alert.fatal && matches!(self.phase, Phase::Handshaking(_)) {
                    self.noted.received_alert = Some(alert.description);
                }
                Err(Discard::UnauthenticatedAlert)
            }
            _ => Err(Discard::Unexpected),
        }
    }

    /// Whether what the record says it carries could be kept: asked before the replay window moves.
    fn check_room(&self, content_type: ContentType, fragment_len: usize) -> Result<(), Discard> {
        if content_type != ContentType::APPLICATION_DATA || matches!(self.phase, Phase::Open(_)) {
            return Ok(());
        }
        let bytes = self.early.iter().map(Bytes::len).sum::<usize>().saturating_add(fragment_len);
        if self.early.len() >= self.core.config.max_held_application_data || bytes > MAX_EARLY_DATA {
            Err(Discard::Limit)
        } else {
            Ok(())
        }
    }

    /// The content of a record that only the peer can have sent.
    fn on_protected(&mut self, content_type: ContentType, plaintext: &[u8], deliver: &mut dyn FnMut(&[u8])) {
        match content_type {
            ContentType::APPLICATION_DATA if matches!(self.phase, Phase::Open(_)) => deliver(plaintext),
            ContentType::APPLICATION_DATA => self.on_early_data(plaintext),
            ContentType::HANDSHAKE if matches!(self.phase, Phase::Handshaking(_)) => {
                self.on_protected_handshake(plaintext);
            }
            ContentType::HANDSHAKE => self.on_late_handshake(plaintext),
            ContentType::ALERT => self.on_alert(plaintext),
            // There is no epoch to change to: renegotiation is refused.
            _ => self.fail(AlertDescription::UNEXPECTED_MESSAGE),
        }
    }

    /// It is authenticated, so what is wrong with it cannot be helped by waiting.
    fn on_protected_handshake(&mut self, plaintext: &[u8]) {
        if fragments(plaintext).any(|fragment| fragment.is_err()) || plaintext.is_empty() {
            return self.fail(AlertDescription::DECODE_ERROR);
        }
        // What is too long, too far ahead or late is the reassembly's business.
        let _ = self.on_handshake(PROTECTED, plaintext);
    }

    /// The peer is done and we are not: its last flight was lost or is late (RFC 6347 §4.2.4).
    fn on_early_data(&mut self, plaintext: &[u8]) {
        self.early.push_back(Bytes::copy_from_slice(plaintext));
        if matches!(&self.phase, Phase::Handshaking(stage) if stage.awaits_finished()) {
            self.on_peer_retransmission();
        }
    }

    fn on_peer_retransmission(&mut self) {
        if self.core.flight.on_peer_retransmission(self.core.now) {
            self.stats.retransmissions += 1;
        }
    }

    /// The fragments in a handshake record. `Ok` if any of them was of use.
    fn on_handshake(&mut self, epoch: u16, fragments: &[u8]) -> Result<(), Discard> {
        let mut outcome = Err(Discard::Malformed);
        let mut is_old = false;
        for (header, fragment) in self::fragments(fragments).map_while(Result::ok) {
            // Renegotiation is refused, and a HelloRequest takes no part in the handshake (RFC 5246 §7.4.1.1).
            if header.kind == HandshakeType::HELLO_REQUEST {
                outcome = outcome.or(Err(Discard::Unexpected));
                continue;
            }
            let inserted = self.reassembly.insert(epoch, &header, fragment);
            if inserted == Ok(Inserted::Old) {
                is_old = true;
                if epoch == CLEAR {
                    self.on_past_hello(&header, fragment);
                }
            }
            outcome = outcome.or(inserted.map(|_| ()));
        }
        self.handle_messages();
        if is_old && matches!(self.phase, Phase::Handshaking(_)) {
            self.on_peer_retransmission();
        }
        outcome
    }

    /// A hello of the peer's whose number is past may begin again what leads nowhere. One of our own kind is our own, come back.
    fn on_past_hello(&mut self, header: &FragmentHeader, fragment: &[u8]) {
        match (self.core.role, header.kind) {
            (Role::Server, HandshakeType::CLIENT_HELLO) => self.on_past_client_hello(header, fragment),
            (Role::Client, HandshakeType::SERVER_HELLO) => self.on_past_server_hello(header, fragment),
            _ => {}
        }
    }

    /// A message was right, as far as can be seen.
    fn on_next(&mut self, stage: Stage) {
        self.phase = Phase::Handshaking(stage);
        self.reassembly.advance();
        // A server learns by the last message of a flight whether the others were right.
        if self.core.role == Role::Client {
            self.core.flight.on_progress(self.core.now);
            self.weigh_earlier();
        }
    }

    fn next_message(&self) -> Option<Message> {
        if self.certificate_waits() { None } else { self.reassembly.front() }
    }

    /// Hands on every message that is whole and in turn.
    pub(super) fn handle_messages(&mut self) {
        while let Some(message) = self.next_message() {
            let stage = match core::mem::replace(&mut self.phase, Phase::New) {
                Phase::Handshaking(stage) => stage,
                other => {
                    self.phase = other;
                    return;
                }
            };
            match stage.handle(&mut self.core, &message) {
                Step::Next(stage) => self.on_next(stage),
                // It is authenticated, so another one is not to be awaited.
                Step::Refused(_, alert) if message.epoch == PROTECTED => self.fail(alert),
                Step::Refused(stage, alert) => {
                    self.phase = Phase::Handshaking(stage);
                    self.reassembly.reject();
                    self.refuse(alert);
                }
                Step::Rewound(stage, alert, from) => {
                    self.phase = Phase::Handshaking(stage);
                    self.reassembly.rewind(from);
                    self.refuse(alert);
                    // The peer may know an earlier handshake only, and repeat its flight of that one.
                    self.in_earlier(Self::on_peer_retransmission);
                }
                Step::Failed(alert) => self.fail(alert),
                Step::Done(established) => {
                    self.reassembly.advance();
                    self.open(established);
                }
            }
        }
    }

    /// A message in the clear was wrong. It may be forged, so nothing ends; an honest peer learns why from the alert.
    /// Not while an earlier handshake goes on, which a peer that waits in it would end for an alert; nor for a stranger's
    /// certificate, as the alert goes to the peer.
    pub(super) fn refuse(&mut self, alert: AlertDescription) {
        self.stats.refused += 1;
        self.noted.refusal = Some(alert);
        let says_nothing =
            matches!(alert, AlertDescription::UNEXPECTED_MESSAGE | AlertDescription::DECODE_ERROR);
        let is_strangers =
            alert == AlertDescription::BAD_CERTIFICATE && self.core.expected.mismatch_since().is_some();
        if !says_nothing && !is_strangers && self.earlier.is_none() && self.refusals_told < MAX_REFUSALS_TOLD
        {
            self.refusals_told += 1;
            self.noted.sent_alert = Some(alert);
            self.alerts.push_back((CLEAR, Alert::fatal(alert)));
        }
    }

    /// A handshake message behind the handshake: the peer has not got our last flight, or wants to renegotiate.
    fn on_late_handshake(&mut self, plaintext: &[u8]) {
        let Some(Ok((header, _))) = fragments(plaintext).next() else {
            return self.fail(AlertDescription::DECODE_ERROR);
        };
        match (self.core.role, header.kind) {
            (Role::Server, HandshakeType::FINISHED) => self.on_peer_retransmission(),
            (Role::Client, HandshakeType::FINISHED) => {}
            (Role::Server, HandshakeType::CLIENT_HELLO) | (Role::Client, HandshakeType::HELLO_REQUEST) => {
                self.stats.renegotiations_refused += 1;
                if self.alerts.is_empty() {
                    self.tell(Alert::warning(AlertDescription::NO_RENEGOTIATION));
                }
            }
            _ => self.fail(AlertDescription::UNEXPECTED_MESSAGE),
        }
    }

    /// An authenticated alert (RFC 5246 §7.2): a close is answered, a fatal one ends all, a warning is noted by nobody.
    /// A connection that never opened has failed, however politely the peer leaves it.
    fn on_alert(&mut self, plaintext: &[u8]) {
        match Alert::parse(plaintext) {
            Ok(Alert { description: AlertDescription::CLOSE_NOTIFY, .. }) => {
                self.tell_last(Alert::warning(AlertDescription::CLOSE_NOTIFY));
                match self.phase {
                    Phase::Open(_) => self.end(Over::Closed, Reason::ByPeer),
                    _ => self.end(Over::Failed, Reason::AlertReceived(AlertDescription::CLOSE_NOTIFY)),
                }
            }
            Ok(Alert { fatal: true, description }) => {
                self.core.flight.clear();
                self.end(Over::Failed, Reason::AlertReceived(description));
            }
            Ok(_) => {}
            Err(wrong) => self.fail(wrong),
        }
    }
}

/// The fragments in a handshake record, up to the first that is malformed.
fn fragments(record: &[u8]) -> impl Iterator<Item = Result<(FragmentHeader, &[u8]), Malformed>> {
    let mut reader = Reader::new(record);
    let mut is_over = false;
    core::iter::from_fn(move || {
        if is_over || reader.is_empty() {
            return None;
        }
        let fragment = FragmentHeader::parse(&mut reader);
        is_over = fragment.is_err();
        Some(fragment)
    })
}
