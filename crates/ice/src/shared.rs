//! What all generations of an agent have in common: settings, time, role, our candidates, answers that wait.

use core::time::Duration;

use base::Instant;
use crypto::{Provider, Rng};

use crate::config::Config;
use crate::error::Discards;
use crate::local::Locals;
use crate::outbox::Outbox;
use crate::role::Role;

/// What all generations share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    /// The pause between two new checks that both sides have agreed on.
    pub(crate) pacing: Duration,
    pub(crate) provider: &'static Provider,
    pub(crate) rng: Generator,
    pub(crate) now: Instant,
    pub(crate) role: Role,
    /// Whether signalling, or a check of the peer, has settled it.
    pub(crate) role_settled: bool,
    pub(crate) tie_breaker: u64,
    pub(crate) locals: Locals,
    pub(crate) outbox: Outbox,
    pub(crate) discards: Discards,
    pub(crate) next_pair: u32,
}

impl Shared {
    /// The time, which never goes back.
    pub(crate) const fn tick(&mut self, now: Instant) -> Instant {
        if now.as_nanos() > self.now.as_nanos() {
            self.now = now;
        }
        self.now
    }
}

/// The randomness of the agent, which has nothing to show.
pub(crate) struct Generator(pub(crate) Rng);

impl core::fmt::Debug for Generator {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Generator")
    }
}
