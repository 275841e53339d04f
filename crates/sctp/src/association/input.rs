//! From packets to chunks: what belongs to this association, and what does not (RFC 9260 §8.4, §8.5).

use super::{Association, Phase};
use crate::wire::{CauseCode, Chunk, ChunkType, HEADER_LEN, Packet, Unknown, emit_abort, emit_bare};
use crate::{Discard, Reason, checksum};

/// An unknown chunk is reported only if it is at most this long: a report must not be an amplifier.
const MAX_REPORTED: usize = 256;

impl Association {
    /// Checks a packet as a whole, and only then applies its chunks.
    pub(super) fn accept(&mut self, bytes: &[u8]) -> Result<(), Discard> {
        if bytes.len() < HEADER_LEN {
            return Err(Discard::Truncated);
        }
        if !checksum::matches(bytes) {
            return Err(Discard::BadChecksum);
        }
        let packet = Packet::parse(bytes)?;
        let header = packet.header;
        if (header.source_port, header.destination_port) != (self.config.remote_port, self.config.local_port)
        {
            return Err(Discard::WrongPorts);
        }
        match packet.first {
            Chunk::Init(init) if packet.single && header.tag == 0 => return self.on_init(&init),
            Chunk::Init(_) | Chunk::InitAck(_) if !packet.single => return Err(Discard::Malformed),
            Chunk::Init(_) => return Err(Discard::WrongTag),
            _ if header.tag == 0 => return Err(Discard::WrongTag),
            Chunk::CookieEcho(cookie) if !self.on_cookie_echo(header.tag, cookie)? => return Ok(()),
            Chunk::CookieEcho(_) => {}
            Chunk::Abort { reflected, .. } | Chunk::ShutdownComplete { reflected } => {
                self.check_reflected_tag(header.tag, reflected)?;
                // The tag may be one that vouches for nothing else in the packet.
                self.on_chunk(&packet.first, true);
                return Ok(());
            }
            Chunk::InitAck(init) => return self.on_init_ack(header.tag, &init),
            Chunk::ShutdownAck if !self.has_association() => return self.on_stray(&packet),
            _ if matches!(self.phase, Phase::Idle | Phase::Ended) => return self.on_stray(&packet),
            _ if header.tag != self.local_tag => return Err(Discard::WrongTag),
            _ if matches!(self.phase, Phase::CookieWait { .. }) => return Err(Discard::Unexpected),
            _ => {}
        }
        for chunk in packet.chunks() {
            self.on_chunk(&chunk, false);
            if matches!(self.phase, Phase::Ended) {
                return Ok(());
            }
        }
        self.on_packet_end();
        Ok(())
    }

    /// Whether the peer has accepted this association: data may come.
    pub(super) fn has_association(&self) -> bool {
        !matches!(
            self.phase,
            Phase::Idle | Phase::CookieWait { .. } | Phase::CookieEchoed { .. } | Phase::Ended
        )
    }

    /// The tag rule of ABORT and SHUTDOWN COMPLETE (RFC 9260 §8.5.1, B and C).
    fn check_reflected_tag(&self, tag: u32, reflected: bool) -> Result<(), Discard> {
        match self.phase {
            Phase::Idle | Phase::Ended => Err(Discard::OutOfTheBlue),
            Phase::CookieWait { .. } if reflected => Err(Discard::WrongTag),
            _ if tag == if reflected { self.peer.tag } else { self.local_tag } => Ok(()),
            _ => Err(Discard::WrongTag),
        }
    }

    /// Applies a chunk. `first` says that it stands first in its packet, where its T bit has been looked at.
    fn on_chunk(&mut self, chunk: &Chunk<'_>, first: bool) {
        match chunk {
            Chunk::Data(data) => self.on_data(data),
            Chunk::Sack(sack) => self.on_sack(sack),
            Chunk::ForwardTsn(forward) => self.on_forward_tsn(forward),
            Chunk::Reconfig(reconfig) => self.on_reconfig(reconfig),
            Chunk::Heartbeat(information) => self.on_heartbeat(information),
            Chunk::HeartbeatAck(information) => self.on_heartbeat_ack(information),
            Chunk::CookieAck => self.on_cookie_ack(),
            Chunk::Shutdown { cumulative_tsn } => self.on_shutdown(*cumulative_tsn),
            Chunk::ShutdownAck => self.on_shutdown_ack(),
            Chunk::ShutdownComplete { reflected: false } => self.on_shutdown_complete(),
            Chunk::ShutdownComplete { .. } if first => self.on_shutdown_complete(),
            Chunk::Error(causes) => self.on_error(causes),
            Chunk::Abort { reflected: true, .. } if !first => {}
            Chunk::Abort { causes, .. } => {
                let cause = causes.iter().next();
                let text = cause.filter(|(code, _)| *code == CauseCode::USER_INITIATED_ABORT);
                let text = text.map_or(&[][..], |(_, text)| text.get(..MAX_REPORTED).unwrap_or(text));
                let text = bytes::Bytes::copy_from_slice(text);
                self.end(Reason::AbortedByPeer { cause: cause.map(|(code, _)| code), text });
            }
            Chunk::Unknown(unknown) => self.on_unknown(unknown),
            // These have been dealt with, or stand where they must not.
            Chunk::Init(_) | Chunk::InitAck(_) | Chunk::CookieEcho(_) | Chunk::ShutdownComplete { .. } => {}
        }
    }

    /// A chunk type that we do not know: its high bits say whether the peer wants to hear so (RFC 9260 §3.2).
    fn on_unknown(&mut self, unknown: &Unknown<'_>) {
        if unknown.kind.reports_if_unknown() && unknown.value.len() <= MAX_REPORTED {
            let len = u16::try_from(unknown.value.len() + 4).unwrap_or(u16::MAX);
            let [high, low] = len.to_be_bytes();
            let mut chunk = alloc::vec![unknown.kind.0, unknown.flags, high, low];
            chunk.extend_from_slice(unknown.value);
            self.pending.report(CauseCode::UNRECOGNIZED_CHUNK, &chunk);
        }
    }

    /// A packet for which there is no association (RFC 9260 §8.4).
    fn on_stray(&mut self, packet: &Packet<'_>) -> Result<(), Discard> {
        let tag = packet.header.tag;
        match packet.first {
            Chunk::ShutdownAck => {
                self.pending.reply(tag, |writer| emit_bare(writer, ChunkType::SHUTDOWN_COMPLETE, true))
            }
            Chunk::Error(_) | Chunk::CookieAck => Err(Discard::OutOfTheBlue),
            // Elsewhere in the packet, these forbid an answer as well.
            _ if packet.chunks().any(|chunk| matches!(chunk, Chunk::Abort { .. })) => {
                Err(Discard::OutOfTheBlue)
            }
            _ => self.pending.reply(tag, |writer| emit_abort(writer, true, None)),
        }
    }
}
