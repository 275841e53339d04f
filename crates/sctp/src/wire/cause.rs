//! Error causes, and the two chunks that carry them: ABORT (RFC 9260 §3.3.7) and ERROR (§3.3.10).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! | Type = 6 or 9 |          |T|  |            Length             |   T only in ABORT
//! +---------------+---------------+-------------------------------+
//! |          Cause Code           |         Cause Length          |   once
//! +-------------------------------+-------------------------------+   per
//! |                  Cause-specific, padded                       |   cause
//! +---------------------------------------------------------------+
//! ```

use base::{Full, Writer};

use super::parameter::{self, Parameters, parameter_len};
use super::{ChunkType, Malformed, emit_header};

/// Why a chunk or an association was refused (RFC 9260 §3.3.10): what `RTCError.sctpCauseCode` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CauseCode(pub u16);

impl CauseCode {
    /// DATA came on a stream that does not exist.
    pub const INVALID_STREAM: Self = Self(1);
    /// A parameter that must be there is not.
    pub const MISSING_PARAMETER: Self = Self(2);
    /// The state cookie came too late.
    pub const STALE_COOKIE: Self = Self(3);
    /// The receiver lacks something.
    pub const OUT_OF_RESOURCE: Self = Self(4);
    /// An address cannot be resolved.
    pub const UNRESOLVABLE_ADDRESS: Self = Self(5);
    /// A chunk type is unknown.
    pub const UNRECOGNIZED_CHUNK: Self = Self(6);
    /// A parameter that must be there has an impossible value.
    pub const INVALID_PARAMETER: Self = Self(7);
    /// Parameters are unknown.
    pub const UNRECOGNIZED_PARAMETERS: Self = Self(8);
    /// A DATA chunk was empty.
    pub const NO_USER_DATA: Self = Self(9);
    /// A cookie came while shutting down.
    pub const COOKIE_WHILE_SHUTTING_DOWN: Self = Self(10);
    /// A restart brought new addresses.
    pub const RESTART_WITH_NEW_ADDRESSES: Self = Self(11);
    /// The user said so.
    pub const USER_INITIATED_ABORT: Self = Self(12);
    /// The peer broke the protocol.
    pub const PROTOCOL_VIOLATION: Self = Self(13);
}

/// Error causes whose form has been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Causes<'a>(Parameters<'a>);

impl<'a> Causes<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        Parameters::parse(value).map(Self)
    }

    /// Code and information of each cause.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CauseCode, &'a [u8])> + use<'a> {
        self.0.iter().map(|(code, information)| (CauseCode(code), information))
    }
}

impl Default for Causes<'_> {
    fn default() -> Self {
        // Nothing is a well-formed list of causes.
        Self(Parameters::empty())
    }
}

/// Writes an ABORT with one cause, or with none.
pub(crate) fn emit_abort(
    writer: &mut Writer<'_>,
    reflected: bool,
    cause: Option<(CauseCode, &[u8])>,
) -> Result<(), Full> {
    let value_len = cause.map_or(0, |(_, information)| parameter_len(information.len()));
    emit_header(writer, ChunkType::ABORT, u8::from(reflected), value_len)?;
    match cause {
        Some((code, information)) => parameter::emit(writer, code.0, information),
        None => Ok(()),
    }
}

/// Writes an ERROR with one cause.
pub(crate) fn emit_error(writer: &mut Writer<'_>, code: CauseCode, information: &[u8]) -> Result<(), Full> {
    emit_header(writer, ChunkType::ERROR, 0, parameter_len(information.len()))?;
    parameter::emit(writer, code.0, information)
}
