//! Our hot paths, each as a [`Case`]: a state that was reached once, and a step that can be taken again and again and costs
//! the same each time. `benches/time.rs` has criterion measure the steps, `benches/instructions.rs` has callgrind count them.

mod data_channels;
mod demultiplexing;
mod dtls_records;
mod ice_checks;
mod peer_connections;
mod sctp_packets;
mod sdp_text;
mod stun_messages;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;

/// A hot path.
#[derive(Clone, Copy)]
pub struct Case {
    /// The crate, and what a step does.
    pub name: &'static str,
    /// The bytes that go through in a step; 0 where none do.
    pub bytes: u64,
    /// Reaches the state from which the step can be taken.
    pub prepare: fn() -> Step,
}

/// What is measured.
pub type Step = Box<dyn FnMut()>;

/// Every hot path, from the wire up.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        stun_messages::CASES,
        sdp_text::CASES,
        dtls_records::CASES,
        sctp_packets::CASES,
        data_channels::CASES,
        ice_checks::CASES,
        peer_connections::CASES,
        demultiplexing::CASES,
    ]
    .concat()
}

/// A generator that gives the same numbers in each run.
fn seeded(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}
