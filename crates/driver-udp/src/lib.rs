#![doc = include_str!("../README.md")]

mod carrier;
mod clock;
mod input;
mod interfaces;
mod log;
mod output;
mod socket;
mod stats;
mod timestamps;

pub use carrier::{Carrier, SocketId};
pub use quinn_udp::UdpSockRef;
pub use socket::{Direction, Io, bind};
pub use stats::Stats;
