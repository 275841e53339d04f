//! What can be read from a session.

use super::Session;
use crate::applied::Applied;
use crate::{DataTransport, Description, SignalingState, Transport};

impl Session {
    /// The signalling state.
    #[must_use]
    pub const fn signaling_state(&self) -> SignalingState {
        self.state
    }

    /// The transports that there are to be: those of the last answer, and with them those of an offer of ours or of a
    /// provisional answer. An offer of the peer changes them when we answer it.
    #[must_use]
    pub fn transports(&self) -> &[Transport] {
        &self.in_force().transports
    }

    /// What holds for data channels, once there is a section for them: as for [`transports`](Self::transports).
    #[must_use]
    pub fn data(&self) -> Option<&DataTransport> {
        self.in_force().data.as_ref()
    }

    /// The transports that an offer of the peer proposes beside those, before we have answered it.
    #[must_use]
    pub fn proposed_transports(&self) -> &[Transport] {
        self.proposed().map_or(&[], |offered| &offered.transports)
    }

    /// What an offer of the peer proposes for data channels, before we have answered it.
    #[must_use]
    pub fn proposed_data(&self) -> Option<&DataTransport> {
        self.proposed()?.data.as_ref()
    }

    /// The place of the section that describes a transport, and its `mid`, if descriptions give it one.
    #[must_use]
    pub fn place_of(&self, transport: &str) -> Option<(u16, Option<&str>)> {
        let in_force = self.in_force();
        let (place, _) = in_force.used().find(|(_, used)| used.mid == transport)?;
        Some((u16::try_from(place).ok()?, in_force.sections.get(place)?.mid.as_deref()))
    }

    /// The local description that is in force, with the candidates gathered since.
    #[must_use]
    pub fn current_local_description(&self) -> Option<Description> {
        self.current_local.as_ref().map(|applied| self.with_candidates(applied))
    }

    /// The local description that waits for its answer.
    #[must_use]
    pub fn pending_local_description(&self) -> Option<Description> {
        self.pending_local.as_ref().map(|applied| self.with_candidates(applied))
    }

    /// The pending local description, else the current one.
    #[must_use]
    pub fn local_description(&self) -> Option<Description> {
        self.pending_local_description().or_else(|| self.current_local_description())
    }

    /// The remote description that is in force, with the candidates that came since.
    #[must_use]
    pub fn current_remote_description(&self) -> Option<Description> {
        self.current_remote.as_ref().map(Applied::to_description)
    }

    /// The remote description that waits for its answer.
    #[must_use]
    pub fn pending_remote_description(&self) -> Option<Description> {
        self.pending_remote.as_ref().map(Applied::to_description)
    }

    /// The pending remote description, else the current one.
    #[must_use]
    pub fn remote_description(&self) -> Option<Description> {
        self.pending_remote_description().or_else(|| self.current_remote_description())
    }

    /// Whether the peer takes trickled candidates; `None` before its first description (RFC 9429 §4.1.17).
    #[must_use]
    pub fn can_trickle(&self) -> Option<bool> {
        Some(self.remote()?.outline.can_trickle())
    }

    /// The pending remote description, else the current one.
    pub(super) fn remote(&self) -> Option<&Applied> {
        self.pending_remote.as_ref().or(self.current_remote.as_ref())
    }

    /// The remote description that belongs to what is in force.
    pub(super) fn remote_in_force(&self) -> Option<&Applied> {
        if self.provisional.is_some() { self.pending_remote.as_ref() } else { self.current_remote.as_ref() }
    }
}
