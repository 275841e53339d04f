//! `a=rid` (RFC 8851 §4) and `a=simulcast` (RFC 8853 §5.1).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Unreadable;

/// A restriction identifier.
///
/// ```text
/// a=rid:hi send pt=97;max-width=1280
/// ```
// Closed: the grammar of RFC 8851 §10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rid {
    /// The identifier: alphanumeric characters, `-` and `_`.
    pub id: String,
    /// Whose stream it is.
    pub direction: RidDirection,
    /// Its restrictions, as they came; empty where there are none.
    pub restrictions: String,
}

/// Whose stream a rid or a simulcast list describes.
// Closed: RFC 8851 §4 has these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RidDirection {
    /// The sender's of the description.
    Send,
    /// Its peer's.
    Recv,
}

impl RidDirection {
    /// The word in the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Recv => "recv",
        }
    }
}

impl FromStr for RidDirection {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match text {
            "send" => Ok(Self::Send),
            "recv" => Ok(Self::Recv),
            _ => Err(Unreadable),
        }
    }
}

fn is_rid(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

impl FromStr for Rid {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut words = text.splitn(3, ' ');
        Ok(Self {
            id: words.next().filter(|id| is_rid(id)).ok_or(Unreadable)?.into(),
            direction: words.next().ok_or(Unreadable)?.parse()?,
            restrictions: words.next().unwrap_or_default().trim_ascii().into(),
        })
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.direction.as_str())?;
        if self.restrictions.is_empty() { Ok(()) } else { write!(f, " {}", self.restrictions) }
    }
}

/// The simulcast streams of a section, at most one list in each direction.
///
/// ```text
/// a=simulcast:send hi,lo;~mid recv thumb
///                  |     | paused
///                  alternatives of one stream
/// ```
// Closed: the grammar of RFC 8853 §5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulcast {
    /// The lists, in the order in which they stood.
    pub lists: Vec<SimulcastList>,
}

/// The streams of one direction, best first.
// Closed: the grammar of RFC 8853 §5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulcastList {
    /// Whose streams.
    pub direction: RidDirection,
    /// Each stream with its alternatives.
    pub streams: Vec<Vec<SimulcastStream>>,
}

/// One alternative of a simulcast stream.
// Closed: the grammar of RFC 8853 §5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulcastStream {
    /// Its `a=rid`.
    pub rid: String,
    /// Whether it starts paused.
    pub paused: bool,
}

impl FromStr for Simulcast {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut words = text.split_ascii_whitespace();
        let mut lists: Vec<SimulcastList> = Vec::new();
        while let Some(direction) = words.next() {
            let direction = direction.parse()?;
            let streams = words.next().ok_or(Unreadable)?;
            if lists.iter().any(|list| list.direction == direction) {
                return Err(Unreadable);
            }
            lists.push(SimulcastList { direction, streams: streams_of(streams)? });
        }
        if lists.is_empty() { Err(Unreadable) } else { Ok(Self { lists }) }
    }
}

fn streams_of(text: &str) -> Result<Vec<Vec<SimulcastStream>>, Unreadable> {
    let alternative = |text: &str| {
        let (rid, paused) = text.strip_prefix('~').map_or((text, false), |rid| (rid, true));
        is_rid(rid).then(|| SimulcastStream { rid: rid.into(), paused }).ok_or(Unreadable)
    };
    text.split(';').map(|stream| stream.split(',').map(alternative).collect()).collect()
}

impl fmt::Display for Simulcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before_list = "";
        for list in &self.lists {
            write!(f, "{before_list}{} ", list.direction.as_str())?;
            before_list = " ";
            let mut before_stream = "";
            for stream in &list.streams {
                f.write_str(before_stream)?;
                before_stream = ";";
                write_alternatives(f, stream)?;
            }
        }
        Ok(())
    }
}

fn write_alternatives(f: &mut fmt::Formatter<'_>, alternatives: &[SimulcastStream]) -> fmt::Result {
    let mut before = "";
    for SimulcastStream { rid, paused } in alternatives {
        write!(f, "{before}{}{rid}", if *paused { "~" } else { "" })?;
        before = ",";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 8853 §5.1.
    #[test]
    fn a_simulcast_line_has_streams_with_alternatives_and_pauses() {
        let text = "send hi,lo;~mid recv thumb";
        let simulcast: Simulcast = text.parse().unwrap();
        let send = &simulcast.lists[0];
        assert_eq!(send.streams[0].len(), 2);
        assert!(send.streams[1][0].paused);
        assert_eq!(simulcast.to_string(), text);
    }

    /// RFC 8853 §5.1.
    #[test]
    fn a_direction_twice_is_malformed() {
        assert_eq!("send a send b".parse::<Simulcast>(), Err(Unreadable));
        assert_eq!("send".parse::<Simulcast>(), Err(Unreadable));
    }
}
