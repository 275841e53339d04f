//! The public interface only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod drivers;
#[path = "../../rtc/tests/support/listener.rs"]
mod listener;
mod log;
mod readme;
/// What the tests of every driver share.
#[path = "../../driver-std/tests/support.rs"]
mod support;
