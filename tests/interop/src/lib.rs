//! Drives our stack, and the peers that others wrote, so that a test reads as the conversation between them.

pub mod browser;
mod endpoint;
pub mod python;

pub use endpoint::{Endpoint, bytes_of, sha256};

use std::net::{IpAddr, UdpSocket};
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

/// An address of this host that is no loopback, where there is one: that by which it would reach others. Nothing is sent.
#[must_use]
pub fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Whether a missing peer is a failure.
#[must_use]
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
