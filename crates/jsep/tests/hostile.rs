//! Descriptions that a peer should not send: a clear error, and nothing changes.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{CandidateInit, Config, Description, Error, SdpType, Session, SignalingState};
use sdp::Fingerprint;

const FINGERPRINT: &str =
    "4E:4A:3D:56:39:49:1A:B8:EB:56:43:69:3C:53:9C:8D:21:2E:C0:20:FA:52:EC:40:82:92:84:D4:AB:24:90:34";

fn session(seed: u64) -> Session {
    let config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest: vec![7; 32] }]);
    let mut session = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(seed)));
    session.want_data();
    session
}

fn offer() -> String {
    format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:NhBe\r\n\
         a=ice-pwd:mlJDJqKNA31oK7ifUU70c0MW\r\na=fingerprint:sha-256 {FINGERPRINT}\r\na=setup:actpass\r\na=mid:0\r\n\
         a=sctp-port:5000\r\n"
    )
}

#[track_caller]
fn refused(from: &str, to: &str) -> Error {
    let text = offer().replace(from, to);
    assert_ne!(text, offer(), "the offer has {from}");
    let mut session = session(1);
    let error = session.set_remote_description(&Description::offer(text)).unwrap_err();
    assert_eq!(session.signaling_state(), SignalingState::Stable);
    assert!(session.transports().is_empty() && session.remote_description().is_none());
    error
}

/// RFC 9429 §5.8.3, with the sizes of RFC 8839 §5.4.
#[test]
fn credentials_outside_their_sizes_are_refused() {
    assert_eq!(refused("ufrag:NhBe", "ufrag:NhB"), Error::InvalidIceCredentials);
    assert_eq!(
        refused("pwd:mlJDJqKNA31oK7ifUU70c0MW", "pwd:mlJDJqKNA31oK7ifUU70c"),
        Error::InvalidIceCredentials
    );
    let long = format!("pwd:{}", "x".repeat(257));
    assert_eq!(refused("pwd:mlJDJqKNA31oK7ifUU70c0MW", &long), Error::InvalidIceCredentials);
    assert_eq!(refused("a=ice-ufrag:NhBe\r\n", ""), Error::InvalidIceCredentials);
}

/// Deployed peers use characters that RFC 8839 §5.1 does not have.
#[test]
fn credentials_of_browsers_that_stretch_the_grammar_are_taken() {
    let text = offer().replace("ufrag:NhBe", "ufrag:N-_=").replace("U70c0MW", "U70c#==");
    assert!(text.contains("N-_=") && text.contains("#=="));
    session(1).set_remote_description(&Description::offer(text)).unwrap();
}

/// RFC 8835 §3.4.
#[test]
fn two_lite_agents_are_refused_before_anything_changes() {
    let mut config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest: vec![7; 32] }]);
    config.ice_lite = true;
    let mut lite = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(1)));
    let both = Description::offer(offer().replacen("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n", 1));
    assert_eq!(lite.set_remote_description(&both), Err(Error::BothIceLite));
    assert_eq!(lite.signaling_state(), SignalingState::Stable);
    lite.set_remote_description(&Description::offer(offer())).unwrap();
}

/// RFC 9429 §5.8.3; MD5 is out by RFC 8122 §5.
#[test]
fn fingerprints_that_are_malformed_absent_or_weak_are_refused() {
    assert_eq!(
        refused(&format!("sha-256 {FINGERPRINT}"), "nonsense"),
        Error::MalformedAttribute { line: 10 }
    );
    assert_eq!(refused(&format!("a=fingerprint:sha-256 {FINGERPRINT}\r\n"), ""), Error::MissingFingerprint);
    assert_eq!(refused("sha-256 4E:", "sha-256 "), Error::MissingFingerprint, "one byte too few");
    assert_eq!(refused("sha-256", "md5"), Error::MissingFingerprint);
}

#[test]
fn bundles_that_name_what_is_not_there_are_refused() {
    assert_eq!(refused("BUNDLE 0", "BUNDLE 0 1"), Error::InvalidBundle);
    assert_eq!(refused("BUNDLE 0", "BUNDLE 0 0"), Error::InvalidBundle);
}

/// RFC 8842 §5.1.
#[test]
fn holdconn_is_refused() {
    assert_eq!(refused("setup:actpass", "setup:holdconn"), Error::InvalidSetup);
}

/// RFC 5888 §4.
#[test]
fn two_sections_of_one_name_are_refused() {
    let text = format!("{}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n", offer());
    assert_eq!(session(1).set_remote_description(&Description::offer(text)), Err(Error::InvalidMid));
}

/// RFC 9429 §5.8.
#[test]
fn a_text_that_is_no_description_tells_its_line() {
    let error = session(1).set_remote_description(&Description::offer("v=0\r\nnonsense\r\n")).unwrap_err();
    assert_eq!((error.name(), error.sdp_line_number()), ("RTCError", Some(2)));
}

/// RFC 9429 §5.6.
#[test]
fn answers_out_of_season_are_refused() {
    let answer = Description::answer(offer().replace("actpass", "active"));
    let mut fresh = session(1);
    assert_eq!(fresh.set_remote_description(&answer), Err(Error::InvalidState));
    fresh.set_remote_description(&Description::offer(offer())).unwrap();
    assert_eq!(fresh.set_remote_description(&answer), Err(Error::InvalidState));
}

/// RFC 9429 §5.8.3, RFC 3264 §6; their setup is one of the two of RFC 9429 §5.3.1.
#[test]
fn answers_must_have_the_sections_of_their_offer() {
    let mut a = session(1);
    a.set_local_description_due().unwrap();
    let answer = offer().replace("actpass", "active");
    let more = format!("{answer}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n");
    let fewer = answer.split("m=application").next().unwrap().replace("a=group:BUNDLE 0\r\n", "");
    let other_kind = answer.replace("m=application", "m=audio");
    let other_protocol = answer.replace("UDP/DTLS/SCTP", "TCP/DTLS/SCTP");
    for text in [more, fewer, other_kind, other_protocol] {
        assert_eq!(a.set_remote_description(&Description::answer(text)), Err(Error::SectionMismatch));
    }
    for setup in ["actpass", "holdconn"] {
        let text = answer.replace("setup:active", &format!("setup:{setup}"));
        assert_eq!(a.set_remote_description(&Description::answer(text)), Err(Error::InvalidSetup));
    }
    a.set_remote_description(&Description::answer(answer)).unwrap();
}

/// RFC 3264 §8.
#[test]
fn a_later_offer_must_keep_the_sections_it_had() {
    let mut b = session(1);
    b.set_remote_description(&Description::offer(offer())).unwrap();
    b.set_local_description_due().unwrap();
    let fewer = offer().split("m=application").next().unwrap().replace("a=group:BUNDLE 0\r\n", "");
    assert_eq!(b.set_remote_description(&Description::offer(fewer)), Err(Error::SectionMismatch));
    let renamed = offer().replace("a=mid:0", "a=mid:1").replace("BUNDLE 0", "BUNDLE 1");
    assert_eq!(b.set_remote_description(&Description::offer(renamed)), Err(Error::SectionMismatch));
}

/// RFC 9429 §5.8.3.
#[test]
fn an_established_role_cannot_be_turned_around() {
    let mut b = session(1);
    b.set_remote_description(&Description::offer(offer())).unwrap();
    b.set_local_description_due().unwrap(); // we are the client
    let turned = offer().replace("actpass", "active");
    assert_eq!(b.set_remote_description(&Description::offer(turned)), Err(Error::InvalidSetup));
}

/// RFC 8842 §3.1.
#[test]
fn a_new_certificate_needs_an_ice_restart_and_makes_a_new_association() {
    let mut b = session(1);
    b.set_remote_description(&Description::offer(offer())).unwrap();
    b.set_local_description_due().unwrap();
    let other = offer().replace("4E:4A", "4E:4B");
    assert_eq!(b.set_remote_description(&Description::offer(other.clone())), Err(Error::RestartNeeded));
    let restarted = other.replace("ufrag:NhBe", "ufrag:AAAA");
    b.set_remote_description(&Description::offer(restarted)).unwrap();
    assert_eq!(b.transports()[0].association, 0, "not before it is answered");
    b.set_local_description_due().unwrap();
    assert_eq!(b.transports()[0].association, 1);
}

/// RFC 5888 §4: a name is a token.
#[test]
fn a_name_that_is_no_token_is_refused() {
    for mid in ["", "a b", "a:b", "[0]", "\u{e4}"] {
        let text = offer().replace("a=mid:0", &format!("a=mid:{mid}")).replace("a=group:BUNDLE 0\r\n", "");
        let error = session(1).set_remote_description(&Description::offer(text)).unwrap_err();
        assert!(matches!(error, Error::InvalidMid | Error::MalformedAttribute { .. }), "{mid}: {error}");
    }
    let odd = offer().replace("mid:0", "mid:{a-1}").replace("BUNDLE 0", "BUNDLE {a-1}");
    session(1).set_remote_description(&Description::offer(odd)).unwrap();
}

#[test]
fn a_word_that_is_no_type_of_description_is_told_from_a_step_out_of_season() {
    assert_eq!("answer".parse::<SdpType>(), Ok(SdpType::Answer));
    let error = "Answer".parse::<SdpType>().unwrap_err();
    assert_eq!((error, error.name()), (Error::UnknownType, "TypeError"));
}

/// Many sections under many attributes of the session: what is looked up for each is bounded by how many there may be.
#[test]
fn a_description_of_too_many_sections_is_refused() {
    let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
    let offer_of = |sections: usize| Description::offer(offer() + &audio.repeat(sections.saturating_sub(1)));
    assert_eq!(session(1).set_remote_description(&offer_of(1001)), Err(Error::TooManySections));
    let mut b = session(1);
    b.set_remote_description(&offer_of(1000)).unwrap();
    assert_eq!(b.set_local_description_due().unwrap().sdp.matches("m=audio 0 ").count(), 999);
    let mut config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest: vec![7; 32] }]);
    config.max_sections = 2;
    let mut strict = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(1)));
    assert_eq!(strict.set_remote_description(&offer_of(3)), Err(Error::TooManySections));
    strict.set_remote_description(&offer_of(2)).unwrap();
}

/// Each costs the same, however many came before: what is there is not read and written again.
#[test]
fn of_ten_thousand_trickled_candidates_a_thousand_show_once_each() {
    let mut b = session(1);
    b.set_remote_description(&Description::offer(offer())).unwrap();
    for number in (0..10_000).chain(0..10) {
        let candidate = format!("candidate:{number} 1 udp 1 192.0.2.1 9 typ host");
        let init = CandidateInit::new(candidate).with_sdp_m_line_index(0);
        b.add_remote_candidate(&init).unwrap();
    }
    b.add_remote_candidate(&CandidateInit::default().with_sdp_m_line_index(0)).unwrap();
    let shown = b.remote_description().unwrap();
    assert_eq!(shown.sdp.matches("a=candidate:").count(), 1000);
    assert!(shown.sdp.contains("a=end-of-candidates"));
}
