//! Username fragments and passwords (RFC 8445 §5.3, RFC 8839 §5.4).

use alloc::string::String;
use core::fmt;

use crypto::{Provider, Rng};
use rand_core::Rng as _;
use stun::Key;

/// Characters of our own username fragments: 48 bits.
const USERNAME_FRAGMENT_LEN: usize = 8;
/// Characters of our own passwords: 144 bits.
const PASSWORD_LEN: usize = 24;

/// What one side tells the other about itself: the ICE parameters of W3C and of SDP.
// Closed: credentials are a fragment and a password (RFC 8445 §5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Parameters {
    /// 4 to 256 characters that name the session.
    pub username_fragment: String,
    /// 22 to 256 characters that protect its checks.
    pub password: String,
    /// Whether this side only answers checks.
    pub lite: bool,
}

impl Parameters {
    /// The parameters of a full agent.
    #[must_use]
    pub const fn new(username_fragment: String, password: String) -> Self {
        Self { username_fragment, password, lite: false }
    }

    /// Checks lengths and characters.
    ///
    /// # Errors
    /// [`ParametersError`] names the part that is not as RFC 8839 §5.4 wants it.
    pub fn check(&self) -> Result<(), ParametersError> {
        if !is_ice_text(&self.username_fragment, 4) {
            return Err(ParametersError::UsernameFragment);
        }
        if !is_ice_text(&self.password, 22) {
            return Err(ParametersError::Password);
        }
        Ok(())
    }

    pub(crate) fn random(rng: &mut Rng, lite: bool) -> Self {
        let username_fragment = random_text(rng, USERNAME_FRAGMENT_LEN);
        Self { username_fragment, password: random_text(rng, PASSWORD_LEN), lite }
    }

    /// Whether these parameters and `other` belong to one generation.
    pub(crate) fn same_generation(&self, other: &Self) -> bool {
        self.username_fragment == other.username_fragment && self.password == other.password
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parameters = f.debug_struct("Parameters");
        parameters.field("username_fragment", &self.username_fragment).field("lite", &self.lite);
        parameters.finish_non_exhaustive()
    }
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// Not 4 to 256 ice-chars (RFC 8839 §5.4).
    #[error("the username fragment is not 4 to 256 ice-chars")]
    UsernameFragment,
    /// Not 22 to 256 ice-chars (RFC 8839 §5.4).
    #[error("the password is not 22 to 256 ice-chars")]
    Password,
    /// Both sides are lite: nobody would check anything (RFC 8835 §3.4 wants a full agent).
    #[error("both agents are lite")]
    BothLite,
    /// The agent is closed.
    #[error("the agent is closed")]
    Closed,
}

/// Parameters with the key that they make.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) parameters: Parameters,
    pub(crate) key: Key,
}

impl Credentials {
    pub(crate) fn new(provider: &Provider, parameters: Parameters) -> Self {
        let key = Key::from_bytes(provider, parameters.password.as_bytes());
        Self { parameters, key }
    }
}

/// Whether `text` is `shortest` to 256 ice-chars.
fn is_ice_text(text: &str, shortest: usize) -> bool {
    (shortest..=256).contains(&text.len()) && text.bytes().all(is_ice_char)
}

/// ice-char (RFC 8839 §5.1), and the four more that deployed peers use and browsers take.
pub(crate) const fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'=' | b'#' | b'_')
}

fn random_text(rng: &mut Rng, len: usize) -> String {
    const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = [0; PASSWORD_LEN];
    rng.fill_bytes(&mut bytes);
    // Six of eight random bits choose one of 64 characters: none is more likely than another.
    let character = |byte: &u8| ICE_CHARS.get(usize::from(*byte & 0x3f)).copied().map(char::from);
    bytes.iter().take(len).filter_map(character).collect()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 8839 §5.4.
    #[test]
    fn lengths_and_characters_are_checked() {
        let password = "p".repeat(22);
        for (fragment, password, verdict) in [
            ("abcd", password.as_str(), Ok(())),
            ("abc", &password, Err(ParametersError::UsernameFragment)),
            (&"u".repeat(256), &"p".repeat(256), Ok(())),
            (&"u".repeat(257), &password, Err(ParametersError::UsernameFragment)),
            ("ab:d", &password, Err(ParametersError::UsernameFragment)),
            ("abcd", &"p".repeat(21), Err(ParametersError::Password)),
            ("abcd", &"p".repeat(257), Err(ParametersError::Password)),
            ("abcd", "pppppppppppp pppppppppp", Err(ParametersError::Password)),
        ] {
            assert_eq!(Parameters::new(fragment.to_string(), password.to_string()).check(), verdict);
        }
    }
}
