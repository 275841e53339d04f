//! INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3), which share their format.
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! | Type = 1 or 2 |  Flags = 0    |            Length             |
//! +---------------+---------------+-------------------------------+
//! |                         Initiate Tag                          |
//! +---------------------------------------------------------------+
//! |         Advertised Receiver Window Credit (a_rwnd)            |
//! +-------------------------------+-------------------------------+
//! |  Number of Outbound Streams   |   Number of Inbound Streams   |
//! +-------------------------------+-------------------------------+
//! |                          Initial TSN                          |
//! +---------------------------------------------------------------+
//! |                     Parameters, optional                      |
//! +---------------------------------------------------------------+
//! ```

use base::{Full, Reader, Serial32, Writer};

use super::parameter::{self, Parameters, parameter_len};
use super::{ChunkType, Malformed, emit_header};

/// An INIT or INIT ACK chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Init<'a> {
    pub(crate) tag: u32,
    pub(crate) window: u32,
    pub(crate) outgoing_streams: u16,
    pub(crate) incoming_streams: u16,
    pub(crate) initial_tsn: Serial32,
    pub(crate) parameters: Parameters<'a>,
}

/// What we announce in Supported Extensions (RFC 5061 §4.2.7).
const EXTENSIONS: [u8; 2] = [ChunkType::RECONFIG.0, ChunkType::FORWARD_TSN.0];

/// Bytes of the value before the parameters.
const FIXED_LEN: usize = 16;

impl<'a> Init<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        Ok(Self {
            tag: reader.u32()?,
            window: reader.u32()?,
            outgoing_streams: reader.u16()?,
            incoming_streams: reader.u16()?,
            initial_tsn: Serial32(reader.u32()?),
            parameters: Parameters::parse(reader.rest())?,
        })
    }

    /// Writes the fixed fields, our extensions, and where they are not empty a state cookie and the parameters (as
    /// they came, padded) that we did not recognise. What is in `self.parameters` is not written.
    pub(crate) fn emit(
        &self,
        writer: &mut Writer<'_>,
        kind: ChunkType,
        cookie: &[u8],
        unrecognized: &[&[u8]],
    ) -> Result<(), Full> {
        let lens = unrecognized.iter().map(|raw| parameter_len(raw.len()));
        let cookie_len = if cookie.is_empty() { 0 } else { parameter_len(cookie.len()) };
        let value_len =
            FIXED_LEN + parameter_len(0) + parameter_len(EXTENSIONS.len()) + cookie_len + lens.sum::<usize>();
        emit_header(writer, kind, 0, value_len)?;
        writer.u32(self.tag)?;
        writer.u32(self.window)?;
        writer.u16(self.outgoing_streams)?;
        writer.u16(self.incoming_streams)?;
        writer.u32(self.initial_tsn.0)?;
        parameter::emit(writer, parameter::FORWARD_TSN_SUPPORTED, &[])?;
        parameter::emit(writer, parameter::SUPPORTED_EXTENSIONS, &EXTENSIONS)?;
        if !cookie.is_empty() {
            parameter::emit(writer, parameter::STATE_COOKIE, cookie)?;
        }
        for raw in unrecognized {
            parameter::emit(writer, parameter::UNRECOGNIZED, raw)?;
        }
        Ok(())
    }

    /// The state cookie.
    pub(crate) fn cookie(&self) -> Option<&'a [u8]> {
        self.parameters.find(parameter::STATE_COOKIE)
    }

    /// Whether there is an address that would have to be resolved (RFC 9260 §3.3.2.1.4).
    pub(crate) fn has_host_name(&self) -> bool {
        self.parameters.find(parameter::HOST_NAME).is_some()
    }

    /// Whether the sender understands FORWARD TSN (RFC 3758 §3.1).
    pub(crate) fn supports_forward_tsn(&self) -> bool {
        self.parameters.find(parameter::FORWARD_TSN_SUPPORTED).is_some()
            || self.has_extension(ChunkType::FORWARD_TSN)
    }

    /// Whether the sender understands RE-CONFIG (RFC 6525 §5.1.1).
    pub(crate) fn supports_reconfig(&self) -> bool {
        self.has_extension(ChunkType::RECONFIG)
    }

    fn has_extension(&self, kind: ChunkType) -> bool {
        self.parameters.find(parameter::SUPPORTED_EXTENSIONS).is_some_and(|kinds| kinds.contains(&kind.0))
    }
}
