//! Transport addresses, plain and XORed (RFC 8489 §14.1 and §14.2).
//!
//! ```text
//! |0 0 0 0 0 0 0 0|    Family     |           Port                |
//! |                 Address (32 bits or 128 bits)                 |
//! ```

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base::{Full, Reader, Truncated, Writer};

use crate::header::{MAGIC_COOKIE, TransactionId};

/// The family of an address. An integer, so that unknown ones survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressFamily(u8);

impl AddressFamily {
    /// IPv4.
    pub const IPV4: Self = Self(1);
    /// IPv6.
    pub const IPV6: Self = Self(2);

    /// Its number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The family of `address`.
    #[must_use]
    pub const fn of(address: &IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::IPV4,
            IpAddr::V6(_) => Self::IPV6,
        }
    }

    pub(super) const fn new(code: u8) -> Self {
        Self(code)
    }

    /// A family and three reserved bytes.
    pub(super) fn parse_attribute(value: &[u8]) -> Option<Self> {
        match value {
            [code, _, _, _] => Some(Self(*code)),
            _ => None,
        }
    }
}

pub(super) fn parse(value: &[u8]) -> Option<SocketAddr> {
    read(value).ok().flatten()
}

pub(super) fn parse_xor(value: &[u8], id: &TransactionId) -> Option<SocketAddr> {
    parse(value).map(|address| xor(address, id))
}

pub(super) fn emit(address: SocketAddr, writer: &mut Writer<'_>) -> Result<(), Full> {
    writer.bytes(&[0, AddressFamily::of(&address.ip()).code()])?;
    writer.u16(address.port())?;
    match address.ip() {
        IpAddr::V4(ip) => writer.bytes(&ip.octets()),
        IpAddr::V6(ip) => writer.bytes(&ip.octets()),
    }
}

pub(super) fn emit_xor(address: SocketAddr, id: &TransactionId, writer: &mut Writer<'_>) -> Result<(), Full> {
    emit(xor(address, id), writer)
}

fn read(value: &[u8]) -> Result<Option<SocketAddr>, Truncated> {
    let mut reader = Reader::new(value);
    reader.u8()?;
    let family = AddressFamily(reader.u8()?);
    let port = reader.u16()?;
    let ip = match family {
        AddressFamily::IPV4 => IpAddr::V4(Ipv4Addr::from_bits(reader.u32()?)),
        AddressFamily::IPV6 => IpAddr::V6(Ipv6Addr::from(reader.array::<16>()?)),
        _ => return Ok(None),
    };
    Ok(reader.is_empty().then_some(SocketAddr::new(ip, port)))
}

/// Applies the mask, which is its own inverse: the cookie for IPv4, cookie and transaction id for IPv6.
fn xor(address: SocketAddr, id: &TransactionId) -> SocketAddr {
    let [high, low, ..] = MAGIC_COOKIE.to_be_bytes();
    let port = address.port() ^ u16::from_be_bytes([high, low]);
    let ip = match address.ip() {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() ^ MAGIC_COOKIE)),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() ^ mask(id))),
    };
    SocketAddr::new(ip, port)
}

fn mask(id: &TransactionId) -> u128 {
    id.0.iter().fold(u128::from(MAGIC_COOKIE), |mask, byte| mask << 8 | u128::from(*byte))
}
