//! DATA (RFC 9260 §3.3.1; the I bit is RFC 7053's).
//!
//! ```text
//! +---------------+-------+-+-+-+-+-------------------------------+
//! |   Type = 0    |  Res  |I|U|B|E|            Length             |
//! +---------------+-------+-+-+-+-+-------------------------------+
//! |                              TSN                              |
//! +-------------------------------+-------------------------------+
//! |       Stream Identifier       |    Stream Sequence Number     |
//! +-------------------------------+-------------------------------+
//! |                 Payload Protocol Identifier                   |
//! +---------------------------------------------------------------+
//! |                     User data, at least a byte                |
//! +---------------------------------------------------------------+
//! ```

use base::{Full, Reader, Serial16, Serial32, Writer};

use super::{CHUNK_HEADER_LEN, ChunkType, Malformed, emit_header, pad};
use crate::{Ppid, StreamId};

/// The flags of a DATA chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DataFlags(pub(crate) u8);

impl DataFlags {
    /// The last fragment of its message.
    pub(crate) const END: Self = Self(0x01);
    /// The first fragment of its message.
    pub(crate) const BEGIN: Self = Self(0x02);
    /// The message is unordered.
    pub(crate) const UNORDERED: Self = Self(0x04);
    /// The sender asks for an acknowledgement without delay.
    pub(crate) const IMMEDIATE: Self = Self(0x08);

    pub(crate) const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    pub(crate) const fn with(self, flag: Self, on: bool) -> Self {
        if on { Self(self.0 | flag.0) } else { self }
    }
}

/// A DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Data<'a> {
    pub(crate) flags: DataFlags,
    pub(crate) tsn: Serial32,
    pub(crate) stream: StreamId,
    pub(crate) ssn: Serial16,
    pub(crate) ppid: Ppid,
    /// Empty only in a broken chunk, which ends the association (RFC 9260 §6.2).
    pub(crate) payload: &'a [u8],
}

impl<'a> Data<'a> {
    /// Bytes before the user data, the chunk header included.
    pub(crate) const HEADER_LEN: usize = 16;

    #[inline]
    pub(super) fn parse(flags: u8, value: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        Ok(Self {
            flags: DataFlags(flags),
            tsn: Serial32(reader.u32()?),
            stream: StreamId(reader.u16()?),
            ssn: Serial16(reader.u16()?),
            ppid: Ppid(reader.u32()?),
            payload: reader.rest(),
        })
    }

    #[inline]
    pub(crate) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let value_len = Self::HEADER_LEN - CHUNK_HEADER_LEN + self.payload.len();
        emit_header(writer, ChunkType::DATA, self.flags.0, value_len)?;
        writer.u32(self.tsn.0)?;
        writer.u16(self.stream.0)?;
        writer.u16(self.ssn.0)?;
        writer.u32(self.ppid.0)?;
        writer.bytes(self.payload)?;
        pad(writer, self.payload.len())
    }
}
