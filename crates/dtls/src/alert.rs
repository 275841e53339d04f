//! Alerts (RFC 5246 §7.2).

use crate::wire::Malformed;

/// What an alert says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlertDescription(pub u8);

impl AlertDescription {
    /// The sender sends no more.
    pub const CLOSE_NOTIFY: Self = Self(0);
    /// A message came where it does not belong.
    pub const UNEXPECTED_MESSAGE: Self = Self(10);
    /// No set of parameters suits both.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// The certificate is broken, or not the one that was promised.
    pub const BAD_CERTIFICATE: Self = Self(42);
    /// The certificate is of no known kind.
    pub const UNSUPPORTED_CERTIFICATE: Self = Self(43);
    /// The certificate cannot be taken for another reason.
    pub const CERTIFICATE_UNKNOWN: Self = Self(46);
    /// A field is out of range or inconsistent.
    pub const ILLEGAL_PARAMETER: Self = Self(47);
    /// A message has the wrong shape.
    pub const DECODE_ERROR: Self = Self(50);
    /// A signature or a Finished is wrong.
    pub const DECRYPT_ERROR: Self = Self(51);
    /// No common version.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// Something of our own failed.
    pub const INTERNAL_ERROR: Self = Self(80);
    /// The handshake is abandoned for a reason outside the protocol.
    pub const USER_CANCELED: Self = Self(90);
    /// Renegotiation is refused.
    pub const NO_RENEGOTIATION: Self = Self(100);
    /// A ServerHello carries an extension that was not offered.
    pub const UNSUPPORTED_EXTENSION: Self = Self(110);
}

impl From<Malformed> for AlertDescription {
    fn from(_: Malformed) -> Self {
        Self::DECODE_ERROR
    }
}

/// How an alert is meant.
const WARNING: u8 = 1;
const FATAL: u8 = 2;

/// An alert on the wire: a level and a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) fatal: bool,
    pub(crate) description: AlertDescription,
}

impl Alert {
    pub(crate) const fn fatal(description: AlertDescription) -> Self {
        Self { fatal: true, description }
    }

    pub(crate) const fn warning(description: AlertDescription) -> Self {
        Self { fatal: false, description }
    }

    /// The alert in a record, or what a peer deserves to hear of it (RFC 5246 §7.2.2): one that is cut, or shares its
    /// record with another, has the wrong shape.
    pub(crate) const fn parse(fragment: &[u8]) -> Result<Self, AlertDescription> {
        match fragment {
            [WARNING, description] => Ok(Self::warning(AlertDescription(*description))),
            [FATAL, description] => Ok(Self::fatal(AlertDescription(*description))),
            [_, _] => Err(AlertDescription::ILLEGAL_PARAMETER),
            _ => Err(AlertDescription::DECODE_ERROR),
        }
    }

    pub(crate) const fn emit(self) -> [u8; 2] {
        [if self.fatal { FATAL } else { WARNING }, self.description.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5246 §7.2.
    #[test]
    fn round_trips() {
        for alert in
            [Alert::fatal(AlertDescription::DECRYPT_ERROR), Alert::warning(AlertDescription::CLOSE_NOTIFY)]
        {
            assert_eq!(Alert::parse(&alert.emit()), Ok(alert));
        }
        for broken in [&[][..], &[2], &[1, 0, 0], &[1, 0, 1, 0]] {
            assert_eq!(Alert::parse(broken), Err(AlertDescription::DECODE_ERROR));
        }
        assert_eq!(Alert::parse(&[3, 0]), Err(AlertDescription::ILLEGAL_PARAMETER));
    }
}
