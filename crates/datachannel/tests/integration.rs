//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop"
)]

mod buffer;
mod hostile;
mod ladder;
mod memory;
