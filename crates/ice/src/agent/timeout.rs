//! The passing of time, in every generation.

use base::Instant;

use super::Agent;
use crate::event::State;

impl Agent {
    /// Applies everything that is due at `now`, and all that follows from it.
    pub(super) fn advance(&mut self, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        if self.previous.as_ref().is_some_and(|p| p.until.is_some_and(|until| until <= now)) {
            self.previous = None;
        }
        self.current.on_time(now);
        if let Some(previous) = &mut self.previous {
            previous.session.on_time(now);
        }
        self.settle();
    }
}
