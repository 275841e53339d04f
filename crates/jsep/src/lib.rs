#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod applied;
mod config;
mod credentials;
mod description;
mod error;
mod layout;
mod outline;
mod section;
mod session;
mod transport;
mod verify;

pub use config::Config;
pub use credentials::IceCredentials;
pub use description::{Description, SdpType, SignalingState};
pub use error::Error;
pub use session::candidates::{CandidateInit, RemoteCandidate};
pub use session::{OfferOptions, Session};
pub use transport::{DataTransport, DtlsRole, IceRole, RemoteTransport, Transport};
