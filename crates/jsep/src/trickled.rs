//! Candidates of the peer that come after its description (RFC 8838 §11, RFC 9429 §4.1.19).

use alloc::string::String;

use sdp::{Attribute, Media, SessionDescription};

use crate::verify;

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
    /// Whether a section of this description is meant.
    pub(crate) fn belongs_to(&self, sdp: &SessionDescription) -> bool {
        (0..sdp.media.len()).any(|place| self.fits(sdp, place))
    }

    /// Shows it in the description.
    pub(crate) fn write_into(&self, sdp: &mut SessionDescription) {
        let attribute = match &self.candidate {
            None => Attribute::EndOfCandidates,
            Some(text) => match text.parse() {
                Ok(candidate) => Attribute::Candidate(candidate),
                Err(_) => return,
            },
        };
        for place in 0..sdp.media.len() {
            let fits = self.fits(sdp, place);
            if let Some(media) = sdp.media.get_mut(place).filter(|_| fits) {
                add_once(media, attribute.clone());
            }
        }
    }

    fn fits(&self, sdp: &SessionDescription, place: usize) -> bool {
        let is_of_generation = |media: &Media| {
            let ufrag = self.username_fragment.as_deref();
            ufrag.is_none_or(|ufrag| sdp.ice_ufrag(verify::describing(sdp, media)) == Some(ufrag))
        };
        self.index.is_none_or(|index| index == place) && sdp.media.get(place).is_some_and(is_of_generation)
    }
}

/// Adds an attribute to a section that has none like it.
pub(crate) fn add_once(media: &mut Media, attribute: Attribute) {
    if !media.has(&attribute) {
        media.attributes.push(attribute);
    }
}
