//! Random words: ICE credentials (RFC 8839 §5.4), session ids (RFC 9429 §5.2.1) and TLS ids (RFC 8842 §5.1).

use alloc::string::String;
use core::fmt;

use rand_core::Rng as _;

use crate::Error;
use crate::config::Rng;

/// A user name fragment and a password.
// Closed: credentials are a fragment and a password (RFC 8445 §5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct IceCredentials {
    /// 4 to 256 ice-chars.
    pub username_fragment: String,
    /// 22 to 256 ice-chars. Secret until it is signalled, and printed nowhere.
    pub password: String,
}

impl IceCredentials {
    /// Fresh credentials: 48 and 144 random bits, where RFC 8445 §5.3 asks for 24 and 128.
    pub(crate) fn generate(rng: &mut Rng) -> Self {
        Self { username_fragment: ice_chars(rng, 8), password: ice_chars(rng, 24) }
    }

    /// Checks what a peer signalled (RFC 8839 §5.4).
    pub(crate) fn checked(username_fragment: &str, password: &str) -> Result<Self, Error> {
        let sizes = (4..=256).contains(&username_fragment.len()) && (22..=256).contains(&password.len());
        let chars = username_fragment.bytes().chain(password.bytes()).all(sdp::is_ice_char);
        if sizes && chars {
            Ok(Self { username_fragment: username_fragment.into(), password: password.into() })
        } else {
            Err(Error::InvalidIceCredentials)
        }
    }
}

impl fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IceCredentials({})", self.username_fragment)
    }
}

const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn ice_chars(rng: &mut Rng, len: usize) -> String {
    random_bytes(rng).map(ice_char).take(len).collect()
}

fn ice_char(byte: u8) -> char {
    ICE_CHARS.get(usize::from(byte & 63)).copied().unwrap_or(b'A').into()
}

fn random_bytes(rng: &mut Rng) -> impl Iterator<Item = u8> {
    core::iter::from_fn(|| Some(rng.next_u64().to_le_bytes())).flatten()
}

/// A TLS id: 20 to 255 characters, 120 random bits at least.
pub(crate) fn tls_id(rng: &mut Rng) -> String {
    ice_chars(rng, 32)
}

/// A session id: 62 random bits, because some peers read it as a signed number.
pub(crate) fn session_id(rng: &mut Rng) -> u64 {
    rng.next_u64() >> 2
}
