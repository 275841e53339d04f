//! The formats of DTLS 1.2: what RFC 6347 §4 and RFC 5246 §7.4 put on the wire.

pub(crate) mod certificate;
pub(crate) mod extension;
pub(crate) mod handshake;
pub(crate) mod hello;
pub(crate) mod key_exchange;
pub(crate) mod record;

use alloc::vec::Vec;

use base::{Reader, Truncated};

/// A message does not have the shape that its type prescribes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl From<Truncated> for Malformed {
    fn from(_: Truncated) -> Self {
        Self
    }
}

/// Takes a vector with an 8-bit length.
pub(crate) fn vector8<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let len = reader.u8()?;
    Ok(reader.bytes(len.into())?)
}

/// Takes a vector with a 16-bit length.
pub(crate) fn vector16<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let len = reader.u16()?;
    Ok(reader.bytes(len.into())?)
}

/// Takes a vector with a 24-bit length.
pub(crate) fn vector24<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let len = usize::try_from(reader.u24()?).map_err(|_| Malformed)?;
    Ok(reader.bytes(len)?)
}

/// That nothing is left over.
pub(crate) fn end(reader: &Reader<'_>) -> Result<(), Malformed> {
    if reader.is_empty() { Ok(()) } else { Err(Malformed) }
}

/// A list of 16-bit values, checked to be even.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct U16List<'a>(&'a [u8]);

impl<'a> U16List<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len().is_multiple_of(2) { Ok(Self(bytes)) } else { Err(Malformed) }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u16> + 'a {
        self.0.chunks_exact(2).filter_map(|pair| Reader::new(pair).u16().ok())
    }

    pub(crate) fn contains(self, value: u16) -> bool {
        self.iter().any(|other| other == value)
    }
}

/// A message body that is being written. It grows, because only its parts are known beforehand.
#[derive(Debug, Default)]
pub(crate) struct Body(pub(crate) Vec<u8>);

impl Body {
    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Writes a vector with an 8-bit length. What is longer than that can say is cut off.
    pub(crate) fn vector8(&mut self, bytes: &[u8]) {
        let len = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        self.u8(len);
        self.bytes(bytes.get(..len.into()).unwrap_or_default());
    }

    /// Writes a vector with a 16-bit length.
    pub(crate) fn vector16(&mut self, bytes: &[u8]) {
        let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.u16(len);
        self.bytes(bytes.get(..len.into()).unwrap_or_default());
    }

    /// Writes a vector with a 24-bit length.
    pub(crate) fn vector24(&mut self, bytes: &[u8]) {
        let len = u32::try_from(bytes.len()).unwrap_or(0x00ff_ffff).min(0x00ff_ffff);
        let [_, a, b, c] = len.to_be_bytes();
        self.bytes(&[a, b, c]);
        self.bytes(usize::try_from(len).ok().and_then(|len| bytes.get(..len)).unwrap_or_default());
    }

    /// Writes a vector with a 16-bit length out of what `fill` writes.
    pub(crate) fn nested16(&mut self, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.vector16(&inner.0);
    }
}

#[cfg(test)]
mod tests;
