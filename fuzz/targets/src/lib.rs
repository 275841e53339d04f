//! What the fuzz targets do with their bytes. Each is a function of the bytes alone, so that a finding can be replayed.
//!
//! The parsers take the bytes as they are. The machines take them as a row of commands ([`Commands`]): how much time
//! passes, which side does what, and what the network does to a datagram.

#![forbid(unsafe_code)]

mod channels;
mod commands;
mod dtls_target;
mod ice_target;
mod offer_answer;
mod pair;
mod parsers;
mod provider;
mod sctp_target;
mod wire;

pub use commands::Commands;

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const ALL: [Target; 12] = [
    ("stun_message", parsers::stun_message),
    ("sdp_description", parsers::sdp_description),
    ("dcep_open", parsers::dcep_open),
    ("remote_offer", parsers::remote_offer),
    ("certificate", parsers::certificate),
    ("ice_agent", ice_target::run),
    ("dtls_handshake", dtls_target::handshake),
    ("dtls_behind_the_cipher", dtls_target::behind_the_cipher),
    ("sctp_association", sctp_target::run),
    ("data_channels", channels::run),
    ("offer_answer", offer_answer::run),
    ("peer_connections", pair::run),
];

/// Runs the target with this name.
///
/// # Panics
/// If there is none, or if the target finds something.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = ALL.iter().find(|(known, _)| *known == name).expect("a target of this name");
    target(data);
}

/// A generator whose numbers follow from a seed.
fn rng(seed: u8) -> chacha20::ChaCha20Rng {
    chacha20::rand_core::SeedableRng::from_seed([seed; 32])
}
