//! SRTP protection profiles, as the `use_srtp` extension names them (RFC 5764 §4.1.2, RFC 7714 §14.2).

/// A protection profile.
///
/// An integer, so that what a peer offers and we do not know survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SrtpProfile(pub u16);

impl SrtpProfile {
    /// SRTP_AES128_CM_HMAC_SHA1_80.
    pub const AES128_CM_HMAC_SHA1_80: Self = Self(0x0001);
    /// SRTP_AEAD_AES_128_GCM.
    pub const AEAD_AES_128_GCM: Self = Self(0x0007);
    /// SRTP_AEAD_AES_256_GCM.
    pub const AEAD_AES_256_GCM: Self = Self(0x0008);

    /// IANA's name of the profile; `None` for one that we do not have.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::AES128_CM_HMAC_SHA1_80 => Some("SRTP_AES128_CM_HMAC_SHA1_80"),
            Self::AEAD_AES_128_GCM => Some("SRTP_AEAD_AES_128_GCM"),
            Self::AEAD_AES_256_GCM => Some("SRTP_AEAD_AES_256_GCM"),
            _ => None,
        }
    }
}
