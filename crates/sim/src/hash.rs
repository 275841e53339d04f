//! Telling two runs apart by a number.

use base::{Instant, Path};

/// A running digest of datagrams (FNV-1a): two runs that sent the same bytes at the same times have the same one.
///
/// It resists no attacker; it compares runs of one program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// The digest so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    pub(crate) fn datagram(&mut self, now: Instant, path: Path, payload: &[u8]) {
        self.update(&now.as_nanos().to_be_bytes());
        for address in [path.local, path.remote] {
            match address.ip() {
                core::net::IpAddr::V4(ip) => self.update(&ip.octets()),
                core::net::IpAddr::V6(ip) => self.update(&ip.octets()),
            }
            self.update(&address.port().to_be_bytes());
        }
        self.update(&payload.len().to_be_bytes());
        self.update(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_value() {
        // The vector for "foobar" of the algorithm's authors (draft-eastlake-fnv).
        let mut digest = Digest::default();
        digest.update(b"foobar");
        assert_eq!(digest.value(), 0x8594_4171_f739_67e8);
    }
}
