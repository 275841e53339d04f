//! The messages of the Data Channel Establishment Protocol (RFC 8832 §5).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Message Type |  Channel Type |            Priority           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Reliability Parameter                      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Label Length          |       Protocol Length         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                     Label … Protocol                          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use base::{Reader, Truncated};
use bytes::Bytes;

use crate::{Discard, Reliability};

/// DATA_CHANNEL_ACK.
const ACK: u8 = 0x02;

/// DATA_CHANNEL_OPEN.
const OPEN: u8 = 0x03;

/// The channel type octet: how reliable, and whether in order (RFC 8832 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChannelType(u8);

impl ChannelType {
    /// Everything arrives.
    pub(crate) const RELIABLE: Self = Self(0x00);
    /// A message is given up after a number of retransmissions.
    pub(crate) const PARTIAL_RELIABLE_REXMIT: Self = Self(0x01);
    /// A message is given up after a time.
    pub(crate) const PARTIAL_RELIABLE_TIMED: Self = Self(0x02);
    /// The bit that says "in any order".
    pub(crate) const UNORDERED: u8 = 0x80;
}

/// A DATA_CHANNEL_OPEN message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    /// How much the channel insists on delivery.
    pub(crate) reliability: Reliability,
    /// Whether messages are delivered in the order they were sent in.
    pub(crate) ordered: bool,
    /// The priority, as a weight (RFC 8831 §6.4).
    pub(crate) priority: u16,
    /// The label.
    pub(crate) label: String,
    /// The subprotocol.
    pub(crate) protocol: String,
}

/// A message of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Open(Open),
    Ack,
}

impl Message {
    /// Reads a message; label and protocol that are not UTF-8 make it malformed (RFC 8832 §5.1).
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Discard> {
        match bytes.split_first() {
            Some((&ACK, _)) => Ok(Self::Ack),
            Some((&OPEN, rest)) => Open::parse(rest).map(Self::Open),
            Some(_) => Err(Discard::Unknown),
            None => Err(Discard::Malformed),
        }
    }

    /// Whether this would be an OPEN, were it well formed.
    pub(crate) fn is_open(bytes: &[u8]) -> bool {
        bytes.first() == Some(&OPEN)
    }

    /// DATA_CHANNEL_ACK.
    pub(crate) const fn ack() -> Bytes {
        Bytes::from_static(&[ACK])
    }
}

impl Open {
    fn parse(bytes: &[u8]) -> Result<Self, Discard> {
        let mut reader = Reader::new(bytes);
        let (channel_type, priority, parameter) = (reader.u8()?, reader.u16()?, reader.u32()?);
        let (label_len, protocol_len) = (reader.u16()?, reader.u16()?);
        let label = reader.bytes(label_len.into())?;
        let protocol = reader.bytes(protocol_len.into())?;
        if !reader.is_empty() {
            return Err(Discard::Malformed);
        }
        let kind = ChannelType(channel_type & !ChannelType::UNORDERED);
        Ok(Self {
            reliability: Reliability::from_wire(kind, parameter)?,
            ordered: channel_type & ChannelType::UNORDERED == 0,
            priority,
            label: text(label)?,
            protocol: text(protocol)?,
        })
    }

    /// Writes the message. Label and protocol have at most 65,535 bytes each.
    pub(crate) fn emit(&self) -> Bytes {
        let (ChannelType(kind), parameter) = self.reliability.to_wire();
        let unordered = if self.ordered { 0 } else { ChannelType::UNORDERED };
        let len = |text: &str| u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes();
        let mut bytes =
            Vec::with_capacity(self.label.len().saturating_add(self.protocol.len()).saturating_add(12));
        bytes.extend_from_slice(&[OPEN, kind | unordered]);
        bytes.extend_from_slice(&self.priority.to_be_bytes());
        bytes.extend_from_slice(&parameter.to_be_bytes());
        bytes.extend_from_slice(&len(&self.label));
        bytes.extend_from_slice(&len(&self.protocol));
        bytes.extend_from_slice(self.label.as_bytes());
        bytes.extend_from_slice(self.protocol.as_bytes());
        bytes.into()
    }
}

impl From<Truncated> for Discard {
    fn from(_: Truncated) -> Self {
        Self::Malformed
    }
}

fn text(bytes: &[u8]) -> Result<String, Discard> {
    core::str::from_utf8(bytes).map(String::from).map_err(|_| Discard::Malformed)
}

impl Reliability {
    fn from_wire(kind: ChannelType, parameter: u32) -> Result<Self, Discard> {
        // The parameter has 32 bits on the wire and 16 in the API (webrtc-pc §6.2): what is larger is clamped.
        let parameter = u16::try_from(parameter).unwrap_or(u16::MAX);
        match kind {
            ChannelType::RELIABLE => Ok(Self::Reliable),
            ChannelType::PARTIAL_RELIABLE_REXMIT => Ok(Self::MaxRetransmits(parameter)),
            ChannelType::PARTIAL_RELIABLE_TIMED => Ok(Self::MaxPacketLifeTime(parameter)),
            _ => Err(Discard::Unknown),
        }
    }

    fn to_wire(self) -> (ChannelType, u32) {
        match self {
            Self::Reliable => (ChannelType::RELIABLE, 0),
            Self::MaxRetransmits(count) => (ChannelType::PARTIAL_RELIABLE_REXMIT, count.into()),
            Self::MaxPacketLifeTime(millis) => (ChannelType::PARTIAL_RELIABLE_TIMED, millis.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Open {
        Open {
            reliability: Reliability::MaxRetransmits(3),
            ordered: false,
            priority: 512,
            label: "chät".into(),
            protocol: "p".into(),
        }
    }

    /// RFC 8832 §5.1.
    #[test]
    fn an_unordered_partial_channel_has_both_bits_in_its_type() {
        assert_eq!(open().emit().get(..2), Some(&[0x03, 0x81][..]));
    }

    /// RFC 8832 §5.1 and §5.2.
    #[test]
    fn round_trips() {
        for reliability in
            [Reliability::Reliable, Reliability::MaxRetransmits(0), Reliability::MaxPacketLifeTime(65_535)]
        {
            let open = Open { reliability, ..open() };
            assert_eq!(Message::parse(&open.emit()), Ok(Message::Open(open)));
        }
        assert_eq!(Message::parse(&Message::ack()), Ok(Message::Ack));
    }

    #[test]
    fn rejects_every_truncation() {
        let bytes = open().emit();
        for len in 0..bytes.len() {
            assert_eq!(Message::parse(&bytes[..len]), Err(Discard::Malformed), "{len} bytes");
        }
    }

    #[test]
    fn survives_every_bit_flip() {
        let bytes = open().emit();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = Message::parse(&flipped);
        }
    }

    /// RFC 8832 §5.1.
    #[test]
    fn a_label_that_is_not_utf_8_is_malformed() {
        let mut bytes = open().emit().to_vec();
        bytes[12] = 0xff;
        assert_eq!(Message::parse(&bytes), Err(Discard::Malformed));
    }
}
