//! Restarts (RFC 8445 §9): a new generation beside the one that carries data.
//!
//! ```text
//!  restart ─► current: no peer yet    ─ parameters ─► checks ─ a pair is chosen ─► linger ─► previous is forgotten
//!             previous: carries data ───────────────────────────────────────────►
//! ```

use alloc::vec::Vec;

use base::Instant;

use super::Agent;
use crate::event::State;
use crate::parameters::{Credentials, Parameters, ParametersError};
use crate::session::Session;

/// The generation before a restart, which carries data until the new one can.
#[derive(Debug)]
pub(super) struct Previous {
    pub(super) session: Session,
    /// When it is forgotten; not before the new generation has chosen a pair.
    pub(super) until: Option<Instant>,
    /// Whether its local candidates had ended.
    end_of_local: bool,
    /// Whether a generation that the peer had answered came after it, and went before it carried data.
    skipped: bool,
}

impl Agent {
    /// Starts a new generation (RFC 8445 §9): new local parameters, which the peer has to be told, and no local candidates
    /// until they are added again. Data keeps its path until the new generation has chosen one.
    pub fn restart(&mut self, now: Instant) {
        let parameters = Parameters::random(&mut self.shared.rng.0, self.shared.config.lite);
        self.start_generation(now, parameters);
    }

    /// Like [`restart`](Self::restart), with parameters that are chosen already: an offer named them before it was
    /// applied.
    ///
    /// # Errors
    /// [`ParametersError`] if the parameters are not valid; nothing changed then.
    pub fn restart_with(&mut self, now: Instant, parameters: Parameters) -> Result<(), ParametersError> {
        parameters.check()?;
        if self.state == State::Closed {
            return Err(ParametersError::Closed);
        }
        self.start_generation(now, parameters);
        Ok(())
    }

    /// Takes a restart back that the peer has not answered: the offer that announced it was rolled back. Whether there
    /// was one, and the generation before it is still there.
    pub fn undo_restart(&mut self, now: Instant) -> bool {
        let now = self.shared.tick(now);
        if self.current.remote.is_some() || self.state == State::Closed {
            return false;
        }
        let Some(previous) = self.previous.take_if(|p| !p.skipped) else { return false };
        self.current = previous.session;
        self.end_of_local = previous.end_of_local;
        self.shared.locals.take_back(self.current.announced());
        self.advance(now);
        true
    }

    fn start_generation(&mut self, now: Instant, parameters: Parameters) {
        let now = self.shared.tick(now);
        if self.state == State::Closed {
            return;
        }
        let generation = self.current.generation.wrapping_add(1);
        let credentials = Credentials::new(self.shared.provider, parameters);
        let mut session = Session::new(generation, credentials, now);
        // Pacing goes on as if nothing had happened, and so do the names of what is discovered.
        session.next_check_at = self.current.next_check_at.max(now);
        session.next_candidate = self.current.next_candidate;
        let mut old = core::mem::replace(&mut self.current, session);
        let answered = old.remote.is_some();
        match &mut self.previous {
            Some(_) if !answered => {}
            // Data goes on until a later generation has chosen a pair, however many there are until then.
            Some(previous) if previous.session.send.is_some() && old.nominated.is_none() => {
                (previous.skipped, previous.until) = (true, None);
            }
            previous => {
                old.rest(now);
                let end_of_local = self.end_of_local;
                *previous = Some(Previous { session: old, until: None, end_of_local, skipped: false });
            }
        }
        self.end_of_local = false;
        let used: Vec<usize> = self.sessions().flat_map(|s| &s.pairs).map(|p| p.local).collect();
        self.shared.locals.forget_unused(&used);
        self.advance(now);
    }
}
