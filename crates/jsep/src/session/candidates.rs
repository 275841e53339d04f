//! Candidates that are gathered or trickled (RFC 9429 §4.1.19, RFC 8838).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::{Attribute, Candidate, CandidateAddress, Connection, Media, SessionDescription};

use super::Session;
use crate::applied::{Applied, Trickled};
use crate::{Description, Error, Transport};

/// A candidate as applications exchange it: `RTCIceCandidateInit`.
///
/// With the feature `serde`, it is what `JSON.stringify` makes of a browser's candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", default))]
#[non_exhaustive]
pub struct CandidateInit {
    /// The `candidate:` attribute; empty for "no more".
    pub candidate: String,
    /// The `mid` of the section that it belongs to.
    pub sdp_mid: Option<String>,
    /// The place of that section, counted from 0.
    #[cfg_attr(feature = "serde", serde(rename = "sdpMLineIndex"))]
    pub sdp_m_line_index: Option<u16>,
    /// The user name fragment of its generation.
    pub username_fragment: Option<String>,
}

impl CandidateInit {
    /// A `candidate:` attribute, or the empty text for "no more".
    #[must_use]
    pub fn new(candidate: impl Into<String>) -> Self {
        Self { candidate: candidate.into(), ..Self::default() }
    }

    /// Sets [`sdp_mid`](Self::sdp_mid).
    #[must_use]
    pub fn with_sdp_mid(mut self, mid: impl Into<String>) -> Self {
        self.sdp_mid = Some(mid.into());
        self
    }

    /// Sets [`sdp_m_line_index`](Self::sdp_m_line_index).
    #[must_use]
    pub const fn with_sdp_m_line_index(mut self, index: u16) -> Self {
        self.sdp_m_line_index = Some(index);
        self
    }

    /// Sets [`username_fragment`](Self::username_fragment).
    #[must_use]
    pub fn with_username_fragment(mut self, fragment: impl Into<String>) -> Self {
        self.username_fragment = Some(fragment.into());
        self
    }
}

/// A remote candidate, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteCandidate {
    /// The `mid`s of the transports that expect it. None, if it belongs to a generation that is not in use: to an offer that
    /// is not answered, or to the one before a restart.
    pub transports: Vec<String>,
    /// The candidate; `None` for "no more".
    pub candidate: Option<Candidate>,
    /// Its generation; `None` for the end of the latest, whatever that is called.
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
                add_once(media, Attribute::Candidate(candidate.into()));
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

    /// A description of ours, with what was gathered since.
    pub(super) fn with_candidates(&self, description: &Description) -> Description {
        let mut sdp = SessionDescription::parse(&description.sdp).unwrap_or_default();
        self.candidates.write_into(&mut sdp);
        Description::new(description.kind, sdp.to_string())
    }

    /// Takes a candidate of the peer, or the end of them (webrtc-pc, `addIceCandidate`).
    ///
    /// # Errors
    /// [`Error::InvalidState`] without a remote description; [`Error::CandidateWithoutSection`],
    /// [`Error::UnknownSection`] or [`Error::InvalidCandidate`] for a candidate that belongs nowhere or cannot be read.
    pub fn add_remote_candidate(&mut self, init: &CandidateInit) -> Result<RemoteCandidate, Error> {
        let (mid, username_fragment) = (named(&init.sdp_mid), named(&init.username_fragment));
        let ends = init.candidate.is_empty();
        if !ends && mid.is_none() && init.sdp_m_line_index.is_none() {
            return Err(Error::CandidateWithoutSection);
        }
        let remote = self.remote().ok_or(Error::InvalidState)?;
        let index = section_of(remote, mid, init.sdp_m_line_index)?;
        let candidate = if ends { None } else { Some(parse(&init.candidate)?) };
        let extension = || candidate.as_ref().and_then(|candidate| candidate.extension("ufrag"));
        // One that names no generation is of the latest.
        let latest = || remote.outline.ufrag(index?);
        let username_fragment = username_fragment.or_else(extension).or_else(latest).map(String::from);
        let trickled = Trickled {
            index,
            username_fragment: username_fragment.clone(),
            candidate: candidate.as_ref().map(ToString::to_string),
        };
        let names_something = index.is_some() || username_fragment.is_some();
        if !self.keep_trickled(&trickled) && names_something {
            return Err(Error::UnknownSection);
        }
        let transports = self.transports_of(index, username_fragment.as_deref());
        let lender = index.filter(|index| !self.in_force().used().any(|(place, _)| place == *index));
        let candidate = candidate.map(|candidate| lent(candidate, lender));
        Ok(RemoteCandidate { transports, candidate, username_fragment })
    }

    /// Shows a trickled candidate in the remote descriptions of its generation, if there are any.
    fn keep_trickled(&mut self, trickled: &Trickled) -> bool {
        let mut belongs = false;
        let remotes = [&mut self.pending_remote, &mut self.current_remote].into_iter().flatten();
        // The end of the latest generation, whatever it is called in each section.
        let latest = if trickled.username_fragment.is_none() { 1 } else { 2 };
        for remote in remotes.take(latest) {
            if remote.expects(trickled) {
                remote.add(trickled.clone());
                belongs = true;
            }
        }
        belongs
    }

    /// The transports that expect the candidates of the section at `index`, or of all sections if there is none, of this
    /// generation, or of the latest.
    fn transports_of(&self, index: Option<usize>, ufrag: Option<&str>) -> Vec<String> {
        let Some(remote) = self.remote() else { return Vec::new() };
        let outline = &remote.outline;
        let takes = |place: usize, transport: &Transport| {
            let ufrag = ufrag.or_else(|| outline.ufrag(place));
            ufrag.is_some_and(|ufrag| transport.expects(ufrag))
                && index.is_none_or(|index| outline.lends(index, place, remote.has_candidates(place)))
        };
        let used = self.in_force().used();
        used.filter(|(place, transport)| takes(*place, transport)).map(|(_, t)| t.mid.clone()).collect()
    }

    /// The candidates that stand in the remote description in force, for the transports that expect them; none, where they
    /// have been asked for since a description was applied or taken back.
    pub fn described_candidates(&mut self) -> Vec<RemoteCandidate> {
        if !core::mem::take(&mut self.candidates_due) {
            return Vec::new();
        }
        let Some(remote) = self.remote_in_force() else { return Vec::new() };
        let sdp = remote.sdp();
        self.in_force()
            .used()
            .flat_map(|(place, transport)| described(remote, &sdp, place, transport))
            .collect()
    }
}

/// What a member of a dictionary names. Peers in the field send an empty text for null.
fn named(member: &Option<String>) -> Option<&str> {
    member.as_deref().filter(|text| !text.is_empty())
}

/// The candidates in a description for the transport of the section at `place`, and their end.
fn described(
    remote: &Applied,
    sdp: &SessionDescription,
    place: usize,
    transport: &Transport,
) -> Vec<RemoteCandidate> {
    let ufrag = remote.outline.ufrag(place).filter(|ufrag| transport.expects(ufrag));
    let Some(ufrag) = ufrag else { return Vec::new() };
    let sources = remote.outline.candidate_sources(place, remote.has_candidates(place));
    let sources: Vec<(usize, &Media)> = sources.filter_map(|at| Some((at, sdp.media.get(at)?))).collect();
    let candidates = sources.iter().flat_map(|(at, media)| {
        let lender = Some(*at).filter(|at| *at != place);
        media.candidates().cloned().map(move |candidate| Some(lent(candidate, lender)))
    });
    let ends = sources.iter().any(|(_, media)| media.has(&Attribute::EndOfCandidates));
    let belonging = |candidate| RemoteCandidate {
        transports: [transport.mid.clone()].into(),
        candidate,
        username_fragment: Some(ufrag.into()),
    };
    candidates.chain(ends.then_some(None)).map(belonging).collect()
}

/// A candidate that another section lends, as one of a foundation of its own. It may lead to a socket that the peer gives up
/// with that section; were it to share a foundation with ours, these would wait until it has failed (RFC 8445 §6.1.2.6).
fn lent(mut candidate: Candidate, lender: Option<usize>) -> Candidate {
    if let Some(place) = lender {
        // RFC 8839 §5.1: 32 characters at most.
        candidate.foundation = alloc::format!("{place}+{}", candidate.foundation).chars().take(32).collect();
    }
    candidate
}

/// The place of the section that a candidate names; `None` where it names none.
fn section_of(remote: &Applied, mid: Option<&str>, index: Option<u16>) -> Result<Option<usize>, Error> {
    if let Some(mid) = mid {
        return remote.outline.place_of(mid).map(Some).ok_or(Error::UnknownSection);
    }
    let index = index.map(usize::from);
    if index.is_some_and(|index| index >= remote.outline.section_count()) {
        return Err(Error::UnknownSection);
    }
    Ok(index)
}

/// Adds an attribute to a section that has none like it.
fn add_once(media: &mut Media, attribute: Attribute) {
    if !media.has(&attribute) {
        media.attributes.push(attribute);
    }
}

fn parse(text: &str) -> Result<Candidate, Error> {
    text.parse().map_err(|_| Error::InvalidCandidate)
}
