//! `a=msid` (RFC 8830), `a=ssrc` and `a=ssrc-group` (RFC 5576).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Unreadable;

/// The stream and the track of a section (RFC 8830 §2).
// Closed: the grammar of RFC 8830 §2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Msid {
    /// The stream's id; `-` for a track in no stream.
    pub stream: String,
    /// The track's id.
    pub track: Option<String>,
}

impl FromStr for Msid {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut words = text.split_ascii_whitespace().map(String::from);
        Ok(Self { stream: words.next().ok_or(Unreadable)?, track: words.next() })
    }
}

impl fmt::Display for Msid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stream)?;
        self.track.iter().try_for_each(|track| write!(f, " {track}"))
    }
}

/// A property of one source (RFC 5576 §4.1).
///
/// ```text
/// a=ssrc:3294256229 cname:dEWivXwLAdsj23xX
/// ```
// Closed: the grammar of RFC 5576 §4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssrc {
    /// The source.
    pub id: u32,
    /// The property, as an attribute without `a=`; empty where the line only names the source.
    pub attribute: String,
}

impl FromStr for Ssrc {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (id, attribute) = text.split_once(' ').unwrap_or((text, ""));
        Ok(Self { id: id.parse().map_err(|_| Unreadable)?, attribute: attribute.trim_ascii_start().into() })
    }
}

impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if self.attribute.is_empty() { Ok(()) } else { write!(f, " {}", self.attribute) }
    }
}

/// Sources that belong together (RFC 5576 §4.2).
///
/// ```text
/// a=ssrc-group:FID 2541946547 2548577065
/// ```
// Closed: the grammar of RFC 5576 §4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsrcGroup {
    /// What the group means: `FID` for a stream and its retransmissions.
    pub semantics: String,
    /// The sources.
    pub ids: Vec<u32>,
}

impl FromStr for SsrcGroup {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut words = text.split_ascii_whitespace();
        Ok(Self {
            semantics: words.next().ok_or(Unreadable)?.into(),
            ids: words.map(|id| id.parse().ok()).collect::<Option<_>>().ok_or(Unreadable)?,
        })
    }
}

impl fmt::Display for SsrcGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.semantics)?;
        self.ids.iter().try_for_each(|id| write!(f, " {id}"))
    }
}
