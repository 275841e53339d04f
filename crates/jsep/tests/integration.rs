//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop"
)]

mod answers;
mod corpus;
mod hostile;
mod memory;
mod nameless;
mod offer_answer;
mod property;
