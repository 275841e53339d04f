//! From what is due to packets (RFC 9260 §6.10).

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use base::{Full, Serial32, Writer};
use bytes::Bytes;

use super::{Association, Phase};
use crate::receive::Urgency;
use crate::timer::Timer;
use crate::wire::{
    self, CauseCode, ChunkType, Header, Reconfig, ReconfigResult, Sack, emit_abort, emit_bare, emit_error,
    emit_shutdown, emit_value,
};
use crate::{Discard, checksum};

/// Replies, reports and heartbeats that wait for the caller to poll; what comes beyond them is lost, as on the network.
const MAX_WAITING: usize = 4;
/// Bytes of the largest reply: an INIT ACK with a cookie and a few unrecognised parameters.
const MAX_REPLY: usize = 1024;

/// A packet of its own, with a tag of its own: an answer to something that is not (yet) part of the association.
#[derive(Debug)]
struct Reply {
    tag: u32,
    chunk: Vec<u8>,
}

/// Control chunks that are due.
#[derive(Debug, Default)]
pub(super) struct Pending {
    replies: VecDeque<Reply>,
    /// The next INIT or COOKIE ECHO.
    pub(super) setup: bool,
    pub(super) cookie_ack: bool,
    pub(super) shutdown: bool,
    pub(super) shutdown_ack: bool,
    /// The information of a HEARTBEAT to send.
    pub(super) heartbeat: Option<[u8; 12]>,
    heartbeat_acks: VecDeque<Bytes>,
    errors: VecDeque<(CauseCode, Bytes)>,
    /// The request that is under way.
    pub(super) reconfigure: bool,
    pub(super) responses: Vec<(Serial32, ReconfigResult)>,
}

impl Pending {
    /// Forgets everything but the replies.
    pub(super) fn clear(&mut self) {
        let replies = core::mem::take(&mut self.replies);
        *self = Self { replies, ..Self::default() };
    }

    /// Answers with a chunk in a packet with the given tag.
    pub(super) fn reply(
        &mut self,
        tag: u32,
        emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>,
    ) -> Result<(), Discard> {
        let mut buffer = vec![0; MAX_REPLY];
        let mut writer = Writer::new(&mut buffer);
        if self.replies.len() >= MAX_WAITING || emit(&mut writer).is_err() {
            return Err(Discard::OutOfTheBlue);
        }
        let chunk = writer.written().to_vec();
        self.replies.push_back(Reply { tag, chunk });
        Ok(())
    }

    /// Reports an error that does not end the association.
    pub(super) fn report(&mut self, code: CauseCode, information: &[u8]) {
        if self.errors.len() < MAX_WAITING {
            self.errors.push_back((code, Bytes::copy_from_slice(information)));
        }
    }

    /// Sends heartbeat information back.
    pub(super) fn acknowledge_heartbeat(&mut self, information: &[u8]) {
        if self.heartbeat_acks.len() < MAX_WAITING {
            self.heartbeat_acks.push_back(Bytes::copy_from_slice(information));
        }
    }

    fn has_control(&self) -> bool {
        self.cookie_ack
            || self.shutdown
            || self.shutdown_ack
            || self.reconfigure
            || self.heartbeat.is_some()
            || !self.heartbeat_acks.is_empty()
            || !self.errors.is_empty()
            || !self.responses.is_empty()
    }
}

impl Association {
    pub(super) fn write_packet(&mut self, out: &mut [u8]) -> Option<usize> {
        if let Some(reply) = self.pending.replies.pop_front() {
            return self.write(out, reply.tag, |_, writer| writer.bytes(&reply.chunk));
        }
        match self.phase {
            Phase::Idle | Phase::Ended => None,
            Phase::CookieWait { .. } if self.pending.setup => {
                self.write(out, 0, |association, writer| association.emit_init(writer))
            }
            Phase::CookieEchoed { .. } if self.pending.setup => {
                let tag = self.peer.tag;
                self.write(out, tag, |association, writer| association.emit_cookie_echo(writer))
            }
            Phase::CookieWait { .. } | Phase::CookieEchoed { .. } => None,
            _ => self.write_bundle(out),
        }
    }

    /// A packet of the association: control chunks first, then DATA.
    fn write_bundle(&mut self, out: &mut [u8]) -> Option<usize> {
        let has_data = self.has_data();
        if self.outbound.take_dropped() {
            self.go_on_with_what_waits();
        }
        let urgency = self.inbound.acknowledge.urgency();
        let due = has_data
            || urgency == Urgency::Now
            || self.outbound.is_forward_due()
            || self.pending.has_control();
        if !due {
            return None;
        }
        let tag = self.peer.tag;
        self.write(out, tag, |association, writer| {
            association.emit_control(writer)?;
            if urgency == Urgency::Now || (urgency == Urgency::Delayed && has_data) {
                association.emit_sack(writer)?;
            }
            association.emit_more_control(writer)?;
            if has_data {
                association.emit_data(writer);
            }
            Ok(())
        })
    }

    /// Whether DATA may leave now.
    fn has_data(&mut self) -> bool {
        self.may_send_data() && self.outbound.can_send(self.now)
    }

    /// A packet of DATA and nothing else, if it is as good as a longer one.
    pub(super) fn write_more(&mut self, out: &mut [u8]) -> Option<usize> {
        let room = out.len().checked_sub(wire::HEADER_LEN)?;
        let only_data = self.pending.replies.is_empty()
            && !self.pending.has_control()
            && !self.outbound.is_forward_due()
            && self.inbound.acknowledge.urgency() != Urgency::Now;
        if !only_data || !self.has_data() || !self.outbound.next_fits(room) {
            return None;
        }
        let tag = self.peer.tag;
        self.write(out, tag, |association, writer| {
            association.emit_data(writer);
            Ok(())
        })
    }

    /// Writes a packet around chunks. One without chunks is none.
    fn write(
        &mut self,
        out: &mut [u8],
        tag: u32,
        emit: impl FnOnce(&mut Self, &mut Writer<'_>) -> Result<(), Full>,
    ) -> Option<usize> {
        let header =
            Header { source_port: self.config.local_port, destination_port: self.config.remote_port, tag };
        let mut writer = Writer::new(out);
        header.emit(&mut writer).ok()?;
        let empty = writer.position();
        // What did not fit stays due: the packet ends before it.
        let _rest_stays_due = emit(self, &mut writer);
        let len = writer.position();
        if len == empty {
            return None;
        }
        checksum::fill(out.get_mut(..len)?);
        Some(len)
    }

    /// The chunks that must come first, and those about the end.
    fn emit_control(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        if self.pending.cookie_ack {
            emit_bare(writer, ChunkType::COOKIE_ACK, false)?;
            self.pending.cookie_ack = false;
        }
        if self.pending.shutdown {
            emit_shutdown(writer, self.inbound.cumulative_tsn())?;
            self.pending.shutdown = false;
        }
        if self.pending.shutdown_ack {
            emit_bare(writer, ChunkType::SHUTDOWN_ACK, false)?;
            self.pending.shutdown_ack = false;
        }
        Ok(())
    }

    fn emit_sack(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let window = self.inbound.window_left();
        if let Some(earlier) = self.inbound.acknowledge.pop_owed() {
            let window = u32::try_from(window).unwrap_or(u32::MAX);
            return Sack::emit(writer, earlier, window, core::iter::empty(), &[]);
        }
        Sack::emit(
            writer,
            self.inbound.cumulative_tsn(),
            u32::try_from(window).unwrap_or(u32::MAX),
            self.inbound.gaps(),
            self.inbound.acknowledge.duplicates(),
        )?;
        self.inbound.acknowledge.on_sent(window);
        self.timers.stop(Timer::Acknowledge);
        Ok(())
    }

    fn emit_more_control(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        if !self.pending.responses.is_empty() {
            Reconfig::emit_responses(writer, &self.pending.responses)?;
            self.pending.responses.clear();
        }
        if self.pending.reconfigure {
            self.emit_reconfigure(writer)?;
            self.pending.reconfigure = false;
        }
        while let Some(information) = self.pending.heartbeat_acks.front() {
            emit_value(writer, ChunkType::HEARTBEAT_ACK, information)?;
            self.pending.heartbeat_acks.pop_front();
        }
        if let Some(information) = self.pending.heartbeat {
            emit_value(writer, ChunkType::HEARTBEAT, &information)?;
            self.pending.heartbeat = None;
        }
        self.emit_reports(writer)?;
        if self.outbound.is_forward_due() {
            self.outbound.emit_forward_tsn(self.now, writer)?;
            self.start_retransmit_timer();
        }
        Ok(())
    }

    /// Writes the errors that do not end the association.
    pub(super) fn emit_reports(&mut self, writer: &mut Writer<'_>) -> Result<(), Full> {
        while let Some((code, information)) = self.pending.errors.front() {
            emit_error(writer, *code, information)?;
            self.pending.errors.pop_front();
        }
        Ok(())
    }

    /// Fills the rest of the packet with DATA, which may leave.
    pub(super) fn emit_data(&mut self, writer: &mut Writer<'_>) {
        let filled = self.outbound.fill(self.now, writer);
        if filled.chunks == 0 {
            return;
        }
        if filled.first_again {
            self.timers.stop(Timer::Retransmit);
        }
        self.start_retransmit_timer();
    }

    /// Aborts with one cause, and says goodbye.
    pub(super) fn queue_abort(&mut self, code: CauseCode, information: &[u8]) {
        let tag = self.peer.tag;
        // If it cannot be queued, the peer will find out by the answer to its next packet.
        let _lost = self.pending.reply(tag, |writer| emit_abort(writer, false, Some((code, information))));
    }
}
