//! Two peers from nothing to an open channel, a thousand messages and the end, without an operating system: what a
//! firmware needs to embed the stack.
//!
//! Read [`device`] first: it configures a connection for a small machine. [`peer`] is the application's side of it:
//! events in, messages out. [`run`] tells the story, with a run loop and a clock of its own; [`heap`] is the allocator.
//! What a board has to add is a network ([`wire`] stands for one), a clock and entropy.

#![no_std]

extern crate alloc;

pub mod device;
pub mod heap;
pub mod peer;
mod report;
mod story;
pub mod wire;

pub use story::{Failure, run};

/// Bytes of heap for both peers together.
pub const ARENA_LEN: usize = 128 * 1024;
