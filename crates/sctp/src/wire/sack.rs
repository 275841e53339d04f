//! SACK (RFC 9260 §3.3.4).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   Type = 3    |   Flags = 0   |            Length             |
//! +---------------+---------------+-------------------------------+
//! |                      Cumulative TSN Ack                       |
//! +---------------------------------------------------------------+
//! |         Advertised Receiver Window Credit (a_rwnd)            |
//! +-------------------------------+-------------------------------+
//! |  Number of Gap Ack Blocks, N  |  Number of Duplicate TSNs, M  |
//! +-------------------------------+-------------------------------+
//! |   Gap Ack Block 1..N: Start   |              End              |
//! +-------------------------------+-------------------------------+
//! |                      Duplicate TSN 1..M                       |
//! +---------------------------------------------------------------+
//! ```

use base::{Full, Reader, Serial32, Writer};

use super::{CHUNK_HEADER_LEN, ChunkType, Malformed, emit_header};

/// TSNs that have arrived beyond a gap, as distances from the cumulative TSN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GapBlock {
    pub(crate) start: u16,
    pub(crate) end: u16,
}

/// A SACK chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sack<'a> {
    pub(crate) cumulative_tsn: Serial32,
    pub(crate) window: u32,
    gaps: Reader<'a>,
}

impl<'a> Sack<'a> {
    /// Bytes of a chunk without gaps and duplicates.
    pub(crate) const FIXED_LEN: usize = 16;

    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        let cumulative_tsn = Serial32(reader.u32()?);
        let window = reader.u32()?;
        let gaps = usize::from(reader.u16()?);
        let duplicates = usize::from(reader.u16()?);
        let gaps = reader.nested(gaps * 4)?;
        // What to do with duplicates is "for future study" (RFC 9260 §6.2).
        reader.bytes(duplicates * 4)?;
        if !reader.is_empty() {
            return Err(Malformed);
        }
        Ok(Self { cumulative_tsn, window, gaps })
    }

    /// The gap blocks, as they stand: they may overlap, run backwards or reach beyond anything.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = GapBlock> + use<'a> {
        let mut reader = self.gaps;
        core::iter::from_fn(move || Some(GapBlock { start: reader.u16().ok()?, end: reader.u16().ok()? }))
    }

    /// Writes as many of the blocks and then of the duplicates as fit.
    pub(crate) fn emit(
        writer: &mut Writer<'_>,
        cumulative_tsn: Serial32,
        window: u32,
        gaps: impl Iterator<Item = GapBlock>,
        duplicates: &[Serial32],
    ) -> Result<(), Full> {
        let start = writer.position();
        emit_header(writer, ChunkType::SACK, 0, Self::FIXED_LEN - CHUNK_HEADER_LEN)?;
        writer.u32(cumulative_tsn.0)?;
        writer.u32(window)?;
        writer.u32(0)?;
        let (mut gap_count, mut duplicate_count) = (0_u16, 0_u16);
        for gap in gaps {
            if writer.remaining() < 4 || gap_count == u16::MAX {
                break;
            }
            writer.u16(gap.start)?;
            writer.u16(gap.end)?;
            gap_count += 1;
        }
        for tsn in duplicates {
            if writer.remaining() < 4 {
                break;
            }
            writer.u32(tsn.0)?;
            duplicate_count += 1;
        }
        if gap_count == 0 && duplicate_count == 0 {
            return Ok(());
        }
        let len = u16::try_from(writer.position() - start).map_err(|_| Full)?;
        writer.patch(start + 2, &len.to_be_bytes())?;
        writer.patch(start + 12, &gap_count.to_be_bytes())?;
        writer.patch(start + 14, &duplicate_count.to_be_bytes())
    }
}
