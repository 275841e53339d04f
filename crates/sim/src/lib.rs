#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

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
