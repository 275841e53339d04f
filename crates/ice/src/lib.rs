//! Interactive Connectivity Establishment (RFC 8445): one data stream with one component, as WebRTC has it.
//!
//! An [`Agent`] is told its local addresses and the peer's candidates, checks the pairs of them, and then says on
//! which path data may go ([`Agent::send_path`]). It follows RFC 8838 (trickling), RFC 7675 (consent) and RFC 8863
//! (patience), and can be full or lite. It owns no socket and no clock: datagrams come in through
//! [`Agent::handle_input`] and go out through [`Agent::poll_transmit`].
//!
//! Gathering reflexive and relayed candidates is somebody else's task; the agent takes them from
//! [`Agent::add_local_candidate`]. A relayed candidate's address is the local end of its paths: who sends on such a
//! path wraps the datagram for the relay.
//!
//! ```
//! # use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
//! use base::{Instant, Protocol};
//! use ice::{Agent, Config, Role, State};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let rng = |seed| Box::new(ChaCha20Rng::seed_from_u64(seed));
//! let mut now = Instant::ZERO;
//! let mut alice = Agent::new(Config::default(), &crypto_rust::PROVIDER, rng(1))?;
//! let mut bob = Agent::new(Config::default(), &crypto_rust::PROVIDER, rng(2))?;
//! alice.set_role(Role::Controlling);
//! // What signalling does: every side learns the other's parameters and candidates.
//! alice.set_remote_parameters(now, bob.local_parameters().clone())?;
//! bob.set_remote_parameters(now, alice.local_parameters().clone())?;
//! bob.add_remote_candidate(now, alice.add_local_address(now, "192.0.2.1:1000".parse()?, Protocol::Udp)?)?;
//! alice.add_remote_candidate(now, bob.add_local_address(now, "192.0.2.2:2000".parse()?, Protocol::Udp)?)?;
//!
//! let mut out = [0; ice::MAX_MESSAGE_LEN];
//! while alice.state() != State::Connected || bob.state() != State::Connected {
//!     for turn in 0..2 {
//!         let (from, to) = if turn == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
//!         while let Some(sent) = from.poll_transmit(now, &mut out) {
//!             let path = base::Path::udp(sent.path.remote, sent.path.local);
//!             to.handle_input(now, path, &out[..sent.len])?;
//!         }
//!     }
//!     now = now + core::time::Duration::from_millis(10);
//! }
//! assert_eq!(alice.send_path().map(|p| p.remote), Some("192.0.2.2:2000".parse()?));
//! # Ok(()) }
//! ```

#![no_std]

extern crate alloc;

mod agent;
mod allowance;
mod candidate;
mod config;
mod error;
mod event;
mod local;
mod outbox;
mod pair;
mod parameters;
mod role;
mod session;
mod shared;

pub use agent::Agent;
pub use candidate::{
    Candidate, CandidateKind, Foundation, TcpType, is_candidate_address, priority, tcp_local_preference,
};
pub use config::Config;
pub use error::{CandidateError, ConfigError, Discard, Discards, LocalAddressError};
pub use event::{Event, State};
pub use local::LocalCandidate;
pub use pair::{PairId, PairState, PairStats, PairView, PathProof};
pub use parameters::{Parameters, ParametersError};
pub use role::Role;

/// How long the buffer of [`Agent::poll_transmit`] has to be at least: a check with the longest username.
pub const MAX_MESSAGE_LEN: usize = 640;
