#![doc = include_str!("../README.md")]

mod clock;
mod connections;
mod engine;
mod log;

pub use connections::Connections;
pub use engine::Engine;
pub use rtc;
