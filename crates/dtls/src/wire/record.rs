//! The record header (RFC 6347 §4.1).
//!
//! ```text
//!  0      1        3       5                 11       13
//! +------+--------+-------+-----------------+--------+---------
//! | type | version| epoch | sequence number | length | fragment
//! +------+--------+-------+-----------------+--------+---------
//! ```

use base::{Reader, Writer};

use crate::error::Discard;

/// Bytes of the header.
pub(crate) const HEADER_LEN: usize = 13;

/// The longest plaintext of a record (RFC 5246 §6.2.1).
pub(crate) const MAX_PLAINTEXT: usize = 1 << 14;

/// The last sequence number of an epoch.
pub(crate) const MAX_SEQUENCE: u64 = (1 << 48) - 1;

/// What a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentType(pub(crate) u8);

impl ContentType {
    pub(crate) const CHANGE_CIPHER_SPEC: Self = Self(20);
    pub(crate) const ALERT: Self = Self(21);
    pub(crate) const HANDSHAKE: Self = Self(22);
    pub(crate) const APPLICATION_DATA: Self = Self(23);
}

/// A protocol version: the ones' complement of the TLS version that it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProtocolVersion(pub u16);

impl ProtocolVersion {
    /// DTLS 1.0.
    pub const DTLS_1_0: Self = Self(0xfeff);
    /// DTLS 1.2.
    pub const DTLS_1_2: Self = Self(0xfefd);
    /// DTLS 1.3.
    pub const DTLS_1_3: Self = Self(0xfefc);
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) content_type: ContentType,
    pub(crate) version: ProtocolVersion,
    pub(crate) epoch: u16,
    pub(crate) sequence: u64,
}

impl RecordHeader {
    /// The header of the next record, whatever it is of, and the length of its fragment, which is there in full.
    pub(crate) fn parse(datagram: &[u8]) -> Result<(Self, usize), Discard> {
        let mut reader = Reader::new(datagram);
        let header = Self {
            content_type: ContentType(reader.u8()?),
            version: ProtocolVersion(reader.u16()?),
            epoch: reader.u16()?,
            sequence: reader.u48()?,
        };
        let len = usize::from(reader.u16()?);
        reader.bytes(len)?;
        Ok((header, len))
    }

    /// Whether it is of a kind that we know. One that is not spoils none behind it (RFC 6347 §4.1.2.7).
    pub(crate) fn check(&self) -> Result<(), Discard> {
        let known = matches!(
            self.content_type,
            ContentType::CHANGE_CIPHER_SPEC
                | ContentType::ALERT
                | ContentType::HANDSHAKE
                | ContentType::APPLICATION_DATA
        );
        // Which minor version is right is not known yet when a ClientHello comes; DTLS it must be.
        if known && self.version.0 >> 8 == 0xfe { Ok(()) } else { Err(Discard::NotOurs) }
    }

    pub(crate) fn emit(&self, len: u16, out: &mut [u8]) -> Result<(), base::Full> {
        let mut writer = Writer::new(out);
        writer.u8(self.content_type.0)?;
        writer.u16(self.version.0)?;
        writer.u16(self.epoch)?;
        writer.u48(self.sequence)?;
        writer.u16(len)
    }

    /// Epoch and sequence number as one number: what nonces and associated data count with (RFC 6347 §4.1.2.1).
    pub(crate) fn number(&self) -> u64 {
        u64::from(self.epoch) << 48 | self.sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT_HELLO_OF_FIREFOX: [u8; 13] = [0x16, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

    /// RFC 6347 §4.1.
    #[test]
    fn from_capture() {
        let mut datagram = CLIENT_HELLO_OF_FIREFOX.to_vec();
        datagram.extend([0xaa, 0xbb]);
        let (header, len) = RecordHeader::parse(&datagram).unwrap();
        assert_eq!(header.content_type, ContentType::HANDSHAKE);
        assert_eq!((header.version, header.epoch, header.sequence), (ProtocolVersion::DTLS_1_0, 0, 0));
        assert_eq!(len, 2);
        for len in 0..datagram.len() {
            assert_eq!(RecordHeader::parse(&datagram[..len]), Err(Discard::Truncated));
        }
    }

    /// RFC 6347 §4.1.
    #[test]
    fn round_trips() {
        let header = RecordHeader {
            content_type: ContentType::ALERT,
            version: ProtocolVersion::DTLS_1_2,
            epoch: 1,
            sequence: MAX_SEQUENCE,
        };
        let mut out = [0; HEADER_LEN];
        header.emit(0, &mut out).unwrap();
        assert_eq!(RecordHeader::parse(&out), Ok((header, 0)));
        assert_eq!(header.check(), Ok(()));
        assert_eq!(header.number(), 0x0001_ffff_ffff_ffff);
    }

    #[test]
    fn other_protocols_are_not_ours() {
        for (index, value) in [(0, 0x80), (0, 24), (1, 3)] {
            let mut datagram = CLIENT_HELLO_OF_FIREFOX.to_vec();
            datagram.extend([0, 0]);
            datagram[index] = value;
            let (header, len) = RecordHeader::parse(&datagram).unwrap();
            assert_eq!((header.check(), len), (Err(Discard::NotOurs), 2));
        }
    }
}
