//! Who describes whose transport: what a description leaves to the session's attributes or to a bundle, looked up once for
//! all sections, of which there may be many.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use sdp::{Attribute, Media, SessionDescription};

/// A description with its bundles and what holds for all sections.
pub(crate) struct Layout<'a> {
    pub(crate) sdp: &'a SessionDescription,
    /// The session's user name fragment.
    ufrag: Option<&'a str>,
    /// For each section in a BUNDLE group, the place of the one that is tagged there (RFC 9143 §7.1.3).
    tags: Vec<Option<usize>>,
}

impl<'a> Layout<'a> {
    pub(crate) fn of(sdp: &'a SessionDescription) -> Self {
        let named = sdp.media.iter().enumerate().filter_map(|(place, media)| Some((media.mid()?, place)));
        let places: BTreeMap<&str, usize> = named.collect();
        let mut tags: Vec<Option<usize>> = sdp.media.iter().map(|_| None).collect();
        for group in sdp.bundles() {
            let mut members =
                group.mids.iter().filter_map(|mid| places.get(mid.as_str()).copied()).peekable();
            let tagged = members.peek().copied();
            for member in members {
                if let Some(tag) = tags.get_mut(member) {
                    *tag = tagged;
                }
            }
        }
        Self { sdp, ufrag: ufrag(&sdp.attributes), tags }
    }

    /// The section whose transport attributes hold for the one at `place`: its own, unless it leaves them to the section
    /// that is tagged in its bundle (RFC 9143 §7.1.3).
    pub(crate) fn describing(&self, place: usize) -> Option<&'a Media> {
        let media = self.sdp.media.get(place)?;
        if ufrag(&media.attributes).is_some() {
            return Some(media);
        }
        self.tag(place).and_then(|tag| self.sdp.media.get(tag)).or(Some(media))
    }

    /// The user name fragment that holds for the section at `place`.
    pub(crate) fn ufrag(&self, place: usize) -> Option<&'a str> {
        self.describing(place).and_then(|media| ufrag(&media.attributes).or(self.ufrag))
    }

    /// The places of the sections whose candidates are those of the section at `place`: itself; and, where it has none of
    /// its own or leaves its address to its bundle, all that share its transport (RFC 9143 §10).
    ///
    /// A browser's first offer may give sections one user name fragment and a socket each, because the bundle may still be
    /// refused: then each has candidates of its own, and those of the others lead elsewhere.
    pub(crate) fn candidate_sources(&self, place: usize, has_own: bool) -> Vec<usize> {
        let is_bundle_only = |media: &Media| media.has(&Attribute::BundleOnly);
        let shares = !has_own || self.sdp.media.get(place).is_some_and(is_bundle_only);
        let tag = self.tag(place).filter(|_| shares);
        let lends = |at: usize, other: &Media| {
            tag.is_some()
                && self.tag(at) == tag
                && !other.is_rejected()
                && self.ufrag(at) == self.ufrag(place)
        };
        let places = self.sdp.media.iter().enumerate();
        places.filter(|(at, other)| *at == place || lends(*at, other)).map(|(at, _)| at).collect()
    }

    fn tag(&self, place: usize) -> Option<usize> {
        self.tags.get(place).copied().flatten()
    }
}

fn ufrag(attributes: &[Attribute]) -> Option<&str> {
    attributes.iter().find_map(|attribute| match attribute {
        Attribute::IceUfrag(ufrag) => Some(ufrag.as_str()),
        _ => None,
    })
}
