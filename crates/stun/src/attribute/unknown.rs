//! UNKNOWN-ATTRIBUTES (RFC 8489 §14.13): a list of attribute types.

use base::{Full, Writer};

use super::AttributeType;

/// The comprehension-required attributes that a server did not understand.
#[derive(Clone, Copy, Debug)]
pub struct UnknownAttributes<'a>(List<'a>);

#[derive(Clone, Copy, Debug)]
enum List<'a> {
    Received(&'a [[u8; 2]]),
    Ours(&'a [AttributeType]),
}

impl<'a> UnknownAttributes<'a> {
    /// A list to send.
    #[must_use]
    pub const fn new(types: &'a [AttributeType]) -> Self {
        Self(List::Ours(types))
    }

    /// The types.
    pub fn iter(&self) -> impl Iterator<Item = AttributeType> + use<'a> {
        let (received, ours): (&'a [[u8; 2]], &'a [AttributeType]) = match self.0 {
            List::Received(types) => (types, &[]),
            List::Ours(types) => (&[], types),
        };
        received.iter().map(|t| AttributeType(u16::from_be_bytes(*t))).chain(ours.iter().copied())
    }

    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let (types, rest) = value.as_chunks::<2>();
        rest.is_empty().then_some(Self(List::Received(types)))
    }

    pub(super) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        self.iter().try_for_each(|kind| writer.u16(kind.0))
    }
}

impl PartialEq for UnknownAttributes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UnknownAttributes<'_> {}
