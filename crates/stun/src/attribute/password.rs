//! PASSWORD-ALGORITHMS and PASSWORD-ALGORITHM (RFC 8489 §14.11, §14.12 and §18.5).
//!
//! ```text
//! |         Algorithm 1           | Algorithm 1 Parameters Length |
//! |                    Algorithm 1 Parameters (variable)
//! ```

use base::{Full, Reader, Truncated, Writer};

use super::padding;

/// How a password becomes a key. An integer, so that unknown ones survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PasswordAlgorithmId(pub u16);

impl PasswordAlgorithmId {
    /// MD5.
    pub const MD5: Self = Self(1);
    /// SHA-256.
    pub const SHA_256: Self = Self(2);
}

/// An algorithm with its parameters.
// Closed: the format of RFC 8489 §14.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordAlgorithm<'a> {
    /// The algorithm.
    pub id: PasswordAlgorithmId,
    /// Its parameters; MD5 and SHA-256 have none.
    pub parameters: &'a [u8],
}

impl PasswordAlgorithm<'static> {
    /// MD5.
    pub const MD5: Self = Self { id: PasswordAlgorithmId::MD5, parameters: &[] };
    /// SHA-256.
    pub const SHA_256: Self = Self { id: PasswordAlgorithmId::SHA_256, parameters: &[] };
}

impl<'a> PasswordAlgorithm<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(value);
        let algorithm = Self::take(&mut reader).ok()?;
        reader.is_empty().then_some(algorithm)
    }

    /// Takes one; the padding of the last may be missing.
    fn take(reader: &mut Reader<'a>) -> Result<Self, Truncated> {
        let id = PasswordAlgorithmId(reader.u16()?);
        let len = usize::from(reader.u16()?);
        let parameters = reader.bytes(len)?;
        reader.bytes(padding(len).min(reader.remaining()))?;
        Ok(Self { id, parameters })
    }

    pub(super) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.u16(self.id.0)?;
        writer.u16(u16::try_from(self.parameters.len()).map_err(|_| Full)?)?;
        writer.bytes(self.parameters)?;
        writer.zeros(padding(self.parameters.len()))
    }
}

/// The algorithms that a server offers. A client echoes the bytes as they came (RFC 8489 §9.2.5).
#[derive(Clone, Copy, Debug)]
pub struct PasswordAlgorithms<'a>(List<'a>);

#[derive(Clone, Copy, Debug)]
enum List<'a> {
    Received(&'a [u8]),
    Ours(&'a [PasswordAlgorithm<'a>]),
}

impl<'a> PasswordAlgorithms<'a> {
    /// A list to send.
    #[must_use]
    pub const fn new(algorithms: &'a [PasswordAlgorithm<'a>]) -> Self {
        Self(List::Ours(algorithms))
    }

    /// The algorithms, in the server's order.
    pub fn iter(&self) -> impl Iterator<Item = PasswordAlgorithm<'a>> + use<'a> {
        let (bytes, ours): (&'a [u8], &'a [PasswordAlgorithm<'a>]) = match self.0 {
            List::Received(bytes) => (bytes, &[]),
            List::Ours(algorithms) => (&[], algorithms),
        };
        let mut reader = Reader::new(bytes);
        core::iter::from_fn(move || PasswordAlgorithm::take(&mut reader).ok()).chain(ours.iter().copied())
    }

    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(value);
        while !reader.is_empty() {
            PasswordAlgorithm::take(&mut reader).ok()?;
        }
        Some(Self(List::Received(value)))
    }

    pub(super) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        match self.0 {
            List::Received(bytes) => writer.bytes(bytes),
            List::Ours(algorithms) => algorithms.iter().try_for_each(|algorithm| algorithm.emit(writer)),
        }
    }
}

impl PartialEq for PasswordAlgorithms<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for PasswordAlgorithms<'_> {}
