//! User data and its acknowledgement (RFC 9260 §6), in the states that allow them.

use super::{Association, Phase};
use crate::Reason;
use crate::receive::{Urgency, Violation};
use crate::timer::Timer;
use crate::transmit::SackOutcome;
use crate::wire::{CauseCode, Data, ForwardTsn, Sack};

impl Association {
    /// Whether DATA is accepted (RFC 9260 §6).
    fn may_receive_data(&self) -> bool {
        matches!(self.phase, Phase::Established | Phase::ShutdownPending | Phase::ShutdownSent)
    }

    /// Whether DATA may be sent.
    pub(super) fn may_send_data(&self) -> bool {
        matches!(self.phase, Phase::Established | Phase::ShutdownPending | Phase::ShutdownReceived)
    }

    pub(super) fn on_data(&mut self, data: &Data<'_>) {
        if !self.may_receive_data() {
            return;
        }
        if data.payload.is_empty() {
            self.fail(CauseCode::NO_USER_DATA, &data.tsn.0.to_be_bytes());
            return;
        }
        if data.stream.0 >= self.peer.outgoing_streams {
            // RFC 9260 §6.5: it is acknowledged and reported, and not delivered.
            let [high, low] = data.stream.0.to_be_bytes();
            self.pending.report(CauseCode::INVALID_STREAM, &[high, low, 0, 0]);
            let result = self.inbound.on_unwanted(data.tsn);
            self.check_violation(result);
        } else {
            let result = self.inbound.on_data(data);
            self.check_violation(result);
        }
        if matches!(self.phase, Phase::ShutdownSent) {
            self.answer_data_with_shutdown();
        }
    }

    pub(super) fn on_forward_tsn(&mut self, forward: &ForwardTsn<'_>) {
        if !self.may_receive_data() {
            return;
        }
        let limit = self.peer.outgoing_streams;
        let streams = forward.streams().filter(|(stream, _)| stream.0 < limit);
        let result = self.inbound.on_forward_tsn(forward.new_cumulative_tsn, streams);
        self.check_violation(result);
    }

    fn check_violation(&mut self, result: Result<(), Violation>) {
        match result {
            Ok(()) => {}
            Err(Violation::Oversized) => {
                self.fail(CauseCode::OUT_OF_RESOURCE, &[]);
            }
        }
    }

    pub(super) fn on_sack(&mut self, sack: &Sack<'_>) {
        if !self.may_send_data() {
            return;
        }
        let outcome = self.outbound.on_sack(self.now, sack);
        self.after_acknowledgement(outcome);
    }

    /// Timers and whatever waited for an acknowledgement.
    pub(super) fn after_acknowledgement(&mut self, outcome: SackOutcome) {
        let SackOutcome::Taken { cumulative_advanced, progress } = outcome else { return };
        // A peer whose window is closed and who says so is there (RFC 9260 §6.1, A).
        if progress || self.outbound.is_probing() {
            self.errors = 0;
        }
        if self.outbound.is_acknowledged() {
            self.timers.stop(Timer::Retransmit);
        } else if cumulative_advanced {
            self.timers.stop(Timer::Retransmit);
            self.start_retransmit_timer();
        }
        if cumulative_advanced {
            self.go_on_with_what_waits();
        }
    }

    /// Less is queued or outstanding than before: a reset or the end may have waited for that.
    pub(super) fn go_on_with_what_waits(&mut self) {
        self.send_ready_resets();
        self.continue_shutdown();
    }

    /// Runs T3-rtx if it does not run.
    pub(super) fn start_retransmit_timer(&mut self) {
        if matches!(self.phase, Phase::CookieEchoed { .. }) {
            // The cookie's timer repeats the data with the cookie.
            return;
        }
        let deadline = || self.now + self.outbound.rto.current();
        self.timers.start_if_stopped(Timer::Retransmit, deadline);
    }

    pub(super) fn on_retransmit_timeout(&mut self) {
        if self.outbound.is_acknowledged() || self.count_error() {
            return;
        }
        self.outbound.on_timeout(self.now);
        self.start_retransmit_timer();
    }

    /// All chunks of a packet have been applied.
    pub(super) fn on_packet_end(&mut self) {
        let gaps = self.inbound.has_gaps();
        let cumulative_tsn = self.inbound.cumulative_tsn();
        self.inbound.acknowledge.on_packet_end(cumulative_tsn, gaps);
        if self.inbound.acknowledge.urgency() == Urgency::Delayed {
            self.timers.start_if_stopped(Timer::Acknowledge, || self.now + self.config.sack_delay);
        }
        if self.inbound.take_reset_done() {
            self.announce_reset();
        }
    }

    /// The peer has broken the protocol: aborts.
    pub(super) fn fail(&mut self, code: CauseCode, information: &[u8]) {
        self.queue_abort(code, information);
        self.end(Reason::PeerError(code));
    }
}
