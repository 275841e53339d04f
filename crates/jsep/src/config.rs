//! What a session says of itself in every description.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use sdp::Fingerprint;

/// The settings of a [`Session`](crate::Session).
///
/// Example: [on the first page](crate).
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Config {
    /// The fingerprints of our certificates; at least one.
    pub fingerprints: Vec<Fingerprint>,
    /// Whether our ICE agents are lite (RFC 8445 §2.5).
    pub ice_lite: bool,
    /// The pause between two connectivity checks that we propose, in whole milliseconds (RFC 8839 §5.5). 50 ms, which is not
    /// said.
    pub ice_pacing: Duration,
    /// The SCTP port that we name (RFC 8841 §5). It means nothing under DTLS; 5000 by custom.
    pub sctp_port: u16,
    /// The largest message that we take, in bytes; 0 for any (RFC 8841 §6).
    pub max_message_size: u64,
    /// How many sections a description of the peer may have: 1,000.
    pub max_sections: usize,
    /// How long a description of the peer may be, in bytes: 512 KiB. While it is read it takes up to 32 times its length, and
    /// twice its length for as long as it holds.
    pub max_description_len: usize,
}

/// What a description proposes that says nothing of it (RFC 8839 §5.5).
pub(crate) const DEFAULT_ICE_PACING: Duration = Duration::from_millis(50);

/// The port of SCTP over DTLS, by custom.
pub(crate) const DEFAULT_SCTP_PORT: u16 = 5000;

impl Config {
    /// Default settings for an endpoint with these certificates.
    #[must_use]
    pub const fn new(fingerprints: Vec<Fingerprint>) -> Self {
        Self {
            fingerprints,
            ice_lite: false,
            ice_pacing: DEFAULT_ICE_PACING,
            sctp_port: DEFAULT_SCTP_PORT,
            max_message_size: 262_144,
            max_sections: 1000,
            max_description_len: 524_288,
        }
    }
}

/// The session's randomness.
pub(crate) type Rng = Box<dyn rand_core::CryptoRng + Send>;
