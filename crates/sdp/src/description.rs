//! A session description (RFC 8866 §5).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::attribute::{Attribute, Group};
use crate::line::{Bandwidth, Connection, Origin, Timing};
use crate::{Fingerprint, Media, ParseError, Setup, parse};

/// A session description: the session's own lines, and its media sections in order.
///
/// Example: [on the first page](crate).
// Closed: the lines of RFC 8866 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    /// `o=`.
    pub origin: Origin,
    /// `s=`; `-` by default.
    pub name: String,
    /// `i=`.
    pub information: Option<String>,
    /// `u=`.
    pub uri: Option<String>,
    /// `e=`.
    pub emails: Vec<String>,
    /// `p=`.
    pub phones: Vec<String>,
    /// `c=`.
    pub connection: Option<Connection>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
    /// `t=` with its `r=`.
    pub timings: Vec<Timing>,
    /// `z=`.
    pub zones: Option<String>,
    /// `k=`, obsolete.
    pub key: Option<String>,
    /// `a=` before the first section.
    pub attributes: Vec<Attribute>,
    /// The media sections.
    pub media: Vec<Media>,
}

impl Default for SessionDescription {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: "-".into(),
            information: None,
            uri: None,
            emails: Vec::new(),
            phones: Vec::new(),
            connection: None,
            bandwidths: Vec::new(),
            timings: Vec::new(),
            zones: None,
            key: None,
            attributes: Vec::new(),
            media: Vec::new(),
        }
    }
}

impl SessionDescription {
    /// Reads a description. Takes any line ending, any order of lines, and lines and attributes that it does not know.
    ///
    /// # Errors
    /// [`ParseError`] for a text that is not made of `x=value` lines, or whose `v=`, `o=`, `c=` or `m=` line is broken.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::description(text)
    }

    /// The groups of the session (RFC 5888 §5).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.attributes.iter().filter_map(|a| match a {
            Attribute::Group(group) => Some(group),
            _ => None,
        })
    }

    /// The BUNDLE groups (RFC 9143 §7).
    pub fn bundles(&self) -> impl Iterator<Item = &Group> {
        self.groups().filter(|group| group.semantics == Group::BUNDLE)
    }

    /// The section whose `a=mid` is `mid`.
    #[must_use]
    pub fn section(&self, mid: &str) -> Option<&Media> {
        self.media.iter().find(|media| media.mid() == Some(mid))
    }

    /// Whether the sender is an ICE-lite agent (RFC 8839 §5.3).
    #[must_use]
    pub fn is_ice_lite(&self) -> bool {
        self.attributes.contains(&Attribute::IceLite)
    }

    /// The pause between two connectivity checks that the sender proposes, in milliseconds (RFC 8839 §5.5).
    #[must_use]
    pub fn ice_pacing(&self) -> Option<u64> {
        self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::IcePacing(milliseconds) => Some(*milliseconds),
            _ => None,
        })
    }

    /// The value of an attribute that may stand in the section or, for all sections, at the session level.
    pub fn inherited<'a, T>(
        &'a self,
        media: &'a Media,
        pick: impl Fn(&'a Attribute) -> Option<T>,
    ) -> Option<T> {
        media.attributes.iter().find_map(&pick).or_else(|| self.attributes.iter().find_map(&pick))
    }

    /// The user name fragment that holds for `media` (RFC 8839 §5.4).
    #[must_use]
    pub fn ice_ufrag<'a>(&'a self, media: &'a Media) -> Option<&'a str> {
        self.inherited(media, |a| match a {
            Attribute::IceUfrag(value) => Some(value.as_str()),
            _ => None,
        })
    }

    /// The password that holds for `media` (RFC 8839 §5.4).
    #[must_use]
    pub fn ice_pwd<'a>(&'a self, media: &'a Media) -> Option<&'a str> {
        self.inherited(media, |a| match a {
            Attribute::IcePwd(value) => Some(value.0.as_str()),
            _ => None,
        })
    }

    /// The DTLS role that holds for `media` (RFC 8842 §5.2).
    #[must_use]
    pub fn setup(&self, media: &Media) -> Option<Setup> {
        self.inherited(media, |a| match a {
            Attribute::Setup(setup) => Some(*setup),
            _ => None,
        })
    }

    /// The fingerprints that hold for `media` (RFC 8122 §5): its own if it has any, else the session's.
    #[must_use]
    pub fn fingerprints<'a>(&'a self, media: &'a Media) -> Vec<&'a Fingerprint> {
        let of = |attributes: &'a [Attribute]| -> Vec<&'a Fingerprint> {
            attributes
                .iter()
                .filter_map(|a| match a {
                    Attribute::Fingerprint(fingerprint) => Some(fingerprint),
                    _ => None,
                })
                .collect()
        };
        let own = of(&media.attributes);
        if own.is_empty() { of(&self.attributes) } else { own }
    }
}

impl fmt::Display for SessionDescription {
    /// Writes the description in the order of RFC 8866 §5, with CRLF line endings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v=0\r\no={}\r\ns={}\r\n", self.origin, self.name)?;
        optional(f, 'i', self.information.as_ref())?;
        optional(f, 'u', self.uri.as_ref())?;
        optional(f, 'e', &self.emails)?;
        optional(f, 'p', &self.phones)?;
        optional(f, 'c', self.connection.as_ref())?;
        optional(f, 'b', &self.bandwidths)?;
        if self.timings.is_empty() {
            f.write_str("t=0 0\r\n")?;
        }
        for timing in &self.timings {
            write!(f, "t={}\r\n", timing.active)?;
            optional(f, 'r', &timing.repeats)?;
        }
        optional(f, 'z', self.zones.as_ref())?;
        optional(f, 'k', self.key.as_ref())?;
        optional(f, 'a', &self.attributes)?;
        for media in &self.media {
            media.fmt(f)?;
        }
        Ok(())
    }
}

/// Writes one line for each value.
pub(crate) fn optional<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    kind: char,
    values: impl IntoIterator<Item = T>,
) -> fmt::Result {
    for value in values {
        write!(f, "{kind}={value}\r\n")?;
    }
    Ok(())
}
