//! The numbers of the attributes (IANA registry "STUN Attributes").

use core::fmt;

/// The type of an attribute. An integer, so that unknown ones survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(pub u16);

impl AttributeType {
    /// MAPPED-ADDRESS.
    pub const MAPPED_ADDRESS: Self = Self(0x0001);
    /// USERNAME.
    pub const USERNAME: Self = Self(0x0006);
    /// MESSAGE-INTEGRITY.
    pub const MESSAGE_INTEGRITY: Self = Self(0x0008);
    /// ERROR-CODE.
    pub const ERROR_CODE: Self = Self(0x0009);
    /// UNKNOWN-ATTRIBUTES.
    pub const UNKNOWN_ATTRIBUTES: Self = Self(0x000a);
    /// CHANNEL-NUMBER.
    pub const CHANNEL_NUMBER: Self = Self(0x000c);
    /// LIFETIME.
    pub const LIFETIME: Self = Self(0x000d);
    /// XOR-PEER-ADDRESS.
    pub const XOR_PEER_ADDRESS: Self = Self(0x0012);
    /// DATA.
    pub const DATA: Self = Self(0x0013);
    /// REALM.
    pub const REALM: Self = Self(0x0014);
    /// NONCE.
    pub const NONCE: Self = Self(0x0015);
    /// XOR-RELAYED-ADDRESS.
    pub const XOR_RELAYED_ADDRESS: Self = Self(0x0016);
    /// REQUESTED-ADDRESS-FAMILY.
    pub const REQUESTED_ADDRESS_FAMILY: Self = Self(0x0017);
    /// EVEN-PORT.
    pub const EVEN_PORT: Self = Self(0x0018);
    /// REQUESTED-TRANSPORT.
    pub const REQUESTED_TRANSPORT: Self = Self(0x0019);
    /// DONT-FRAGMENT.
    pub const DONT_FRAGMENT: Self = Self(0x001a);
    /// ACCESS-TOKEN.
    pub const ACCESS_TOKEN: Self = Self(0x001b);
    /// MESSAGE-INTEGRITY-SHA256.
    pub const MESSAGE_INTEGRITY_SHA256: Self = Self(0x001c);
    /// PASSWORD-ALGORITHM.
    pub const PASSWORD_ALGORITHM: Self = Self(0x001d);
    /// USERHASH.
    pub const USERHASH: Self = Self(0x001e);
    /// XOR-MAPPED-ADDRESS.
    pub const XOR_MAPPED_ADDRESS: Self = Self(0x0020);
    /// RESERVATION-TOKEN.
    pub const RESERVATION_TOKEN: Self = Self(0x0022);
    /// PRIORITY.
    pub const PRIORITY: Self = Self(0x0024);
    /// USE-CANDIDATE.
    pub const USE_CANDIDATE: Self = Self(0x0025);
    /// CONNECTION-ID.
    pub const CONNECTION_ID: Self = Self(0x002a);
    /// ADDITIONAL-ADDRESS-FAMILY.
    pub const ADDITIONAL_ADDRESS_FAMILY: Self = Self(0x8000);
    /// ADDRESS-ERROR-CODE.
    pub const ADDRESS_ERROR_CODE: Self = Self(0x8001);
    /// PASSWORD-ALGORITHMS.
    pub const PASSWORD_ALGORITHMS: Self = Self(0x8002);
    /// ALTERNATE-DOMAIN.
    pub const ALTERNATE_DOMAIN: Self = Self(0x8003);
    /// ICMP.
    pub const ICMP: Self = Self(0x8004);
    /// SOFTWARE.
    pub const SOFTWARE: Self = Self(0x8022);
    /// ALTERNATE-SERVER.
    pub const ALTERNATE_SERVER: Self = Self(0x8023);
    /// FINGERPRINT.
    pub const FINGERPRINT: Self = Self(0x8028);
    /// ICE-CONTROLLED.
    pub const ICE_CONTROLLED: Self = Self(0x8029);
    /// ICE-CONTROLLING.
    pub const ICE_CONTROLLING: Self = Self(0x802a);
    /// THIRD-PARTY-AUTHORIZATION.
    pub const THIRD_PARTY_AUTHORIZATION: Self = Self(0x802e);
    /// NOMINATION, as browsers number it; IANA has given the number to another attribute since.
    pub const NOMINATION: Self = Self(0xc001);

    /// Whether a request with this attribute has to be refused by who does not understand it (RFC 8489 §14).
    #[must_use]
    pub const fn is_comprehension_required(self) -> bool {
        self.0 < 0x8000
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}
