//! Timestamps that nobody reads.
//!
//! `quinn-udp` (0.6.3) asks the system for them, and its buffer for what comes beside datagrams is too short for all of it: where datagrams have been
//! joined, the congestion mark is cut off.

use std::net::UdpSocket;

/// Asks the system for none.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn disable(socket: &UdpSocket) {
    // Where they cannot be had, there are none.
    let _ = nix::sys::socket::setsockopt(socket, nix::sys::socket::sockopt::ReceiveTimestampns, &false);
}

/// Elsewhere there are none.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const fn disable(_: &UdpSocket) {}
