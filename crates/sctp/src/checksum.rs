//! CRC32c (RFC 9260 §6.8 and Appendix A).
//!
//! `docs/decisions/crc32c.md` says why there are two ways to compute it.

/// Where the checksum stands in the common header.
const CHECKSUM: core::ops::Range<usize> = 8..12;

/// The checksum of a packet, as the four bytes that stand in it; those are taken as zero, whatever they are.
pub(crate) fn of_packet(packet: &[u8]) -> Option<[u8; 4]> {
    let (header, chunks) = packet.split_first_chunk::<{ CHECKSUM.end }>()?;
    let mut header = *header;
    header.get_mut(CHECKSUM)?.fill(0);
    Some(crc32c([&header, chunks]).to_le_bytes())
}

/// Whether the checksum in a packet is right.
pub(crate) fn matches(packet: &[u8]) -> bool {
    of_packet(packet).is_some_and(|sum| packet.get(CHECKSUM) == Some(&sum))
}

/// Writes the checksum into a packet that is complete but for it.
pub(crate) fn fill(packet: &mut [u8]) {
    if let Some(sum) = of_packet(packet)
        && let Some(field) = packet.get_mut(CHECKSUM)
    {
        field.copy_from_slice(&sum);
    }
}

#[cfg(feature = "std")]
fn crc32c(parts: [&[u8]; 2]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    for part in parts {
        digest.update(part);
    }
    u32::try_from(digest.finalize()).unwrap_or_default()
}

#[cfg(not(feature = "std"))]
fn crc32c(parts: [&[u8]; 2]) -> u32 {
    static ALGORITHM: crc::Crc<u32, crc::Table<16>> =
        crc::Crc::<u32, crc::Table<16>>::new(&crc::CRC_32_ISCSI);
    let mut digest = ALGORITHM.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue_is_reached() {
        assert_eq!(crc32c([b"1234", b"56789"]), 0xe306_9283);
    }

    #[test]
    fn a_filled_packet_matches_until_a_bit_flips() {
        let mut packet = [7_u8; 40];
        fill(&mut packet);
        assert!(matches(&packet));
        for bit in 0..packet.len() * 8 {
            packet[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches(&packet), "bit {bit}");
            packet[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn what_is_shorter_than_a_header_never_matches() {
        for len in 0..12 {
            assert!(!matches(&[0; 12][..len]));
        }
    }
}
