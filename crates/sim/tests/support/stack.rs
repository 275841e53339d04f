//! The whole stack on the simulated network: an adapter, an application, and oracles that know nothing of the machines.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "each test uses its part"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_types,
    clippy::excessive_nesting,
    clippy::too_many_lines,
    reason = "a test may stop"
)]

pub mod account;
pub mod adversary;
pub mod betrayal;
pub mod failure;
pub mod ledger;
pub mod liar;
pub mod lies;
pub mod metered;
pub mod peer;
pub mod plan;
pub mod scenario;
pub mod setup;
pub mod signalling;
pub mod table;
pub mod victim;
pub mod wire;

use std::sync::OnceLock;

use rtc::{Certificate, UnixTime};

/// The certificates of two honest peers and of a liar: to make one takes longer than many a run.
pub fn certificates() -> &'static [Certificate; 3] {
    static CERTIFICATES: OnceLock<[Certificate; 3]> = OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        [1, 2, 3].map(|seed| {
            let mut rng = peer::generator(seed);
            Certificate::generate(
                &crypto_rust::PROVIDER,
                &mut rng,
                rtc::KeyAlgorithm::EcdsaP256,
                UnixTime::from_secs(1_800_000_000),
            )
            .unwrap()
        })
    })
}
