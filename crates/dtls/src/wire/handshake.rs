//! The handshake header (RFC 6347 §4.2.2).
//!
//! ```text
//!  0          1        4             6                 9                 12
//! +----------+--------+-------------+-----------------+-----------------+----------
//! | msg_type | length | message_seq | fragment_offset | fragment_length | fragment
//! +----------+--------+-------------+-----------------+-----------------+----------
//! ```

use base::Reader;

use super::Malformed;

/// Bytes of the header.
pub(crate) const HEADER_LEN: usize = 12;

/// What a handshake message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HandshakeType(pub(crate) u8);

impl HandshakeType {
    pub(crate) const HELLO_REQUEST: Self = Self(0);
    pub(crate) const CLIENT_HELLO: Self = Self(1);
    pub(crate) const SERVER_HELLO: Self = Self(2);
    pub(crate) const HELLO_VERIFY_REQUEST: Self = Self(3);
    pub(crate) const CERTIFICATE: Self = Self(11);
    pub(crate) const SERVER_KEY_EXCHANGE: Self = Self(12);
    pub(crate) const CERTIFICATE_REQUEST: Self = Self(13);
    pub(crate) const SERVER_HELLO_DONE: Self = Self(14);
    pub(crate) const CERTIFICATE_VERIFY: Self = Self(15);
    pub(crate) const CLIENT_KEY_EXCHANGE: Self = Self(16);
    pub(crate) const FINISHED: Self = Self(20);
}

/// The header of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FragmentHeader {
    pub(crate) kind: HandshakeType,
    /// Bytes of the whole message's body.
    pub(crate) length: usize,
    pub(crate) message_seq: u16,
    /// Where this fragment begins.
    pub(crate) offset: usize,
}

impl FragmentHeader {
    /// Takes one fragment off a record.
    pub(crate) fn parse<'a>(reader: &mut Reader<'a>) -> Result<(Self, &'a [u8]), Malformed> {
        let mut ahead = *reader;
        let kind = HandshakeType(ahead.u8()?);
        let length = u24(&mut ahead)?;
        let message_seq = ahead.u16()?;
        let offset = u24(&mut ahead)?;
        let fragment_length = u24(&mut ahead)?;
        let fragment = ahead.bytes(fragment_length)?;
        // Both have 24 bits: the sum cannot overflow.
        if offset + fragment_length > length {
            return Err(Malformed);
        }
        *reader = ahead;
        Ok((Self { kind, length, message_seq, offset }, fragment))
    }

    /// The header of the fragment of `len` bytes.
    pub(crate) fn emit(&self, len: usize) -> [u8; HEADER_LEN] {
        let [t, a, b, c] = packed(self.kind.0, self.length);
        let [d, e] = self.message_seq.to_be_bytes();
        let [_, f, g, h] = packed(0, self.offset);
        let [_, i, j, k] = packed(0, len);
        [t, a, b, c, d, e, f, g, h, i, j, k]
    }

    /// The header of the message as if it had been sent whole: what the transcript takes (RFC 6347 §4.2.6).
    pub(crate) fn whole(kind: HandshakeType, message_seq: u16, length: usize) -> [u8; HEADER_LEN] {
        Self { kind, length, message_seq, offset: 0 }.emit(length)
    }
}

fn u24(reader: &mut Reader<'_>) -> Result<usize, Malformed> {
    usize::try_from(reader.u24()?).map_err(|_| Malformed)
}

/// An 8-bit and a 24-bit value.
fn packed(high: u8, low: usize) -> [u8; 4] {
    let [_, a, b, c] = u32::try_from(low).unwrap_or(u32::MAX).to_be_bytes();
    [high, a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6347 §4.2.2.
    #[test]
    fn round_trips() {
        let header = FragmentHeader {
            kind: HandshakeType::CERTIFICATE,
            length: 0x01_02_03,
            message_seq: 7,
            offset: 0x01_00_00,
        };
        let mut bytes = header.emit(2).to_vec();
        bytes.extend([8, 9]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(FragmentHeader::parse(&mut reader), Ok((header, &[8, 9][..])));
        assert!(reader.is_empty());
    }

    #[test]
    fn a_fragment_ends_where_its_message_ends_or_before() {
        let header = FragmentHeader { kind: HandshakeType::FINISHED, length: 12, message_seq: 0, offset: 11 };
        let mut bytes = header.emit(2).to_vec();
        bytes.extend([8, 9]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(FragmentHeader::parse(&mut reader), Err(Malformed));
        assert_eq!(reader.remaining(), bytes.len(), "a failed parse takes nothing");
    }

    #[test]
    fn rejects_every_truncation() {
        let mut bytes = FragmentHeader::whole(HandshakeType::FINISHED, 5, 12).to_vec();
        bytes.extend([0; 12]);
        for len in 0..bytes.len() {
            assert_eq!(FragmentHeader::parse(&mut Reader::new(&bytes[..len])), Err(Malformed));
        }
    }
}
