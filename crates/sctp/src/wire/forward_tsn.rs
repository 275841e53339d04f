//! FORWARD TSN (RFC 3758 §3.2).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |  Type = 192   |   Flags = 0   |            Length             |
//! +---------------+---------------+-------------------------------+
//! |                      New Cumulative TSN                       |
//! +-------------------------------+-------------------------------+
//! |          Stream 1..N          |  Its Stream Sequence Number   |
//! +-------------------------------+-------------------------------+
//! ```

use base::{Full, Reader, Serial16, Serial32, Writer};

use super::{ChunkType, Malformed, emit_header};
use crate::StreamId;

/// A FORWARD TSN chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForwardTsn<'a> {
    pub(crate) new_cumulative_tsn: Serial32,
    streams: Reader<'a>,
}

impl<'a> ForwardTsn<'a> {
    /// Bytes per stream.
    pub(crate) const STREAM_LEN: usize = 4;

    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        let new_cumulative_tsn = Serial32(reader.u32()?);
        if !reader.remaining().is_multiple_of(Self::STREAM_LEN) {
            return Err(Malformed);
        }
        Ok(Self { new_cumulative_tsn, streams: reader })
    }

    /// The ordered streams that lost messages, and the last sequence number that each lost.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (StreamId, Serial16)> + use<'a> {
        let mut reader = self.streams;
        core::iter::from_fn(move || Some((StreamId(reader.u16().ok()?), Serial16(reader.u16().ok()?))))
    }

    pub(crate) fn emit(
        writer: &mut Writer<'_>,
        new_cumulative_tsn: Serial32,
        streams: &[(StreamId, Serial16)],
    ) -> Result<(), Full> {
        emit_header(writer, ChunkType::FORWARD_TSN, 0, 4 + streams.len() * Self::STREAM_LEN)?;
        writer.u32(new_cumulative_tsn.0)?;
        for (stream, ssn) in streams {
            writer.u16(stream.0)?;
            writer.u16(ssn.0)?;
        }
        Ok(())
    }
}
