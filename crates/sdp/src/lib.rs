#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod attribute;
mod description;
mod error;
mod line;
mod media;
mod parse;

pub use attribute::Attribute;
pub use attribute::dtls::{Fingerprint, Setup};
pub use attribute::group::Group;
pub use attribute::ice::{
    Candidate, CandidateAddress, CandidateKind, CandidateTransport, Password, Related, TcpKind, is_ice_char,
};
pub use attribute::rtp::{Direction, Extmap, Fmtp, PayloadType, Rtcp, RtcpFeedback, RtpMap};
pub use attribute::sctp::SctpMap;
pub use attribute::simulcast::{Rid, RidDirection, Simulcast, SimulcastList, SimulcastStream};
pub use attribute::source::{Msid, Ssrc, SsrcGroup};
pub use description::SessionDescription;
pub use error::{ParseError, ParseErrorKind};
pub use line::{Bandwidth, Connection, Origin, Timing, is_token};
pub use media::{Media, MediaKind};
