//! The lines of RFC 8866 §5 that are neither `m=` nor `a=`.

use alloc::string::String;
use core::fmt;

/// `o=`: who made the description, and which version of it this is (RFC 8866 §5.2).
// Closed: the grammar of RFC 8866 §5.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The user's name, or `-`.
    pub username: String,
    /// The session's id.
    pub session_id: u64,
    /// Its version: one more with each description that differs (RFC 9429 §5.2.2).
    pub version: u64,
    /// `IN`.
    pub network_type: String,
    /// `IP4` or `IP6`.
    pub address_type: String,
    /// The creator's address. It says nothing about where media goes.
    pub address: String,
}

impl Default for Origin {
    fn default() -> Self {
        Self {
            username: "-".into(),
            session_id: 0,
            version: 0,
            network_type: "IN".into(),
            address_type: "IP4".into(),
            address: "127.0.0.1".into(),
        }
    }
}

impl Origin {
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        Some(Self {
            username: fields.next()?.into(),
            session_id: number(fields.next()?)?,
            version: number(fields.next()?)?,
            network_type: fields.next()?.into(),
            address_type: fields.next()?.into(),
            address: fields.next()?.into(),
        })
    }
}

/// A decimal number that may exceed 64 bits, as NTP-based ids of some senders do; it is clamped then.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Whether `word` is a token: printable ASCII without the separators (RFC 8866 §9).
#[must_use]
pub fn is_token(word: &str) -> bool {
    let is_token_char = |byte: u8| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']')
    };
    !word.is_empty() && word.bytes().all(is_token_char)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { username, session_id, version, network_type, address_type, address } = self;
        write!(f, "{username} {session_id} {version} {network_type} {address_type} {address}")
    }
}

/// `c=`: an address for media (RFC 8866 §5.7).
// Closed: the grammar of RFC 8866 §5.7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// `IN`.
    pub network_type: String,
    /// `IP4` or `IP6`.
    pub address_type: String,
    /// The address, with `/ttl/count` where it has them.
    pub address: String,
}

impl Connection {
    /// `IN IP4 0.0.0.0`: the address of a section whose candidates are not known yet (RFC 9429 §5.2.1).
    #[must_use]
    pub fn unspecified() -> Self {
        Self { network_type: "IN".into(), address_type: "IP4".into(), address: "0.0.0.0".into() }
    }

    pub(crate) fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        Some(Self {
            network_type: fields.next()?.into(),
            address_type: fields.next()?.into(),
            address: fields.next()?.into(),
        })
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.network_type, self.address_type, self.address)
    }
}

/// `b=`: a bandwidth (RFC 8866 §5.8). A value that is no number is kept as it came.
// Closed: the grammar of RFC 8866 §5.8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// `AS`, `TIAS`, `CT`, …
    pub kind: String,
    /// The value; its unit is the kind's.
    pub value: String,
}

impl Bandwidth {
    pub(crate) fn parse(value: &str) -> Self {
        let (kind, value) = value.split_once(':').unwrap_or((value, ""));
        Self { kind: kind.into(), value: value.into() }
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

/// `t=` with the `r=` and `z=` lines that belong to it (RFC 8866 §5.9 to §5.11), as text: sessions here have no schedule.
// Closed: the grammar of RFC 8866 §5.9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The value of `t=`.
    pub active: String,
    /// The values of `r=`.
    pub repeats: alloc::vec::Vec<String>,
}

impl Default for Timing {
    fn default() -> Self {
        Self { active: "0 0".into(), repeats: alloc::vec::Vec::new() }
    }
}
