//! The message header (RFC 8489 §5).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |0 0|     STUN Message Type     |         Message Length        |
//! |                         Magic Cookie                          |
//! |                     Transaction ID (96 bits)                  |
//! ```

use core::fmt;

use rand_core::Rng;

/// Bytes of the header.
pub const HEADER_LEN: usize = 20;

/// The constant that tells STUN from what ran on its port before RFC 5389.
pub const MAGIC_COOKIE: u32 = 0x2112_a442;

/// What a message is in its transaction.
// Closed: two bits of the message type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Asks for a response.
    Request,
    /// Asks for none.
    Indication,
    /// The request was granted.
    Success,
    /// The request was refused.
    Error,
}

/// What a message is about: twelve bits of the IANA registry "STUN Methods".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(u16);

impl Method {
    /// Binding (RFC 8489).
    pub const BINDING: Self = Self(0x001);
    /// Allocate (RFC 8656).
    pub const ALLOCATE: Self = Self(0x003);
    /// Refresh (RFC 8656).
    pub const REFRESH: Self = Self(0x004);
    /// Send (RFC 8656).
    pub const SEND: Self = Self(0x006);
    /// Data (RFC 8656).
    pub const DATA: Self = Self(0x007);
    /// CreatePermission (RFC 8656).
    pub const CREATE_PERMISSION: Self = Self(0x008);
    /// ChannelBind (RFC 8656).
    pub const CHANNEL_BIND: Self = Self(0x009);
    /// Connect (RFC 6062).
    pub const CONNECT: Self = Self(0x00a);
    /// ConnectionBind (RFC 6062).
    pub const CONNECTION_BIND: Self = Self(0x00b);
    /// ConnectionAttempt (RFC 6062).
    pub const CONNECTION_ATTEMPT: Self = Self(0x00c);

    /// The method with the low twelve bits of `code`.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code & 0xfff)
    }

    /// Its number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

/// Class and method, interleaved in fourteen bits (RFC 8489 §5, figure 3).
// Closed: a method and a class (RFC 8489 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageType {
    /// The class.
    pub class: Class,
    /// The method.
    pub method: Method,
}

impl MessageType {
    /// Binding request.
    pub const BINDING_REQUEST: Self = Self::new(Class::Request, Method::BINDING);
    /// Binding indication.
    pub const BINDING_INDICATION: Self = Self::new(Class::Indication, Method::BINDING);
    /// Binding success response.
    pub const BINDING_SUCCESS: Self = Self::new(Class::Success, Method::BINDING);
    /// Binding error response.
    pub const BINDING_ERROR: Self = Self::new(Class::Error, Method::BINDING);

    /// A type of its two parts.
    #[must_use]
    pub const fn new(class: Class, method: Method) -> Self {
        Self { class, method }
    }

    /// The type in the low fourteen bits of `bits`.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        let class = match (bits & 0x0100 != 0, bits & 0x0010 != 0) {
            (false, false) => Class::Request,
            (false, true) => Class::Indication,
            (true, false) => Class::Success,
            (true, true) => Class::Error,
        };
        let method = bits & 0x000f | (bits & 0x00e0) >> 1 | (bits & 0x3e00) >> 2;
        Self::new(class, Method(method))
    }

    /// The fourteen bits.
    #[must_use]
    pub const fn to_bits(self) -> u16 {
        let class = match self.class {
            Class::Request => 0,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Error => 0x0110,
        };
        let m = self.method.0;
        class | m & 0x000f | (m & 0x0070) << 1 | (m & 0x0f80) << 2
    }
}

/// What ties a response to its request: 96 bits that nobody can guess.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub [u8; 12]);

impl TransactionId {
    /// A fresh one.
    #[must_use]
    pub fn random(rng: &mut crypto::Rng) -> Self {
        let mut id = [0; 12];
        rng.fill_bytes(&mut id);
        Self(id)
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_its_bits() {
        for bits in 0..0x4000 {
            assert_eq!(MessageType::from_bits(bits).to_bits(), bits);
        }
    }

    /// RFC 8489 §5.
    #[test]
    fn known_types_have_their_known_bits() {
        assert_eq!(MessageType::BINDING_REQUEST.to_bits(), 0x0001);
        assert_eq!(MessageType::BINDING_INDICATION.to_bits(), 0x0011);
        assert_eq!(MessageType::BINDING_SUCCESS.to_bits(), 0x0101);
        assert_eq!(MessageType::BINDING_ERROR.to_bits(), 0x0111);
        assert_eq!(MessageType::new(Class::Error, Method::ALLOCATE).to_bits(), 0x0113);
        // The keep-alive of Chromium ("GOOG_PING") has a method above 0x7f, whose bits are split twice.
        assert_eq!(MessageType::from_bits(0x0200).method, Method::new(0x080));
    }
}
