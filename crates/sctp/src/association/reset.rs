//! Resetting streams (RFC 6525), in the part that WebRTC uses: each side resets its outgoing streams.
//!
//! ```text
//!  A                                                        Z
//!  reset_streams([3])              {3 is sent and acknowledged}
//!  RE-CONFIG [request 7: outgoing 3, last TSN] ────────────►     {all up to the last TSN has arrived}
//!       ◄────────────────────── RE-CONFIG [response 7: done]     StreamsReset [3]
//!  ResetDone [3]
//! ```

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use base::{Full, Instant, Serial32, Writer, take_front};

use super::{Association, Phase};
use crate::timer::Timer;
use crate::wire::{self, Reconfig, ReconfigParameter, ReconfigResult, ReconfigStreams};
use crate::{Event, ResetError, ResetFailure, StreamId};

/// Responses that wait for the caller to poll: those to both parameters of a chunk.
const MAX_RESPONSES: usize = 2;

/// A request of ours that the peer has not answered.
#[derive(Debug)]
struct Request {
    number: Serial32,
    last_tsn: Serial32,
    streams: Vec<StreamId>,
}

/// Both directions of stream reset.
#[derive(Debug, Default)]
pub(super) struct Resets {
    /// Asked for by the user, not yet sent.
    queued: BTreeSet<StreamId>,
    /// Those of them on which everything is acknowledged.
    drained: VecDeque<StreamId>,
    request: Option<Request>,
    next_request: Serial32,
    /// The number that the peer's next request has.
    expected: Serial32,
    /// The answer to its last one.
    answered: Option<ReconfigResult>,
}

impl Association {
    /// Resets outgoing streams: what has been sent on them is delivered first, then their sequence numbers begin
    /// anew, and the peer hears of it. [`Event::ResetDone`] or [`Event::ResetFailed`] follows; until then, nothing
    /// can be sent on them. Streams already being reset are left out.
    ///
    /// # Errors
    /// [`ResetError`]; then no stream is affected.
    pub fn reset_streams(&mut self, now: Instant, streams: &[StreamId]) -> Result<(), ResetError> {
        self.advance_clock(now);
        match self.phase {
            Phase::Idle | Phase::CookieWait { .. } | Phase::CookieEchoed { .. } | Phase::Established => {}
            _ => return Err(ResetError::Closed),
        }
        if streams.iter().any(|stream| stream.0 >= self.outgoing_limit()) {
            return Err(ResetError::NoSuchStream);
        }
        for stream in streams {
            if !self.outbound.queues.is_resetting(*stream) {
                self.outbound.queues.begin_reset(*stream);
                self.resets.queued.insert(*stream);
            }
        }
        self.send_ready_resets();
        Ok(())
    }

    /// The association is established: numbers begin with the initial TSNs (RFC 6525 §4.1).
    pub(super) fn start_resets(&mut self) {
        let (queued, drained) =
            (core::mem::take(&mut self.resets.queued), core::mem::take(&mut self.resets.drained));
        self.resets = Resets {
            queued,
            drained,
            next_request: self.local_tsn,
            expected: self.peer.initial_tsn,
            ..Resets::default()
        };
    }

    /// Sends the next request if there is none under way: for the streams on which everything is acknowledged.
    pub(super) fn send_ready_resets(&mut self) {
        self.update_draining();
        if self.resets.queued.is_empty() || self.resets.request.is_some() || !self.has_association() {
            return;
        }
        if !self.peer.reconfig {
            self.resets.drained.clear();
            self.outbound.queues.forget_drained();
            let streams = core::mem::take(&mut self.resets.queued).into_iter().collect();
            self.finish_reset(streams, Err(ResetFailure::NotSupported));
            return;
        }
        let streams = self.drained_streams();
        if streams.is_empty() {
            return;
        }
        let number = self.resets.next_request;
        self.resets.next_request = number.next();
        let last_tsn = self.outbound.next_tsn().previous();
        self.resets.request = Some(Request { number, last_tsn, streams });
        self.pending.reconfigure = true;
        self.start_reconfigure_timer();
    }

    /// The streams of the next request.
    fn drained_streams(&mut self) -> Vec<StreamId> {
        while let Some(stream) = self.outbound.next_drained() {
            self.resets.drained.push_back(stream);
        }
        let limit = self.max_streams_per_request();
        let mut streams = Vec::new();
        while streams.len() < limit
            && let Some(stream) = take_front(&mut self.resets.drained)
        {
            self.resets.queued.remove(&stream);
            streams.push(stream);
        }
        streams
    }

    /// The peer counts its requests from another initial TSN.
    pub(super) fn expect_resets_anew(&mut self) {
        self.resets.expected = self.peer.initial_tsn;
        self.resets.answered = None;
    }

    /// All streams begin anew: no reset of ours is needed any more.
    pub(super) fn forget_resets(&mut self) {
        self.resets.queued.clear();
        self.resets.drained.clear();
    }

    /// While a reset waits for acknowledgements, the peer is asked not to delay them.
    fn update_draining(&mut self) {
        self.outbound.draining = !self.resets.queued.is_empty() || !matches!(self.phase, Phase::Established);
    }

    fn max_streams_per_request(&self) -> usize {
        let room = (self.longest_packet & !3).saturating_sub(wire::HEADER_LEN);
        room.saturating_sub(Reconfig::outgoing_reset_len(0)) / 2
    }

    pub(super) fn emit_reconfigure(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let Some(request) = &self.resets.request else { return Ok(()) };
        let response = self.resets.expected.previous();
        Reconfig::emit_outgoing_reset(writer, request.number, response, request.last_tsn, &request.streams)
    }

    fn start_reconfigure_timer(&mut self) {
        self.timers.start(Timer::Reconfigure, self.now + self.outbound.rto.current());
    }

    /// No answer has come: the same request goes out again (RFC 6525 §5.1.1).
    pub(super) fn on_reconfigure_timeout(&mut self) {
        if self.resets.request.is_none() || self.count_error() {
            return;
        }
        self.outbound.rto.back_off();
        self.pending.reconfigure = true;
        self.start_reconfigure_timer();
    }

    pub(super) fn on_reconfig(&mut self, reconfig: &Reconfig<'_>) {
        if !self.has_association() {
            return;
        }
        for parameter in reconfig.parameters() {
            match parameter {
                ReconfigParameter::Response { response, result } => self.on_response(response, result),
                ReconfigParameter::OutgoingReset { request, last_tsn, streams } => {
                    self.on_request(request, |association| association.reset_incoming(last_tsn, streams));
                }
                ReconfigParameter::OtherRequest { request } => {
                    self.on_request(request, |_| ReconfigResult::DENIED);
                }
            }
        }
    }

    /// Answers a request by its number: a new one is carried out, the last one again gets its answer again.
    fn on_request(&mut self, number: Serial32, perform: impl FnOnce(&mut Self) -> ReconfigResult) {
        let repeated = number.next() == self.resets.expected;
        let result = match self.resets.answered {
            Some(ReconfigResult::IN_PROGRESS) if repeated => perform(self),
            Some(answer) if repeated => answer,
            _ if number == self.resets.expected => {
                self.resets.expected = number.next();
                perform(self)
            }
            _ => ReconfigResult::BAD_SEQUENCE_NUMBER,
        };
        if result != ReconfigResult::BAD_SEQUENCE_NUMBER {
            self.resets.answered = Some(result);
        }
        self.respond(number, result);
        self.inbound.acknowledge.at_once();
    }

    fn respond(&mut self, number: Serial32, result: ReconfigResult) {
        self.pending.responses.retain(|(other, _)| *other != number);
        if self.pending.responses.len() < MAX_RESPONSES {
            self.pending.responses.push((number, result));
        }
    }

    fn reset_incoming(&mut self, last_tsn: Serial32, streams: ReconfigStreams<'_>) -> ReconfigResult {
        let limit = self.peer.outgoing_streams;
        if streams.iter().any(|stream| stream.0 >= limit) {
            return ReconfigResult::WRONG_SSN;
        }
        if self.inbound.has_too_many_resets() || !self.inbound.reset(last_tsn, streams.iter()) {
            return ReconfigResult::IN_PROGRESS;
        }
        ReconfigResult::PERFORMED
    }

    /// A reset that was in progress is done: the peer need not ask again (RFC 6525 §5.2.2, E5).
    pub(super) fn announce_reset(&mut self) {
        if self.resets.answered == Some(ReconfigResult::IN_PROGRESS) {
            self.resets.answered = Some(ReconfigResult::PERFORMED);
            let number = self.resets.expected.previous();
            self.respond(number, ReconfigResult::PERFORMED);
        }
    }

    fn on_response(&mut self, number: Serial32, result: ReconfigResult) {
        let Some(request) = self.resets.request.take_if(|request| request.number == number) else { return };
        self.errors = 0;
        self.outbound.rto.clear_backoff();
        match result {
            ReconfigResult::IN_PROGRESS => {
                self.resets.request = Some(request);
                self.start_reconfigure_timer();
                return;
            }
            ReconfigResult::PERFORMED | ReconfigResult::NOTHING_TO_DO => {
                self.finish_reset(request.streams, Ok(()));
            }
            ReconfigResult::DENIED => self.finish_reset(request.streams, Err(ResetFailure::Denied)),
            ReconfigResult(code) => self.finish_reset(request.streams, Err(ResetFailure::Failed(code))),
        }
        self.timers.stop(Timer::Reconfigure);
        self.pending.reconfigure = false;
        self.send_ready_resets();
    }

    fn finish_reset(&mut self, streams: Vec<StreamId>, result: Result<(), ResetFailure>) {
        for stream in &streams {
            self.outbound.queues.end_reset(*stream, result.is_ok());
        }
        self.events.push_back(match result {
            Ok(()) => Event::ResetDone { streams },
            Err(failure) => Event::ResetFailed { streams, failure },
        });
    }
}
