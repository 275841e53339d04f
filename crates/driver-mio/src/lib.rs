#![doc = include_str!("../README.md")]

mod connections;
mod driver;
mod socket;

pub use driver::{Driver, FIRST_TOKEN};
pub use driver_udp::{SocketId, Stats};
pub use rtc;
