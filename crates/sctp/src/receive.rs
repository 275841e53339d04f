//! The receiver of user data: from DATA chunks to messages and acknowledgements (RFC 9260 §6.2, §6.5–6.9;
//! RFC 3758 §3.6).
//!
//! ```text
//!            in sequence                            complete
//!  DATA ──┬──────────────────► assembly ──┬──────────────────► order ──► ready ──► receive()
//!         │ beyond a gap          ▲       │ per stream, by SSN
//!         └──► held, by TSN ──────┘       └─ a whole message beyond a gap goes there at once
//! ```
//!
//! Fragments of a message have consecutive TSNs, so one assembly suffices, and what is in sequence by TSN is
//! copied once, into the message.

mod acknowledge;
mod assembly;
mod held;
mod order;
mod ready;
mod reset;
mod skip;

pub(crate) use acknowledge::Urgency;
pub(crate) use reset::Turn;

use base::{Serial16, Serial32};

use crate::config::{Config, MESSAGE_COST};
use crate::receive::acknowledge::Acknowledge;
use crate::receive::assembly::{Assembly, Step};
use crate::receive::held::{Held, RANGE_COST, Run, Taken};
use crate::receive::order::Order;
use crate::receive::ready::Ready;
use crate::receive::reset::Resets;
use crate::wire::{Data, DataFlags, GapBlock};
use crate::{Message, Oversize};

/// The farthest TSN beyond the cumulative one that is accepted: what a gap block can name.
const MAX_AHEAD: u32 = 65_535;

/// The peer sent something that must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A message exceeds the limit.
    Oversized,
}

/// Everything between the packets and `receive`.
///
/// What it keeps of the peer's counts against the window with what it costs: each part counts its own.
#[derive(Debug)]
pub(crate) struct Inbound {
    cumulative_tsn: Serial32,
    held: Held,
    assembly: Assembly,
    order: Order,
    ready: Ready,
    pub(crate) acknowledge: Acknowledge,
    resets: Resets,
    /// Bytes that the user has taken and still keeps, with what they cost.
    retained: usize,
    window: usize,
    max_message_size: usize,
    oversize: Oversize,
    taken: u64,
    pub(crate) duplicates: u64,
    pub(crate) refused: u64,
    pub(crate) dropped: u64,
}

impl Inbound {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            cumulative_tsn: Serial32(0),
            held: Held::default(),
            assembly: Assembly::default(),
            order: Order::default(),
            ready: Ready::default(),
            acknowledge: Acknowledge::new(config),
            resets: Resets::default(),
            retained: 0,
            window: config.receive_window,
            max_message_size: config.max_message_size,
            oversize: config.oversize,
            taken: 0,
            duplicates: 0,
            refused: 0,
            dropped: 0,
        }
    }

    /// Begins anew with the peer's initial TSN; what is ready stays.
    pub(crate) fn start(&mut self, initial_tsn: Serial32) {
        self.cumulative_tsn = initial_tsn.previous();
        self.held = Held::default();
        self.assembly = Assembly::default();
        self.order = Order::default();
        self.resets.restart();
        self.acknowledge.restart(self.window_left());
    }

    /// The last TSN up to which everything has arrived.
    pub(crate) fn cumulative_tsn(&self) -> Serial32 {
        self.cumulative_tsn
    }

    /// Bytes that the peer may still send.
    pub(crate) fn window_left(&self) -> usize {
        self.window.saturating_sub(self.in_sequence() + self.out_of_turn())
    }

    /// Bytes of what the application could take, or has taken and keeps, and of the message that arrives.
    fn in_sequence(&self) -> usize {
        self.ready.cost() + self.assembly.len() + self.retained
    }

    /// Bytes of what lies beyond a gap, or waits for an earlier message.
    fn out_of_turn(&self) -> usize {
        self.held.bytes() + self.order.waiting_cost()
    }

    /// Takes to the window what the user keeps of the messages that it has taken.
    pub(crate) fn set_retained(&mut self, bytes: usize) {
        if self.retained != bytes {
            self.retained = bytes;
            self.acknowledge.on_window(self.window_left());
        }
    }

    /// Whether something has arrived beyond a gap.
    pub(crate) fn has_gaps(&self) -> bool {
        !self.held.is_empty()
    }

    /// The gap blocks of the next SACK.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = GapBlock> + '_ {
        self.held.gaps()
    }

    /// Messages taken so far.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The next message for the application.
    #[inline]
    pub(crate) fn receive(&mut self) -> Option<Message> {
        let message = self.ready.pop()?;
        self.taken += 1;
        self.acknowledge.on_window(self.window_left());
        Some(message)
    }

    /// Takes a DATA chunk that has at least one byte.
    pub(crate) fn on_data(&mut self, data: &Data<'_>) -> Result<(), Violation> {
        self.acknowledge.on_data(data.flags.has(DataFlags::IMMEDIATE));
        let ahead = self.cumulative_tsn.distance_to(data.tsn);
        if ahead == 1 {
            return self.on_next(data);
        }
        if ahead == 0 || data.tsn.is_before(self.cumulative_tsn) {
            self.on_duplicate(data.tsn);
            return Ok(());
        }
        if ahead > MAX_AHEAD {
            self.refuse();
            return Ok(());
        }
        let at = ahead - 1;
        if self.held.is_received(at) {
            self.on_duplicate(data.tsn);
        } else if self.window_left() < cost(data.payload.len()) {
            self.refuse();
        } else {
            let run = self.held.insert(at, data);
            if let Some(run) = run.filter(|run| self.may_overtake(data, run.first)) {
                self.deliver_run(run)?;
            }
        }
        Ok(())
    }

    /// Acknowledges a DATA chunk that is not to be delivered.
    pub(crate) fn on_unwanted(&mut self, tsn: Serial32) -> Result<(), Violation> {
        self.acknowledge.on_data(false);
        let ahead = self.cumulative_tsn.distance_to(tsn);
        if ahead == 1 {
            self.advance(1)?;
            self.check_deferred();
            return self.drain_held();
        }
        if tsn.is_before(self.cumulative_tsn) || ahead == 0 || ahead > MAX_AHEAD {
            self.acknowledge.at_once();
        } else if self.window_left() < RANGE_COST {
            self.refuse();
        } else {
            self.held.insert_delivered(ahead - 1);
        }
        Ok(())
    }

    /// The chunk that everything waits for. It is taken even if what is out of turn fills the window, because nothing
    /// else empties that (RFC 9260 §6.2). A peer could claim turns that never come: beyond the window, there is room for
    /// one message of the largest size, which is what it takes to go on.
    fn on_next(&mut self, data: &Data<'_>) -> Result<(), Violation> {
        let in_sequence = self.in_sequence() + data.payload.len();
        let reserve = cost(self.max_message_size);
        if self.window < in_sequence || self.window + reserve < in_sequence + self.out_of_turn() {
            self.refuse();
            return Ok(());
        }
        self.held.advance(1);
        self.cumulative_tsn = self.cumulative_tsn.next();
        self.assemble(data)?;
        self.check_deferred();
        self.drain_held()
    }

    /// Takes over what is held, up to the next gap.
    fn drain_held(&mut self) -> Result<(), Violation> {
        while !self.held.is_empty() {
            let count = self.before_reset(self.held.in_sequence());
            if count == 0 {
                break;
            }
            self.advance(count)?;
            self.check_deferred();
        }
        Ok(())
    }

    /// The next `count` TSNs become part of the sequence: those of which there is nothing end the message before them.
    fn advance(&mut self, count: u32) -> Result<(), Violation> {
        let end = self.cumulative_tsn + count;
        self.held.advance(count);
        while let Some((chunk, behind)) = self.held.pop_left() {
            let tsn = end - behind;
            if tsn != self.cumulative_tsn.next() {
                self.drop_assembly();
            }
            self.cumulative_tsn = tsn;
            self.assemble(&chunk.as_data(tsn))?;
        }
        if self.cumulative_tsn != end {
            self.drop_assembly();
        }
        self.cumulative_tsn = end;
        Ok(())
    }

    /// Puts the next fragment in sequence to its message.
    fn assemble(&mut self, data: &Data<'_>) -> Result<(), Violation> {
        if data.flags.has(DataFlags::BEGIN) || !self.assembly.continues(data) {
            self.drop_assembly();
        }
        match self.assembly.push(data, self.max_message_size) {
            Step::Stored => {}
            Step::Ignored => self.dropped += 1,
            Step::Oversized => {
                self.dropped += 1;
                if self.oversize == Oversize::Abort {
                    return Err(Violation::Oversized);
                }
            }
            Step::SkippedToEnd => {
                if !data.flags.has(DataFlags::UNORDERED) {
                    self.order.skip(data.stream, data.ssn, &mut self.ready);
                }
            }
            Step::Complete(message) => self.complete(message, data.ssn),
        }
        Ok(())
    }

    /// Makes one message of a complete run beyond a gap.
    fn deliver_run(&mut self, run: Run) -> Result<(), Violation> {
        match self.held.take_run(run, self.max_message_size) {
            Taken::Message(message, ssn) => self.complete(message, ssn),
            Taken::Inconsistent => self.dropped += 1,
            Taken::Oversized { unordered, stream, ssn } => {
                self.dropped += 1;
                if self.oversize == Oversize::Abort {
                    return Err(Violation::Oversized);
                }
                if !unordered {
                    self.order.skip(stream, ssn, &mut self.ready);
                }
            }
        }
        Ok(())
    }

    fn complete(&mut self, message: Message, ssn: Serial16) {
        self.dropped += self.order.insert(message, ssn, &mut self.ready);
    }

    /// The rest of the incomplete message will not come: the TSN after its last fragment belongs to something else.
    /// Its stream goes on without it, although some peers forget to say so by FORWARD TSN.
    fn drop_assembly(&mut self) {
        if let Some(abandoned) = self.assembly.abandon() {
            self.dropped += 1;
            if !abandoned.unordered {
                self.order.skip(abandoned.stream, abandoned.ssn, &mut self.ready);
            }
        }
    }

    fn refuse(&mut self) {
        self.refused += 1;
        self.acknowledge.at_once();
    }

    fn on_duplicate(&mut self, tsn: Serial32) {
        self.duplicates += 1;
        self.acknowledge.on_duplicate(tsn);
    }
}

/// What a message counts against the window.
pub(crate) const fn cost(len: usize) -> usize {
    len + MESSAGE_COST
}

#[cfg(test)]
mod tests;
