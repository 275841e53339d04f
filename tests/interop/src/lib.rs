//! Drives our stack, and the peers that others wrote, so that a test reads as the conversation between them.

pub mod browser;
mod endpoint;
pub mod python;

pub use endpoint::{Endpoint, bytes_of, sha256};

use std::time::{Duration, Instant};

/// How long anything may take before a test gives up: far more than it ever takes.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `ready` gives something.
///
/// # Panics
/// When nothing came within `patience`.
pub fn eventually<T>(what: &str, patience: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < patience, "{what}: nothing within {patience:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a missing peer is a failure.
#[must_use]
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
