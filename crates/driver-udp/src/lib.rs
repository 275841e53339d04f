#![doc = include_str!("../README.md")]

mod carrier;
mod input;
mod interfaces;
mod output;
mod socket;
mod stats;
mod timestamps;

pub use carrier::{Carrier, SocketId};
pub use driver::Connections;
pub use quinn_udp::UdpSockRef;
pub use rtc;
pub use socket::{Direction, Io, bind};
pub use stats::Stats;
