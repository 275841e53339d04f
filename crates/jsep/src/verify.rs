//! What a remote description must hold before it is applied (RFC 9429 §5.8.3).

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use sdp::{Attribute, Fingerprint, Media, SessionDescription, Setup};

use crate::config::DEFAULT_ICE_PACING;
use crate::layout::Layout;
use crate::{Error, IceCredentials, RemoteTransport};

/// The attributes whose malformed value spoils the description. A malformed candidate is only a candidate less.
const CRITICAL: [&str; 8] =
    ["group", "mid", "ice-ufrag", "ice-pwd", "fingerprint", "setup", "sctp-port", "max-message-size"];

/// Checks what concerns the description as a whole.
pub(crate) fn description(sdp: &SessionDescription, max_sections: usize) -> Result<(), Error> {
    if sdp.media.len() > max_sections {
        return Err(Error::TooManySections);
    }
    let attributes = sdp.attributes.iter().chain(sdp.media.iter().flat_map(|media| &media.attributes));
    for attribute in attributes {
        if let Attribute::Malformed { line, .. } = attribute
            && CRITICAL.contains(&attribute.name())
        {
            return Err(Error::MalformedAttribute { line: *line });
        }
    }
    let mut mids: Vec<&str> = sdp.media.iter().filter_map(Media::mid).collect();
    if has_duplicates(&mut mids) || !mids.iter().all(|mid| sdp::is_token(mid)) {
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

/// The transport that the section at `place` names, itself or through its bundle's tagged section.
pub(crate) fn transport(layout: &Layout<'_>, place: usize) -> Result<RemoteTransport, Error> {
    let sdp = layout.sdp;
    let media = layout.describing(place).ok_or(Error::SectionMismatch)?;
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
        ice_pacing: sdp.ice_pacing().map_or(DEFAULT_ICE_PACING, Duration::from_millis),
        fingerprints,
        tls_id,
    })
}

/// The DTLS role that the section at `place` names, itself or through its bundle's tagged section.
pub(crate) fn setup(layout: &Layout<'_>, place: usize) -> Option<Setup> {
    layout.describing(place).and_then(|media| layout.sdp.setup(media))
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
