//! Descriptions: lines, sections, bundles, and candidates that are trickled.

use std::fmt::Write;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{CandidateInit, Config, Description, Session};

use crate::{Scenario, measured};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "an offer, by its lines", size: 1000, run: |size| offer(&lines(size)) },
    Scenario { name: "an offer, by its bundled sections", size: 125, run: |size| offer(&sections(size)) },
    Scenario {
        name: "an answer, by the sections of its offer",
        size: 125,
        run: |size| answer(&sections(size)),
    },
    Scenario {
        name: "a candidate, by the lines of the description",
        size: 1000,
        run: |size| candidate(&lines(size), 1),
    },
    Scenario {
        name: "a candidate, by the sections of the description",
        size: 125,
        run: |size| candidate(&sections(size), 1),
    },
    Scenario { name: "candidates, by their number", size: 125, run: |size| candidate(&lines(1), size) },
    Scenario { name: "a small offer, by the description in force", size: 1000, run: small_offer },
];

const FRAME: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

const TRANSPORT: &str = "a=ice-ufrag:ETEn\r\na=ice-pwd:OtSK0WpNtpUjkY4+86js7Z/l\r\na=ice-options:trickle\r\n\
    a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2\r\n\
    a=setup:actpass\r\n";

const DATA: &str =
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=sctp-port:5000\r\na=mid:d\r\n";

fn session() -> Session {
    let fingerprint = format!("sha-256 {}", ["AB"; 32].join(":")).parse().unwrap();
    let mut config = Config::new(vec![fingerprint]);
    config.max_description_len = usize::MAX;
    Session::new(config, Box::new(ChaCha20Rng::from_seed([1; 32])))
}

/// A description with so many attributes in its section.
fn lines(count: usize) -> String {
    format!("{FRAME}{DATA}{TRANSPORT}{}", "a=x:y\r\n".repeat(count))
}

/// A description with so many sections in one bundle, the last of which is for data.
fn sections(count: usize) -> String {
    let mut mids = String::new();
    let mut media = String::new();
    for mid in 1..count {
        write!(mids, " {mid}").unwrap();
        write!(media, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n{TRANSPORT}")
            .unwrap();
    }
    let frame = FRAME.trim_end();
    format!("{frame}\r\na=group:BUNDLE{mids} d\r\n{media}{DATA}{TRANSPORT}")
}

fn offer(text: &str) -> usize {
    let (mut session, offer) = (session(), Description::offer(text));
    measured(&mut || session.set_remote_description(&offer).unwrap());
    text.len()
}

fn answer(text: &str) -> usize {
    let mut session = session();
    session.set_remote_description(&Description::offer(text)).unwrap();
    measured(&mut || _ = session.set_local_description_due().unwrap());
    text.len()
}

/// Candidates that are trickled to a session with this description, the last one measured.
fn candidate(text: &str, count: usize) -> usize {
    let mut session = session();
    session.set_remote_description(&Description::offer(text)).unwrap();
    session.set_local_description_due().unwrap();
    let candidate = |number| {
        CandidateInit::new(format!("candidate:{number:05} 1 udp 1 192.0.2.1 9 typ host")).with_sdp_mid("d")
    };
    for number in 1..count {
        session.add_remote_candidate(&candidate(number)).unwrap();
    }
    let last = candidate(count);
    measured(&mut || _ = session.add_remote_candidate(&last).unwrap());
    last.candidate.len()
}

/// A small offer, and what is asked of the session then, where a large description is in force.
fn small_offer(size: usize) -> usize {
    let mut session = session();
    session.set_remote_description(&Description::offer(lines(size))).unwrap();
    session.set_local_description_due().unwrap();
    session.described_candidates();
    let small = Description::offer(lines(1));
    measured(&mut || {
        session.set_remote_description(&small).unwrap();
        session.described_candidates();
    });
    small.sdp.len()
}
