//! What a description says of whose transport and whose candidates are whose: all that is asked of it for each candidate that
//! is trickled. It is read once, so that a candidate costs the same whatever the length of the description.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use sdp::{Attribute, Media, SessionDescription};

/// The sections of a description, as far as transports and candidates are concerned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    sections: Vec<Place>,
    /// The sections by their `mid`s.
    mids: BTreeMap<Box<str>, usize>,
    /// The user name fragments, in order.
    ufrags: Vec<Box<str>>,
    can_trickle: bool,
}

/// A section.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The section that names its transport (RFC 9143 §7.1.3).
    described_by: usize,
    /// The section that is tagged in its BUNDLE group.
    tag: Option<usize>,
    /// The user name fragment that holds for it, by its place among all.
    ufrag: Option<usize>,
    is_rejected: bool,
    is_bundle_only: bool,
    has_candidates: bool,
}

impl Outline {
    pub(crate) fn of(sdp: &SessionDescription) -> Self {
        let mids =
            sdp.media.iter().enumerate().filter_map(|(place, media)| Some((media.mid()?.into(), place)));
        let mut outline = Self {
            sections: sdp.media.iter().map(Place::of).collect(),
            mids: mids.collect(),
            ufrags: Vec::new(),
            can_trickle: can_trickle(sdp),
        };
        outline.tag_sections(sdp);
        outline.describe_sections(sdp);
        outline
    }

    /// The first section of a BUNDLE group is the tagged one (RFC 9143 §7.1.3).
    fn tag_sections(&mut self, sdp: &SessionDescription) {
        for group in sdp.bundles() {
            let mut members = group.mids.iter().filter_map(|mid| self.mids.get(mid.as_str())).peekable();
            let tagged = members.peek().copied().copied();
            for member in members {
                if let Some(section) = self.sections.get_mut(*member) {
                    section.tag = tagged;
                }
            }
        }
    }

    /// A section's own transport attributes hold for it, unless it leaves them to the tagged section of its bundle.
    fn describe_sections(&mut self, sdp: &SessionDescription) {
        let own: Vec<Option<&str>> = sdp.media.iter().map(|media| ufrag(&media.attributes)).collect();
        let own_of = |place: usize| own.get(place).copied().flatten();
        let session = ufrag(&sdp.attributes);
        let mut ufrags: Vec<&str> = own.iter().copied().flatten().chain(session).collect();
        ufrags.sort_unstable();
        ufrags.dedup();
        for (at, section) in self.sections.iter_mut().enumerate() {
            section.described_by = section.tag.filter(|_| own_of(at).is_none()).unwrap_or(at);
            let ufrag = own_of(section.described_by).or(session);
            section.ufrag = ufrag.and_then(|ufrag| ufrags.binary_search(&ufrag).ok());
        }
        self.ufrags = ufrags.into_iter().map(Box::from).collect();
    }

    /// Whether the section with this `mid` is in a bundle.
    pub(crate) fn is_bundled(&self, mid: &str) -> bool {
        self.place_of(mid)
            .and_then(|place| self.sections.get(place))
            .is_some_and(|section| section.tag.is_some())
    }

    pub(crate) fn section_count(&self) -> usize {
        self.sections.len()
    }

    /// The place of the section with this `mid`.
    pub(crate) fn place_of(&self, mid: &str) -> Option<usize> {
        self.mids.get(mid).copied()
    }

    /// The place of the section whose transport attributes hold for the one at `place`.
    pub(crate) fn described_by(&self, place: usize) -> Option<usize> {
        self.sections.get(place).map(|section| section.described_by)
    }

    /// The user name fragment that holds for the section at `place`.
    pub(crate) fn ufrag(&self, place: usize) -> Option<&str> {
        let at = self.sections.get(place)?.ufrag?;
        self.ufrags.get(at).map(|ufrag| &**ufrag)
    }

    /// Whether the description has this user name fragment.
    pub(crate) fn has_ufrag(&self, ufrag: &str) -> bool {
        self.ufrags.binary_search_by(|known| (**known).cmp(ufrag)).is_ok()
    }

    /// Whether the peer takes trickled candidates (RFC 9429 §4.1.17).
    pub(crate) const fn can_trickle(&self) -> bool {
        self.can_trickle
    }

    /// Whether the section at `place` stands with candidates in the description.
    pub(crate) fn has_candidates(&self, place: usize) -> bool {
        self.sections.get(place).is_some_and(|section| section.has_candidates)
    }

    /// Whether the candidates of the section at `other` are also those of the section at `place`: its own are; and, where it
    /// has none or leaves its address to its bundle, those of all that share its transport (RFC 9143 §10).
    ///
    /// A browser's first offer may give sections one user name fragment and a socket each, because the bundle may still be
    /// refused: then each has candidates of its own, and those of the others lead elsewhere.
    pub(crate) fn lends(&self, other: usize, place: usize, has_own: bool) -> bool {
        let (Some(lender), Some(section)) = (self.sections.get(other), self.sections.get(place)) else {
            return false;
        };
        let needs = !has_own || section.is_bundle_only;
        let share = section.tag.is_some() && section.tag == lender.tag && section.ufrag == lender.ufrag;
        other == place || (needs && share && !lender.is_rejected)
    }

    /// The places of the sections whose candidates are those of the section at `place`.
    pub(crate) fn candidate_sources(&self, place: usize, has_own: bool) -> impl Iterator<Item = usize> {
        (0..self.sections.len()).filter(move |other| self.lends(*other, place, has_own))
    }
}

impl Place {
    fn of(media: &Media) -> Self {
        Self {
            is_rejected: media.is_rejected(),
            is_bundle_only: media.has(&Attribute::BundleOnly),
            has_candidates: media.candidates().next().is_some(),
            ..Self::default()
        }
    }
}

fn ufrag(attributes: &[Attribute]) -> Option<&str> {
    attributes.iter().find_map(|attribute| match attribute {
        Attribute::IceUfrag(ufrag) => Some(ufrag.as_str()),
        _ => None,
    })
}

fn can_trickle(sdp: &SessionDescription) -> bool {
    let session = names_trickle(&sdp.attributes).unwrap_or(false);
    sdp.media.iter().any(|media| names_trickle(&media.attributes).unwrap_or(session))
}

/// Whether ICE options are named here, and trickling among them (RFC 8838 §16).
fn names_trickle(attributes: &[Attribute]) -> Option<bool> {
    attributes.iter().find_map(|attribute| match attribute {
        Attribute::IceOptions(options) => Some(options.iter().any(|option| option == "trickle")),
        _ => None,
    })
}
