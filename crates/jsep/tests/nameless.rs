//! Sections without `a=mid`: of peers that do not know RFC 5888, or whose application left it out.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{CandidateInit, Config, Description, Session};
use sdp::Fingerprint;

const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

const DATA: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:NhBe\r\n\
    a=ice-pwd:mlJDJqKNA31oK7ifUU70c0MW\r\na=fingerprint:sha-256 \
    4E:4A:3D:56:39:49:1A:B8:EB:56:43:69:3C:53:9C:8D:21:2E:C0:20:FA:52:EC:40:82:92:84:D4:AB:24:90:34\r\n\
    a=setup:actpass\r\na=sctp-port:5000\r\na=candidate:1 1 udp 9 192.0.2.1 5000 typ host\r\n";

const HOST: &str = "candidate:2 1 udp 9 192.0.2.2 5000 typ host";

fn session() -> Session {
    let config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest: vec![7; 32] }]);
    Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(1)))
}

/// What is answered to a description of these sections.
fn answer(session: &mut Session, sections: &[&str]) -> String {
    let offer = Description::offer(format!("{HEAD}{}", sections.concat()));
    session.set_remote_description(&offer).unwrap();
    session.set_local_description_due().unwrap().sdp
}

fn trickled(index: u16) -> CandidateInit {
    CandidateInit::new(HOST).with_sdp_m_line_index(index)
}

/// RFC 9429 §5.3.1: there is a mid in the answer if and only if there was one in the offer.
#[test]
fn no_name_is_invented_in_the_answer() {
    let mut session = session();
    let answer = answer(&mut session, &[DATA]);
    assert!(answer.contains("m=application 9 ") && !answer.contains("a=mid") && !answer.contains("a=group"));
    assert_eq!(session.place_of(&session.transports()[0].mid), Some((0, None)));
}

#[test]
fn candidates_find_their_section_by_its_place() {
    let mut session = session();
    answer(&mut session, &[DATA]);
    assert_eq!(session.described_candidates().len(), 1);
    let taken = session.add_remote_candidate(&trickled(0)).unwrap();
    assert_eq!(taken.transports, [session.transports()[0].mid.clone()]);
    assert_eq!(session.remote_description().unwrap().sdp.matches("a=candidate:").count(), 2);
}

/// RFC 3264 §8 and §8.2: it is the same section by its place; removed, it may lose all attributes.
#[test]
fn a_section_is_known_again_by_its_place() {
    let mut session = session();
    answer(&mut session, &[DATA]);
    let before = session.transports().to_vec();
    answer(&mut session, &[DATA]);
    assert_eq!(session.transports(), before);
    let named = DATA.replace("a=setup", "a=mid:later\r\na=setup");
    assert!(answer(&mut session, &[&named]).contains("a=mid:later"));
    assert_eq!(session.transports(), before, "a name that comes later is only a name");
    assert_eq!(session.place_of(&before[0].mid), Some((0, Some("later"))));
    answer(&mut session, &["m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"]);
    assert!(session.transports().is_empty());
}

#[test]
fn a_section_without_a_name_is_never_taken_for_another() {
    let audio = |mid: &str| format!("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n");
    for mid in ["0", "1"] {
        let mut session = session();
        let answer = answer(&mut session, &[&audio(mid), DATA]);
        assert_eq!(answer.matches("a=mid:").count(), 1, "{answer}");
        assert_eq!(session.add_remote_candidate(&trickled(0)).unwrap().transports, [""; 0]);
        assert_eq!(session.add_remote_candidate(&trickled(1)).unwrap().transports.len(), 1);
    }
    // Nor is one whose name it lost.
    let mut session = session();
    let named = DATA.replace("a=setup", "a=mid:0\r\na=setup");
    answer(&mut session, &[&named]);
    let before = session.transports().to_vec();
    answer(&mut session, &[DATA, &audio("0")]);
    assert_eq!(session.transports(), before);
    assert_eq!(session.place_of(&before[0].mid), Some((0, None)));
    // And a new section that takes over the name is still a new one.
    answer(&mut session, &["m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", &named]);
    assert_eq!(session.transports().len(), 1);
    assert_ne!(session.transports()[0].local, before[0].local);
    assert_eq!(session.place_of(&session.transports()[0].mid), Some((1, Some("0"))));
}
