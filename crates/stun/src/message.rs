//! A received message (RFC 8489 §5, §6.3 and §14.5 to §14.7).
//!
//! ```text
//! | header | attributes …… | MESSAGE-INTEGRITY | MESSAGE-INTEGRITY-SHA256 | FINGERPRINT |
//!          └─ visible ─────┘└─ all three optional; what else stands between them is ignored
//! ```

use base::Reader;

use crate::attribute::{self, Attribute, AttributeType};
use crate::credential::Key;
use crate::error::{IntegrityError, Malformed, ParseError};
use crate::fingerprint::fingerprint;
use crate::header::{HEADER_LEN, MAGIC_COOKIE, MessageType, TransactionId};

/// Bytes of an attribute's header.
const ATTRIBUTE_HEADER_LEN: usize = 4;
/// Bytes of a full code in MESSAGE-INTEGRITY.
const SHA1_LEN: usize = 20;
/// Bytes of a full code in MESSAGE-INTEGRITY-SHA256, and the fewest that may be left of it.
const SHA256_LEN: usize = 32;
const SHA256_SHORTEST: usize = 16;

/// Whether a datagram is STUN by its first bytes: what tells it from DTLS and SRTP (RFC 7983 §7) and what makes it
/// worth parsing.
#[must_use]
pub fn is_stun(datagram: &[u8]) -> bool {
    let cookie = datagram.get(4..8).and_then(|c| c.try_into().ok()).map(u32::from_be_bytes);
    datagram.first().is_some_and(|first| *first < 4) && cookie == Some(MAGIC_COOKIE)
}

/// Which of the two integrity attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Integrity {
    /// MESSAGE-INTEGRITY: HMAC-SHA1.
    Sha1,
    /// MESSAGE-INTEGRITY-SHA256.
    Sha256,
}

/// A well-formed message that borrows the datagram.
///
/// Whether it is authentic is asked with [`verify`](Self::verify); what stands behind the integrity attributes is
/// not reachable, because nothing protects it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    message_type: MessageType,
    id: TransactionId,
    bytes: &'a [u8],
    attributes: &'a [u8],
    sha1: Option<Code<'a>>,
    sha256: Option<Code<'a>>,
    has_fingerprint: bool,
}

/// An integrity attribute: where it starts, and its value.
#[derive(Clone, Copy, Debug)]
struct Code<'a> {
    start: usize,
    value: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a datagram: all of it has to be one message. A fingerprint is checked where there is one.
    ///
    /// # Errors
    /// [`ParseError`] says why the datagram is no STUN message. Values of attributes are not looked at.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(datagram);
        let bits = reader.u16()?;
        let len = usize::from(reader.u16()?);
        let cookie = reader.u32()?;
        let id = TransactionId(reader.array()?);
        if bits >= 0x4000 || cookie != MAGIC_COOKIE {
            return Err(ParseError::NotStun);
        }
        if !len.is_multiple_of(4) || len != reader.remaining() {
            return Err(ParseError::Length);
        }
        let mut message = Self {
            message_type: MessageType::from_bits(bits),
            id,
            bytes: datagram,
            attributes: reader.rest(),
            sha1: None,
            sha256: None,
            has_fingerprint: false,
        };
        while !reader.is_empty() {
            let start = datagram.len().saturating_sub(reader.remaining());
            let (kind, value) = attribute::take(&mut reader).map_err(|_| ParseError::AttributeOverrun)?;
            message.on_attribute(kind, Code { start, value })?;
            if message.has_fingerprint && !reader.is_empty() {
                return Err(ParseError::Trailer);
            }
        }
        Ok(message)
    }

    /// Notes the attributes that end the visible part.
    fn on_attribute(&mut self, kind: AttributeType, code: Code<'a>) -> Result<(), ParseError> {
        let len = code.value.len();
        let before_integrity = self.sha1.is_none() && self.sha256.is_none();
        match kind {
            AttributeType::MESSAGE_INTEGRITY if before_integrity => {
                well_formed(len == SHA1_LEN)?;
                self.sha1 = Some(code);
            }
            AttributeType::MESSAGE_INTEGRITY_SHA256 if self.sha256.is_none() => {
                well_formed((SHA256_SHORTEST..=SHA256_LEN).contains(&len) && len.is_multiple_of(4))?;
                self.sha256 = Some(code);
            }
            AttributeType::FINGERPRINT => {
                well_formed(len == 4)?;
                let expected = fingerprint(self.bytes.get(..code.start).unwrap_or_default());
                if code.value != expected.to_be_bytes() {
                    return Err(ParseError::Fingerprint);
                }
                self.has_fingerprint = true;
            }
            _ => return Ok(()),
        }
        if before_integrity {
            self.attributes = self.bytes.get(HEADER_LEN..code.start).unwrap_or_default();
        }
        Ok(())
    }

    /// Class and method.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        self.message_type
    }

    /// The transaction that it belongs to.
    #[must_use]
    pub const fn transaction_id(&self) -> TransactionId {
        self.id
    }

    /// Whether it carries a fingerprint, which then is right.
    #[must_use]
    pub const fn has_fingerprint(&self) -> bool {
        self.has_fingerprint
    }

    /// The integrity attribute that [`verify`](Self::verify) checks, and that the response has to use.
    #[must_use]
    pub const fn integrity(&self) -> Option<Integrity> {
        match (&self.sha1, &self.sha256) {
            (_, Some(_)) => Some(Integrity::Sha256),
            (Some(_), None) => Some(Integrity::Sha1),
            (None, None) => None,
        }
    }

    /// Whether the message was written by someone who has `key`. The stronger of two codes decides (RFC 8489 §9.1.3).
    ///
    /// # Errors
    /// [`IntegrityError`] if it carries no code, a truncated one or a wrong one.
    pub fn verify(&self, key: &Key) -> Result<Integrity, IntegrityError> {
        self.verify_truncated(key, SHA256_LEN)
    }

    /// As [`verify`](Self::verify), for a usage that allows MESSAGE-INTEGRITY-SHA256 to be cut to `shortest` bytes.
    ///
    /// # Errors
    /// [`IntegrityError`] if it carries no code, one that is shorter, or a wrong one.
    pub fn verify_truncated(&self, key: &Key, shortest: usize) -> Result<Integrity, IntegrityError> {
        let (code, hmac, integrity) = match (&self.sha1, &self.sha256) {
            (_, Some(code)) => (code, &key.sha256, Integrity::Sha256),
            (Some(code), None) => (code, &key.sha1, Integrity::Sha1),
            (None, None) => return Err(IntegrityError::Missing),
        };
        if integrity == Integrity::Sha256 && code.value.len() < shortest {
            return Err(IntegrityError::TooShort);
        }
        let (header, body) = self.protected(code).ok_or(IntegrityError::Mismatch)?;
        let matches = hmac.verify(&[&header, body], code.value);
        matches.then_some(integrity).ok_or(IntegrityError::Mismatch)
    }

    /// What a code goes over: the header with the length that ends at the code, and the attributes before it.
    fn protected(&self, code: &Code<'_>) -> Option<([u8; 4], &'a [u8])> {
        let end = code.start + ATTRIBUTE_HEADER_LEN + code.value.len() - HEADER_LEN;
        let [high, low] = u16::try_from(end).ok()?.to_be_bytes();
        let (first, _) = self.bytes.split_first_chunk::<2>()?;
        Some(([first[0], first[1], high, low], self.bytes.get(4..code.start)?))
    }

    /// The attributes before the integrity attributes, in their order.
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes { reader: Reader::new(self.attributes), id: self.id }
    }

    /// The first attribute of a type; `None` also if its value is malformed.
    #[must_use]
    pub fn find(&self, kind: AttributeType) -> Option<Attribute<'a>> {
        self.raw(kind).and_then(|value| Attribute::parse(kind, value, &self.id).ok())
    }

    /// The bytes of the first attribute of a type.
    #[must_use]
    pub fn raw(&self, kind: AttributeType) -> Option<&'a [u8]> {
        self.attributes().raw().find(|(k, _)| *k == kind).map(|(_, value)| value)
    }

    /// The comprehension-required attributes that a usage does not understand: what error 420 has to list.
    pub fn unknown_required<F>(&self, understood: F) -> impl Iterator<Item = AttributeType> + use<'a, F>
    where
        F: Fn(AttributeType) -> bool,
    {
        let kinds = self.attributes().raw().map(|(kind, _)| kind);
        kinds.filter(move |kind| kind.is_comprehension_required() && !understood(*kind))
    }
}

fn well_formed(condition: bool) -> Result<(), ParseError> {
    condition.then_some(()).ok_or(ParseError::Trailer)
}

/// The visible attributes of a message.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    reader: Reader<'a>,
    id: TransactionId,
}

impl<'a> Attributes<'a> {
    /// The attributes as numbers and bytes.
    pub fn raw(mut self) -> impl Iterator<Item = (AttributeType, &'a [u8])> + use<'a> {
        core::iter::from_fn(move || attribute::take(&mut self.reader).ok())
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, value) = attribute::take(&mut self.reader).ok()?;
        Some(Attribute::parse(kind, value, &self.id))
    }
}

#[cfg(test)]
mod tests;
