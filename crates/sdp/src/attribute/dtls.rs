//! `a=fingerprint` (RFC 8122 §5) and `a=setup` (RFC 4145 §4).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Unreadable;

/// A certificate's fingerprint.
///
/// ```text
/// a=fingerprint:sha-256 4E:4A:3D:56:…
/// ```
// Closed: a hash function's name and a digest (RFC 8122 §5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The hash function's name, in lower case.
    pub algorithm: String,
    /// The digest.
    pub digest: Vec<u8>,
}

impl FromStr for Fingerprint {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (algorithm, digest) = text.split_once(' ').ok_or(Unreadable)?;
        let digest = digest.trim_ascii().split(':').map(hex_byte).collect::<Option<_>>().ok_or(Unreadable)?;
        Ok(Self { algorithm: algorithm.to_ascii_lowercase(), digest })
    }
}

fn hex_byte(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| u8::from_str_radix(text, 16).ok())
        .flatten()
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.algorithm)?;
        let mut separator = ' ';
        for byte in &self.digest {
            write!(f, "{separator}{byte:02X}")?;
            separator = ':';
        }
        Ok(())
    }
}

/// Who opens the DTLS association.
// Closed: RFC 4145 §4 has these four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setup {
    /// The sender of the description: it is the DTLS client.
    Active,
    /// Its peer: the sender is the DTLS server.
    Passive,
    /// An offerer leaves the choice to the answerer.
    ActPass,
    /// Nobody for now.
    HoldConn,
}

impl Setup {
    /// The word in the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
            Self::HoldConn => "holdconn",
        }
    }
}

impl FromStr for Setup {
    type Err = Unreadable;

    /// The words of this grammar are literals, whose letters have no case (RFC 5234 §2.3).
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        [Self::Active, Self::Passive, Self::ActPass, Self::HoldConn]
            .into_iter()
            .find(|setup| setup.as_str().eq_ignore_ascii_case(text))
            .ok_or(Unreadable)
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 8122 §5.
    #[test]
    fn a_fingerprint_is_read_in_any_case_and_written_in_upper_case() {
        let fingerprint: Fingerprint = "SHA-256 4e:4A:00".parse().unwrap();
        assert_eq!(fingerprint.algorithm, "sha-256");
        assert_eq!(fingerprint.digest, [0x4e, 0x4a, 0]);
        assert_eq!(fingerprint.to_string(), "sha-256 4E:4A:00");
    }

    /// RFC 8122 §5.
    #[test]
    fn a_fingerprint_of_half_bytes_or_without_digest_is_unreadable() {
        for text in ["sha-256", "sha-256 ", "sha-256 4", "sha-256 4E:", "sha-256 +1:22", "sha-256 4E4A"] {
            assert_eq!(text.parse::<Fingerprint>(), Err(Unreadable), "{text}");
        }
    }
}
