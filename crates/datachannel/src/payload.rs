//! User messages and their payload protocol identifiers (RFC 8831 §6.6 and §8).

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

/// A payload protocol identifier: how SCTP says what a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ppid(pub u32);

impl Ppid {
    /// A message of the establishment protocol.
    pub const DCEP: Self = Self(50);
    /// A text.
    pub const STRING: Self = Self(51);
    /// A part of a binary message; deprecated, never sent.
    pub const BINARY_PARTIAL: Self = Self(52);
    /// A binary message, or the last part of one.
    pub const BINARY: Self = Self(53);
    /// A part of a text; deprecated, never sent.
    pub const STRING_PARTIAL: Self = Self(54);
    /// A text without characters: one byte that does not count.
    pub const STRING_EMPTY: Self = Self(56);
    /// A binary message without bytes: one byte that does not count.
    pub const BINARY_EMPTY: Self = Self(57);
}

/// A user message.
// Closed: a message is a text or bytes (RFC 8831 §6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl Payload {
    /// Its size in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message as SCTP carries it: SCTP knows no empty messages, so an empty one is a zero byte with a PPID of its
    /// own.
    pub(crate) fn into_wire(self) -> (Ppid, Bytes) {
        const ZERO: Bytes = Bytes::from_static(&[0]);
        match self {
            Self::Text(text) if text.is_empty() => (Ppid::STRING_EMPTY, ZERO),
            Self::Text(text) => (Ppid::STRING, text.into()),
            Self::Binary(bytes) if bytes.is_empty() => (Ppid::BINARY_EMPTY, ZERO),
            Self::Binary(bytes) => (Ppid::BINARY, bytes),
        }
    }

    /// The message that SCTP has carried whole; `None` where it is none, or a text that is not UTF-8.
    pub(crate) fn from_wire(ppid: Ppid, bytes: Bytes) -> Option<Self> {
        match ppid {
            Ppid::STRING => String::from_utf8(bytes.into()).ok().map(Self::Text),
            Ppid::BINARY => Some(Self::Binary(bytes)),
            Ppid::STRING_EMPTY => Some(Self::Text(String::new())),
            Ppid::BINARY_EMPTY => Some(Self::Binary(Bytes::new())),
            _ => None,
        }
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<&'static [u8]> for Payload {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Binary(Bytes::from_static(bytes))
    }
}
