//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may stop"
)]

mod addresses;
mod checklist;
mod choice;
mod consent;
mod failover;
mod hostile;
mod ladder;
mod lite;
mod memory;
mod property;
mod refusals;
mod replay;
mod restart;
mod roles;
mod strangers;
mod support;
