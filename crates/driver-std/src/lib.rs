#![doc = include_str!("../README.md")]

mod clock;
mod driver;
mod log;
mod port;
mod stats;

pub use driver::Driver;
pub use rtc;
pub use stats::Stats;
