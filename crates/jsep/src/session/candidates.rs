//! Candidates that are gathered or trickled (RFC 9429 §4.1.19, RFC 8838).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::{Attribute, Candidate, CandidateAddress, Connection, Media, SessionDescription};

use super::Session;
use crate::description::Applied;
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

fn add_once(media: &mut Media, attribute: Attribute) {
    if !media.has(&attribute) {
        media.attributes.push(attribute);
    }
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
        let remote =
            self.pending_remote.as_ref().or(self.current_remote.as_ref()).ok_or(Error::InvalidState)?;
        let index = section_of(&remote.sdp(), init)?;
        let candidate = if ends { None } else { Some(parse(&init.candidate)?) };
        let username_fragment = generation(init, candidate.as_ref());
        if let (Some(index), Some(ufrag)) = (index, &username_fragment)
            && !self.knows_generation(index, ufrag)
        {
            return Err(Error::UnknownSection);
        }
        let attribute = candidate.clone().map_or(Attribute::EndOfCandidates, Attribute::Candidate);
        for remote in [&mut self.pending_remote, &mut self.current_remote].into_iter().flatten() {
            let mut sdp = remote.sdp();
            note(&mut sdp, index, username_fragment.as_deref(), &attribute);
            *remote = Applied::new(remote.kind, &sdp);
        }
        Ok(RemoteCandidate { transports: self.transports_at(index), candidate, username_fragment })
    }

    /// Whether the section's remote description, pending or current, is of this generation.
    fn knows_generation(&self, index: usize, ufrag: &str) -> bool {
        [&self.pending_remote, &self.current_remote].into_iter().flatten().any(|remote| {
            let sdp = remote.sdp();
            sdp.media
                .get(index)
                .is_some_and(|media| sdp.ice_ufrag(verify::describing(&sdp, media)) == Some(ufrag))
        })
    }

    fn transports_at(&self, index: Option<usize>) -> Vec<String> {
        let Some(index) = index else {
            return self.negotiation.transports.iter().map(|transport| transport.mid.clone()).collect();
        };
        let section = self.negotiation.sections.get(index);
        section.and_then(|s| self.negotiation.transport_of(s)).map(|t| t.mid.clone()).into_iter().collect()
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

/// Shows a trickled candidate in the remote description.
fn note(sdp: &mut SessionDescription, index: Option<usize>, ufrag: Option<&str>, attribute: &Attribute) {
    let places = match index {
        Some(index) => index..index.saturating_add(1),
        None => 0..sdp.media.len(),
    };
    for place in places {
        let fits = sdp.media.get(place).is_some_and(|media| {
            ufrag.is_none_or(|ufrag| sdp.ice_ufrag(verify::describing(sdp, media)) == Some(ufrag))
        });
        if let Some(media) = sdp.media.get_mut(place).filter(|_| fits) {
            add_once(media, attribute.clone());
        }
    }
}
