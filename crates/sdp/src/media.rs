//! A media section (RFC 8866 §5.14): `m=` and the lines up to the next one.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::attribute::Attribute;
use crate::description::optional;
use crate::line::{Bandwidth, Connection, is_token};
use crate::{Candidate, Direction};

/// The media type of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaKind {
    /// `audio`.
    Audio,
    /// `video`.
    Video,
    /// `application`.
    Application,
    /// Any other, which an answerer has to reject (RFC 9429 §5.3.1).
    Other(String),
}

impl MediaKind {
    fn parse(text: &str) -> Self {
        match text {
            "audio" => Self::Audio,
            "video" => Self::Video,
            "application" => Self::Application,
            _ => Self::Other(text.into()),
        }
    }

    /// The word in the `m=` line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Application => "application",
            Self::Other(text) => text,
        }
    }
}

/// A media section.
// Closed: the lines of RFC 8866 §5.14.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What flows in it.
    pub kind: MediaKind,
    /// The port: 0 in a rejected section, and in one that is bundle-only.
    pub port: u16,
    /// How many ports, where the line says so (`port/count`).
    pub port_count: Option<u16>,
    /// The transport protocol, such as `UDP/DTLS/SCTP`.
    pub protocol: String,
    /// Payload types, or `webrtc-datachannel`.
    pub formats: Vec<String>,
    /// `i=`.
    pub information: Option<String>,
    /// `c=`.
    pub connections: Vec<Connection>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
    /// `k=`, obsolete.
    pub key: Option<String>,
    /// `a=`.
    pub attributes: Vec<Attribute>,
}

impl Media {
    /// A section without attributes, for an address that is not known yet.
    #[must_use]
    pub fn new(kind: MediaKind, port: u16, protocol: &str, formats: Vec<String>) -> Self {
        Self {
            kind,
            port,
            port_count: None,
            protocol: protocol.into(),
            formats,
            information: None,
            connections: [Connection::unspecified()].into(),
            bandwidths: Vec::new(),
            key: None,
            attributes: Vec::new(),
        }
    }

    pub(crate) fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        let kind = MediaKind::parse(fields.next().filter(|kind| is_token(kind))?);
        let ports = fields.next()?;
        let (port, count) = match ports.split_once('/') {
            Some((port, count)) => (port.parse().ok()?, Some(count.parse().ok()?)),
            None => (ports.parse().ok()?, None),
        };
        let protocol = fields.next().filter(|protocol| protocol.split('/').all(is_token))?;
        let formats: Vec<String> =
            fields.map(|format| is_token(format).then(|| format.into())).collect::<Option<_>>()?;
        Some(Self { port_count: count, connections: Vec::new(), ..Self::new(kind, port, protocol, formats) })
    }

    /// The section's identification (RFC 5888 §4).
    #[must_use]
    pub fn mid(&self) -> Option<&str> {
        self.attributes.iter().find_map(|a| match a {
            Attribute::Mid(mid) => Some(mid.as_str()),
            _ => None,
        })
    }

    /// Whether the section is rejected: port 0, and not because it waits for its bundle (RFC 9143 §6).
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.port == 0 && !self.has(&Attribute::BundleOnly)
    }

    /// Whether the section has this very attribute.
    #[must_use]
    pub fn has(&self, attribute: &Attribute) -> bool {
        self.attributes.contains(attribute)
    }

    /// The direction; `sendrecv` where the section does not say (RFC 8866 §6.7).
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.attributes
            .iter()
            .find_map(|a| match a {
                Attribute::Direction(direction) => Some(*direction),
                _ => None,
            })
            .unwrap_or(Direction::SendRecv)
    }

    /// The candidates in the section (RFC 8839 §5.1).
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.attributes.iter().filter_map(|a| match a {
            Attribute::Candidate(candidate) => Some(&**candidate),
            _ => None,
        })
    }

    /// The SCTP port (RFC 8841 §5), also from the `sctpmap` of old peers.
    #[must_use]
    pub fn sctp_port(&self) -> Option<u16> {
        self.attributes.iter().find_map(|a| match a {
            Attribute::SctpPort(port) => Some(*port),
            Attribute::SctpMap(map) => Some(map.port),
            _ => None,
        })
    }

    /// The size of the largest message the sender takes, in bytes; 0 means any (RFC 8841 §6).
    #[must_use]
    pub fn max_message_size(&self) -> Option<u64> {
        self.attributes.iter().find_map(|a| match a {
            Attribute::MaxMessageSize(size) => Some(*size),
            _ => None,
        })
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {}", self.kind.as_str(), self.port)?;
        if let Some(count) = self.port_count {
            write!(f, "/{count}")?;
        }
        write!(f, " {}", self.protocol)?;
        for format in &self.formats {
            write!(f, " {format}")?;
        }
        f.write_str("\r\n")?;
        optional(f, 'i', self.information.as_ref())?;
        optional(f, 'c', &self.connections)?;
        optional(f, 'b', &self.bandwidths)?;
        optional(f, 'k', self.key.as_ref())?;
        optional(f, 'a', &self.attributes)
    }
}
