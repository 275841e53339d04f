#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// The page of the guide that shows this crate is compiled here.
#[cfg(all(doctest, feature = "rtc"))]
#[doc = include_str!("../../rtc/guide/deterministic-tests.md")]
mod guide {}

mod any;
mod capture;
mod datagram;
mod faults;
mod hash;
mod host;
mod limits;
mod link;
mod network;
pub mod node;
mod random;
mod stack;
mod way;

pub use any::{AnyHost, Handle};
pub use base::{Ecn, Instant, Path, Protocol, Transmit};
pub use capture::{Capture, Flow};
pub use datagram::Datagram;
pub use faults::Faults;
pub use hash::Digest;
pub use host::{Host, Plaintext};
pub use limits::{Fault, Limits};
pub use network::{Counters, HostId, LinkId, Network};
pub use node::{Direction, Node};
pub use random::Random;
#[cfg(feature = "rtc")]
pub use stack::introduce;
pub use stack::{Application, Machine, Stack};
pub use way::Way;
