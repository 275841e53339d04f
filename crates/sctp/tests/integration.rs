//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may stop"
)]

mod congestion;
mod hostile;
mod hostile_setup;
mod hostile_transfer;
mod ladder;
mod memory;
mod partial_reliability;
mod property;
mod reset;
mod support;
mod transfer;
