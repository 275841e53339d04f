//! What describes RTP streams: formats, feedback, header extensions, direction.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::Unreadable;

/// Which way media flows, from the sender of the description (RFC 8866 §6.7).
// Closed: RFC 8866 §6.7 has these four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// From the sender of the description.
    SendOnly,
    /// To it.
    RecvOnly,
    /// Not at all.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

impl FromStr for Direction {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.as_str() == text)
            .ok_or(Unreadable)
    }
}

/// `a=rtpmap` (RFC 8866 §6.6).
///
/// ```text
/// a=rtpmap:111 opus/48000/2
/// ```
// Closed: the grammar of RFC 8866 §6.6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// The encoding's name. Names are compared without regard to case.
    pub encoding: String,
    /// The RTP clock in Hz.
    pub clock_rate: u32,
    /// What follows the clock rate: the number of channels of audio.
    pub parameters: Option<String>,
}

impl FromStr for RtpMap {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (payload_type, encoding) = text.split_once(' ').ok_or(Unreadable)?;
        let mut parts = encoding.trim_ascii().splitn(3, '/');
        Ok(Self {
            payload_type: payload_type_number(payload_type)?,
            encoding: parts.next().filter(|name| !name.is_empty()).ok_or(Unreadable)?.into(),
            clock_rate: parts.next().and_then(|rate| rate.trim_ascii().parse().ok()).ok_or(Unreadable)?,
            parameters: parts.next().map(String::from),
        })
    }
}

fn payload_type_number(text: &str) -> Result<u8, Unreadable> {
    text.parse().ok().filter(|number| *number < 128).ok_or(Unreadable)
}

impl fmt::Display for RtpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.payload_type, self.encoding, self.clock_rate)?;
        self.parameters.iter().try_for_each(|parameters| write!(f, "/{parameters}"))
    }
}

/// `a=fmtp` (RFC 8866 §6.15).
// Closed: the grammar of RFC 8866 §6.15.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fmtp {
    /// The format: a payload type where the section carries RTP.
    pub format: String,
    /// Its parameters; their grammar is the format's.
    pub parameters: String,
}

impl FromStr for Fmtp {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (format, parameters) = text.split_once(' ').ok_or(Unreadable)?;
        Ok(Self { format: format.into(), parameters: parameters.trim_ascii_start().into() })
    }
}

impl fmt::Display for Fmtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.format, self.parameters)
    }
}

/// One payload type, or all of the section.
// Closed: the grammar of RFC 4585 §4.2: one, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadType {
    /// `*`.
    Any,
    /// One.
    Number(u8),
}

/// `a=rtcp-fb` (RFC 4585 §4.2).
///
/// ```text
/// a=rtcp-fb:96 nack pli
/// ```
// Closed: the grammar of RFC 4585 §4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtcpFeedback {
    /// What it holds for.
    pub payload_type: PayloadType,
    /// The kind of feedback with its parameter: `nack pli`, `transport-cc`.
    pub feedback: String,
}

impl FromStr for RtcpFeedback {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (payload_type, feedback) = text.split_once(' ').ok_or(Unreadable)?;
        let payload_type = match payload_type {
            "*" => PayloadType::Any,
            number => PayloadType::Number(payload_type_number(number)?),
        };
        Ok(Self { payload_type, feedback: feedback.trim_ascii_start().into() })
    }
}

impl fmt::Display for RtcpFeedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload_type {
            PayloadType::Any => write!(f, "* {}", self.feedback),
            PayloadType::Number(number) => write!(f, "{number} {}", self.feedback),
        }
    }
}

/// `a=rtcp` (RFC 3605 §2.1).
// Closed: the grammar of RFC 3605 §2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// The port of RTCP.
    pub port: u16,
    /// Network type, address type and address, as one text.
    pub address: Option<String>,
}

impl FromStr for Rtcp {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (port, address) = match text.split_once(' ') {
            Some((port, address)) => (port, Some(address.into())),
            None => (text, None),
        };
        Ok(Self { port: port.parse().map_err(|_| Unreadable)?, address })
    }
}

impl fmt::Display for Rtcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.port)?;
        self.address.iter().try_for_each(|address| write!(f, " {address}"))
    }
}

/// `a=extmap` (RFC 8285 §5).
///
/// ```text
/// a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
/// ```
// Closed: the grammar of RFC 8285 §8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extmap {
    /// The local identifier: 1 to 14 in one-byte headers, to 255 in two-byte ones, 4096 and more for later choice.
    pub id: u16,
    /// The direction, where the line names one.
    pub direction: Option<Direction>,
    /// The extension's URI.
    pub uri: String,
    /// The extension's own attributes.
    pub attributes: Option<String>,
}

impl FromStr for Extmap {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (id, rest) = text.split_once(' ').ok_or(Unreadable)?;
        let (id, direction) = match id.split_once('/') {
            Some((id, direction)) => (id, Some(direction.parse()?)),
            None => (id, None),
        };
        let (uri, attributes) = match rest.trim_ascii_start().split_once(' ') {
            Some((uri, attributes)) => (uri, Some(attributes.into())),
            None => (rest.trim_ascii_start(), None),
        };
        let id = id.parse().ok().filter(|id| *id != 0).ok_or(Unreadable)?;
        Ok(Self { id, direction, uri: uri.into(), attributes })
    }
}

impl fmt::Display for Extmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        self.direction.iter().try_for_each(|direction| write!(f, "/{}", direction.as_str()))?;
        write!(f, " {}", self.uri)?;
        self.attributes.iter().try_for_each(|attributes| write!(f, " {attributes}"))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// RFC 8866 §6.6.
    #[test]
    fn an_audio_format_has_channels_behind_its_clock() {
        let map: RtpMap = "111 opus/48000/2".parse().unwrap();
        assert_eq!((map.encoding.as_str(), map.clock_rate), ("opus", 48_000));
        assert_eq!(map.parameters.as_deref(), Some("2"));
        assert_eq!(map.to_string(), "111 opus/48000/2");
    }

    /// RFC 8866 §6.6.
    #[test]
    fn payload_types_above_127_do_not_exist() {
        assert_eq!("128 opus/48000/2".parse::<RtpMap>(), Err(Unreadable));
        assert_eq!("-1 opus/48000/2".parse::<RtpMap>(), Err(Unreadable));
        assert_eq!("255 nack".parse::<RtcpFeedback>(), Err(Unreadable));
    }

    /// RFC 4585 §4.2.
    #[test]
    fn feedback_may_hold_for_every_payload_type() {
        let feedback: RtcpFeedback = "* nack".parse().unwrap();
        assert_eq!(feedback.payload_type, PayloadType::Any);
        assert_eq!(feedback.to_string(), "* nack");
    }

    /// RFC 8285 §5; 0 is padding and no identifier.
    #[test]
    fn an_extension_map_may_have_a_direction_and_attributes() {
        let text = "2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level vad=on";
        let map: Extmap = text.parse().unwrap();
        assert_eq!(map.direction, Some(Direction::RecvOnly));
        assert_eq!(map.to_string(), text);
        assert_eq!("0 urn:x".parse::<Extmap>(), Err(Unreadable));
    }
}
