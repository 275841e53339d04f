//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may stop"
)]

mod batch;
mod candidates;
mod certificates;
mod channels;
mod contract;
mod early;
mod ending;
mod endpoint;
mod failure;
mod lite;
mod lives;
mod log;
mod many;
mod memory;
mod negotiation;
mod observer;
mod pair;
mod pause;
mod readme;
mod remote_offer;
mod roaming;
mod serialized;
mod stats;
mod stranger;
mod support;
mod w3c;
