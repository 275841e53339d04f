//! Attributes (RFC 8489 §14 and §18.3): their numbers and their typed values.

mod address;
mod error_code;
mod kind;
mod nonce;
mod password;
mod turn;
mod unknown;

use core::net::SocketAddr;

use base::{Full, Reader, Writer};

pub use address::AddressFamily;
pub use error_code::ErrorCode;
pub use kind::AttributeType;
pub use nonce::{Nonce, SecurityFeatures};
pub use password::{PasswordAlgorithm, PasswordAlgorithmId, PasswordAlgorithms};
pub use turn::{AddressErrorCode, Icmp};
pub use unknown::UnknownAttributes;

use crate::error::Malformed;
use crate::header::TransactionId;

/// Bytes of the longest text that an attribute holds: 127 characters, decoded (RFC 8489 §14.3).
const MAX_TEXT_LEN: usize = 763;

/// An attribute other than the integrity attributes and FINGERPRINT, which belong to the message as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute<'a> {
    /// MAPPED-ADDRESS (RFC 8489 §14.1).
    MappedAddress(SocketAddr),
    /// XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    XorMappedAddress(SocketAddr),
    /// USERNAME (RFC 8489 §14.3).
    Username(&'a str),
    /// USERHASH (RFC 8489 §14.4).
    UserHash([u8; 32]),
    /// ERROR-CODE (RFC 8489 §14.8).
    ErrorCode(ErrorCode<'a>),
    /// REALM (RFC 8489 §14.9).
    Realm(&'a str),
    /// NONCE (RFC 8489 §14.10).
    Nonce(Nonce<'a>),
    /// PASSWORD-ALGORITHMS (RFC 8489 §14.11).
    PasswordAlgorithms(PasswordAlgorithms<'a>),
    /// PASSWORD-ALGORITHM (RFC 8489 §14.12).
    PasswordAlgorithm(PasswordAlgorithm<'a>),
    /// UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
    UnknownAttributes(UnknownAttributes<'a>),
    /// SOFTWARE (RFC 8489 §14.14).
    Software(&'a str),
    /// ALTERNATE-SERVER (RFC 8489 §14.15).
    AlternateServer(SocketAddr),
    /// ALTERNATE-DOMAIN (RFC 8489 §14.16).
    AlternateDomain(&'a str),
    /// PRIORITY (RFC 8445 §16.1).
    Priority(u32),
    /// USE-CANDIDATE (RFC 8445 §16.1).
    UseCandidate,
    /// ICE-CONTROLLED, with the tie-breaker (RFC 8445 §16.1).
    IceControlled(u64),
    /// ICE-CONTROLLING, with the tie-breaker (RFC 8445 §16.1).
    IceControlling(u64),
    /// NOMINATION, the counter of a renomination (draft-thatcher-ice-renomination).
    Nomination(u32),
    /// CHANNEL-NUMBER (RFC 8656 §18.1).
    ChannelNumber(u16),
    /// LIFETIME in seconds (RFC 8656 §18.2).
    Lifetime(u32),
    /// XOR-PEER-ADDRESS (RFC 8656 §18.3).
    XorPeerAddress(SocketAddr),
    /// DATA (RFC 8656 §18.4).
    Data(&'a [u8]),
    /// XOR-RELAYED-ADDRESS (RFC 8656 §18.5).
    XorRelayedAddress(SocketAddr),
    /// REQUESTED-ADDRESS-FAMILY (RFC 8656 §18.6).
    RequestedAddressFamily(AddressFamily),
    /// EVEN-PORT (RFC 8656 §18.7).
    EvenPort {
        /// Whether the next-higher port shall be reserved.
        reserve_next: bool,
    },
    /// REQUESTED-TRANSPORT, an IP protocol number (RFC 8656 §18.8).
    RequestedTransport(u8),
    /// DONT-FRAGMENT (RFC 8656 §18.9).
    DontFragment,
    /// RESERVATION-TOKEN (RFC 8656 §18.10).
    ReservationToken([u8; 8]),
    /// ADDITIONAL-ADDRESS-FAMILY (RFC 8656 §18.11).
    AdditionalAddressFamily(AddressFamily),
    /// ADDRESS-ERROR-CODE (RFC 8656 §18.12).
    AddressErrorCode(AddressErrorCode<'a>),
    /// ICMP (RFC 8656 §18.13).
    Icmp(Icmp),
    /// CONNECTION-ID (RFC 6062 §6.2.1).
    ConnectionId(u32),
    /// ACCESS-TOKEN (RFC 7635 §6.2).
    AccessToken(&'a [u8]),
    /// THIRD-PARTY-AUTHORIZATION, the name of the server (RFC 7635 §6.1).
    ThirdPartyAuthorization(&'a str),
    /// An attribute that has no type here.
    Other(AttributeType, &'a [u8]),
}

impl<'a> Attribute<'a> {
    /// Reads a value. `id` undoes the XOR of addresses.
    ///
    /// # Errors
    /// [`Malformed`] if the value does not have the shape of its type. An unknown type has no shape.
    pub fn parse(kind: AttributeType, value: &'a [u8], id: &TransactionId) -> Result<Self, Malformed> {
        let attribute = match kind {
            AttributeType::MAPPED_ADDRESS => address::parse(value).map(Self::MappedAddress),
            AttributeType::XOR_MAPPED_ADDRESS => address::parse_xor(value, id).map(Self::XorMappedAddress),
            AttributeType::USERNAME => text(value).map(Self::Username),
            AttributeType::USERHASH => value.try_into().ok().map(Self::UserHash),
            AttributeType::ERROR_CODE => ErrorCode::parse(value).map(Self::ErrorCode),
            AttributeType::REALM => text(value).map(Self::Realm),
            AttributeType::NONCE => Nonce::parse(value).map(Self::Nonce),
            AttributeType::PASSWORD_ALGORITHMS => {
                PasswordAlgorithms::parse(value).map(Self::PasswordAlgorithms)
            }
            AttributeType::PASSWORD_ALGORITHM => PasswordAlgorithm::parse(value).map(Self::PasswordAlgorithm),
            AttributeType::UNKNOWN_ATTRIBUTES => UnknownAttributes::parse(value).map(Self::UnknownAttributes),
            AttributeType::SOFTWARE => text(value).map(Self::Software),
            AttributeType::ALTERNATE_SERVER => address::parse(value).map(Self::AlternateServer),
            AttributeType::ALTERNATE_DOMAIN => text(value).map(Self::AlternateDomain),
            AttributeType::PRIORITY => u32_value(value).map(Self::Priority),
            AttributeType::USE_CANDIDATE => Some(Self::UseCandidate),
            AttributeType::ICE_CONTROLLED => u64_value(value).map(Self::IceControlled),
            AttributeType::ICE_CONTROLLING => u64_value(value).map(Self::IceControlling),
            AttributeType::NOMINATION => u32_value(value).map(Self::Nomination),
            AttributeType::ACCESS_TOKEN => Some(Self::AccessToken(value)),
            AttributeType::THIRD_PARTY_AUTHORIZATION => text(value).map(Self::ThirdPartyAuthorization),
            _ => Self::parse_relaying(kind, value, id),
        };
        attribute.ok_or(Malformed(kind))
    }

    /// The attributes of TURN.
    fn parse_relaying(kind: AttributeType, value: &'a [u8], id: &TransactionId) -> Option<Self> {
        match kind {
            AttributeType::CHANNEL_NUMBER => u32_value(value).map(|v| Self::ChannelNumber(high_half(v))),
            AttributeType::LIFETIME => u32_value(value).map(Self::Lifetime),
            AttributeType::XOR_PEER_ADDRESS => address::parse_xor(value, id).map(Self::XorPeerAddress),
            AttributeType::DATA => Some(Self::Data(value)),
            AttributeType::XOR_RELAYED_ADDRESS => address::parse_xor(value, id).map(Self::XorRelayedAddress),
            AttributeType::REQUESTED_ADDRESS_FAMILY => {
                AddressFamily::parse_attribute(value).map(Self::RequestedAddressFamily)
            }
            AttributeType::EVEN_PORT => match value {
                [flags] => Some(Self::EvenPort { reserve_next: flags & 0x80 != 0 }),
                _ => None,
            },
            AttributeType::REQUESTED_TRANSPORT => match value {
                [protocol, _, _, _] => Some(Self::RequestedTransport(*protocol)),
                _ => None,
            },
            AttributeType::DONT_FRAGMENT => Some(Self::DontFragment),
            AttributeType::RESERVATION_TOKEN => value.try_into().ok().map(Self::ReservationToken),
            AttributeType::ADDITIONAL_ADDRESS_FAMILY => {
                AddressFamily::parse_attribute(value).map(Self::AdditionalAddressFamily)
            }
            AttributeType::ADDRESS_ERROR_CODE => AddressErrorCode::parse(value).map(Self::AddressErrorCode),
            AttributeType::ICMP => Icmp::parse(value).map(Self::Icmp),
            AttributeType::CONNECTION_ID => u32_value(value).map(Self::ConnectionId),
            _ => Some(Self::Other(kind, value)),
        }
    }

    /// Writes the value, without header and padding. `id` is the one that addresses are XORed with.
    ///
    /// # Errors
    /// [`Full`] if it does not fit.
    pub fn emit(&self, writer: &mut Writer<'_>, id: &TransactionId) -> Result<(), Full> {
        match *self {
            Self::MappedAddress(a) | Self::AlternateServer(a) => address::emit(a, writer),
            Self::XorMappedAddress(a) | Self::XorPeerAddress(a) | Self::XorRelayedAddress(a) => {
                address::emit_xor(a, id, writer)
            }
            Self::Username(text)
            | Self::Realm(text)
            | Self::Software(text)
            | Self::AlternateDomain(text)
            | Self::ThirdPartyAuthorization(text) => writer.bytes(text.as_bytes()),
            Self::UserHash(hash) => writer.bytes(&hash),
            Self::ErrorCode(code) => code.emit(writer),
            Self::Nonce(nonce) => writer.bytes(nonce.as_bytes()),
            Self::PasswordAlgorithms(list) => list.emit(writer),
            Self::PasswordAlgorithm(algorithm) => algorithm.emit(writer),
            Self::UnknownAttributes(list) => list.emit(writer),
            Self::Priority(v) | Self::Nomination(v) | Self::Lifetime(v) | Self::ConnectionId(v) => {
                writer.u32(v)
            }
            Self::UseCandidate | Self::DontFragment => Ok(()),
            Self::IceControlled(tie_breaker) | Self::IceControlling(tie_breaker) => writer.u64(tie_breaker),
            Self::ChannelNumber(number) => writer.u32(u32::from(number) << 16),
            Self::RequestedAddressFamily(family) | Self::AdditionalAddressFamily(family) => {
                writer.bytes(&[family.code(), 0, 0, 0])
            }
            Self::EvenPort { reserve_next } => writer.u8(if reserve_next { 0x80 } else { 0 }),
            Self::RequestedTransport(protocol) => writer.bytes(&[protocol, 0, 0, 0]),
            Self::ReservationToken(token) => writer.bytes(&token),
            Self::AddressErrorCode(code) => code.emit(writer),
            Self::Icmp(icmp) => icmp.emit(writer),
            Self::AccessToken(bytes) | Self::Data(bytes) | Self::Other(_, bytes) => writer.bytes(bytes),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn kind(&self) -> AttributeType {
        match self {
            Self::MappedAddress(_) => AttributeType::MAPPED_ADDRESS,
            Self::XorMappedAddress(_) => AttributeType::XOR_MAPPED_ADDRESS,
            Self::Username(_) => AttributeType::USERNAME,
            Self::UserHash(_) => AttributeType::USERHASH,
            Self::ErrorCode(_) => AttributeType::ERROR_CODE,
            Self::Realm(_) => AttributeType::REALM,
            Self::Nonce(_) => AttributeType::NONCE,
            Self::PasswordAlgorithms(_) => AttributeType::PASSWORD_ALGORITHMS,
            Self::PasswordAlgorithm(_) => AttributeType::PASSWORD_ALGORITHM,
            Self::UnknownAttributes(_) => AttributeType::UNKNOWN_ATTRIBUTES,
            Self::Software(_) => AttributeType::SOFTWARE,
            Self::AlternateServer(_) => AttributeType::ALTERNATE_SERVER,
            Self::AlternateDomain(_) => AttributeType::ALTERNATE_DOMAIN,
            Self::Priority(_) => AttributeType::PRIORITY,
            Self::UseCandidate => AttributeType::USE_CANDIDATE,
            Self::IceControlled(_) => AttributeType::ICE_CONTROLLED,
            Self::IceControlling(_) => AttributeType::ICE_CONTROLLING,
            Self::Nomination(_) => AttributeType::NOMINATION,
            Self::ChannelNumber(_) => AttributeType::CHANNEL_NUMBER,
            Self::Lifetime(_) => AttributeType::LIFETIME,
            Self::XorPeerAddress(_) => AttributeType::XOR_PEER_ADDRESS,
            Self::Data(_) => AttributeType::DATA,
            Self::XorRelayedAddress(_) => AttributeType::XOR_RELAYED_ADDRESS,
            Self::RequestedAddressFamily(_) => AttributeType::REQUESTED_ADDRESS_FAMILY,
            Self::EvenPort { .. } => AttributeType::EVEN_PORT,
            Self::RequestedTransport(_) => AttributeType::REQUESTED_TRANSPORT,
            Self::DontFragment => AttributeType::DONT_FRAGMENT,
            Self::ReservationToken(_) => AttributeType::RESERVATION_TOKEN,
            Self::AdditionalAddressFamily(_) => AttributeType::ADDITIONAL_ADDRESS_FAMILY,
            Self::AddressErrorCode(_) => AttributeType::ADDRESS_ERROR_CODE,
            Self::Icmp(_) => AttributeType::ICMP,
            Self::ConnectionId(_) => AttributeType::CONNECTION_ID,
            Self::AccessToken(_) => AttributeType::ACCESS_TOKEN,
            Self::ThirdPartyAuthorization(_) => AttributeType::THIRD_PARTY_AUTHORIZATION,
            Self::Other(kind, _) => *kind,
        }
    }
}

fn text(value: &[u8]) -> Option<&str> {
    if value.len() > MAX_TEXT_LEN {
        return None;
    }
    core::str::from_utf8(value).ok()
}

fn u32_value(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

fn u64_value(value: &[u8]) -> Option<u64> {
    value.try_into().ok().map(u64::from_be_bytes)
}

fn high_half(value: u32) -> u16 {
    let [a, b, _, _] = value.to_be_bytes();
    u16::from_be_bytes([a, b])
}

/// How many zero bytes bring `len` to a multiple of four.
pub(crate) const fn padding(len: usize) -> usize {
    len.wrapping_neg() & 3
}

/// Takes one attribute with its padding.
pub(crate) fn take<'a>(reader: &mut Reader<'a>) -> Result<(AttributeType, &'a [u8]), base::Truncated> {
    let kind = AttributeType(reader.u16()?);
    let len = usize::from(reader.u16()?);
    let value = reader.bytes(len)?;
    reader.bytes(padding(len))?;
    Ok((kind, value))
}

#[cfg(test)]
mod tests;
