//! CRC-32 and FINGERPRINT (RFC 8489 §14.7, RFC 1952 §8).
//!
//! Every check and its response carry a fingerprint, so the sum goes over eight bytes at a time: table `n` holds
//! what a byte contributes when `n` more bytes follow it in the same step.

/// What the CRC is combined with, so that a CRC of the application is not taken for a fingerprint.
const XOR: u32 = 0x5354_554e;

static TABLES: [[u32; 256]; 8] = tables();

/// The CRC-32 of `bytes` (ITU-T V.42, as in gzip).
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let (steps, rest) = bytes.as_chunks::<8>();
    let crc = steps.iter().fold(u32::MAX, |crc, step| sum_eight(crc, *step));
    !rest.iter().fold(crc, |crc, byte| crc >> 8 ^ entry(0, crc.to_le_bytes()[0] ^ byte))
}

/// The value of FINGERPRINT for a message whose length field already counts it.
pub(crate) fn fingerprint(message: &[u8]) -> u32 {
    crc32(message) ^ XOR
}

fn sum_eight(crc: u32, step: [u8; 8]) -> u32 {
    let [s0, s1, s2, s3, e, f, g, h] = step;
    let [c0, c1, c2, c3] = crc.to_le_bytes();
    entry(7, s0 ^ c0)
        ^ entry(6, s1 ^ c1)
        ^ entry(5, s2 ^ c2)
        ^ entry(4, s3 ^ c3)
        ^ entry(3, e)
        ^ entry(2, f)
        ^ entry(1, g)
        ^ entry(0, h)
}

#[inline(always)]
#[allow(
    clippy::indexing_slicing,
    reason = "eight tables, all named by a literal; a byte indexes 256 entries"
)]
fn entry(table: usize, byte: u8) -> u32 {
    TABLES[table & 7][usize::from(byte)]
}

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which stops at a wrong index")]
#[allow(clippy::cast_possible_truncation, clippy::as_conversions, reason = "const code has no TryFrom")]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        let mut table = 0;
        while table < 8 {
            tables[table][byte] = crc;
            crc = crc >> 8 ^ shifted(crc & 0xff);
            table += 1;
        }
        byte += 1;
    }
    tables
}

/// What one byte leaves after eight more zero bits.
const fn shifted(byte: u32) -> u32 {
    let mut crc = byte;
    let mut bit = 0;
    while bit < 8 {
        crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        bit += 1;
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_check_value_of_the_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

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
