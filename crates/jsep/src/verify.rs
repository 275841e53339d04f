//! What a remote description must hold before it is applied (RFC 9429 §5.8.3).

use alloc::string::String;
use alloc::vec::Vec;

use sdp::{Attribute, Fingerprint, Group, Media, SessionDescription, Setup};

use crate::config::DEFAULT_ICE_PACING;
use crate::{Error, IceCredentials, RemoteTransport};

/// The attributes whose malformed value spoils the description. A malformed candidate is only a candidate less.
const CRITICAL: [&str; 8] =
    ["group", "mid", "ice-ufrag", "ice-pwd", "fingerprint", "setup", "sctp-port", "max-message-size"];

/// Checks what concerns the description as a whole.
pub(crate) fn description(sdp: &SessionDescription) -> Result<(), Error> {
    let attributes = sdp.attributes.iter().chain(sdp.media.iter().flat_map(|media| &media.attributes));
    for attribute in attributes {
        if let Attribute::Malformed { line, .. } = attribute
            && CRITICAL.contains(&attribute.name())
        {
            return Err(Error::MalformedAttribute { line: *line });
        }
    }
    let mut mids: Vec<&str> = sdp.media.iter().filter_map(Media::mid).collect();
    if has_duplicates(&mut mids) {
        return Err(Error::InvalidMid);
    }
    let mut bundled: Vec<&str> = sdp.bundles().flat_map(|group| &group.mids).map(String::as_str).collect();
    let unknown = bundled.iter().any(|mid| mids.binary_search(mid).is_err());
    if unknown || has_duplicates(&mut bundled) {
        return Err(Error::InvalidBundle);
    }
    Ok(())
}

/// Sorts `words` and says whether two are equal.
fn has_duplicates(words: &mut [&str]) -> bool {
    words.sort_unstable();
    words.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// The transport that `media` names, itself or through its bundle's tagged section.
pub(crate) fn transport(sdp: &SessionDescription, media: &Media) -> Result<RemoteTransport, Error> {
    let media = describing(sdp, media);
    let ufrag = sdp.ice_ufrag(media).ok_or(Error::InvalidIceCredentials)?;
    let pwd = sdp.ice_pwd(media).ok_or(Error::InvalidIceCredentials)?;
    let fingerprints: Vec<Fingerprint> =
        sdp.fingerprints(media).into_iter().filter(|fingerprint| is_strong(fingerprint)).cloned().collect();
    if fingerprints.is_empty() {
        return Err(Error::MissingFingerprint);
    }
    let tls_id = sdp.inherited(media, |a| match a {
        Attribute::TlsId(id) => Some(id.clone()),
        _ => None,
    });
    Ok(RemoteTransport {
        ice: IceCredentials::checked(ufrag, pwd)?,
        ice_lite: sdp.is_ice_lite(),
        ice_pacing: sdp.ice_pacing().unwrap_or(DEFAULT_ICE_PACING),
        fingerprints,
        tls_id,
    })
}

/// The user name fragment of the section at `place`, its own or its bundle's.
pub(crate) fn ice_ufrag(sdp: &SessionDescription, place: usize) -> Option<&str> {
    sdp.media.get(place).and_then(|media| sdp.ice_ufrag(describing(sdp, media)))
}

/// The DTLS role that `media` names, itself or through its bundle's tagged section.
pub(crate) fn setup(sdp: &SessionDescription, media: &Media) -> Option<Setup> {
    sdp.setup(describing(sdp, media))
}

/// The section whose transport attributes hold for `media`: its own, unless it leaves them to the section that is
/// tagged in its bundle (RFC 9143 §7.1.3).
pub(crate) fn describing<'a>(sdp: &'a SessionDescription, media: &'a Media) -> &'a Media {
    if media.attributes.iter().any(|a| matches!(a, Attribute::IceUfrag(_))) {
        return media;
    }
    bundle_of(sdp, media)
        .and_then(|group| group.mids.first())
        .and_then(|tag| sdp.section(tag))
        .unwrap_or(media)
}

/// The places of the sections whose candidates are those of the section at `place`: itself; and, where it has none of its
/// own or leaves its address to its bundle, all that share its transport (RFC 9143 §10).
///
/// A browser's first offer may give sections one user name fragment and a socket each, because the bundle may still be
/// refused: then each has candidates of its own, and those of the others lead elsewhere.
pub(crate) fn candidate_sources(sdp: &SessionDescription, place: usize, has_own: bool) -> Vec<usize> {
    let Some(media) = sdp.media.get(place) else { return Vec::new() };
    let group = bundle_of(sdp, media).filter(|_| !has_own || media.has(&Attribute::BundleOnly));
    let ufrag = sdp.ice_ufrag(describing(sdp, media));
    let shares = |other: &Media| {
        let is_bundled = |group: &Group| group.mids.iter().any(|mid| other.mid() == Some(mid));
        group.is_some_and(is_bundled)
            && !other.is_rejected()
            && sdp.ice_ufrag(describing(sdp, other)) == ufrag
    };
    let places = sdp.media.iter().enumerate();
    places.filter(|(at, other)| *at == place || shares(other)).map(|(at, _)| at).collect()
}

/// The BUNDLE group that names `media`.
fn bundle_of<'a>(sdp: &'a SessionDescription, media: &Media) -> Option<&'a Group> {
    let own = |mid: &String| media.mid() == Some(mid);
    sdp.bundles().find(|group| group.mids.iter().any(own))
}

/// Whether the hash function is known and fit for use, and the digest has its length (RFC 8122 §5).
fn is_strong(fingerprint: &Fingerprint) -> bool {
    let len = match fingerprint.algorithm.as_str() {
        "sha-256" => 32,
        "sha-384" => 48,
        "sha-512" => 64,
        _ => return false,
    };
    fingerprint.digest.len() == len
}
