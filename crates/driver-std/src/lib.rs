#![doc = include_str!("../README.md")]

mod driver;
mod port;
mod stats;

pub use self::driver::Driver;
pub use ::driver::Connections;
pub use rtc;
pub use stats::Stats;
