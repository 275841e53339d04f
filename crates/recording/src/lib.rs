#![doc = include_str!("../README.md")]

mod ip;
#[cfg(feature = "rtc")]
mod observed;
mod recording;

/// The page of the guide that shows this crate is compiled here.
#[cfg(doctest)]
#[doc = include_str!("../../rtc/guide/seeing.md")]
mod guide {}

pub use recording::{Flow, Recording};
