//! What signalling decides: roles, pace, the peer's parameters; and the end.

use core::time::Duration;

use base::Instant;

use super::Agent;
use crate::config::LONGEST_PACING;
use crate::event::State;
use crate::parameters::{Parameters, ParametersError};
use crate::role::Role;

impl Agent {
    /// Sets our role, as signalling decides it: the offerer controls (RFC 8445 §6.1.1). A lite agent is always
    /// controlled, and the peer of one always controls.
    pub fn set_role(&mut self, role: Role) {
        let peer_is_lite = self.current.remote_parameters().is_some_and(|p| p.lite);
        let role = match (self.shared.config.lite, peer_is_lite) {
            (true, _) => Role::Controlled,
            (false, true) => Role::Controlling,
            (false, false) => role,
        };
        self.reported_role = role;
        self.shared.role_settled = true;
        self.change_role(role);
        self.settle();
    }

    /// Tells which pause between two new checks the peer proposes (RFC 8839 §5.5); 50 ms before it does. The longer of its
    /// pause and ours holds (RFC 8445 §14.2); a longer one than a second is taken for a second.
    pub fn set_remote_pacing(&mut self, pacing: Duration) {
        self.shared.pacing = self.shared.config.pacing.max(pacing.min(LONGEST_PACING));
    }

    /// Tells the peer's parameters: checks start. Parameters other than the current ones are a restart by the peer:
    /// then ours [change too](Self::restart), unless they have changed already.
    ///
    /// # Errors
    /// [`ParametersError`] if the parameters are not valid; nothing changed then.
    pub fn set_remote_parameters(
        &mut self,
        now: Instant,
        parameters: Parameters,
    ) -> Result<(), ParametersError> {
        self.take_remote_parameters(now, parameters, Self::restart)
    }

    /// Ends everything at once: no datagram is sent or accepted any more.
    pub fn close(&mut self, now: Instant) {
        self.shared.tick(now);
        self.previous = None;
        self.current.pairs.clear();
        self.current.triggered.clear();
        self.current.nominated = None;
        self.current.nominating = None;
        self.shared.outbox.clear();
        self.enter(State::Closed);
        self.settle();
    }

    pub(super) fn change_role(&mut self, role: Role) {
        if self.shared.role == role {
            return;
        }
        self.shared.role_settled = true;
        self.shared.role = role;
        self.current.on_role_change(&self.shared, self.shared.now);
    }

    /// Checks the peer's parameters and goes on with them. Where others were known, `begin` makes room for them.
    pub(super) fn take_remote_parameters(
        &mut self,
        now: Instant,
        parameters: Parameters,
        begin: impl FnOnce(&mut Self, Instant),
    ) -> Result<(), ParametersError> {
        let now = self.shared.tick(now);
        self.check_remote_parameters(&parameters)?;
        match self.current.remote_parameters() {
            Some(known) if known.same_generation(&parameters) => return Ok(()),
            Some(_) => begin(self, now),
            // The first ones: the peer's checks may have come already.
            None => {}
        }
        self.learn_remote(now, parameters);
        Ok(())
    }

    fn check_remote_parameters(&self, parameters: &Parameters) -> Result<(), ParametersError> {
        parameters.check()?;
        if self.state == State::Closed {
            return Err(ParametersError::Closed);
        }
        let both_lite = parameters.lite && self.shared.config.lite;
        if both_lite { Err(ParametersError::BothLite) } else { Ok(()) }
    }

    fn learn_remote(&mut self, now: Instant, parameters: Parameters) {
        let lite = parameters.lite;
        self.current.set_remote(&mut self.shared, now, parameters);
        if lite {
            self.shared.role_settled = true;
            self.reported_role = Role::Controlling;
            self.change_role(Role::Controlling);
        }
        self.advance(now);
    }
}
