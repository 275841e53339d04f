//! The vocabulary that the protocol crates share.
//!
//! Nothing in here knows a protocol. Time is a number that the caller chose ([`Instant`]), a datagram is a
//! length in the caller's buffer and a path ([`Transmit`]), and bytes are read and written through cursors that
//! can only run out ([`Reader`], [`Writer`]).

#![no_std]

extern crate alloc;

mod queue;
mod read;
mod serial;
mod time;
mod transmit;
mod write;

pub use queue::{take_front, take_front_but};
pub use read::{Reader, Truncated};
pub use serial::{Serial16, Serial32};
pub use time::{Instant, UnixTime, earliest};
pub use transmit::{Ecn, Path, Protocol, Transmit};
pub use write::{Full, Writer};
