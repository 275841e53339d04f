//! The packet format (RFC 9260 §3): a common header and a row of chunks.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-------------------------------+-------------------------------+
//! |          Source Port          |       Destination Port        |
//! +-------------------------------+-------------------------------+
//! |                       Verification Tag                        |
//! +---------------------------------------------------------------+
//! |                      Checksum (CRC32c)                        |
//! +---------------+---------------+-------------------------------+
//! |     Type      |     Flags     |   Length (header and value)   |   once
//! +---------------+---------------+-------------------------------+   per
//! |                  Value, padded to four bytes                  |   chunk
//! +---------------------------------------------------------------+
//! ```

mod cause;
mod chunk;
mod cookie;
mod data;
mod forward_tsn;
mod init;
mod parameter;
mod reconfig;
mod sack;

pub use cause::CauseCode;
pub(crate) use cause::{Causes, emit_abort, emit_error};
pub(crate) use chunk::{Chunk, ChunkType, Unknown, emit_bare, emit_header, emit_shutdown, emit_value, pad};
pub(crate) use cookie::Cookie;
pub(crate) use data::{Data, DataFlags};
pub(crate) use forward_tsn::ForwardTsn;
pub(crate) use init::Init;
pub(crate) use parameter::{Parameters, padded};
pub(crate) use reconfig::{
    Parameter as ReconfigParameter, Reconfig, ReconfigResult, Streams as ReconfigStreams,
};
pub(crate) use sack::{GapBlock, Sack};

use base::{Full, Reader, Truncated, Writer};

use crate::Discard;

/// Bytes of the common header.
pub(crate) const HEADER_LEN: usize = 12;
/// Bytes of a chunk header, and of a parameter's.
pub(crate) const CHUNK_HEADER_LEN: usize = 4;

/// A chunk that contradicts its own format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl From<Truncated> for Malformed {
    fn from(Truncated: Truncated) -> Self {
        Self
    }
}

impl From<Truncated> for Discard {
    fn from(Truncated: Truncated) -> Self {
        Self::Truncated
    }
}

impl From<Malformed> for Discard {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// The common header, without the checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) tag: u32,
}

impl Header {
    /// Writes the header with a checksum of zero, which [`crate::checksum::fill`] replaces.
    pub(crate) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.u16(self.source_port)?;
        writer.u16(self.destination_port)?;
        writer.u32(self.tag)?;
        writer.u32(0)
    }

    pub(crate) fn parse(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        let header = Self { source_port: reader.u16()?, destination_port: reader.u16()?, tag: reader.u32()? };
        reader.u32()?;
        Ok(header)
    }
}

/// A packet whose chunks have all been checked, up to the first that forbids going on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) header: Header,
    /// The first chunk.
    pub(crate) first: Chunk<'a>,
    /// Whether it is the only one.
    pub(crate) single: bool,
    chunks: Reader<'a>,
}

impl<'a> Packet<'a> {
    /// Checks the form of a packet; the checksum is another matter.
    pub(crate) fn parse(packet: &'a [u8]) -> Result<Self, Discard> {
        let mut reader = Reader::new(packet);
        let header = Header::parse(&mut reader)?;
        let chunks = reader;
        let first = Chunk::parse(&mut reader)?;
        let single = reader.is_empty();
        let mut last = first;
        while !reader.is_empty() && !last.ends_packet() {
            last = Chunk::parse(&mut reader)?;
        }
        Ok(Self { header, first, single, chunks })
    }

    /// The chunks that are to be processed, in order.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        let mut reader = self.chunks;
        let mut ended = false;
        core::iter::from_fn(move || {
            if ended || reader.is_empty() {
                return None;
            }
            let chunk = Chunk::parse(&mut reader).ok()?;
            ended = chunk.ends_packet();
            Some(chunk)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
