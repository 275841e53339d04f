//! ERROR-CODE (RFC 8489 §14.8).
//!
//! ```text
//! |           Reserved, should be 0         |Class|     Number    |
//! |      Reason Phrase (variable)                                ..
//! ```

use base::{Full, Reader, Writer};

use super::MAX_TEXT_LEN;

/// Why a request was refused. Two are equal if their codes and their reasons are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode<'a> {
    code: u16,
    reason: &'a [u8],
}

impl ErrorCode<'static> {
    /// 300: another server should be asked.
    pub const TRY_ALTERNATE: Self = Self::fixed(300, b"Try Alternate");
    /// 400: the request was malformed.
    pub const BAD_REQUEST: Self = Self::fixed(400, b"Bad Request");
    /// 401: no or wrong credentials.
    pub const UNAUTHENTICATED: Self = Self::fixed(401, b"Unauthenticated");
    /// 403: valid, but not allowed (RFC 8656 §19).
    pub const FORBIDDEN: Self = Self::fixed(403, b"Forbidden");
    /// 420: a comprehension-required attribute was not understood.
    pub const UNKNOWN_ATTRIBUTE: Self = Self::fixed(420, b"Unknown Attribute");
    /// 437: there is an allocation already, or none (RFC 8656 §19).
    pub const ALLOCATION_MISMATCH: Self = Self::fixed(437, b"Allocation Mismatch");
    /// 438: the nonce is no longer valid.
    pub const STALE_NONCE: Self = Self::fixed(438, b"Stale Nonce");
    /// 440: the address family is not supported (RFC 8656 §19).
    pub const ADDRESS_FAMILY_NOT_SUPPORTED: Self = Self::fixed(440, b"Address Family not Supported");
    /// 441: not the credentials that made the allocation (RFC 8656 §19).
    pub const WRONG_CREDENTIALS: Self = Self::fixed(441, b"Wrong Credentials");
    /// 442: the transport is not supported (RFC 8656 §19).
    pub const UNSUPPORTED_TRANSPORT: Self = Self::fixed(442, b"Unsupported Transport Protocol");
    /// 443: the peer is of another address family (RFC 8656 §19).
    pub const PEER_ADDRESS_FAMILY_MISMATCH: Self = Self::fixed(443, b"Peer Address Family Mismatch");
    /// 486: the user has too many allocations (RFC 8656 §19).
    pub const ALLOCATION_QUOTA_REACHED: Self = Self::fixed(486, b"Allocation Quota Reached");
    /// 487: both agents claim the same role (RFC 8445 §16.2).
    pub const ROLE_CONFLICT: Self = Self::fixed(487, b"Role Conflict");
    /// 500: a temporary failure.
    pub const SERVER_ERROR: Self = Self::fixed(500, b"Server Error");
    /// 508: no resources left (RFC 8656 §19).
    pub const INSUFFICIENT_CAPACITY: Self = Self::fixed(508, b"Insufficient Capacity");

    const fn fixed(code: u16, reason: &'static [u8]) -> Self {
        Self { code, reason }
    }
}

impl<'a> ErrorCode<'a> {
    /// A code from 300 to 699 and a reason phrase of at most 127 characters.
    #[must_use]
    pub fn new(code: u16, reason: &'a str) -> Option<Self> {
        let valid = (300..700).contains(&code) && reason.chars().count() < 128;
        valid.then_some(Self { code, reason: reason.as_bytes() })
    }

    /// The code, from 300 to 699.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The reason phrase, where it is UTF-8. It is for people's eyes; a broken one makes no error invalid.
    #[must_use]
    pub fn reason(&self) -> Option<&'a str> {
        core::str::from_utf8(self.reason).ok()
    }

    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(value);
        let [_, _, class, number] = reader.array().ok()?;
        let class = class & 0b111;
        let valid = (3..=6).contains(&class) && number < 100 && reader.remaining() <= MAX_TEXT_LEN;
        valid.then_some(Self { code: u16::from(class) * 100 + u16::from(number), reason: reader.rest() })
    }

    /// Class and number, as two bytes.
    pub(super) fn packed(&self) -> u16 {
        ((self.code / 100) << 8) | (self.code % 100)
    }

    pub(super) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.u16(0)?;
        writer.u16(self.packed())?;
        writer.bytes(self.reason)
    }

    pub(super) const fn reason_bytes(&self) -> &'a [u8] {
        self.reason
    }
}
