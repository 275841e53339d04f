//! Attributes (RFC 8866 §5.13): typed where a WebRTC endpoint acts on them, verbatim where it does not.

pub(crate) mod dtls;
pub(crate) mod group;
pub(crate) mod ice;
pub(crate) mod rtp;
pub(crate) mod sctp;
pub(crate) mod simulcast;
pub(crate) mod source;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

pub(crate) use self::group::Group;
use crate::line::number;
use crate::{
    Candidate, Direction, Extmap, Fingerprint, Fmtp, Msid, Password, Rid, Rtcp, RtcpFeedback, RtpMap,
    SctpMap, Setup, Simulcast, Ssrc, SsrcGroup,
};

/// The value of an `a=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute {
    /// `group` (RFC 5888 §5).
    Group(Group),
    /// `mid` (RFC 5888 §4).
    Mid(String),
    /// `bundle-only` (RFC 9143 §6).
    BundleOnly,

    /// `ice-ufrag` (RFC 8839 §5.4).
    IceUfrag(String),
    /// `ice-pwd` (RFC 8839 §5.4).
    IcePwd(Password),
    /// `ice-options` (RFC 8839 §5.6).
    IceOptions(Vec<String>),
    /// `ice-lite` (RFC 8839 §5.3).
    IceLite,
    /// `ice-pacing`, in milliseconds (RFC 8839 §5.5).
    IcePacing(u64),
    /// `candidate` (RFC 8839 §5.1).
    Candidate(Box<Candidate>),
    /// `end-of-candidates` (RFC 8840 §8.2).
    EndOfCandidates,

    /// `fingerprint` (RFC 8122 §5).
    Fingerprint(Fingerprint),
    /// `setup` (RFC 4145 §4, RFC 8842 §5.2).
    Setup(Setup),
    /// `tls-id` (RFC 8842 §5.1).
    TlsId(String),
    /// `identity` (RFC 8827 §5).
    Identity(String),

    /// `sctp-port` (RFC 8841 §5).
    SctpPort(u16),
    /// `max-message-size` in bytes (RFC 8841 §6). What 64 bits do not hold is clamped.
    MaxMessageSize(u64),
    /// `sctpmap` of peers older than RFC 8841.
    SctpMap(SctpMap),

    /// `sendrecv`, `sendonly`, `recvonly` or `inactive` (RFC 8866 §6.7).
    Direction(Direction),
    /// `rtpmap` (RFC 8866 §6.6).
    RtpMap(RtpMap),
    /// `fmtp` (RFC 8866 §6.15).
    Fmtp(Fmtp),
    /// `rtcp-fb` (RFC 4585 §4.2).
    RtcpFeedback(RtcpFeedback),
    /// `rtcp` (RFC 3605 §2.1).
    Rtcp(Rtcp),
    /// `rtcp-mux` (RFC 5761 §5.1.1).
    RtcpMux,
    /// `rtcp-mux-only` (RFC 8858 §3).
    RtcpMuxOnly,
    /// `rtcp-rsize` (RFC 5506 §5).
    RtcpReducedSize,
    /// `extmap` (RFC 8285 §5).
    Extmap(Extmap),
    /// `extmap-allow-mixed` (RFC 8285 §6).
    ExtmapAllowMixed,
    /// `ptime` in milliseconds (RFC 8866 §6.4).
    PacketTime(u32),
    /// `maxptime` in milliseconds (RFC 8866 §6.5).
    MaxPacketTime(u32),
    /// `msid` (RFC 8830 §2).
    Msid(Msid),
    /// `msid-semantic` (RFC 8830, appendix), as it came: some senders put a space in front.
    MsidSemantic(String),
    /// `ssrc` (RFC 5576 §4.1).
    Ssrc(Ssrc),
    /// `ssrc-group` (RFC 5576 §4.2).
    SsrcGroup(SsrcGroup),
    /// `rid` (RFC 8851 §4).
    Rid(Rid),
    /// `simulcast` (RFC 8853 §5.1).
    Simulcast(Simulcast),
    /// `cryptex` (RFC 9335 §4).
    Cryptex,

    /// An attribute that is not typed here, as it came.
    Other {
        /// What stands before the colon.
        name: String,
        /// What stands behind it.
        value: Option<String>,
    },
    /// An attribute that is typed here, with a value that does not follow its grammar; as it came.
    Malformed {
        /// The line it stood in, counted from 1.
        line: usize,
        /// The whole attribute.
        text: String,
    },
}

impl Attribute {
    /// Reads what follows `a=` in line number `line`.
    pub(crate) fn parse(line: usize, text: &str) -> Self {
        let (name, value) = match text.split_once(':') {
            Some((name, value)) => (name.trim_ascii_end(), Some(value)),
            None => (text, None),
        };
        let typed = match value {
            Some(value) => Self::with_value(name, value),
            None => Self::without_value(name),
        };
        match typed {
            Known::Typed(attribute) => attribute,
            Known::Broken => Self::Malformed { line, text: text.into() },
            Known::No => Self::Other { name: name.into(), value: value.map(String::from) },
        }
    }

    /// The name, before the colon.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Group(_) => "group",
            Self::Mid(_) => "mid",
            Self::BundleOnly => "bundle-only",
            Self::IceUfrag(_) => "ice-ufrag",
            Self::IcePwd(_) => "ice-pwd",
            Self::IceOptions(_) => "ice-options",
            Self::IceLite => "ice-lite",
            Self::IcePacing(_) => "ice-pacing",
            Self::Candidate(_) => "candidate",
            Self::EndOfCandidates => "end-of-candidates",
            Self::Fingerprint(_) => "fingerprint",
            Self::Setup(_) => "setup",
            Self::TlsId(_) => "tls-id",
            Self::Identity(_) => "identity",
            Self::SctpPort(_) => "sctp-port",
            Self::MaxMessageSize(_) => "max-message-size",
            Self::SctpMap(_) => "sctpmap",
            Self::Direction(direction) => direction.as_str(),
            Self::RtpMap(_) => "rtpmap",
            Self::Fmtp(_) => "fmtp",
            Self::RtcpFeedback(_) => "rtcp-fb",
            Self::Rtcp(_) => "rtcp",
            Self::RtcpMux => "rtcp-mux",
            Self::RtcpMuxOnly => "rtcp-mux-only",
            Self::RtcpReducedSize => "rtcp-rsize",
            Self::Extmap(_) => "extmap",
            Self::ExtmapAllowMixed => "extmap-allow-mixed",
            Self::PacketTime(_) => "ptime",
            Self::MaxPacketTime(_) => "maxptime",
            Self::Msid(_) => "msid",
            Self::MsidSemantic(_) => "msid-semantic",
            Self::Ssrc(_) => "ssrc",
            Self::SsrcGroup(_) => "ssrc-group",
            Self::Rid(_) => "rid",
            Self::Simulcast(_) => "simulcast",
            Self::Cryptex => "cryptex",
            Self::Other { name, .. } => name,
            Self::Malformed { text, .. } => text.split(':').next().unwrap_or_default().trim_ascii_end(),
        }
    }

    fn without_value(name: &str) -> Known {
        Known::Typed(match name {
            "bundle-only" => Self::BundleOnly,
            "ice-lite" => Self::IceLite,
            "end-of-candidates" => Self::EndOfCandidates,
            "rtcp-mux" => Self::RtcpMux,
            "rtcp-mux-only" => Self::RtcpMuxOnly,
            "rtcp-rsize" => Self::RtcpReducedSize,
            "extmap-allow-mixed" => Self::ExtmapAllowMixed,
            "cryptex" => Self::Cryptex,
            _ => match name.parse() {
                Ok(direction) => Self::Direction(direction),
                Err(Unreadable) if NEEDS_VALUE.contains(&name) => return Known::Broken,
                Err(Unreadable) => return Known::No,
            },
        })
    }

    fn with_value(name: &str, value: &str) -> Known {
        match name {
            "group" => typed(value, Self::Group),
            "mid" => text(value, Self::Mid),
            "ice-ufrag" => text(value, Self::IceUfrag),
            "ice-pwd" => text(value, |password| Self::IcePwd(Password(password))),
            "ice-options" => {
                Known::Typed(Self::IceOptions(value.split_ascii_whitespace().map(String::from).collect()))
            }
            "ice-pacing" => typed(value, Self::IcePacing),
            "candidate" => typed(value, |candidate| Self::Candidate(Box::new(candidate))),
            "fingerprint" => typed(value, Self::Fingerprint),
            "setup" => typed(value, Self::Setup),
            "tls-id" => text(value, Self::TlsId),
            "identity" => text(value, Self::Identity),
            "sctp-port" => typed(value, Self::SctpPort),
            "max-message-size" => match number(value.trim_ascii()) {
                Some(size) => Known::Typed(Self::MaxMessageSize(size)),
                None => Known::Broken,
            },
            "sctpmap" => typed(value, Self::SctpMap),
            "rtpmap" => typed(value, Self::RtpMap),
            "fmtp" => typed(value, Self::Fmtp),
            "rtcp-fb" => typed(value, Self::RtcpFeedback),
            "rtcp" => typed(value, Self::Rtcp),
            "extmap" => typed(value, Self::Extmap),
            "ptime" => typed(value, Self::PacketTime),
            "maxptime" => typed(value, Self::MaxPacketTime),
            "msid" => typed(value, Self::Msid),
            "msid-semantic" => Known::Typed(Self::MsidSemantic(value.into())),
            "ssrc" => typed(value, Self::Ssrc),
            "ssrc-group" => typed(value, Self::SsrcGroup),
            "rid" => typed(value, Self::Rid),
            "simulcast" => typed(value, Self::Simulcast),
            _ => Known::No,
        }
    }
}

/// The typed attributes that mean nothing without a value.
const NEEDS_VALUE: [&str; 10] = [
    "group",
    "mid",
    "ice-ufrag",
    "ice-pwd",
    "candidate",
    "fingerprint",
    "setup",
    "tls-id",
    "sctp-port",
    "max-message-size",
];

/// The text does not follow the attribute's grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value does not follow the attribute's grammar")]
pub struct Unreadable;

/// What became of an attribute.
enum Known {
    Typed(Attribute),
    Broken,
    No,
}

fn typed<T: FromStr>(value: &str, attribute: impl FnOnce(T) -> Attribute) -> Known {
    value.trim_ascii().parse().map_or(Known::Broken, |value| Known::Typed(attribute(value)))
}

fn text(value: &str, attribute: fn(String) -> Attribute) -> Known {
    let value = value.trim_ascii();
    if value.is_empty() { Known::Broken } else { Known::Typed(attribute(value.into())) }
}

impl fmt::Display for Attribute {
    /// Writes what follows `a=`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::BundleOnly
            | Self::IceLite
            | Self::EndOfCandidates
            | Self::Direction(_)
            | Self::RtcpMux
            | Self::RtcpMuxOnly
            | Self::RtcpReducedSize
            | Self::ExtmapAllowMixed
            | Self::Cryptex
            | Self::Other { value: None, .. } => f.write_str(name),
            Self::Mid(value)
            | Self::IceUfrag(value)
            | Self::IcePwd(Password(value))
            | Self::TlsId(value)
            | Self::Identity(value)
            | Self::MsidSemantic(value)
            | Self::Other { value: Some(value), .. } => write!(f, "{name}:{value}"),
            Self::IceOptions(options) => write!(f, "{name}:{}", options.join(" ")),
            Self::IcePacing(value) => write!(f, "{name}:{value}"),
            Self::Group(value) => write!(f, "{name}:{value}"),
            Self::Candidate(value) => write!(f, "{name}:{value}"),
            Self::Fingerprint(value) => write!(f, "{name}:{value}"),
            Self::Setup(value) => write!(f, "{name}:{value}"),
            Self::SctpPort(value) => write!(f, "{name}:{value}"),
            Self::MaxMessageSize(value) => write!(f, "{name}:{value}"),
            Self::SctpMap(value) => write!(f, "{name}:{value}"),
            Self::RtpMap(value) => write!(f, "{name}:{value}"),
            Self::Fmtp(value) => write!(f, "{name}:{value}"),
            Self::RtcpFeedback(value) => write!(f, "{name}:{value}"),
            Self::Rtcp(value) => write!(f, "{name}:{value}"),
            Self::Extmap(value) => write!(f, "{name}:{value}"),
            Self::PacketTime(value) | Self::MaxPacketTime(value) => write!(f, "{name}:{value}"),
            Self::Msid(value) => write!(f, "{name}:{value}"),
            Self::Ssrc(value) => write!(f, "{name}:{value}"),
            Self::SsrcGroup(value) => write!(f, "{name}:{value}"),
            Self::Rid(value) => write!(f, "{name}:{value}"),
            Self::Simulcast(value) => write!(f, "{name}:{value}"),
            Self::Malformed { text, .. } => f.write_str(text),
        }
    }
}
