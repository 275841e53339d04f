//! What an agent reports.

use alloc::boxed::Box;

use crate::candidate::Candidate;
use crate::pair::PairId;
use crate::role::Role;

/// The state of the transport: RTCIceTransportState of W3C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Nothing to check yet.
    #[default]
    New,
    /// Checking, and no pair works yet.
    Checking,
    /// A pair works; a better one may still come.
    Connected,
    /// A pair is chosen, and there are no more candidates on either side.
    Completed,
    /// The peer has been silent for some time. This may pass.
    Disconnected,
    /// No pair works any more. Only a restart helps.
    Failed,
    /// The agent was closed.
    Closed,
}

impl State {
    /// The word that W3C has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Connected => "connected",
            Self::Completed => "completed",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The state changed. Every state on the way is reported.
    StateChange(State),
    /// Data now takes this pair, or none. Of several changes between two polls the last is reported.
    SelectedPairChange(Option<PairId>),
    /// The peer has shown that it is ready on the pair that data takes: it checked it, so that it knows our parameters, or
    /// the pair was chosen. What was said too early is worth saying again.
    PeerReady,
    /// A conflict changed our role. Of several changes between two polls the last is reported.
    RoleChange(Role),
    /// A check came from an address that was not signalled.
    PeerReflexiveCandidate(Box<Candidate>),
}
