//! What the sections and the transports are: what an offer proposes, an answer settles, and a rollback restores.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::{Group, MediaKind};

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
    /// The same sections as `offered` by the peer, as far as they were there, and the new ones behind them.
    pub(super) fn renew_sections(&mut self, offered: Vec<Section>) -> Result<(), Error> {
        if offered.len() < self.sections.len() {
            return Err(Error::SectionMismatch);
        }
        let known = self.sections.len();
        let mut offered = offered.into_iter();
        for (section, offered) in self.sections.iter_mut().zip(offered.by_ref().take(known)) {
            section.renew(offered)?;
        }
        self.sections.extend(offered);
        self.keep_one_data_section();
        Ok(())
    }

    /// A session has one SCTP transport: a second section for data channels is rejected.
    fn keep_one_data_section(&mut self) {
        self.sections.iter_mut().filter(|section| section.is_data()).skip(1).for_each(|section| {
            section.purpose = Purpose::Rejected;
        });
    }

    /// The place of the section for data channels.
    pub(super) fn data_index(&self) -> Option<usize> {
        self.sections.iter().position(Section::is_data)
    }

    /// Rejects the section for data channels. Its transport stays until [`settle`](Self::settle).
    pub(super) fn reject(&mut self, index: usize) {
        if let Some(section) = self.sections.get_mut(index) {
            section.purpose = Purpose::Rejected;
        }
        self.data = None;
    }

    /// The negotiation is over: transports that no section uses are given up (RFC 9429 §4.1.10.1 and §5.11).
    pub(super) fn settle(&mut self) {
        let used = |mid: &String| {
            self.sections.iter().any(|section| section.is_data() && section.mid.as_ref() == Some(mid))
        };
        self.transports.retain(|transport| used(&transport.mid));
    }

    /// The transport that a section in use describes.
    pub(super) fn transport_of(&self, section: &Section) -> Option<&Transport> {
        let mid = section.mid.as_ref().filter(|_| section.is_data())?;
        self.transports.iter().find(|transport| transport.mid == *mid)
    }

    /// The sections in use, by their places, with their transports.
    pub(super) fn used(&self) -> impl Iterator<Item = (usize, &Transport)> {
        let sections = self.sections.iter().enumerate();
        sections.filter_map(|(place, section)| Some((place, self.transport_of(section)?)))
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
        let used = |mid: &String| self.sections.iter().any(|section| section.mid.as_ref() == Some(mid));
        let mut mids = (0..=self.sections.len()).map(|number| number.to_string());
        mids.find(|mid| !used(mid)).unwrap_or_default()
    }

    /// The section's `mid`; one that came without gets the name of its place (RFC 9429 §5.10).
    pub(super) fn name_section(&mut self, index: usize) -> String {
        let fallback = index.to_string();
        let Some(section) = self.sections.get_mut(index) else { return fallback };
        debug_assert!(section.kind == MediaKind::Application, "only data sections have transports so far");
        section.mid.get_or_insert(fallback).clone()
    }
}
