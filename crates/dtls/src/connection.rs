//! A connection: the five verbs, and who may do what when.
//!
//! ```text
//!            start                 Finished
//!   New -------------> Handshaking ----------> Open
//!                           |                    |
//!                           +--------------------+--> Over
//!                             close, authenticated alert, wrong Finished, mismatch that nobody contradicts
//! ```
//!
//! What is not authenticated never ends a connection: messages of epoch 0 that make no sense are refused, and another
//! one is awaited in their place; alerts of epoch 0 are counted. A certificate is refused like that unless signalling has
//! promised its fingerprint, so whoever has keys with us is the peer.

mod anew;
mod earlier;
mod input;
mod output;
mod promise;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use base::{Instant, earliest, take_front};
use bytes::Bytes;
use crypto::{CertificateDer, Provider, Rng};

use crate::alert::{Alert, AlertDescription};
use crate::config::{Config, Role};
use crate::connection::earlier::Earlier;
use crate::error::{ConfigError, ExportError};
use crate::event::{Event, Noted, Reason, State, Stats};
use crate::fingerprint::PeerVerified;
use crate::held::Held;
use crate::hello::{AwaitClientHello, AwaitServerHello};
use crate::identity::Identity;
use crate::key_log::KeyLog;
use crate::reassembly::Reassembly;
use crate::record::{CLEAR, PROTECTED};
use crate::srtp::SrtpProfile;
use crate::stage::{Core, Stage};
use crate::suite::CipherSuite;
use crate::v12::Established;
use crate::wire::record::{HEADER_LEN, ProtocolVersion};

/// A DTLS connection over a path that somebody else chose.
///
/// - **Setting up**: [`new`](Self::new), [`set_remote_fingerprints`](Self::set_remote_fingerprints),
///   [`set_rtt`](Self::set_rtt), [`start`](Self::start).
/// - **The verbs**: [`handle_input`](Self::handle_input), [`handle_timeout`](Self::handle_timeout),
///   [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event), [`poll_timeout`](Self::poll_timeout).
/// - **Data**: [`overhead`](Self::overhead), [`seal`](Self::seal); what comes in is handed to `handle_input`'s `deliver`.
/// - **The end**: [`close`](Self::close).
/// - **Looking**: [`state`](Self::state) and what was negotiated.
///
/// Example: [on the first page](crate).
pub struct Connection {
    core: Core,
    phase: Phase,
    proof: Option<PeerVerified>,
    reassembly: Reassembly,
    /// A client's handshake before it began anew.
    earlier: Option<Box<Earlier>>,
    /// What has come to a server of another ClientHello.
    another_hello: Option<Box<Reassembly>>,
    held: Held,
    /// Application data that was opened before the connection was.
    early: VecDeque<Bytes>,
    events: VecDeque<Event>,
    alerts: VecDeque<(u16, Alert)>,
    refusals_told: u8,
    handshake_deadline: Option<Instant>,
    noted: Noted,
    stats: Stats,
}

enum Phase {
    New,
    Handshaking(Stage),
    Open(Box<Established>),
    Over(Over),
}

/// How it ended.
#[derive(Clone, Copy)]
enum Over {
    Closed,
    Failed,
}

/// The room that a record takes around its plaintext, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overhead {
    /// In front of the plaintext.
    pub header: usize,
    /// Behind it.
    pub tag: usize,
}

impl Overhead {
    /// The most that any suite takes.
    pub const MAX: Self = Self { header: HEADER_LEN + 8, tag: crypto::TAG_LEN };

    /// Both together.
    #[must_use]
    pub const fn total(self) -> usize {
        self.header + self.tag
    }

    /// The part of `out` that the plaintext may fill.
    #[must_use]
    pub fn inner(self, out: &mut [u8]) -> Option<&mut [u8]> {
        let end = out.len().checked_sub(self.tag)?;
        out.get_mut(self.header..end)
    }
}

impl core::fmt::Debug for Connection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection")
            .field("role", &self.core.role)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection that has not started. Of several identities the first that suits the peer is shown.
    ///
    /// # Errors
    /// [`ConfigError`] if the configuration or an identity makes no handshake possible.
    pub fn new<'a>(
        config: Config,
        role: Role,
        identities: impl IntoIterator<Item = &'a Identity>,
        provider: &'static Provider,
        rng: Rng,
    ) -> Result<Self, ConfigError> {
        let identities: Vec<_> = identities.into_iter().collect();
        config.check(role, identities.iter().copied(), provider)?;
        let (max_message, max_held) = (config.max_handshake_message, config.max_held_records);
        let core = Core::new(config, role, &identities, provider, rng)?;
        Ok(Self {
            core,
            phase: Phase::New,
            proof: None,
            reassembly: Reassembly::new(max_message),
            earlier: None,
            another_hello: None,
            held: Held::new(max_held),
            early: VecDeque::new(),
            events: VecDeque::new(),
            alerts: VecDeque::new(),
            refusals_told: 0,
            handshake_deadline: None,
            noted: Noted::default(),
            stats: Stats::default(),
        })
    }

    /// Begins, once ICE has a valid pair. A client sends its ClientHello; a server looks at what has come already.
    ///
    /// Does nothing the second time.
    pub fn start(&mut self, now: Instant) {
        self.advance_clock(now);
        if !matches!(self.phase, Phase::New) {
            return;
        }
        let stage = match self.core.role {
            Role::Client => Stage::AwaitServerHello(AwaitServerHello::start(&mut self.core)),
            Role::Server => Stage::AwaitClientHello(AwaitClientHello::default()),
        };
        self.phase = Phase::Handshaking(stage);
        self.handshake_deadline = self.core.config.handshake_timeout.map(|span| self.core.now + span);
        self.events.push_back(Event::Connecting);
        self.release_held();
    }

    /// The peer may not have been ready for what went unanswered so far: that goes out again at once. The timer that will
    /// repeat it stays as it is.
    pub fn peer_is_ready(&mut self, now: Instant) {
        self.advance_clock(now);
        if !matches!(self.phase, Phase::Handshaking(_)) {
            return;
        }
        let repeated = self.core.flight.on_peer_ready(self.core.now);
        self.stats.retransmissions += u64::from(repeated);
    }

    /// Takes the round-trip time that ICE has measured: the first retransmission comes after twice that.
    pub fn set_rtt(&mut self, rtt: Duration) {
        self.core.flight.set_rtt(rtt);
    }

    /// The round-trip time as the handshake has seen it, with what the peer had to compute; `None` where every flight had to
    /// be repeated.
    #[must_use]
    pub const fn rtt(&self) -> Option<Duration> {
        self.core.flight.rtt()
    }

    /// Closes: a close_notify goes out, and no more is delivered.
    pub fn close(&mut self, now: Instant) {
        self.advance_clock(now);
        // A server that has finished hears only what is protected with the keys that it knows.
        if self.in_earlier(|connection| connection.close(now)).is_some() {
            return;
        }
        match self.phase {
            Phase::Over(_) => {}
            Phase::New => self.end(Over::Closed, Reason::Local),
            _ => {
                self.tell_last(Alert::warning(AlertDescription::CLOSE_NOTIFY));
                self.end(Over::Closed, Reason::Local);
            }
        }
    }

    /// Sends again what went unanswered.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance_clock(now);
        if self.handshake_deadline.is_some_and(|deadline| deadline <= self.core.now) {
            self.handshake_deadline = None;
            self.core.flight.clear();
            self.end(Over::Failed, Reason::HandshakeTimeout(self.noted()));
            return;
        }
        if self.mismatch_deadline().is_some_and(|deadline| deadline <= self.core.now) {
            self.end_for_mismatch();
            return;
        }
        let repeated = self.core.flight.on_timeout(self.core.now);
        let earlier = self.in_earlier(|connection| connection.core.flight.on_timeout(connection.core.now));
        self.stats.retransmissions += u64::from(repeated) + u64::from(earlier == Some(true));
        if self.hopeless_at().is_some_and(|at| at <= self.core.now) {
            self.begin_again();
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let earlier = self.earlier.as_ref().and_then(|earlier| earlier.flight().deadline());
        let flights = earliest(self.core.flight.deadline(), earlier);
        let ends = earliest(self.mismatch_deadline(), self.handshake_deadline);
        earliest(flights, earliest(self.hopeless_at(), ends))
    }

    /// The next event.
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event> {
        take_front(&mut self.events)
    }

    /// The state, as W3C names it.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.phase {
            Phase::New => State::New,
            Phase::Handshaking(_) => State::Connecting,
            Phase::Open(_) => State::Connected,
            Phase::Over(Over::Closed) => State::Closed,
            Phase::Over(Over::Failed) => State::Failed,
        }
    }

    /// Who opened the handshake.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.core.role
    }

    /// Keying material for another protocol (RFC 5705 §4), such as SRTP with the label `EXTRACTOR-dtls_srtp`.
    ///
    /// # Errors
    /// [`ExportError`] before the connection is open, and if the context is longer than can be said.
    pub fn export_keying_material(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        let Phase::Open(established) = &self.phase else { return Err(ExportError::NotConnected) };
        established.export(&self.core, label, context, out).ok_or(ExportError::ContextTooLong)
    }

    /// The secret of the connection, for Wireshark: only where [`Config::key_log`](crate::Config::key_log) asks for it, and
    /// while the connection is open.
    #[must_use]
    pub fn key_log(&self) -> Option<KeyLog> {
        self.established().filter(|_| self.core.config.key_log).map(Established::key_log)
    }

    /// The proof that the peer is the promised one, from the moment on when the connection opens; it outlives it.
    #[must_use]
    pub const fn proof(&self) -> Option<PeerVerified> {
        self.proof
    }

    /// The SRTP profile that was agreed on, once the handshake is finished.
    #[must_use]
    pub fn srtp_profile(&self) -> Option<SrtpProfile> {
        self.established()?.negotiated.srtp_profile
    }

    /// The cipher suite, once the handshake is finished.
    #[must_use]
    pub fn cipher_suite(&self) -> Option<CipherSuite> {
        Some(self.established()?.negotiated.suite)
    }

    /// The version, once the handshake is finished.
    #[must_use]
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.established().map(|_| ProtocolVersion::DTLS_1_2)
    }

    /// The ALPN protocol, if one was agreed on.
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.established()?.negotiated.alpn.as_deref()
    }

    /// Our chain, leaf first: the one that the peer was shown, or the first before the connection is open.
    #[must_use]
    pub fn local_certificates(&self) -> &[CertificateDer] {
        self.core.credentials.chain(self.established().map(|established| established.ours))
    }

    /// The peer's chain, leaf first: empty until the connection is open.
    #[must_use]
    pub fn peer_certificates(&self) -> &[CertificateDer] {
        self.established().map_or(&[], |established| &established.peer.chain)
    }

    /// What stands in the way of the handshake so far; nothing once it is finished.
    #[must_use]
    pub const fn noted(&self) -> Noted {
        Noted { mismatch: self.core.expected.mismatch_since().is_some(), ..self.noted }
    }

    /// The counters.
    #[must_use]
    #[inline]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    fn established(&self) -> Option<&Established> {
        match &self.phase {
            Phase::Open(established) => Some(established),
            _ => None,
        }
    }

    /// Time that goes back stands still.
    fn advance_clock(&mut self, now: Instant) {
        self.core.now = self.core.now.max(now);
    }

    fn open(&mut self, established: Box<Established>) {
        self.forget_handshake();
        self.noted = Noted::default();
        self.proof = Some(PeerVerified::finished(&established.peer.proof));
        self.phase = Phase::Open(established);
        self.events.push_back(Event::Connected);
        self.events.extend(self.early.drain(..).map(Event::ApplicationData));
    }

    /// Queues an alert in the epoch that the peer reads: that of the keys only behind our ChangeCipherSpec
    /// (RFC 5246 §7.1).
    fn tell(&mut self, alert: Alert) {
        let epoch = if self.core.records.writes_protected() { PROTECTED } else { CLEAR };
        self.alerts.push_back((epoch, alert));
    }

    /// Queues the alert that ends the connection. If it is protected, the ChangeCipherSpec goes out before it.
    fn tell_last(&mut self, alert: Alert) {
        if self.core.records.writes_protected() {
            self.core.flight.finish();
        } else {
            self.core.flight.clear();
        }
        self.tell(alert);
    }

    /// Ends for a fault of the peer's that is proven to be its own.
    fn fail(&mut self, description: AlertDescription) {
        self.tell_last(Alert::fatal(description));
        self.end(Over::Failed, Reason::AlertSent(description));
    }

    fn forget_handshake(&mut self) {
        self.core.transcript = Vec::new();
        self.reassembly = Reassembly::new(self.core.config.max_handshake_message);
        self.earlier = None;
        self.another_hello = None;
        self.handshake_deadline = None;
    }

    fn end(&mut self, over: Over, reason: Reason) {
        self.phase = Phase::Over(over);
        self.forget_handshake();
        self.early.clear();
        let _ = self.held.take();
        self.events.push_back(Event::Closed(reason));
    }
}
