//! ADDRESS-ERROR-CODE and ICMP (RFC 8656 §18.12 and §18.13).

use base::{Full, Writer};

use super::{AddressFamily, ErrorCode};

/// Why a server did not allocate an address of one family.
///
/// ```text
/// |  Family       |    Reserved             |Class|     Number    |
/// |      Reason Phrase (variable)                                ..
/// ```
// Closed: the format of RFC 8656 §18.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressErrorCode<'a> {
    /// The family.
    pub family: AddressFamily,
    /// The reason.
    pub error: ErrorCode<'a>,
}

impl<'a> AddressErrorCode<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let family = AddressFamily::new(*value.first()?);
        ErrorCode::parse(value).map(|error| Self { family, error })
    }

    pub(super) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.bytes(&[self.family.code(), 0])?;
        writer.u16(self.error.packed())?;
        writer.bytes(self.error.reason_bytes())
    }
}

/// Why a server could not deliver a datagram to a peer.
///
/// ```text
/// |  Reserved                     |  ICMP Type  |  ICMP Code      |
/// |                          Error Data                           |
/// ```
// Closed: the format of RFC 8656 §18.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// The ICMP type: seven bits.
    pub icmp_type: u8,
    /// The ICMP code: nine bits.
    pub code: u16,
    /// The next hop's MTU where the datagram was too big; otherwise zero.
    pub data: [u8; 4],
}

impl Icmp {
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let &[_, _, high, low, a, b, c, d] = value else { return None };
        let code = u16::from_be_bytes([high & 1, low]);
        Some(Self { icmp_type: high >> 1, code, data: [a, b, c, d] })
    }

    pub(super) fn emit(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.u16(0)?;
        writer.u16(u16::from(self.icmp_type & 0x7f) << 9 | self.code & 0x1ff)?;
        writer.bytes(&self.data)
    }
}
