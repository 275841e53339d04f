//! CRC-32 and FINGERPRINT (RFC 8489 §14.7, RFC 1952 §8).
//!
//! Every check and its response carry one: the table is a large one. On so few bytes it is as fast as vector instructions.

/// What the CRC is combined with, so that a CRC of the application is not taken for a fingerprint.
const XOR: u32 = 0x5354_554e;

/// The value of FINGERPRINT for a message whose length field already counts it.
pub(crate) fn fingerprint(message: &[u8]) -> u32 {
    crc32(message) ^ XOR
}

/// The CRC-32 of `bytes` (ITU-T V.42, as in gzip).
fn crc32(bytes: &[u8]) -> u32 {
    static ALGORITHM: crc::Crc<u32, crc::Table<16>> =
        crc::Crc::<u32, crc::Table<16>>::new(&crc::CRC_32_ISO_HDLC);
    ALGORITHM.checksum(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_check_value_of_the_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    /// RFC 8489 §14.7.
    #[test]
    fn agrees_with_the_definition_bit_by_bit() {
        let bytes: [u8; 67] = core::array::from_fn(|i| u8::try_from(i * 37 % 251).unwrap());
        for len in 0..bytes.len() {
            let slow = !bytes[..len].iter().fold(u32::MAX, |crc, byte| {
                (0..8).fold(
                    crc ^ u32::from(*byte),
                    |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 },
                )
            });
            assert_eq!(crc32(&bytes[..len]), slow, "{len} bytes");
        }
    }
}
