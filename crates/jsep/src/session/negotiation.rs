//! What the sections and the transports are: what an offer proposes, an answer settles, and a rollback restores.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::{Group, Media, SessionDescription};

use crate::section::{Purpose, Section};
use crate::{DataTransport, Error, Transport};

/// The sections in their order, and what they are carried by.
#[derive(Clone, Debug, Default)]
pub(super) struct Negotiation {
    pub(super) sections: Vec<Section>,
    pub(super) transports: Vec<Transport>,
    pub(super) data: Option<DataTransport>,
}

impl Negotiation {
    /// Takes the sections of the peer's offer: those that are there, and new ones behind them.
    pub(super) fn renew_sections(&mut self, offered: &[Media]) -> Result<(), Error> {
        if offered.len() < self.sections.len() {
            return Err(Error::SectionMismatch);
        }
        let mut names = self.names();
        for (place, media) in offered.iter().enumerate() {
            let section = Section::offered(media, name_for(&names, place, media));
            match self.sections.get_mut(place) {
                Some(known) => {
                    names.remove(&known.name);
                    known.renew(section)?;
                }
                None => self.sections.push(section),
            }
            names.extend(self.sections.get(place).map(|section| (section.name.clone(), place)));
        }
        self.keep_one_data_section();
        Ok(())
    }

    /// The places of the sections by their names.
    fn names(&self) -> BTreeMap<String, usize> {
        let sections = self.sections.iter().enumerate();
        sections.map(|(place, section)| (section.name.clone(), place)).collect()
    }

    /// A session has one SCTP transport: a second section for data channels is rejected.
    fn keep_one_data_section(&mut self) {
        self.sections.iter_mut().filter(|section| section.is_data()).skip(1).for_each(|section| {
            section.purpose = Purpose::Rejected;
        });
    }

    /// Whether a section for data channels has been proposed, also if one side rejected it.
    pub(super) fn has_data_section(&self) -> bool {
        self.sections.iter().any(|section| section.for_data)
    }

    /// The place and the name of the section for data channels, and what `sdp` says of it.
    pub(super) fn data_section<'a>(&self, sdp: &'a SessionDescription) -> Option<(usize, String, &'a Media)> {
        let mut sections = self.sections.iter().zip(&sdp.media).enumerate();
        let (place, (section, media)) = sections.find(|(_, (section, _))| section.is_data())?;
        Some((place, section.name.clone(), media))
    }

    /// Rejects the section for data channels. Its transport stays until [`drop_unused`](Self::drop_unused).
    pub(super) fn reject_data(&mut self) {
        self.sections.iter_mut().filter(|section| section.is_data()).for_each(|section| {
            section.purpose = Purpose::Rejected;
        });
        self.data = None;
    }

    /// Gives up the transports that no section uses: once the answer is there, and no earlier (RFC 9429 §4.1.10.1 and §5.11).
    pub(super) fn drop_unused(&mut self) {
        let used = |name: &String| self.sections.iter().any(|s| s.is_data() && s.name == *name);
        self.transports.retain(|transport| used(&transport.mid));
    }

    /// The transport that a section in use describes.
    pub(super) fn transport_of(&self, section: &Section) -> Option<&Transport> {
        self.transports.iter().find(|transport| section.is_data() && transport.mid == section.name)
    }

    /// The sections in use, by their places, with their transports.
    pub(super) fn used(&self) -> impl Iterator<Item = (usize, &Transport)> {
        let is_used = |transport: &&Transport| {
            let section = self.sections.get(transport.place);
            section.is_some_and(|section| section.is_data() && section.name == transport.mid)
        };
        self.transports.iter().filter(is_used).map(|transport| (transport.place, transport))
    }

    /// The transport with this `mid`, which is new if there is none yet.
    pub(super) fn transport_or(
        &mut self,
        mid: &str,
        new: impl FnOnce() -> Transport,
    ) -> Option<&mut Transport> {
        if !self.transports.iter().any(|transport| transport.mid == mid) {
            self.transports.push(new());
        }
        self.transport_mut(mid)
    }

    pub(super) fn transport_mut(&mut self, mid: &str) -> Option<&mut Transport> {
        self.transports.iter_mut().find(|transport| transport.mid == mid)
    }

    /// The BUNDLE group over every section that is in use and that may be in it (RFC 9143 §7.2 and §7.3).
    pub(super) fn bundle(&self, may: impl Fn(&str) -> bool) -> Option<Group> {
        let used = self.sections.iter().filter(|section| section.is_data());
        let mids: Vec<String> =
            used.filter_map(|section| section.mid.clone()).filter(|mid| may(mid.as_str())).collect();
        (!mids.is_empty()).then(|| Group { semantics: Group::BUNDLE.into(), mids })
    }

    /// Our SCTP port: 0 where the peer wants no association (RFC 8841 §10.3).
    pub(super) fn sctp_port(&self) -> u16 {
        self.data.as_ref().map_or(0, |data| data.local_port)
    }

    /// The smallest number that is no section's `mid`: short, as RFC 9143 §15.1 asks of what rides in RTP packets.
    pub(super) fn unused_mid(&self) -> String {
        let mids = self.sections.iter().flat_map(|section| section.mid.iter().chain([&section.name]));
        let used: BTreeSet<&String> = mids.collect();
        let mut mids = (0..=used.len()).map(|number| number.to_string());
        mids.find(|mid| !used.contains(mid)).unwrap_or_default()
    }
}

/// The name of a section that is new: its `mid`, unless it has none or another section goes by that name. Then it is one
/// that no `mid` can be, and no other place has.
fn name_for(names: &BTreeMap<String, usize>, place: usize, media: &Media) -> String {
    let is_free = |mid: &&str| names.get(*mid).is_none_or(|at| *at == place);
    media.mid().filter(is_free).map_or_else(|| format!("[{place}]"), String::from)
}
