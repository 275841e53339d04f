//! How a connection comes to be (webrtc-pc §4.4.1.1, the constructor).

use alloc::boxed::Box;
use alloc::vec::Vec;

use base::Instant;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto::Rng;
use datachannel::Channels;

use super::told::Told;
use super::{PeerConnection, States};
use crate::log::Log;
use crate::observer::Observer;
use crate::{Configuration, Error};

impl PeerConnection {
    /// A connection that has said nothing yet.
    ///
    /// `rng` has to be cryptographically secure. The same seed, and the same calls, give the same datagrams.
    ///
    /// # Errors
    /// [`Error::NoCertificate`], [`Error::CertificateExpired`] or [`Error::Configuration`]: what is not refused here
    /// is not refused later.
    pub fn new(config: Configuration, mut rng: Rng, _now: Instant) -> Result<Self, Error> {
        config.check()?;
        let mut session = jsep::Config::new(config.fingerprints());
        session.ice_lite = config.ice.lite;
        session.ice_pacing = config.ice.pacing;
        session.max_message_size = config.max_message_size as u64;
        let mut session = jsep::Session::new(session, child(&mut rng));
        if config.always_negotiate_data_channels {
            session.want_data();
        }
        Ok(Self {
            channels: Channels::new(config.data_channels()),
            events: Told::new(Log::new(config.log_addresses)),
            config,
            rng,
            session,
            addresses: Vec::new(),
            transports: Vec::new(),
            next_transport: 0,
            association: None,
            left_over: 0,
            negotiation_announced: false,
            closed_channel: None,
            closed: false,
            closing_at: None,
            states: States::default(),
            restless: false,
            moved: false,
            discarded: 0,
            observer: Observer::default(),
        })
    }

    /// The settings.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.config
    }
}

/// A generator of its own for a machine: what one machine draws does not move the others.
pub(super) fn child(rng: &mut Rng) -> Rng {
    let mut seed = [0; 32];
    rand_core::Rng::fill_bytes(rng, &mut seed);
    Box::new(ChaCha20Rng::from_seed(seed))
}
