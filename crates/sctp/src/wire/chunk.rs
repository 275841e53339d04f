//! Chunks in general, and those whose value is plain (RFC 9260 §3.2, §3.3).

use base::{Full, Reader, Serial32, Writer};

use super::{CHUNK_HEADER_LEN, Causes, Data, ForwardTsn, Init, Malformed, Reconfig, Sack, padded};
use crate::Discard;

/// A chunk type. The two high bits say what to do with an unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkType(pub(crate) u8);

impl ChunkType {
    pub(crate) const DATA: Self = Self(0);
    pub(crate) const INIT: Self = Self(1);
    pub(crate) const INIT_ACK: Self = Self(2);
    pub(crate) const SACK: Self = Self(3);
    pub(crate) const HEARTBEAT: Self = Self(4);
    pub(crate) const HEARTBEAT_ACK: Self = Self(5);
    pub(crate) const ABORT: Self = Self(6);
    pub(crate) const SHUTDOWN: Self = Self(7);
    pub(crate) const SHUTDOWN_ACK: Self = Self(8);
    pub(crate) const ERROR: Self = Self(9);
    pub(crate) const COOKIE_ECHO: Self = Self(10);
    pub(crate) const COOKIE_ACK: Self = Self(11);
    pub(crate) const SHUTDOWN_COMPLETE: Self = Self(14);
    /// RFC 6525 §3.1.
    pub(crate) const RECONFIG: Self = Self(130);
    /// RFC 3758 §3.2.
    pub(crate) const FORWARD_TSN: Self = Self(192);

    /// Whether the rest of the packet is not to be processed if this type is unknown.
    const fn stops_if_unknown(self) -> bool {
        self.0 & 0x80 == 0
    }

    /// Whether the sender wants to hear that this type is unknown.
    pub(crate) const fn reports_if_unknown(self) -> bool {
        self.0 & 0x40 != 0
    }
}

/// The T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's own, reflected.
const REFLECTED: u8 = 0x01;

/// A chunk that this implementation does not know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unknown<'a> {
    pub(crate) kind: ChunkType,
    pub(crate) flags: u8,
    pub(crate) value: &'a [u8],
}

/// A chunk, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunk<'a> {
    Data(Data<'a>),
    Init(Init<'a>),
    InitAck(Init<'a>),
    Sack(Sack<'a>),
    /// The heartbeat information, with its parameter header: it goes back as it came.
    Heartbeat(&'a [u8]),
    HeartbeatAck(&'a [u8]),
    Abort {
        reflected: bool,
        causes: Causes<'a>,
    },
    Shutdown {
        cumulative_tsn: Serial32,
    },
    ShutdownAck,
    Error(Causes<'a>),
    CookieEcho(&'a [u8]),
    CookieAck,
    ShutdownComplete {
        reflected: bool,
    },
    Reconfig(Reconfig<'a>),
    ForwardTsn(ForwardTsn<'a>),
    Unknown(Unknown<'a>),
}

impl<'a> Chunk<'a> {
    /// Takes one chunk and its padding. The padding of the last chunk may be missing.
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, Discard> {
        let kind = ChunkType(reader.u8()?);
        let flags = reader.u8()?;
        let len = usize::from(reader.u16()?);
        let value_len = len.checked_sub(CHUNK_HEADER_LEN).ok_or(Discard::Malformed)?;
        let value = reader.bytes(value_len)?;
        let padding = len.wrapping_neg() % 4;
        reader.bytes(padding.min(reader.remaining()))?;
        Ok(Self::from_parts(kind, flags, value)?)
    }

    fn from_parts(kind: ChunkType, flags: u8, value: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        Ok(match kind {
            ChunkType::DATA => Self::Data(Data::parse(flags, value)?),
            ChunkType::INIT => Self::Init(Init::parse(value)?),
            ChunkType::INIT_ACK => Self::InitAck(Init::parse(value)?),
            ChunkType::SACK => Self::Sack(Sack::parse(value)?),
            ChunkType::HEARTBEAT => Self::Heartbeat(value),
            ChunkType::HEARTBEAT_ACK => Self::HeartbeatAck(value),
            ChunkType::ABORT => {
                // A broken cause does not make an ABORT less of one.
                let causes = Causes::parse(value).unwrap_or_default();
                Self::Abort { reflected: flags & REFLECTED != 0, causes }
            }
            ChunkType::SHUTDOWN => {
                let cumulative_tsn = Serial32(reader.u32()?);
                if !reader.is_empty() {
                    return Err(Malformed);
                }
                Self::Shutdown { cumulative_tsn }
            }
            ChunkType::SHUTDOWN_ACK => Self::ShutdownAck,
            ChunkType::ERROR => Self::Error(Causes::parse(value)?),
            ChunkType::COOKIE_ECHO => Self::CookieEcho(value),
            ChunkType::COOKIE_ACK => Self::CookieAck,
            ChunkType::SHUTDOWN_COMPLETE => Self::ShutdownComplete { reflected: flags & REFLECTED != 0 },
            ChunkType::RECONFIG => Self::Reconfig(Reconfig::parse(value)?),
            ChunkType::FORWARD_TSN => Self::ForwardTsn(ForwardTsn::parse(value)?),
            kind => Self::Unknown(Unknown { kind, flags, value }),
        })
    }

    /// Whether the rest of the packet is not to be processed.
    pub(crate) const fn ends_packet(&self) -> bool {
        matches!(self, Self::Unknown(unknown) if unknown.kind.stops_if_unknown())
    }
}

/// Writes a chunk header for a value of `value_len` bytes, if the whole chunk has room: no chunk is written in part.
pub(crate) fn emit_header(
    writer: &mut Writer<'_>,
    kind: ChunkType,
    flags: u8,
    value_len: usize,
) -> Result<(), Full> {
    let len = u16::try_from(value_len + CHUNK_HEADER_LEN).map_err(|_| Full)?;
    if writer.remaining() < padded(usize::from(len)) {
        return Err(Full);
    }
    writer.u8(kind.0)?;
    writer.u8(flags)?;
    writer.u16(len)
}

/// Writes a chunk whose value is at hand, with its padding.
pub(crate) fn emit_value(writer: &mut Writer<'_>, kind: ChunkType, value: &[u8]) -> Result<(), Full> {
    emit_header(writer, kind, 0, value.len())?;
    writer.bytes(value)?;
    pad(writer, value.len())
}

/// Writes a chunk without a value; `reflected` sets the T bit.
pub(crate) fn emit_bare(writer: &mut Writer<'_>, kind: ChunkType, reflected: bool) -> Result<(), Full> {
    emit_header(writer, kind, u8::from(reflected) * REFLECTED, 0)
}

/// Writes SHUTDOWN (RFC 9260 §3.3.8).
pub(crate) fn emit_shutdown(writer: &mut Writer<'_>, cumulative_tsn: Serial32) -> Result<(), Full> {
    emit_value(writer, ChunkType::SHUTDOWN, &cumulative_tsn.0.to_be_bytes())
}

/// Writes the padding after `len` bytes.
pub(crate) fn pad(writer: &mut Writer<'_>, len: usize) -> Result<(), Full> {
    writer.zeros(len.wrapping_neg() % 4)
}
