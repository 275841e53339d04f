#![doc = include_str!("../README.md")]

mod ip;
#[cfg(feature = "rtc")]
mod observed;
mod recording;

pub use recording::{Flow, Recording};
