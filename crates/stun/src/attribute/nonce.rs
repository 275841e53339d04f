//! NONCE and the security features that it may carry (RFC 8489 §9.2 and §14.10).

use super::MAX_TEXT_LEN;

/// What a nonce of RFC 8489 starts with; four characters of base64 follow.
const COOKIE: &[u8; 9] = b"obMatJos2";

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A server's nonce: opaque, but for the cookie at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce<'a>(&'a [u8]);

impl<'a> Nonce<'a> {
    /// A nonce of at most 763 bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        Self::parse(bytes)
    }

    /// The bytes, which are echoed as they are.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The features that the server protects against being bid down. `None` if it does not speak RFC 8489.
    #[must_use]
    pub fn security_features(&self) -> Option<SecurityFeatures> {
        let (features, _) = self.0.strip_prefix(COOKIE)?.split_first_chunk::<4>()?;
        features.iter().try_fold(0, |bits, c| Some(bits << 6 | digit(*c)?)).map(SecurityFeatures)
    }

    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        (value.len() <= MAX_TEXT_LEN).then_some(Self(value))
    }
}

/// A set of features (RFC 8489 §18.1): 24 bits, the first of which is the most significant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecurityFeatures(u32);

impl SecurityFeatures {
    /// The server lets the client choose among password algorithms.
    pub const PASSWORD_ALGORITHMS: Self = Self(1 << 23);
    /// The server knows users by the hash of their name.
    pub const USERNAME_ANONYMITY: Self = Self(1 << 22);

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in the set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The thirteen bytes with which a server starts its nonce.
    #[must_use]
    pub fn nonce_cookie(self) -> [u8; 13] {
        let [_, a, b, c] = self.0.to_be_bytes();
        let sextets = [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, c];
        let mut cookie = [0; 13];
        let text = COOKIE.iter().copied().chain(sextets.into_iter().map(character));
        for (to, from) in cookie.iter_mut().zip(text) {
            *to = from;
        }
        cookie
    }
}

fn character(sextet: u8) -> u8 {
    BASE64.get(usize::from(sextet & 0x3f)).copied().unwrap_or_default()
}

fn digit(character: u8) -> Option<u32> {
    BASE64.iter().position(|c| *c == character).and_then(|at| u32::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8489 §9.2; the bits are those of §18.1.
    #[test]
    fn features_survive_the_cookie() {
        for set in [
            SecurityFeatures::default(),
            SecurityFeatures::PASSWORD_ALGORITHMS,
            SecurityFeatures::PASSWORD_ALGORITHMS.union(SecurityFeatures::USERNAME_ANONYMITY),
        ] {
            let cookie = set.nonce_cookie();
            assert_eq!(Nonce::new(&cookie).unwrap().security_features(), Some(set));
        }
        assert_eq!(&SecurityFeatures::PASSWORD_ALGORITHMS.nonce_cookie(), b"obMatJos2gAAA");
    }

    /// RFC 8489 §9.2.
    #[test]
    fn an_old_servers_nonce_has_no_features() {
        assert_eq!(Nonce::new(b"f//499k954d6OL34oL9FSTvy64sA").unwrap().security_features(), None);
        assert_eq!(Nonce::new(b"obMatJos2AA").unwrap().security_features(), None);
        assert_eq!(Nonce::new(b"obMatJos2A A=x").unwrap().security_features(), None);
    }
}
