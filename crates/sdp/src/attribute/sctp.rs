//! `a=sctpmap`, which peers older than RFC 8841 write instead of `a=sctp-port`.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::Unreadable;

/// An SCTP association of an old peer.
///
/// ```text
/// a=sctpmap:5000 webrtc-datachannel 1024
/// ```
// Closed: the grammar of an expired draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SctpMap {
    /// The SCTP port.
    pub port: u16,
    /// The protocol above it.
    pub protocol: String,
    /// How many streams it wants.
    pub streams: Option<u16>,
}

impl FromStr for SctpMap {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut words = text.split_ascii_whitespace();
        Ok(Self {
            port: words.next().and_then(|port| port.parse().ok()).ok_or(Unreadable)?,
            protocol: words.next().ok_or(Unreadable)?.into(),
            streams: words.next().and_then(|streams| streams.parse().ok()),
        })
    }
}

impl fmt::Display for SctpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.port, self.protocol)?;
        self.streams.iter().try_for_each(|streams| write!(f, " {streams}"))
    }
}
