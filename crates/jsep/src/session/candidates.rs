//! Candidates that are gathered or trickled (RFC 9429 §4.1.19, RFC 8838).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::{Attribute, Candidate, CandidateAddress, Connection, Media, SessionDescription};

use super::Session;
use crate::description::Applied;
use crate::trickled::{Trickled, add_once};
use crate::{Description, Error, Transport, verify};

/// A candidate as applications exchange it: `RTCIceCandidateInit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CandidateInit {
    /// The `candidate:` attribute; empty for "no more".
    pub candidate: String,
    /// The `mid` of the section that it belongs to.
    pub sdp_mid: Option<String>,
    /// The place of that section, counted from 0.
    pub sdp_m_line_index: Option<u16>,
    /// The user name fragment of its generation.
    pub username_fragment: Option<String>,
}

/// A remote candidate, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteCandidate {
    /// The `mid`s of the transports: one, or all of them for an "end of candidates" that names none.
    pub transports: Vec<String>,
    /// The candidate; `None` for "no more".
    pub candidate: Option<Candidate>,
    /// The generation that it names.
    pub username_fragment: Option<String>,
}

/// What has been gathered, each with the user name fragment of its generation. Like descriptions, candidates are kept
/// as their text.
#[derive(Debug, Default)]
pub(crate) struct LocalCandidates {
    gathered: Vec<(String, String)>,
    complete: Vec<String>,
}

impl LocalCandidates {
    /// Forgets the candidates of all other generations than those of `transports`.
    pub(crate) fn keep_generations(&mut self, transports: &[Transport]) {
        let known = |ufrag: &String| transports.iter().any(|t| t.local.username_fragment == *ufrag);
        self.gathered.retain(|(generation, _)| known(generation));
        self.complete.retain(known);
    }

    /// Adds to each section the candidates of its generation, and makes the first one its default address
    /// (RFC 9429 §5.2.2).
    pub(crate) fn write_into(&self, sdp: &mut SessionDescription) {
        for media in &mut sdp.media {
            let Some(ufrag) = ufrag(media).map(String::from) else { continue };
            let own = self.gathered.iter().filter(|(generation, _)| *generation == ufrag);
            for candidate in own.filter_map(|(_, text)| text.parse().ok()) {
                set_default(media, &candidate);
                add_once(media, Attribute::Candidate(candidate));
            }
            if self.complete.contains(&ufrag) {
                add_once(media, Attribute::EndOfCandidates);
            }
        }
    }
}

fn ufrag(media: &Media) -> Option<&str> {
    media.attributes.iter().find_map(|a| match a {
        Attribute::IceUfrag(ufrag) => Some(ufrag.as_str()),
        _ => None,
    })
}

/// A section that still has the placeholder for its address gets this candidate's.
fn set_default(media: &mut Media, candidate: &Candidate) {
    let CandidateAddress::Ip(address) = &candidate.address else { return };
    if media.port != 9 || candidate.transport != sdp::CandidateTransport::Udp {
        return;
    }
    media.port = candidate.port;
    media.connections = [Connection {
        network_type: "IN".into(),
        address_type: if address.is_ipv4() { "IP4" } else { "IP6" }.into(),
        address: alloc::format!("{address}"),
    }]
    .into();
}

impl Session {
    /// A local candidate was gathered under the credentials with this user name fragment. Descriptions show it from
    /// now on.
    pub fn add_local_candidate(&mut self, username_fragment: &str, candidate: &Candidate) {
        let entry = (username_fragment.into(), candidate.to_string());
        if !self.candidates.gathered.contains(&entry) {
            self.candidates.gathered.push(entry);
        }
    }

    /// Gathering under the credentials with this user name fragment is complete.
    pub fn end_local_candidates(&mut self, username_fragment: &str) {
        let complete = &mut self.candidates.complete;
        if !complete.iter().any(|generation| generation == username_fragment) {
            complete.push(username_fragment.into());
        }
    }

    pub(super) fn with_candidates(&self, applied: &Applied) -> Description {
        let mut sdp = applied.sdp();
        self.candidates.write_into(&mut sdp);
        Description::new(applied.kind, sdp.to_string())
    }

    /// Takes a candidate of the peer, or the end of them (webrtc-pc, `addIceCandidate`).
    ///
    /// # Errors
    /// [`Error::InvalidState`] without a remote description; [`Error::CandidateWithoutSection`],
    /// [`Error::UnknownSection`] or [`Error::InvalidCandidate`] for a candidate that belongs nowhere or cannot be read.
    pub fn add_remote_candidate(&mut self, init: &CandidateInit) -> Result<RemoteCandidate, Error> {
        let ends = init.candidate.is_empty();
        if !ends && init.sdp_mid.is_none() && init.sdp_m_line_index.is_none() {
            return Err(Error::CandidateWithoutSection);
        }
        let remote = self.remote().ok_or(Error::InvalidState)?;
        let index = section_of(&remote.without_trickled(), init)?;
        let candidate = if ends { None } else { Some(parse(&init.candidate)?) };
        let username_fragment = generation(init, candidate.as_ref());
        let trickled = Trickled {
            index,
            username_fragment: username_fragment.clone(),
            candidate: candidate.as_ref().map(ToString::to_string),
        };
        let mut belongs = false;
        for remote in [&mut self.pending_remote, &mut self.current_remote].into_iter().flatten() {
            if trickled.belongs_to(&remote.without_trickled()) {
                remote.add(trickled.clone());
                belongs = true;
            }
        }
        // One for a section that is there is of another generation.
        if index.is_some() && !belongs {
            return Err(Error::UnknownSection);
        }
        Ok(RemoteCandidate { transports: self.transports_of(index), candidate, username_fragment })
    }

    /// The transports that the candidates of the section at `index` are for; of all sections if there is none.
    fn transports_of(&self, index: Option<usize>) -> Vec<String> {
        let Some(remote) = self.remote() else { return Vec::new() };
        let sdp = remote.without_trickled();
        let takes = |place: usize| {
            let is_own = |media: &Media| media.candidates().next().is_some();
            let has_own = sdp.media.get(place).is_some_and(is_own) || remote.has_trickled_to(place);
            index.is_none_or(|index| verify::candidate_sources(&sdp, place, has_own).contains(&index))
        };
        let negotiation = self.in_force();
        let sections = negotiation.sections.iter().enumerate();
        let transports = sections.filter_map(|(place, section)| {
            negotiation.transport_of(section).filter(|_| takes(place)).map(|t| t.mid.clone())
        });
        transports.collect()
    }
}

/// The place of the section that `init` names; `None` where it names none.
fn section_of(sdp: &SessionDescription, init: &CandidateInit) -> Result<Option<usize>, Error> {
    let index = match (&init.sdp_mid, init.sdp_m_line_index) {
        (Some(mid), _) => {
            Some(sdp.media.iter().position(|m| m.mid() == Some(mid)).ok_or(Error::UnknownSection)?)
        }
        (None, Some(index)) => Some(usize::from(index)),
        (None, None) => None,
    };
    if index.is_some_and(|index| index >= sdp.media.len()) { Err(Error::UnknownSection) } else { Ok(index) }
}

fn parse(text: &str) -> Result<Candidate, Error> {
    text.parse().map_err(|_| Error::InvalidCandidate)
}

/// The generation that a candidate names, in its dictionary or in its own text.
fn generation(init: &CandidateInit, candidate: Option<&Candidate>) -> Option<String> {
    let extension = || candidate.and_then(|candidate| candidate.extension("ufrag")).map(String::from);
    init.username_fragment.clone().or_else(extension)
}
