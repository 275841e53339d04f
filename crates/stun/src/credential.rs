//! Credentials and the keys that they make (RFC 8489 §9.1.1, §9.2.2 and §14.4).

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crypto::{HmacKey, Provider};

use crate::attribute::PasswordAlgorithmId;
use crate::error::NotOpaque;

/// A key for both integrity attributes, set up once and used for every message.
pub struct Key {
    pub(crate) sha1: Box<dyn HmacKey>,
    pub(crate) sha256: Box<dyn HmacKey>,
}

impl Key {
    /// The key of a short-term credential: the password itself.
    ///
    /// # Errors
    /// [`NotOpaque`] if `password` can be no password.
    pub fn short_term(provider: &Provider, password: &str) -> Result<Self, NotOpaque> {
        Ok(Self::from_bytes(provider, opaque_string(password)?.as_bytes()))
    }

    /// The key of a long-term credential: a hash over username, realm and password.
    ///
    /// `None` if the algorithm is unknown: the client then behaves as if it had no credential.
    ///
    /// # Errors
    /// [`NotOpaque`] if one of the texts cannot be what it is meant to be.
    pub fn long_term(
        provider: &Provider,
        algorithm: PasswordAlgorithmId,
        username: &str,
        realm: &str,
        password: &str,
    ) -> Result<Option<Self>, NotOpaque> {
        let hash = match algorithm {
            PasswordAlgorithmId::MD5 => provider.md5,
            PasswordAlgorithmId::SHA_256 => provider.sha256,
            _ => return Ok(None),
        };
        let (username, realm) = (opaque_string(username)?, opaque_string(realm)?);
        let password = opaque_string(password)?;
        let parts = [username.as_bytes(), b":", realm.as_bytes(), b":", password.as_bytes()];
        Ok(Some(Self::from_bytes(provider, hash.hash(&parts).as_ref())))
    }

    /// A key that came from elsewhere, such as the session key of an access token (RFC 7635 §4.1).
    #[must_use]
    pub fn from_bytes(provider: &Provider, key: &[u8]) -> Self {
        Self { sha1: provider.hmac_sha1.key(key), sha256: provider.hmac_sha256.key(key) }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The value of USERHASH.
///
/// # Errors
/// [`NotOpaque`] if one of the texts cannot be what it is meant to be.
pub fn user_hash(provider: &Provider, username: &str, realm: &str) -> Result<[u8; 32], NotOpaque> {
    let (username, realm) = (opaque_string(username)?, opaque_string(realm)?);
    let digest = provider.sha256.hash(&[username.as_bytes(), b":", realm.as_bytes()]);
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    Ok(hash)
}

/// The OpaqueString profile of a text (RFC 8265 §4.2), as far as that goes without Unicode tables.
///
/// Spaces beyond ASCII become ASCII spaces, control characters and the empty string are refused, and everything
/// else stays. What is missing is Normalization Form C and the exclusion of unassigned code points: a text beyond
/// ASCII has to be in that form already.
///
/// # Errors
/// [`NotOpaque`] if the text is empty or has control characters.
pub fn opaque_string(text: &str) -> Result<Cow<'_, str>, NotOpaque> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(NotOpaque);
    }
    if text.chars().any(is_wide_space) {
        let mapped: String = text.chars().map(|c| if is_wide_space(c) { ' ' } else { c }).collect();
        return Ok(Cow::Owned(mapped));
    }
    Ok(Cow::Borrowed(text))
}

/// A space of the category Zs other than U+0020.
const fn is_wide_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8265 §4.2.
    #[test]
    fn ascii_passes_and_wide_spaces_become_narrow() {
        assert_eq!(opaque_string("VOkJxbRl1RmTxUk/WvJxBt").unwrap(), "VOkJxbRl1RmTxUk/WvJxBt");
        assert_eq!(opaque_string("a\u{3000}b\u{a0}c").unwrap(), "a b c");
        assert_eq!(opaque_string("マトリックス").unwrap(), "マトリックス");
    }

    /// RFC 8265 §4.2.
    #[test]
    fn nothing_and_control_characters_are_refused() {
        for text in ["", "a\0b", "tab\t", "\u{85}"] {
            assert_eq!(opaque_string(text), Err(NotOpaque));
        }
    }
}
