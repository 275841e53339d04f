//! `a=group` (RFC 5888 §5).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Unreadable;

/// Sections that belong together.
///
/// ```text
/// a=group:BUNDLE 0 1 2
/// ```
// Closed: the grammar of RFC 5888 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the group means.
    pub semantics: String,
    /// The `mid`s of its sections, in order: the first one is the tagged section of a BUNDLE (RFC 9143 §7.2).
    pub mids: Vec<String>,
}

impl Group {
    /// Sections that share one transport (RFC 9143 §7).
    pub const BUNDLE: &'static str = "BUNDLE";
}

impl FromStr for Group {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut words = text.split_ascii_whitespace().map(String::from);
        Ok(Self { semantics: words.next().ok_or(Unreadable)?, mids: words.collect() })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.semantics)?;
        self.mids.iter().try_for_each(|mid| write!(f, " {mid}"))
    }
}
