//! Another peer behind the same local parameters: an offer went to several, and they answered one after the other
//! (sequential forking, RFC 9429 §3.8.1).

use base::Instant;

use super::Agent;
use crate::parameters::{Credentials, Parameters, ParametersError};
use crate::session::Session;

impl Agent {
    /// Tells the parameters of a peer that takes the place of the one so far, if there was one. Ours stay, for this peer was
    /// told the same; the checklist is discarded (RFC 9429 §5.10). The parameters that are known already change nothing.
    ///
    /// # Errors
    /// [`ParametersError`] if the parameters are not valid; nothing changed then.
    pub fn replace_remote_parameters(
        &mut self,
        now: Instant,
        parameters: Parameters,
    ) -> Result<(), ParametersError> {
        self.take_remote_parameters(now, parameters, Self::discard_checklist)
    }

    fn discard_checklist(&mut self, now: Instant) {
        let ours = Credentials::new(self.shared.provider, self.current.local.parameters.clone());
        // Answers that wait are signed with our password, which is still the same: so the generation is.
        let pace = self.current.next_check_at.max(now);
        let next_candidate = self.current.next_candidate;
        self.current = Session::new(self.current.generation, ours, pace);
        self.current.next_candidate = next_candidate;
    }
}
