//! A description that has just been read, with its outline.

use sdp::{Media, SessionDescription};

use crate::outline::Outline;

/// A description, and who describes whose transport in it.
pub(crate) struct Layout<'a> {
    pub(crate) sdp: &'a SessionDescription,
    pub(crate) outline: Outline,
}

impl<'a> Layout<'a> {
    pub(crate) fn of(sdp: &'a SessionDescription) -> Self {
        Self { sdp, outline: Outline::of(sdp) }
    }

    /// The section whose transport attributes hold for the one at `place`: its own, unless it leaves them to the section
    /// that is tagged in its bundle (RFC 9143 §7.1.3).
    pub(crate) fn describing(&self, place: usize) -> Option<&'a Media> {
        self.sdp.media.get(self.outline.described_by(place)?)
    }
}
