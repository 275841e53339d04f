//! Parameters of chunks (RFC 9260 §3.2.1): type, length, value, padding.

use base::{Full, Reader, Writer};

use super::{CHUNK_HEADER_LEN, Malformed, pad};

/// RFC 9260 §3.3.2.1.1.
pub(super) const IPV4_ADDRESS: u16 = 5;
/// RFC 9260 §3.3.2.1.2.
pub(super) const IPV6_ADDRESS: u16 = 6;
/// RFC 9260 §3.3.3.1.1.
pub(super) const STATE_COOKIE: u16 = 7;
/// RFC 9260 §3.3.3.1.2.
pub(super) const UNRECOGNIZED: u16 = 8;
/// RFC 9260 §3.3.2.1.3.
pub(super) const COOKIE_PRESERVATIVE: u16 = 9;
/// RFC 9260 §3.3.2.1.4.
pub(super) const HOST_NAME: u16 = 11;
/// RFC 9260 §3.3.2.1.5.
pub(super) const SUPPORTED_ADDRESSES: u16 = 12;
/// RFC 5061 §4.2.7.
pub(super) const SUPPORTED_EXTENSIONS: u16 = 0x8008;
/// RFC 3758 §3.1.
pub(super) const FORWARD_TSN_SUPPORTED: u16 = 0xc000;

const KNOWN: [u16; 9] = [
    IPV4_ADDRESS,
    IPV6_ADDRESS,
    STATE_COOKIE,
    UNRECOGNIZED,
    COOKIE_PRESERVATIVE,
    HOST_NAME,
    SUPPORTED_ADDRESSES,
    SUPPORTED_EXTENSIONS,
    FORWARD_TSN_SUPPORTED,
];

/// What the high bits of an unknown parameter's type ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Action {
    /// The parameters after it are not to be processed.
    stop: bool,
    /// The sender wants to hear that it is unknown.
    report: bool,
}

/// Parameters whose form has been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<'a> {
    bytes: Reader<'a>,
}

impl<'a> Parameters<'a> {
    /// None at all.
    pub(crate) const fn empty() -> Self {
        Self { bytes: Reader::new(&[]) }
    }

    /// Checks every length. The padding of the last one may be missing.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            take(&mut reader)?;
        }
        Ok(Self { bytes: Reader::new(bytes) })
    }

    /// The type and the value of each parameter.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let mut reader = self.bytes;
        core::iter::from_fn(move || if reader.is_empty() { None } else { take(&mut reader).ok() })
    }

    /// The value of the first parameter of this type that stands before one that says "stop".
    pub(crate) fn find(&self, wanted: u16) -> Option<&'a [u8]> {
        for (kind, value) in self.iter() {
            if kind == wanted {
                return Some(value);
            }
            if unknown_action(kind).is_some_and(|action| action.stop) {
                return None;
            }
        }
        None
    }

    /// The parameters, as they stand, whose sender wants to hear that they are unknown.
    pub(crate) fn reported(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = self.bytes;
        let mut stopped = false;
        let next = move || {
            if stopped || reader.is_empty() {
                return None;
            }
            let raw = reader.rest();
            let (kind, value) = take(&mut reader).ok()?;
            let action = unknown_action(kind);
            stopped = action.is_some_and(|action| action.stop);
            let raw = raw.get(..CHUNK_HEADER_LEN + value.len())?;
            Some(action.is_some_and(|action| action.report).then_some(raw))
        };
        core::iter::from_fn(next).flatten()
    }
}

/// What to do about a parameter that INIT and INIT ACK may carry and that we do not know.
fn unknown_action(kind: u16) -> Option<Action> {
    (!KNOWN.contains(&kind)).then_some(Action { stop: kind & 0x8000 == 0, report: kind & 0x4000 != 0 })
}

fn take<'a>(reader: &mut Reader<'a>) -> Result<(u16, &'a [u8]), Malformed> {
    let kind = reader.u16()?;
    let len = usize::from(reader.u16()?);
    let value = reader.bytes(len.checked_sub(CHUNK_HEADER_LEN).ok_or(Malformed)?)?;
    reader.bytes((len.wrapping_neg() % 4).min(reader.remaining()))?;
    Ok((kind, value))
}

/// Writes a parameter and its padding.
pub(super) fn emit(writer: &mut Writer<'_>, kind: u16, value: &[u8]) -> Result<(), Full> {
    let len = u16::try_from(CHUNK_HEADER_LEN + value.len()).map_err(|_| Full)?;
    writer.u16(kind)?;
    writer.u16(len)?;
    writer.bytes(value)?;
    pad(writer, value.len())
}

/// Bytes that a parameter takes, padding included.
pub(super) const fn parameter_len(value_len: usize) -> usize {
    padded(CHUNK_HEADER_LEN + value_len)
}

/// A length rounded up to four bytes.
pub(crate) const fn padded(len: usize) -> usize {
    len.next_multiple_of(4)
}
