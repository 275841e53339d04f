#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod channel;
mod channels;
mod config;
mod dcep;
mod error;
mod event;
mod payload;

pub use channel::{Channel, ChannelId, ChannelState, Init, Priority, Reliability};
pub use channels::{Channels, Role};
pub use config::Config;
pub use error::{Discard, OpenError, SendError, Unsent};
pub use event::{Command, Event, Failure, Outgoing};
pub use payload::{Payload, Ppid};

/// The number of an SCTP stream. A channel uses the same number in both directions.
pub type StreamId = u16;
