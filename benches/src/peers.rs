//! One adapter per contender.

pub mod dtls;
pub mod ours;
pub mod rtc;
pub mod sctp;
pub mod str0m;

/// The address of an end.
pub fn address(end: u8) -> std::net::SocketAddr {
    std::net::SocketAddr::from(([10, 0, 0, end], 5000 + u16::from(end)))
}
