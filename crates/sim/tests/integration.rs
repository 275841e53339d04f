//! The tests of the public interface, a subject a file.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may stop"
)]

mod channels;
mod goodput;
mod hosts;
#[path = "support/line.rs"]
mod line;
mod negotiation;
mod network;
mod oracles;
mod paths;
mod readme;
mod recording;
mod scenarios;
mod setup_under_loss;
#[path = "support/stack.rs"]
mod stack;
#[path = "support/talker.rs"]
mod talker;
mod ways;
