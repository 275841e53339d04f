//! DTLS 1.2 for WebRTC (RFC 6347, RFC 8827): a client and a server with mutual certificates, as a sans-IO machine.
//!
//! Who the peer is decides the fingerprint of its certificate, which came through signalling; until it matched, a
//! [`Connection`] delivers nothing and exports no key.
//!
//! ```
//! # use std::time::Duration;
//! # use base::{Instant, UnixTime};
//! # use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
//! use dtls::{Config, Connection, Event, FingerprintAlgorithm, Identity, KeyAlgorithm, Role};
//!
//! # let mut rng = ChaCha20Rng::from_seed([1; 32]);
//! let provider = &crypto_rust::PROVIDER;
//! let unix_now = UnixTime::from_secs(1_790_000_000);
//! let month = Duration::from_secs(30 * 24 * 3600);
//! let ours = Identity::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, unix_now, month, "WebRTC")?;
//! let theirs = Identity::generate(provider, &mut rng, KeyAlgorithm::EcdsaP256, unix_now, month, "WebRTC")?;
//! let fingerprint = |identity: &Identity| identity.fingerprint(provider, FingerprintAlgorithm::Sha256).into_iter().collect();
//!
//! let now = Instant::ZERO;
//! let seeded = |seed| Box::new(ChaCha20Rng::from_seed([seed; 32]));
//! let mut client = Connection::new(Config::default(), Role::Client, [&ours], provider, seeded(2))?;
//! let mut server = Connection::new(Config::default(), Role::Server, [&theirs], provider, seeded(3))?;
//! client.set_remote_fingerprints(now, fingerprint(&theirs));
//! server.set_remote_fingerprints(now, fingerprint(&ours));
//! client.start(now);
//! server.start(now);
//!
//! let mut datagram = [0; 1500];
//! for _ in 0..4 {
//!     while let Some(len) = client.poll_transmit(now, &mut datagram) {
//!         server.handle_input(now, &mut datagram[..len], &mut |_| ())?;
//!     }
//!     while let Some(len) = server.poll_transmit(now, &mut datagram) {
//!         client.handle_input(now, &mut datagram[..len], &mut |_| ())?;
//!     }
//! }
//! assert_eq!(client.poll_event(), Some(Event::Connecting));
//! assert_eq!(client.poll_event(), Some(Event::Connected));
//!
//! let overhead = client.overhead();
//! let inner = overhead.inner(&mut datagram).ok_or("too small")?;
//! inner[..5].copy_from_slice(b"hello");
//! let len = client.seal(&mut datagram, 5)?;
//! server.handle_input(now, &mut datagram[..len], &mut |data| assert_eq!(data, b"hello"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![no_std]

extern crate alloc;

mod alert;
mod config;
mod connection;
mod credential;
mod error;
mod event;
mod fingerprint;
mod flight;
mod held;
mod hello;
mod identity;
mod key_log;
mod reassembly;
mod record;
mod srtp;
mod stage;
mod suite;
mod v12;
mod wire;

pub use alert::AlertDescription;
pub use config::{Config, Role};
pub use connection::{Connection, Overhead};
pub use error::{ConfigError, Discard, ExportError, SealError};
pub use event::{Event, Noted, Reason, State, Stats};
pub use fingerprint::PeerVerified;
pub use identity::{FingerprintAlgorithm, Identity, KeyAlgorithm};
pub use key_log::KeyLog;
pub use srtp::SrtpProfile;
pub use suite::CipherSuite;
pub use wire::record::ProtocolVersion;
