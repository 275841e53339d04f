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

#![no_std]

extern crate alloc;

mod agent;
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

pub use agent::Agent;
pub use candidate::{Candidate, CandidateKind, Foundation, TcpType, priority, tcp_local_preference};
pub use config::Config;
pub use error::{CandidateError, ConfigError, Discard, Discards, LocalAddressError};
pub use event::{Event, State};
pub use local::LocalCandidate;
pub use pair::{PairId, PairState, PairStats, PairView};
pub use parameters::{Parameters, ParametersError};
pub use role::Role;

/// How long the buffer of [`Agent::poll_transmit`] has to be at least: a check with the longest username.
pub const MAX_MESSAGE_LEN: usize = 640;
