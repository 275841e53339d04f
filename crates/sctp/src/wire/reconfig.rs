//! RE-CONFIG and its parameters (RFC 6525 §3.1, §4).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |  Type = 130   |   Flags = 0   |            Length             |
//! +---------------+---------------+-------------------------------+
//! |   Parameter, or two           Outgoing SSN Reset Request:     |
//! |  +-----------------------------+---------------------------+  |
//! |  |          Type = 13          |          Length           |  |
//! |  +-----------------------------+---------------------------+  |
//! |  |        Re-configuration Request Sequence Number         |  |
//! |  +---------------------------------------------------------+  |
//! |  |        Re-configuration Response Sequence Number        |  |
//! |  +---------------------------------------------------------+  |
//! |  |              Sender's Last Assigned TSN                 |  |
//! |  +-----------------------------+---------------------------+  |
//! |  |      Stream Number 1        |           ... N           |  |
//! |  +-----------------------------+---------------------------+  |
//! |                               Re-configuration Response:      |
//! |  +-----------------------------+---------------------------+  |
//! |  |          Type = 16          |        Length = 12        |  |
//! |  +-----------------------------+---------------------------+  |
//! |  |        Re-configuration Response Sequence Number        |  |
//! |  +---------------------------------------------------------+  |
//! |  |                         Result                          |  |
//! |  +---------------------------------------------------------+  |
//! +---------------------------------------------------------------+
//! ```

use base::{Full, Reader, Serial32, Writer};

use super::parameter::{self, Parameters, padded, parameter_len};
use super::{CHUNK_HEADER_LEN, ChunkType, Malformed, emit_header};
use crate::StreamId;

const OUTGOING_RESET: u16 = 13;
const INCOMING_RESET: u16 = 14;
const SSN_TSN_RESET: u16 = 15;
const RESPONSE: u16 = 16;
const ADD_OUTGOING: u16 = 17;
const ADD_INCOMING: u16 = 18;

/// RFC 6525 §3.1: at most two parameters.
const MAX_PARAMETERS: usize = 2;

/// The Result of a response (RFC 6525 §4.4, table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReconfigResult(pub(crate) u32);

impl ReconfigResult {
    pub(crate) const NOTHING_TO_DO: Self = Self(0);
    pub(crate) const PERFORMED: Self = Self(1);
    pub(crate) const DENIED: Self = Self(2);
    pub(crate) const WRONG_SSN: Self = Self(3);
    pub(crate) const BAD_SEQUENCE_NUMBER: Self = Self(5);
    pub(crate) const IN_PROGRESS: Self = Self(6);
}

/// One parameter of a RE-CONFIG chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter<'a> {
    /// The peer resets its outgoing streams.
    OutgoingReset { request: Serial32, last_tsn: Serial32, streams: Streams<'a> },
    /// The peer asks for something that WebRTC does not use (RFC 8831 §6.1).
    OtherRequest { request: Serial32 },
    /// The peer answers a request of ours.
    Response { response: Serial32, result: ReconfigResult },
}

/// Stream numbers; none at all stands for every stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streams<'a>(Reader<'a>);

impl<'a> Streams<'a> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = StreamId> + use<'a> {
        let mut reader = self.0;
        core::iter::from_fn(move || reader.u16().ok().map(StreamId))
    }
}

/// A RE-CONFIG chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reconfig<'a> {
    parameters: [Option<Parameter<'a>>; MAX_PARAMETERS],
}

impl<'a> Reconfig<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let all = Parameters::parse(value)?;
        let mut parameters = [None; MAX_PARAMETERS];
        let mut slots = parameters.iter_mut();
        for (kind, value) in all.iter() {
            *slots.next().ok_or(Malformed)? = Some(parse_parameter(kind, value)?);
        }
        if parameters.iter().all(Option::is_none) {
            return Err(Malformed);
        }
        Ok(Self { parameters })
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter<'a>> + use<'a> {
        self.parameters.into_iter().flatten()
    }

    /// Bytes of the chunk that resets `streams` streams.
    pub(crate) const fn outgoing_reset_len(streams: usize) -> usize {
        CHUNK_HEADER_LEN + padded(16 + 2 * streams)
    }

    /// Writes a request to reset outgoing streams.
    pub(crate) fn emit_outgoing_reset(
        writer: &mut Writer<'_>,
        request: Serial32,
        response: Serial32,
        last_tsn: Serial32,
        streams: &[StreamId],
    ) -> Result<(), Full> {
        let len = 16 + 2 * streams.len();
        emit_header(writer, ChunkType::RECONFIG, 0, len)?;
        writer.u16(OUTGOING_RESET)?;
        writer.u16(u16::try_from(len).map_err(|_| Full)?)?;
        writer.u32(request.0)?;
        writer.u32(response.0)?;
        writer.u32(last_tsn.0)?;
        for stream in streams {
            writer.u16(stream.0)?;
        }
        super::pad(writer, len)
    }

    /// Writes a chunk with one or two responses.
    pub(crate) fn emit_responses(
        writer: &mut Writer<'_>,
        responses: &[(Serial32, ReconfigResult)],
    ) -> Result<(), Full> {
        emit_header(writer, ChunkType::RECONFIG, 0, parameter_len(8) * responses.len())?;
        for (response, result) in responses {
            let [a, b, c, d] = response.0.to_be_bytes();
            let [e, f, g, h] = result.0.to_be_bytes();
            parameter::emit(writer, RESPONSE, &[a, b, c, d, e, f, g, h])?;
        }
        Ok(())
    }
}

fn parse_parameter(kind: u16, value: &[u8]) -> Result<Parameter<'_>, Malformed> {
    let mut reader = Reader::new(value);
    let number = Serial32(reader.u32()?);
    Ok(match kind {
        OUTGOING_RESET => {
            reader.u32()?;
            let last_tsn = Serial32(reader.u32()?);
            if !reader.remaining().is_multiple_of(2) {
                return Err(Malformed);
            }
            Parameter::OutgoingReset { request: number, last_tsn, streams: Streams(reader) }
        }
        RESPONSE => Parameter::Response { response: number, result: ReconfigResult(reader.u32()?) },
        INCOMING_RESET | SSN_TSN_RESET | ADD_OUTGOING | ADD_INCOMING => {
            Parameter::OtherRequest { request: number }
        }
        // RFC 6525 §4: the types say "stop and do not process".
        _ => return Err(Malformed),
    })
}
