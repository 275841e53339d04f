//! The timeline of a driver.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "invariant 2 ends here: a driver owns the clock that the cores are told of"
)]

use rtc::Instant;

/// A monotonic clock that began with its driver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: std::time::Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: std::time::Instant::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.started.elapsed()
    }
}
