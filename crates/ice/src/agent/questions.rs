//! What may be asked of an agent at any time.

use core::time::Duration;

use base::Path;

use super::Agent;
use crate::candidate::Candidate;
use crate::error::Discards;
use crate::event::State;
use crate::pair::{Pair, PairId, PairView, PathProof};
use crate::parameters::Parameters;
use crate::role::Role;
use crate::session::Session;

impl Agent {
    /// Our role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.shared.role
    }

    /// Our role, once signalling or a check of the peer has settled it: before that it is only assumed.
    #[must_use]
    pub fn settled_role(&self) -> Option<Role> {
        (self.shared.role_settled || self.shared.config.lite).then_some(self.shared.role)
    }

    /// The state of the transport.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What the peer has to know about us: of the newest generation.
    #[must_use]
    pub const fn local_parameters(&self) -> &Parameters {
        &self.current.local.parameters
    }

    /// What the peer told about itself: of the newest generation. `None` until it did, also after a restart.
    #[must_use]
    pub fn remote_parameters(&self) -> Option<&Parameters> {
        self.current.remote_parameters()
    }

    /// Our candidates of the newest generation, including those that the peer discovered.
    pub fn local_candidates(&self) -> impl Iterator<Item = &Candidate> {
        let (locals, generation) = (&self.shared.locals, self.current.generation);
        locals.indices().filter_map(move |index| locals.announced(index, generation)).map(|l| &l.candidate)
    }

    /// The peer's candidates of the newest generation, including those that its checks revealed.
    pub fn remote_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.current.candidates.iter().map(|c| &c.candidate)
    }

    /// The pairs: of the newest generation, and of the one before while that still carries data.
    pub fn pairs(&self) -> impl Iterator<Item = PairView<'_>> {
        self.sessions().flat_map(|s| s.pairs.iter().filter_map(|p| s.view(&self.shared, p)))
    }

    /// The pair that data takes: the chosen one, or before there is one the best that works.
    #[must_use]
    pub fn selected_pair(&self) -> Option<PairView<'_>> {
        let id = self.send?.pair;
        self.sessions().find_map(|s| s.pair(id).and_then(|p| s.view(&self.shared, p)))
    }

    /// Where data goes. `None` before a pair works and after consent has run out; and at a lite agent, while as much went
    /// to a pair that proved nothing as may go there: 4 KiB, and three bytes for each that came from it. O(1).
    #[must_use]
    pub fn send_path(&self) -> Option<Path> {
        self.send.filter(|sending| !sending.exhausted).map(|sending| sending.path)
    }

    /// The latest round-trip time on the pair that data takes.
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.selected_pair().and_then(|p| p.stats.current_round_trip_time)
    }

    /// The round-trip time on the pair that data takes, or, where every check had to be repeated, the longest that it can
    /// be. A path that takes longer than the RTO of checks is never measured.
    #[must_use]
    pub fn rtt_at_most(&self) -> Option<Duration> {
        let id = self.send?.pair;
        let pair = self.sessions().find_map(|s| s.pair(id))?;
        pair.stats.current_round_trip_time.or(pair.longest_round_trip)
    }

    /// The pair on `path`, if a peer with the right credentials stands at its other end: it answered a check there, or
    /// sent one. Only from there DTLS may be accepted. O(pairs), O(1) for the pair in use.
    #[must_use]
    pub fn validated(&self, path: Path) -> Option<PairId> {
        let on = |s: &Session| s.pair_on(&path).filter(|p| p.valid || p.heard).map(|p| p.id);
        self.sessions().find_map(on)
    }

    /// What the peer has proved about `path`; `None` where [`validated`](Self::validated) finds no pair. O(pairs), O(1) for
    /// the pair in use.
    #[must_use]
    pub fn path_proof(&self, path: Path) -> Option<PathProof> {
        self.sessions().filter_map(|s| s.pair_on(&path)).filter_map(Pair::proof).max()
    }

    /// What was discarded so far.
    #[must_use]
    pub const fn discards(&self) -> &Discards {
        &self.shared.discards
    }
}
