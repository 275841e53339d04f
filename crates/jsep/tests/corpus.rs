//! What browsers offered: every section for data is taken, with the candidates of its transport.

#![allow(clippy::print_stdout, reason = "a test may stop, and says what it skips")]

use std::fs;
use std::path::{Path, PathBuf};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{CandidateInit, Config, Description, Session};
use sdp::{Fingerprint, SessionDescription};

const BROWSERS: [&str; 3] = ["chromium-156.0.8078.79", "firefox-esr-153.7.0", "firefox-esr-153.7.0-dtls12"];

/// The offers of browsers that have a section for data.
fn offers() -> Vec<(PathBuf, String)> {
    let sessions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/browser-sessions");
    if !sessions.is_dir() {
        println!("skipped: the shared corpora are not beside this checkout");
        return Vec::new();
    }
    let files = BROWSERS.iter().flat_map(|browser| fs::read_dir(sessions.join(browser).join("sdp")).unwrap());
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.contains("offer") && name.ends_with(".sdp")
    });
    paths.sort();
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(path).unwrap());
    let offers: Vec<_> =
        paths.into_iter().map(read).filter(|(_, text)| text.contains("m=application")).collect();
    assert!(offers.len() > 10, "the corpora shrank to {} offers", offers.len());
    offers
}

fn answerer(offer: &str) -> Session {
    let config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest: vec![7; 32] }]);
    let mut session = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(1)));
    session.set_remote_description(&Description::offer(offer)).unwrap();
    session.set_local_description_due().unwrap();
    session
}

/// RFC 9143 §10: of a bundle, often only the first section has them.
#[test]
fn every_offer_that_has_candidates_has_some_for_data() {
    for (path, offer) in offers() {
        let mut session = answerer(&offer);
        let described = session.described_candidates();
        assert_eq!(!described.is_empty(), offer.contains("a=candidate:"), "{}", path.display());
        // A section that has its own has no others.
        let sdp = SessionDescription::parse(&offer).unwrap();
        let own = sdp.section(&session.data().unwrap().mid).unwrap().candidates().count();
        let taken = described.iter().filter(|described| described.candidate.is_some()).count();
        assert!(own == 0 || taken == own, "{}: {taken} of {own}", path.display());
    }
}

/// RFC 9143 §10: a browser that bundles all trickles for the first section only.
#[test]
fn candidates_trickled_for_the_first_section_of_a_whole_bundle_are_those_of_data() {
    let bundled =
        |(path, _): &(PathBuf, String)| path.to_string_lossy().ends_with("data-maxbundle-offer.sdp");
    for (path, offer) in offers().into_iter().filter(bundled) {
        let candidate = "candidate:1 1 udp 2122194687 192.0.2.1 55656 typ host";
        let init = CandidateInit::new(candidate).with_sdp_mid("0");
        let mut session = answerer(&offer);
        let taken = session.add_remote_candidate(&init).unwrap();
        assert_eq!(taken.transports, [session.data().unwrap().transport.clone()], "{}", path.display());
        assert_eq!(session.described_candidates(), [taken]);
    }
}
