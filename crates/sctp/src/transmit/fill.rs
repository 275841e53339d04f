//! Filling packets with DATA (RFC 9260 §6.1, §6.9, §6.10).

use base::{Instant, Writer};

use super::pacing::Rate;
use super::queue::Released;
use super::ring::{Chunk, ChunkState, OutMessage};
use super::slow_start::Moment;
use super::{Outbound, chunk_len};
use crate::wire::{self, Data, DataFlags};

/// Below this, the rest of a packet is not worth beginning a fragment in.
const MIN_FRAGMENT: usize = 256;
/// Windows smaller than this many packets ask for every acknowledgement at once: a delayed one could stop them.
const SMALL_WINDOW_PACKETS: usize = 10;

/// What was put into a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) chunks: usize,
    /// The earliest outstanding chunk is among them, again.
    pub(crate) first_again: bool,
}

impl Outbound {
    /// Whether a packet with DATA could leave now.
    pub(crate) fn can_send(&mut self, now: Instant) -> bool {
        let again = self.ring.marked() > 0;
        if !again && self.ring.current().is_none() && self.queues.is_idle() {
            self.held_back = false;
            return false;
        }
        self.held_back = self.congestion.is_used_up(self.ring.in_flight());
        if again {
            return self.fast_packet || (self.is_open() && self.keeps_pace(now));
        }
        self.is_open() && self.drop_expired(now) && self.has_room() && self.keeps_pace(now)
    }

    /// Whether the congestion window lets a packet out.
    fn is_open(&self) -> bool {
        let flight = self.ring.in_flight();
        flight == 0 || (flight < self.congestion.window() && !self.after_timeout)
    }

    /// Whether the next packet's time has come. One that waits for it holds the window back no less than one that waits for
    /// room (RFC 9002 §7.8), as long as half of it is in use.
    fn keeps_pace(&mut self, now: Instant) -> bool {
        let rate = || Rate::new(self.congestion.paced(), self.rto.pace()?);
        let allowed = self.pacer.allows(now, rate);
        self.held_back |= !allowed && self.ring.in_flight() >= self.congestion.window() / 2;
        allowed
    }

    /// When the next packet's time comes, where one has to wait for it.
    pub(crate) const fn paced_until(&self) -> Option<Instant> {
        self.pacer.resume()
    }

    /// If that was until `now`, it is over.
    pub(crate) fn stop_waiting(&mut self, now: Instant) {
        self.pacer.stop_waiting(now);
    }

    /// Whether the peer has room for the next fragment, or has to be asked.
    fn has_room(&self) -> bool {
        self.next_payload().is_some_and(|len| self.ring.in_flight() == 0 || len <= self.peer_window)
    }

    /// Bytes of the next new fragment in a packet that holds nothing else.
    fn next_payload(&self) -> Option<usize> {
        let rest = match self.ring.current().and_then(|number| self.ring.message(number)) {
            Some(message) => message.payload.len() - message.sent,
            None => self.next_message_len()?,
        };
        Some(rest.min(self.max_chunks_len - Data::HEADER_LEN))
    }

    /// Whether the next chunk has in `room` bytes the length that it has in a packet of its own.
    pub(crate) fn next_fits(&self, room: usize) -> bool {
        let again = self.ring.next_marked().and_then(|at| self.ring.data(at)).map(|data| data.payload.len());
        again.or_else(|| self.next_payload()).is_some_and(|len| chunk_len(len) <= room)
    }

    /// Drops messages that have expired before their turn. Returns whether one is left to send.
    fn drop_expired(&mut self, now: Instant) -> bool {
        if let Some(number) = self.ring.current() {
            let expired = self.ring.message(number).is_some_and(|message| message.is_expired(now));
            if !self.partial_reliability || !expired {
                return true;
            }
            self.abandon(number);
            self.advance_ack_point(now, true);
        }
        while self.partial_reliability && self.queues.drop_expired(now) {
            self.counters.abandoned += 1;
            self.dropped = true;
        }
        !self.queues.is_idle()
    }

    /// Writes as many DATA chunks as fit, first those to be sent again. For a packet that [can](Self::can_send) leave.
    pub(crate) fn fill(&mut self, now: Instant, writer: &mut Writer<'_>) -> Filled {
        if let Some(last) = self.last_sent.filter(|_| self.ring.is_empty()) {
            self.congestion.on_idle(now.since(last), self.rto.base());
        }
        let before = self.ring.in_flight();
        let mut filled = self.fill_again(now, writer);
        if self.ring.marked() == 0 {
            filled.chunks += self.fill_new(now, writer, filled.chunks == 0);
        }
        if filled.chunks > 0 {
            self.last_sent = Some(now);
            self.fast_packet = false;
            self.pacer.on_sent(self.ring.in_flight().saturating_sub(before));
        }
        filled
    }

    fn fill_again(&mut self, now: Instant, writer: &mut Writer<'_>) -> Filled {
        let mut filled = Filled::default();
        while let Some(at) = self.ring.next_marked() {
            if self.abandon_if_expired(now, at) {
                continue;
            }
            let Some(data) = self.ring.data(at) else { break };
            let len = data.payload.len();
            if chunk_len(len) > writer.remaining() || data.emit(writer).is_err() {
                break;
            }
            self.ring.update(at, ChunkState::MARKED, false);
            if let Some(chunk) = self.ring.chunk_mut(at) {
                chunk.transmissions = chunk.transmissions.saturating_add(1);
                chunk.missing = 0;
            }
            self.peer_window = self.peer_window.saturating_sub(len);
            self.measuring = None;
            self.counters.retransmissions += 1;
            filled.chunks += 1;
            filled.first_again |= at == 0;
        }
        filled
    }

    /// Writes new chunks. `first` says that the packet has no DATA yet.
    fn fill_new(&mut self, now: Instant, writer: &mut Writer<'_>, first: bool) -> usize {
        let whole = writer.position() + writer.remaining() - wire::HEADER_LEN;
        let mut chunks = 0;
        while self.drop_expired(now) {
            let alone = first && chunks == 0;
            let space = writer.remaining();
            let Some((number, len)) = self.next_fragment(space, whole, alone) else { break };
            if !self.write_fragment(now, writer, number, len) {
                break;
            }
            chunks += 1;
        }
        chunks
    }

    /// The message that comes next, begun if it was not, and how much of it goes into `space` bytes of a packet that holds
    /// `whole` bytes of chunks.
    fn next_fragment(&mut self, space: usize, whole: usize, alone: bool) -> Option<(u32, usize)> {
        let space = (space & !3).checked_sub(Data::HEADER_LEN).filter(|space| *space > 0)?;
        let current = self.ring.current();
        let rest = match current {
            Some(number) => self.ring.message(number).map(|message| message.payload.len() - message.sent)?,
            None => self.next_message_len()?,
        };
        if rest > space {
            let own_packet = (whole & !3).saturating_sub(Data::HEADER_LEN);
            let splits_for_nothing = current.is_none() && rest <= own_packet;
            if splits_for_nothing || (space < MIN_FRAGMENT && space < own_packet) {
                return None;
            }
        }
        let len = rest.min(space);
        let probe = alone && self.ring.in_flight() == 0;
        if len > self.peer_window && !probe {
            return None;
        }
        let number = current.or_else(|| self.begin())?;
        Some((number, len))
    }

    /// Bytes of the message whose turn it is, if it may begin: while what is not acknowledged takes more than half of what may
    /// be kept in all, the others wait, and their bytes are seen to wait.
    fn next_message_len(&self) -> Option<usize> {
        self.queues.next_len().filter(|_| self.ring.cost() <= self.limit / 2)
    }

    /// Begins the message whose turn it is.
    fn begin(&mut self) -> Option<u32> {
        let (stream, queued, ssn) = self.queues.pop()?;
        Some(self.ring.begin(OutMessage {
            payload: queued.payload,
            stream,
            ssn,
            ppid: queued.ppid,
            unordered: queued.unordered,
            uncounted: queued.uncounted,
            expires: queued.expires,
            max_retransmits: queued.max_retransmits,
            first_tsn: self.ring.next_tsn(),
            sent: 0,
            complete: false,
            abandoned: false,
        }))
    }

    /// Gives the next `len` bytes of a message a TSN and writes them.
    fn write_fragment(&mut self, now: Instant, writer: &mut Writer<'_>, number: u32, len: usize) -> bool {
        let small_window = self.congestion.window() < SMALL_WINDOW_PACKETS * self.max_chunks_len;
        let Some(message) = self.ring.message_mut(number) else { return false };
        let offset = message.sent;
        message.sent += len;
        message.complete = message.sent == message.payload.len();
        let complete = message.complete;
        let released = Released { bytes: len, ..message.rest() };
        let flags = DataFlags::default()
            .with(DataFlags::BEGIN, offset == 0)
            .with(DataFlags::END, complete)
            .with(DataFlags::UNORDERED, message.unordered)
            .with(DataFlags::IMMEDIATE, small_window || (self.draining && complete));
        let tsn = self.ring.next_tsn();
        let (Ok(offset), Ok(chunk_len)) = (u32::try_from(offset), u16::try_from(len)) else { return false };
        self.ring.push(Chunk::new(number, offset, chunk_len, flags).sent_at(Moment::of(now)));
        self.queues.release(Released { sent_to: Some(self.ring.end()), ..released });
        self.counters.messages_sent += u64::from(complete);
        self.probing |= len > self.peer_window;
        self.peer_window = self.peer_window.saturating_sub(len);
        if self.measuring.is_none() {
            self.measuring = Some((tsn, now));
        }
        let at = self.ring.len().saturating_sub(1);
        self.ring.data(at).is_some_and(|data| data.emit(writer).is_ok())
    }
}
