//! The public interface only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

/// What holds for what is written about every driver.
#[path = "../../driver/tests/documents.rs"]
mod documents;
/// What holds where addresses come and go.
#[path = "../../driver/tests/interfaces.rs"]
mod interfaces;
#[path = "../../rtc/tests/support/listener.rs"]
mod listener;
mod log;
/// What holds for drivers with several sockets.
#[path = "../../driver/tests/several_sockets.rs"]
mod several_sockets;
mod subject;
/// What holds for every driver.
#[path = "../../driver/tests/suite.rs"]
mod suite;
/// What the tests of every driver share.
#[path = "../../driver/tests/support.rs"]
mod support;
mod waits;
