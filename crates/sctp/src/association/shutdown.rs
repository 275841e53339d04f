//! Ending the association: shutdown when everything has been delivered, or abort at once (RFC 9260 §9).
//!
//! ```text
//!  A                                                        Z
//!  shutdown()                                                    {all acknowledged}
//!  SHUTDOWN [cumulative TSN] ──────────────────────────────►
//!       ◄───────────────────── DATA … (what Z still had), then SHUTDOWN ACK
//!  SHUTDOWN COMPLETE ──────────────────────────────────────►
//! ```

use base::{Instant, Serial32};

use super::{Association, Phase};
use crate::Reason;
use crate::timer::Timer;
use crate::wire::{CauseCode, ChunkType, emit_bare};

/// T5-shutdown-guard, in units of RTO.Max (RFC 9260 §9.2).
const GUARD_PERIODS: u32 = 5;
/// Bytes of the text of an abort.
const MAX_TEXT: usize = 256;

impl Association {
    /// Ends the association once everything sent has been acknowledged; nothing more can be sent. Before the
    /// association is established, it ends at once.
    pub fn shutdown(&mut self, now: Instant) {
        self.advance_clock(now);
        match self.phase {
            Phase::Established => {
                self.phase = Phase::ShutdownPending;
                self.outbound.draining = true;
                self.continue_shutdown();
            }
            Phase::Idle | Phase::CookieWait { .. } => self.end(Reason::Shutdown),
            Phase::CookieEchoed { .. } => self.abort(now, ""),
            _ => {}
        }
    }

    /// Ends the association at once. `reason` goes to the peer, cut at 256 bytes.
    pub fn abort(&mut self, now: Instant, reason: &str) {
        self.advance_clock(now);
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        if !matches!(self.phase, Phase::Idle | Phase::CookieWait { .. }) {
            let text = reason.as_bytes();
            self.queue_abort(CauseCode::USER_INITIATED_ABORT, text.get(..MAX_TEXT).unwrap_or(text));
        }
        self.end(Reason::Aborted);
    }

    /// Takes the next step of a shutdown if nothing is outstanding.
    pub(super) fn continue_shutdown(&mut self) {
        if !self.outbound.is_drained() {
            return;
        }
        match self.phase {
            Phase::ShutdownPending => {
                self.phase = Phase::ShutdownSent;
                self.pending.shutdown = true;
                let guard = self.config.rto_max.saturating_mul(GUARD_PERIODS);
                self.timers.start(Timer::ShutdownGuard, self.now + guard);
                self.start_shutdown_timer();
            }
            Phase::ShutdownReceived => self.acknowledge_shutdown(),
            _ => {}
        }
    }

    fn acknowledge_shutdown(&mut self) {
        self.phase = Phase::ShutdownAckSent;
        self.pending.shutdown = false;
        self.pending.shutdown_ack = true;
        self.timers.stop(Timer::Heartbeat);
        self.start_shutdown_timer();
    }

    fn start_shutdown_timer(&mut self) {
        self.timers.start(Timer::Shutdown, self.now + self.outbound.rto.current());
    }

    /// T2-shutdown has expired.
    pub(super) fn on_shutdown_timeout(&mut self) {
        if self.count_error() {
            return;
        }
        self.outbound.rto.back_off();
        match self.phase {
            Phase::ShutdownSent => self.pending.shutdown = true,
            Phase::ShutdownAckSent => self.pending.shutdown_ack = true,
            _ => return,
        }
        self.start_shutdown_timer();
    }

    /// T5-shutdown-guard has expired.
    pub(super) fn on_shutdown_guard(&mut self) {
        self.queue_abort(CauseCode::USER_INITIATED_ABORT, b"");
        self.end(Reason::Unreachable);
    }

    /// DATA has come after our SHUTDOWN: it is answered by the next one.
    pub(super) fn answer_data_with_shutdown(&mut self) {
        self.errors = 0;
        self.pending.shutdown = true;
        self.inbound.acknowledge.at_once();
        self.start_shutdown_timer();
    }

    pub(super) fn on_shutdown(&mut self, cumulative_tsn: Serial32) {
        match self.phase {
            Phase::Established | Phase::ShutdownPending | Phase::ShutdownReceived => {
                self.phase = Phase::ShutdownReceived;
                self.outbound.draining = true;
                let outcome = self.outbound.on_cumulative_tsn(self.now, cumulative_tsn);
                self.after_acknowledgement(outcome);
                self.continue_shutdown();
            }
            Phase::ShutdownSent => self.acknowledge_shutdown(),
            Phase::ShutdownAckSent => self.pending.shutdown_ack = true,
            _ => {}
        }
    }

    pub(super) fn on_shutdown_ack(&mut self) {
        if !matches!(self.phase, Phase::ShutdownSent | Phase::ShutdownAckSent) {
            return;
        }
        let tag = self.peer.tag;
        // If it is lost, the peer repeats its SHUTDOWN ACK, and is answered then.
        let _lost = self.pending.reply(tag, |writer| emit_bare(writer, ChunkType::SHUTDOWN_COMPLETE, false));
        self.end(Reason::Shutdown);
    }

    pub(super) fn on_shutdown_complete(&mut self) {
        if matches!(self.phase, Phase::ShutdownAckSent) {
            self.end(Reason::Shutdown);
        }
    }
}
