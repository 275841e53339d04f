#![doc = include_str!("../README.md")]

mod driver;
mod socket;

pub use driver::Driver;
pub use driver_udp::{Connections, SocketId, Stats, rtc};
