//! Setting the association up, both sides at once if need be, and anew after a restart (RFC 9260 §5).
//!
//! ```text
//!  A                                                        Z
//!  INIT [tag A, TSN A] ────────────────────────────────────►
//!       ◄──────────────────── INIT ACK [tag Z, TSN Z, cookie]    Z keeps nothing
//!  COOKIE ECHO [cookie], DATA … ───────────────────────────►     Z knows all from the cookie
//!       ◄──────────────────────────── COOKIE ACK, SACK, DATA …
//! ```

use alloc::vec::Vec;
use core::time::Duration;

use base::{Full, Serial32, Writer};
use bytes::Bytes;

use super::{Association, Peer, Phase, nonzero};
use crate::timer::Timer;
use crate::wire::{CauseCode, Causes, ChunkType, Cookie, Init, Parameters, emit_abort, emit_value, padded};
use crate::{Discard, Event, Reason};

/// Bytes of unrecognised parameters that are reported back at most.
const MAX_REPORTED: usize = 512;
/// Bytes of a packet that a COOKIE ECHO needs besides the cookie.
const COOKIE_ECHO_OVERHEAD: usize = 16;

impl Association {
    /// Takes the first step: sends INIT. Does nothing if the association has begun or ended.
    pub fn connect(&mut self, now: base::Instant) {
        self.advance_clock(now);
        if matches!(self.phase, Phase::Idle) {
            self.await_init_ack();
        }
    }

    /// Takes the round-trip time that another layer has measured on this path, as the first measurement (RFC 9260
    /// §6.3.1, C2). Does nothing once there is one.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        if self.outbound.rto.smoothed().is_none() {
            self.outbound.rto.measure(round_trip);
        }
    }

    fn await_init_ack(&mut self) {
        self.phase = Phase::CookieWait { attempts: 0 };
        self.pending.setup = true;
        self.start_setup_timer(0);
    }

    fn start_setup_timer(&mut self, attempts: u32) {
        self.timers.start(Timer::Setup, self.now + self.outbound.rto.setup(attempts));
    }

    /// T1-init or T1-cookie has expired.
    pub(super) fn on_setup_timeout(&mut self) {
        if matches!(self.phase, Phase::Established) {
            return self.send_early_data_again();
        }
        let (Phase::CookieWait { attempts } | Phase::CookieEchoed { attempts, .. }) = &mut self.phase else {
            return;
        };
        *attempts = attempts.saturating_add(1);
        let attempts = *attempts;
        if self.config.max_init_retransmissions.is_some_and(|max| attempts > max) {
            self.end(Reason::Unreachable);
            return;
        }
        self.pending.setup = true;
        // Data that went with the cookie goes with it again.
        self.outbound.send_all_again(self.now);
        self.start_setup_timer(attempts);
    }

    pub(super) fn emit_init(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        self.local_init(self.local_tag, self.local_tsn).emit(writer, ChunkType::INIT, &[], &[])?;
        self.pending.setup = false;
        Ok(())
    }

    /// What we say about ourselves in INIT and INIT ACK.
    fn local_init(&self, tag: u32, initial_tsn: Serial32) -> Init<'static> {
        Init {
            tag,
            window: u32::try_from(self.inbound.window_left()).unwrap_or(u32::MAX),
            outgoing_streams: self.config.outgoing_streams,
            incoming_streams: self.config.incoming_streams,
            initial_tsn,
            parameters: Parameters::empty(),
        }
    }

    /// INIT, in any state (§5.1, §5.2.1, §5.2.2): answers, and keeps nothing of it.
    pub(super) fn on_init(&mut self, init: &Init<'_>) -> Result<(), Discard> {
        if init.tag == 0 {
            return Err(Discard::Malformed);
        }
        if let Some(cause) = refusal(init) {
            return self.pending.reply(init.tag, |writer| emit_abort(writer, false, Some((cause, &[]))));
        }
        let (local_tag, local_tsn, tie_tag) = match self.phase {
            Phase::Ended => return Err(Discard::OutOfTheBlue),
            Phase::ShutdownAckSent => {
                self.pending.shutdown_ack = true;
                return Ok(());
            }
            // The tag is the one that our own INIT has, or will have: two attempts become one association.
            Phase::Idle | Phase::CookieWait { .. } => (self.local_tag, self.local_tsn, 0),
            Phase::CookieEchoed { .. } => (self.local_tag, self.local_tsn, self.peer.tie_tag),
            _ => (nonzero(&mut self.rng), Serial32(self.rng.next_u32()), self.peer.tie_tag),
        };
        let cookie = Cookie {
            made_at: self.now,
            local_tag,
            local_tsn,
            peer_tag: init.tag,
            peer_tsn: init.initial_tsn,
            peer_window: init.window,
            peer_outgoing_streams: init.outgoing_streams,
            peer_incoming_streams: init.incoming_streams,
            forward_tsn: init.supports_forward_tsn(),
            reconfig: init.supports_reconfig(),
            tie_tag,
        };
        let cookie = cookie.seal(&*self.cookie_key);
        let mut answer = self.local_init(local_tag, local_tsn);
        // RFC 9260 §3.3.3: not more than the peer takes.
        answer.outgoing_streams = answer.outgoing_streams.min(init.incoming_streams);
        let unrecognized = unrecognized(init, self.room_for_reports());
        self.pending
            .reply(init.tag, |writer| answer.emit(writer, ChunkType::INIT_ACK, &cookie, &unrecognized))?;
        self.await_cookie_echo();
        Ok(())
    }

    /// The peer sets the association up as well: its cookie gets the time to come back before our own INIT goes out again.
    /// T1 runs on, as §5.2.1 wants; but some peers end an association that gets another INIT.
    fn await_cookie_echo(&mut self) {
        if let Phase::CookieWait { attempts } = self.phase {
            self.start_setup_timer(attempts);
        }
    }

    /// INIT ACK (§5.1, C): sends the cookie back.
    pub(super) fn on_init_ack(&mut self, tag: u32, init: &Init<'_>) -> Result<(), Discard> {
        if !matches!(self.phase, Phase::CookieWait { .. }) {
            return Err(Discard::Unexpected);
        }
        if tag != self.local_tag {
            return Err(Discard::WrongTag);
        }
        self.peer.tag = init.tag;
        if let Some(cause) = refusal(init) {
            self.fail(cause, &[]);
            return Ok(());
        }
        let Some(cookie) = init.cookie() else {
            // One parameter is missing: the state cookie, type 7.
            self.fail(CauseCode::MISSING_PARAMETER, &[0, 0, 0, 1, 0, 7]);
            return Ok(());
        };
        if padded(cookie.len()) + COOKIE_ECHO_OVERHEAD > self.longest_packet {
            self.fail(CauseCode::OUT_OF_RESOURCE, &[]);
            return Ok(());
        }
        let reported = unrecognized(init, self.room_for_reports()).concat();
        if !reported.is_empty() {
            self.pending.report(CauseCode::UNRECOGNIZED_PARAMETERS, &reported);
        }
        self.peer = Peer {
            tag: init.tag,
            initial_tsn: init.initial_tsn,
            outgoing_streams: init.outgoing_streams.min(self.config.incoming_streams),
            incoming_streams: init.incoming_streams.min(self.config.outgoing_streams),
            reconfig: init.supports_reconfig(),
            tie_tag: self.rng.next_u64(),
        };
        self.start_streams(init.window, init.supports_forward_tsn());
        self.phase = Phase::CookieEchoed { cookie: Bytes::copy_from_slice(cookie), attempts: 0 };
        // One that nobody has taken is out of date.
        if matches!(self.events.back(), Some(Event::Negotiated { .. })) {
            self.events.pop_back();
        }
        self.events.push_back(Event::Negotiated {
            outgoing_streams: self.peer.incoming_streams,
            incoming_streams: self.peer.outgoing_streams,
        });
        self.pending.setup = true;
        self.outbound.send_all_again(self.now);
        self.start_setup_timer(0);
        Ok(())
    }

    pub(super) fn start_streams(&mut self, peer_window: u32, partial_reliability: bool) {
        self.inbound.start(self.peer.initial_tsn);
        self.outbound.start(self.local_tsn, peer_window, partial_reliability);
        self.outbound.queues.limit_streams(self.peer.incoming_streams);
    }

    /// Writes the cookie, what we have to say about the INIT ACK, and DATA as far as it fits (§5.1, C).
    pub(super) fn emit_cookie_echo(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let Phase::CookieEchoed { cookie, .. } = &self.phase else { return Ok(()) };
        emit_value(writer, ChunkType::COOKIE_ECHO, cookie)?;
        self.pending.setup = false;
        self.emit_reports(writer)?;
        if self.outbound.can_send(self.now) {
            self.emit_data(writer);
        }
        Ok(())
    }

    /// Bytes of unrecognised parameters that fit an answer with a cookie.
    fn room_for_reports(&self) -> usize {
        MAX_REPORTED.min(self.longest_packet / 4)
    }

    /// The cookie has arrived, and what went with it.
    pub(super) fn on_cookie_ack(&mut self) {
        self.timers.stop(Timer::Setup);
        if matches!(self.phase, Phase::CookieEchoed { .. }) {
            self.become_established();
        }
    }

    /// Data that went with COOKIE ECHO or COOKIE ACK is lost when they are. It need not wait for T3-rtx, whose RTO.Min makes
    /// room for delayed acknowledgements.
    pub(super) fn send_early_data_again(&mut self) {
        if self.outbound.is_untouched(self.local_tsn) {
            self.outbound.send_all_again(self.now);
        }
    }

    pub(super) fn become_established(&mut self) {
        self.enter_established();
        self.events.push_back(Event::Connected {
            outgoing_streams: self.peer.incoming_streams,
            incoming_streams: self.peer.outgoing_streams,
        });
        self.send_ready_resets();
    }

    pub(super) fn enter_established(&mut self) {
        self.phase = Phase::Established;
        self.errors = 0;
        self.pending.setup = false;
        self.timers.stop(Timer::Setup);
        self.start_resets();
        self.start_heartbeats();
        if !self.outbound.is_acknowledged() {
            self.start_retransmit_timer();
        }
    }

    /// ERROR: only a stale cookie changes anything (§5.2.6). It is answered by a new attempt.
    pub(super) fn on_error(&mut self, causes: &Causes<'_>) {
        let stale = causes.iter().any(|(code, _)| code == CauseCode::STALE_COOKIE);
        if stale && matches!(self.phase, Phase::CookieEchoed { .. }) {
            self.await_init_ack();
        }
    }
}

/// Why an INIT or INIT ACK cannot be accepted (§3.3.2, §5.1.2 B).
fn refusal(init: &Init<'_>) -> Option<CauseCode> {
    if init.tag == 0 || init.outgoing_streams == 0 || init.incoming_streams == 0 {
        return Some(CauseCode::INVALID_PARAMETER);
    }
    init.has_host_name().then_some(CauseCode::UNRESOLVABLE_ADDRESS)
}

/// The parameters whose sender wants to hear that we do not know them, as far as they fit an answer.
fn unrecognized<'a>(init: &Init<'a>, mut room: usize) -> Vec<&'a [u8]> {
    let fits = |raw: &&[u8]| {
        let len = padded(raw.len() + 4);
        let fits = len <= room;
        room = room.saturating_sub(len);
        fits
    };
    init.parameters.reported().take_while(fits).collect()
}
