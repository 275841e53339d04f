//! One SCTP association (RFC 9260) as a sans-IO state machine, in the profile of WebRTC data channels (RFC 8831 §6).
//!
//! It carries messages: ordered or not, reliable or not (RFC 3758), on up to 65 535 streams each way that can be
//! reset one by one (RFC 6525). Below it lies something that encrypts and authenticates, DTLS as a rule; above it
//! lie data channels. [`Association`] is the machine.

#![no_std]

extern crate alloc;

mod association;
mod checksum;
mod config;
mod error;
mod event;
mod message;
mod ranges;
mod receive;
mod scheduler;
mod stats;
mod stream_table;
mod timer;
mod transmit;
mod wire;

pub use association::{Association, State};
pub use config::{Config, MIN_PACKET_SIZE, Oversize};
pub use error::{ConfigError, Discard, ResetError, SendError, Unsent};
pub use event::{Event, Reason, ResetFailure};
pub use message::{Message, Ppid, SendOptions, StreamId};
pub use scheduler::{RoundRobin, Scheduler, WeightedFair};
pub use stats::{DiscardCounts, Stats};
pub use wire::CauseCode;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
