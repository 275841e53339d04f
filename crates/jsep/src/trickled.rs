//! Candidates of the peer that come after its description (RFC 8838 §11, RFC 9429 §4.1.19).

use alloc::string::String;
use alloc::vec::Vec;

use sdp::{Attribute, Media, SessionDescription};

use crate::layout::Layout;

/// A trickled candidate, or the end of them: where it belongs, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trickled {
    /// The place of its section; `None` for all of them.
    pub(crate) index: Option<usize>,
    /// Its generation; `None` for whichever there is.
    pub(crate) username_fragment: Option<String>,
    /// `None` says that there are no more.
    pub(crate) candidate: Option<String>,
}

impl Trickled {
    /// The places of the sections that are meant.
    pub(crate) fn places(&self, layout: &Layout<'_>) -> Vec<usize> {
        let ufrag = self.username_fragment.as_deref();
        let is_of_generation = |place: &usize| ufrag.is_none_or(|ufrag| layout.ufrag(*place) == Some(ufrag));
        let places = match self.index {
            Some(index) => index..index.saturating_add(1),
            None => 0..layout.sdp.media.len(),
        };
        places.filter(is_of_generation).collect()
    }

    /// Shows it in the sections at these places.
    pub(crate) fn write_into(&self, sdp: &mut SessionDescription, places: &[usize]) {
        let attribute = match &self.candidate {
            None => Attribute::EndOfCandidates,
            Some(text) => match text.parse() {
                Ok(candidate) => Attribute::Candidate(candidate),
                Err(_) => return,
            },
        };
        for place in places {
            if let Some(media) = sdp.media.get_mut(*place) {
                add_once(media, attribute.clone());
            }
        }
    }
}

/// Adds an attribute to a section that has none like it.
pub(crate) fn add_once(media: &mut Media, attribute: Attribute) {
    if !media.has(&attribute) {
        media.attributes.push(attribute);
    }
}
