//! A description of the peer that has been applied, with what was trickled since (RFC 8838 §11, RFC 9429 §4.1.19).

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::SessionDescription;

use crate::layout::Layout;
use crate::outline::Outline;
use crate::{Description, SdpType};

/// How many trickled candidates a description shows: many more than ICE takes.
const MAX_TRICKLED: usize = 1000;

/// How many bytes of text these may have. A candidate of a browser has a hundred or two.
const MAX_TRICKLED_LEN: usize = 262_144;

const END_OF_CANDIDATES: &str = "a=end-of-candidates";

/// A description that has been applied. It is kept as its text: read, it would be ten times as large, for as long as
/// the connection lives, and it is read only now and then.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) kind: SdpType,
    text: Box<str>,
    pub(crate) outline: Outline,
    /// What the peer has trickled since, numbered in the order in which it came. It stands beside the text, which would be
    /// read and written for each.
    trickled: BTreeMap<Trickled, usize>,
    trickled_len: usize,
    /// The sections that candidates have been trickled for.
    trickled_to: BTreeSet<usize>,
}

/// A trickled candidate, or the end of them: where it belongs, and its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trickled {
    /// The place of its section; `None` for all of them.
    pub(crate) index: Option<usize>,
    /// Its generation; `None` for whichever there is.
    pub(crate) username_fragment: Option<String>,
    /// `None` says that there are no more.
    pub(crate) candidate: Option<String>,
}

impl Trickled {
    /// The line that shows it.
    fn line(&self) -> String {
        match &self.candidate {
            Some(candidate) => alloc::format!("a=candidate:{candidate}"),
            None => END_OF_CANDIDATES.into(),
        }
    }

    fn len(&self) -> usize {
        [&self.username_fragment, &self.candidate].into_iter().flatten().map(String::len).sum()
    }
}

impl Applied {
    pub(crate) fn new(kind: SdpType, layout: Layout<'_>) -> Self {
        Self {
            kind,
            text: layout.sdp.to_string().into(),
            outline: layout.outline,
            trickled: BTreeMap::new(),
            trickled_len: 0,
            trickled_to: BTreeSet::new(),
        }
    }

    /// Whether this is its text.
    pub(crate) fn says(&self, text: &str) -> bool {
        *self.text == *text
    }

    pub(crate) fn into_text(self) -> Box<str> {
        self.text
    }

    /// Everything that the peer has said. It was written from what had been read, so it can be read again.
    pub(crate) fn sdp(&self) -> SessionDescription {
        SessionDescription::parse(&self.with_trickled()).unwrap_or_default()
    }

    pub(crate) fn to_description(&self) -> Description {
        Description::new(self.kind, self.with_trickled())
    }

    /// Whether a candidate, or the end of them, is for a section of this description.
    pub(crate) fn expects(&self, trickled: &Trickled) -> bool {
        let outline = &self.outline;
        match (trickled.index, trickled.username_fragment.as_deref()) {
            (Some(index), Some(ufrag)) => outline.ufrag(index) == Some(ufrag),
            (Some(index), None) => index < outline.section_count(),
            (None, Some(ufrag)) => outline.has_ufrag(ufrag),
            (None, None) => outline.section_count() > 0,
        }
    }

    /// Takes what the peer has trickled, once. Of too many candidates the later ones do not show; the end of them does.
    pub(crate) fn add(&mut self, trickled: Trickled) {
        let len = self.trickled_len.saturating_add(trickled.len());
        let has_room = self.trickled.len() < MAX_TRICKLED && len <= MAX_TRICKLED_LEN;
        let is_end = trickled.candidate.is_none();
        if !(has_room || is_end) || self.trickled.contains_key(&trickled) {
            return;
        }
        self.trickled_len = len;
        self.trickled_to.extend(trickled.index.filter(|_| !is_end));
        self.trickled.insert(trickled, self.trickled.len());
    }

    /// Takes the place of an offer that nobody has answered. What was trickled for it has reached no ICE agent yet: of the
    /// same generation, it is for this one too.
    pub(crate) fn replace(&mut self, offer: &Self) {
        let mut trickled: Vec<(&usize, &Trickled)> =
            offer.trickled.iter().map(|(t, number)| (number, t)).collect();
        trickled.sort_unstable();
        for (_, trickled) in trickled {
            if trickled.username_fragment.is_some() && self.expects(trickled) {
                self.add(trickled.clone());
            }
        }
    }

    /// Whether there is a candidate of the section at `place` itself.
    pub(crate) fn has_candidates(&self, place: usize) -> bool {
        self.outline.has_candidates(place) || self.trickled_to.contains(&place)
    }

    /// The text, each section with what was trickled for it at its end, where the attributes are.
    fn with_trickled(&self) -> String {
        if self.trickled.is_empty() {
            return self.text.to_string();
        }
        let lines = self.lines_by_place();
        let mut text = String::with_capacity(self.text.len().saturating_add(self.trickled_len));
        let mut sections = self.text.split("\r\nm=").enumerate().peekable();
        while let Some((number, section)) = sections.next() {
            if number > 0 {
                text.push_str("m=");
            }
            text.push_str(section);
            if sections.peek().is_some() {
                text.push_str("\r\n");
            }
            // The first part is the session's.
            if let Some(place) = number.checked_sub(1) {
                self.add_lines(&mut text, section, place, &lines);
            }
        }
        text
    }

    /// What was trickled for one section, in the order in which it came.
    fn lines_by_place(&self) -> BTreeMap<usize, Vec<(usize, String)>> {
        let mut lines: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
        for (trickled, number) in &self.trickled {
            if let Some(index) = trickled.index {
                lines.entry(index).or_default().push((*number, trickled.line()));
            }
        }
        lines.values_mut().for_each(|lines| lines.sort_unstable());
        lines
    }

    /// Adds the lines that the section at `place` does not have yet.
    fn add_lines(
        &self,
        text: &mut String,
        section: &str,
        place: usize,
        lines: &BTreeMap<usize, Vec<(usize, String)>>,
    ) {
        let mut there: BTreeSet<&str> = section.lines().filter(|line| line.starts_with("a=")).collect();
        let own = lines.get(&place).into_iter().flatten().map(|(_, line)| line.as_str());
        let end = self.has_ended(place).then_some(END_OF_CANDIDATES);
        for line in own.chain(end) {
            if there.insert(line) {
                text.push_str(line);
                text.push_str("\r\n");
            }
        }
    }

    /// Whether the peer has said for all sections at once that the one at `place` gets no more candidates.
    fn has_ended(&self, place: usize) -> bool {
        let end = |username_fragment| Trickled { index: None, username_fragment, candidate: None };
        let of_generation = self.outline.ufrag(place).map(|ufrag| end(Some(ufrag.into())));
        self.trickled.contains_key(&end(None))
            || of_generation.is_some_and(|end| self.trickled.contains_key(&end))
    }
}
