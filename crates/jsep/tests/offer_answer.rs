//! Offer and answer between two sessions, and against what browsers wrote.

use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{
    CandidateInit, Config, Description, DtlsRole, Error, IceRole, OfferOptions, Session, SignalingState,
};
use sdp::Fingerprint;

fn session(seed: u64) -> Session {
    let digest = vec![u8::try_from(seed).unwrap(); 32];
    let config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest }]);
    Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(seed)))
}

fn offerer() -> Session {
    let mut session = session(1);
    session.want_data();
    session
}

/// One whole exchange, `a` offering.
fn negotiate(a: &mut Session, b: &mut Session, options: OfferOptions) -> (Description, Description) {
    let offer = a.create_offer(options).unwrap();
    a.set_local_description(&offer).unwrap();
    b.set_remote_description(&offer).unwrap();
    let answer = b.set_local_description_due().unwrap();
    a.set_remote_description(&answer).unwrap();
    (offer, answer)
}

fn pair() -> (Session, Session) {
    let (mut a, mut b) = (offerer(), session(2));
    negotiate(&mut a, &mut b, OfferOptions::default());
    (a, b)
}

const CHROMIUM_OFFER: &str = "v=0\r\no=- 5409535875531410466 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    a=group:BUNDLE 0\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:NhBe\r\n\
    a=ice-pwd:mlJDJqKNA31oK7ifUU70c0MW\r\na=ice-options:trickle\r\n\
    a=fingerprint:sha-256 4E:4A:3D:56:39:49:1A:B8:EB:56:43:69:3C:53:9C:8D:21:2E:C0:20:FA:52:EC:40:82:92:84:D4:AB:24:90:34\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

/// RFC 9429 §5.3.1 (the answerer is the DTLS client), RFC 8445 §6.1.1 (the offerer controls).
#[test]
fn an_offer_and_its_answer_agree_on_everything() {
    let (a, b) = pair();
    assert_eq!((a.signaling_state(), b.signaling_state()), (SignalingState::Stable, SignalingState::Stable));
    let (at, bt) = (&a.transports()[0], &b.transports()[0]);
    assert_eq!(at.remote.as_ref().unwrap().ice, bt.local);
    assert_eq!(bt.remote.as_ref().unwrap().ice, at.local);
    assert_eq!((at.ice_role, bt.ice_role), (IceRole::Controlling, IceRole::Controlled));
    assert_eq!((at.dtls_role, bt.dtls_role), (Some(DtlsRole::Server), Some(DtlsRole::Client)));
    assert_eq!(a.data().unwrap().remote_port, Some(5000));
    assert_eq!(a.current_local_description(), b.current_remote_description());
    assert_eq!(a.pending_local_description(), None);
}

/// RFC 8842 §5.5 and §5.3; the roles of ICE last by RFC 8445 §6.1.1.
#[test]
fn a_later_offer_says_actpass_and_its_answer_keeps_the_roles() {
    let (mut a, mut b) = pair();
    let (offer, answer) = negotiate(&mut b, &mut a, OfferOptions::default());
    assert!(offer.sdp.contains("a=setup:actpass\r\n"));
    assert!(answer.sdp.contains("a=setup:passive\r\n"), "the old client offered, so we stay the server");
    assert_eq!(b.transports()[0].dtls_role, Some(DtlsRole::Client));
    assert_eq!(a.transports()[0].ice_role, IceRole::Controlling, "ICE roles do not follow the offers");
}

/// RFC 8839 §4.4.1.1.1 and §4.4.2.1, RFC 9429 §5.2.3.1; the DTLS association goes on by §5.11.
#[test]
fn a_restart_changes_the_credentials_of_both_sides_and_nothing_else() {
    let (mut a, mut b) = pair();
    let before = (a.transports()[0].clone(), b.transports()[0].clone());
    negotiate(&mut a, &mut b, OfferOptions::restart());
    for (before, after) in [(&before.0, &a.transports()[0]), (&before.1, &b.transports()[0])] {
        assert_ne!(before.local, after.local);
        assert_eq!((before.dtls_role, before.association), (after.dtls_role, after.association));
    }
}

#[test]
fn restart_ice_asks_for_negotiation_until_the_credentials_are_replaced() {
    let (mut a, mut b) = pair();
    assert!(!a.needs_negotiation());
    a.restart_ice();
    assert!(a.needs_negotiation());
    let before = a.transports()[0].local.clone();
    negotiate(&mut a, &mut b, OfferOptions::default());
    assert_ne!(a.transports()[0].local, before);
    assert!(!a.needs_negotiation());
}

#[test]
fn restart_ice_during_an_offer_is_not_forgotten() {
    let (mut a, mut b) = pair();
    let offer = a.create_offer(OfferOptions::default()).unwrap();
    a.set_local_description(&offer).unwrap();
    a.restart_ice();
    assert!(!a.needs_negotiation(), "not while an answer is awaited");
    b.set_remote_description(&offer).unwrap();
    let answer = b.set_local_description_due().unwrap();
    a.set_remote_description(&answer).unwrap();
    assert!(a.needs_negotiation());
}

/// RFC 9429 §5.7.
#[test]
fn rollback_restores_credentials_sections_and_state() {
    let (mut a, _) = pair();
    let before = a.transports().to_vec();
    let offer = a.create_offer(OfferOptions::restart()).unwrap();
    a.set_local_description(&offer).unwrap();
    assert_ne!(a.transports(), before);
    a.set_local_description(&Description::rollback()).unwrap();
    assert_eq!(a.transports(), before);
    assert_eq!(a.signaling_state(), SignalingState::Stable);
    assert_eq!(a.pending_local_description(), None);
    assert_eq!(
        a.set_remote_description(&Description::rollback()),
        Err(Error::InvalidState),
        "twice is once too often"
    );
}

/// RFC 9429 §5.7 and §5.11: an offer of the peer is only proposed.
#[test]
fn what_is_in_force_waits_for_the_answer() {
    let (mut a, mut b) = pair();
    let before = (b.transports().to_vec(), b.data().cloned());
    for _ in 0..2 {
        let offer = a.create_offer(OfferOptions::restart()).unwrap();
        let offer = Description::offer(offer.sdp.replace("max-message-size:262144", "max-message-size:9"));
        b.set_remote_description(&offer).unwrap();
        assert_eq!((b.transports().to_vec(), b.data().cloned()), before);
        b.set_remote_description(&Description::rollback()).unwrap();
        assert_eq!((b.transports().to_vec(), b.data().cloned()), before);
        b.set_remote_description(&offer).unwrap();
    }
    b.set_local_description_due().unwrap();
    assert_ne!(b.transports(), before.0);
    assert_eq!(b.data().unwrap().remote_max_message_size, Some(9));
}

/// RFC 9429 §4.1.10.1: what nobody uses any more is given up with the answer.
#[test]
fn a_section_for_data_may_give_way_to_another() {
    let (mut a, mut b) = pair();
    let offer = a.create_offer(OfferOptions::default()).unwrap();
    let (head, data) = offer.sdp.split_once("m=application 9").unwrap();
    let head = head.replace("BUNDLE 0", "BUNDLE other");
    let other = data.replace("a=mid:0", "a=mid:other");
    let offer = format!("{head}m=application 0{data}m=application 9{other}");
    b.set_remote_description(&Description::offer(offer)).unwrap();
    assert_eq!(b.transports()[0].mid, "0");
    b.set_local_description_due().unwrap();
    let mids: Vec<&str> = b.transports().iter().map(|transport| transport.mid.as_str()).collect();
    assert_eq!((mids, b.data().unwrap().mid.as_str()), (vec!["other"], "other"));
}

/// RFC 9429 §5.7.
#[test]
fn a_rolled_back_first_offer_leaves_nothing_but_the_wish() {
    let mut a = offerer();
    let offer = a.create_offer(OfferOptions::default()).unwrap();
    a.set_local_description(&offer).unwrap();
    a.set_local_description(&Description::rollback()).unwrap();
    assert!(a.transports().is_empty() && a.data().is_none());
    assert!(a.needs_negotiation());
}

#[test]
fn glare_takes_the_own_offer_back() {
    let (mut a, mut b) = (offerer(), session(2));
    b.want_data();
    for session in [&mut a, &mut b] {
        session.set_local_description_due().unwrap();
    }
    let offer = a.local_description().unwrap();
    b.set_remote_description(&offer).unwrap();
    assert_eq!(b.signaling_state(), SignalingState::HaveRemoteOffer);
    assert_eq!(b.pending_local_description(), None);
    let answer = b.set_local_description_due().unwrap();
    a.set_remote_description(&answer).unwrap();
    assert_eq!(b.transports()[0].ice_role, IceRole::Controlled);
}

/// webrtc-pc §4.4.1.6: first the rollback, then the offer, each by itself.
#[test]
fn an_offer_takes_ours_back_even_if_it_cannot_be_applied_itself() {
    let mut a = offerer();
    a.set_local_description_due().unwrap();
    let broken = CHROMIUM_OFFER.replace("a=ice-pwd:mlJDJqKNA31oK7ifUU70c0MW", "a=ice-pwd:short");
    assert_eq!(a.set_remote_description(&Description::offer(broken)), Err(Error::InvalidIceCredentials));
    assert_eq!(a.signaling_state(), SignalingState::Stable);
    assert_eq!(a.pending_local_description(), None);
}

/// webrtc-pc §4.4.1.5: `[[LastCreatedAnswer]]` is emptied by an answer that is applied, and by nothing else.
#[test]
fn a_created_answer_outlives_a_rollback_and_fits_its_own_offer_only() {
    let (mut a, mut b) = (offerer(), session(2));
    let offer = a.set_local_description_due().unwrap();
    b.set_remote_description(&offer).unwrap();
    let answer = b.create_answer().unwrap();
    b.set_remote_description(&Description::rollback()).unwrap();
    let other = Description::offer(offer.sdp.replace("a=max-message-size:262144", "a=max-message-size:1000"));
    b.set_remote_description(&other).unwrap();
    assert_eq!(b.set_local_description(&answer), Err(Error::InvalidModification), "it answers another offer");
    b.set_remote_description(&offer).unwrap();
    b.set_local_description(&answer).unwrap();
    a.set_remote_description(&answer).unwrap();
    assert_eq!((a.signaling_state(), b.signaling_state()), (SignalingState::Stable, SignalingState::Stable));
}

/// RFC 4145 §4: without `a=setup` the offerer is active; RFC 8842 §5.5: an association keeps its roles.
#[test]
fn an_offer_without_setup_comes_from_the_dtls_client() {
    let mut b = session(2);
    let without = Description::offer(CHROMIUM_OFFER.replace("a=setup:actpass\r\n", ""));
    assert!(!without.sdp.contains("a=setup"));
    b.set_remote_description(&without).unwrap();
    assert!(b.set_local_description_due().unwrap().sdp.contains("a=setup:passive"));
    let mut b = session(2);
    b.set_remote_description(&Description::offer(CHROMIUM_OFFER)).unwrap();
    assert!(b.set_local_description_due().unwrap().sdp.contains("a=setup:active"));
    b.set_remote_description(&without).unwrap();
    assert!(b.set_local_description_due().unwrap().sdp.contains("a=setup:active"), "the role lasts");
}

/// RFC 3264 §6, RFC 8866 §9: an answer repeats protocol and formats, so they have to be words.
#[test]
fn words_that_are_no_tokens_do_not_come_back_in_the_answer() {
    for broken in [
        "UDP/DTLS/SCTP\u{b}x",
        "UDP/DTLS/SCTP\u{85}",
        "UDP/DTLS/SCTP\u{2028}",
        "UDP//SCTP",
        "UDP/\"DTLS\"/SCTP",
    ] {
        let offer = CHROMIUM_OFFER.replace("UDP/DTLS/SCTP", broken);
        assert!(
            matches!(session(2).set_remote_description(&Description::offer(offer)), Err(Error::Syntax(_))),
            "{broken:?}"
        );
    }
    for broken in ["webrtc-datachannel\u{b}", "webrtc-datachannel \u{2028}", "a\u{85}b"] {
        let offer = CHROMIUM_OFFER.replace("SCTP webrtc-datachannel", &format!("SCTP {broken}"));
        assert!(
            matches!(session(2).set_remote_description(&Description::offer(offer)), Err(Error::Syntax(_))),
            "{broken:?}"
        );
    }
}

/// RFC 5234 §2.3: the letters of a literal have no case. RFC 8841 §6.1: the number of bytes has no bound.
#[test]
fn setup_has_no_case_and_a_huge_message_size_is_clamped() {
    let mut b = session(2);
    let offer = CHROMIUM_OFFER.replace("a=setup:actpass", "a=setup:ActPass");
    let offer = offer.replace("a=max-message-size:262144", "a=max-message-size:99999999999999999999999");
    b.set_remote_description(&Description::offer(offer)).unwrap();
    b.set_local_description_due().unwrap();
    assert_eq!(b.data().unwrap().remote_max_message_size, Some(u64::MAX));
}

/// RFC 9429 §3.2 and §4.1.10.
#[test]
fn a_provisional_answer_may_be_followed_by_the_answer() {
    let (mut a, mut b) = (offerer(), session(2));
    let offer = a.set_local_description_due().unwrap();
    b.set_remote_description(&offer).unwrap();
    let mut answer = b.create_answer().unwrap();
    answer.kind = jsep::SdpType::PrAnswer;
    b.set_local_description(&answer).unwrap();
    a.set_remote_description(&answer).unwrap();
    assert_eq!(b.signaling_state(), SignalingState::HaveLocalPrAnswer);
    assert_eq!(a.signaling_state(), SignalingState::HaveRemotePrAnswer);
    let answer = b.set_local_description_due().unwrap();
    a.set_remote_description(&answer).unwrap();
    assert_eq!(a.signaling_state(), SignalingState::Stable);
}

/// RFC 9429 §5.4 and §5.5.
#[test]
fn a_local_description_must_be_the_one_created_last() {
    let mut a = offerer();
    let old = a.create_offer(OfferOptions::default()).unwrap();
    let new = a.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(a.set_local_description(&old), Err(Error::InvalidModification));
    let munged = Description::offer(new.sdp.replace("262144", "100"));
    assert_eq!(a.set_local_description(&munged), Err(Error::InvalidModification));
    a.set_local_description(&new).unwrap();
}

/// RFC 9429 §5.3.1; who can trickle says §4.1.17.
#[test]
fn chromium_156_data_offer_is_answered_in_kind() {
    let mut b = session(2);
    b.set_remote_description(&Description::offer(CHROMIUM_OFFER)).unwrap();
    let answer = b.set_local_description_due().unwrap().sdp;
    for line in ["a=group:BUNDLE 0\r\n", "a=mid:0\r\n", "a=setup:active\r\n", "a=sctp-port:5000\r\n"] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
    assert_eq!(b.data().unwrap().remote_max_message_size, Some(262_144));
    assert_eq!(b.can_trickle(), Some(true));
}

/// RFC 8839 §5.5: 50 ms need no word.
#[test]
fn the_pace_of_checks_is_proposed_where_it_is_not_the_usual_one() {
    let digest = vec![1; 32];
    let mut config = Config::new(vec![Fingerprint { algorithm: "sha-256".into(), digest }]);
    config.ice_pacing = Duration::from_millis(20);
    let mut a = Session::new(config, Box::new(ChaCha20Rng::seed_from_u64(1)));
    a.want_data();
    let mut b = session(2);
    let (offer, answer) = negotiate(&mut a, &mut b, OfferOptions::default());
    assert!(offer.sdp.contains("a=ice-pacing:20\r\n") && !answer.sdp.contains("ice-pacing"));
    let proposed = |session: &Session| session.transports()[0].remote.as_ref().unwrap().ice_pacing;
    assert_eq!([&a, &b].map(proposed), [50, 20].map(Duration::from_millis));
}

/// RFC 8841 §10.3.
#[test]
fn an_offer_without_an_association_is_answered_without_one() {
    let mut b = session(2);
    let offer = CHROMIUM_OFFER.replace("sctp-port:5000", "sctp-port:0");
    b.set_remote_description(&Description::offer(offer)).unwrap();
    let answer = b.set_local_description_due().unwrap().sdp;
    assert!(answer.contains("m=application 9 ") && answer.contains("a=sctp-port:0\r\n"), "{answer}");
    assert_eq!(b.data().unwrap().remote_port, Some(0));
}

/// RFC 3264 §6, RFC 9143 §7.3.3, RFC 9429 §5.3.1.
#[test]
fn sections_of_other_kinds_are_rejected_with_a_connection_line() {
    let offer = CHROMIUM_OFFER.replace("BUNDLE 0", "BUNDLE a 0").replace(
        "m=application",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n\
         a=ice-ufrag:NhBe\r\na=ice-pwd:mlJDJqKNA31oK7ifUU70c0MW\r\nm=application",
    );
    let mut b = session(2);
    b.set_remote_description(&Description::offer(offer)).unwrap();
    let answer = b.set_local_description_due().unwrap().sdp;
    assert!(answer.contains("a=group:BUNDLE 0\r\n"), "{answer}");
    assert!(
        answer.contains("m=audio 0 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\n"),
        "{answer}"
    );
}

/// RFC 9143 §6 and §7.1.3; the default size is that of RFC 8841 §6.1.
#[test]
fn a_bundled_section_may_leave_its_transport_to_the_tagged_one() {
    let (head, tail) = CHROMIUM_OFFER.split_once("a=ice-ufrag").unwrap();
    let tagged = format!("a=ice-ufrag{tail}")
        .replace("a=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n", "");
    let offer = format!(
        "{}m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\n{tagged}\
         m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=bundle-only\r\na=mid:0\r\na=sctp-port:5000\r\n",
        head.split("m=application").next().unwrap().replace("BUNDLE 0", "BUNDLE v 0"),
    );
    let mut b = session(2);
    b.set_remote_description(&Description::offer(offer)).unwrap();
    b.set_local_description_due().unwrap();
    assert_eq!(b.transports()[0].remote.as_ref().unwrap().ice.username_fragment, "NhBe");
    assert_eq!(b.data().unwrap().remote_max_message_size, Some(65_536), "absent means 64 KiB");
}

/// RFC 8841 §10.4, RFC 9429 §5.11.
#[test]
fn an_answer_that_rejects_the_data_section_takes_its_transport_away() {
    let mut a = offerer();
    let offer = a.set_local_description_due().unwrap();
    let answer = Description::answer(offer.sdp.replace("m=application 9", "m=application 0"));
    a.set_remote_description(&answer).unwrap();
    assert!(a.transports().is_empty() && a.data().is_none());
    assert!(!a.needs_negotiation(), "a rejection is no reason to ask again and again");
}

/// webrtc-pc §4.7.3: only a section for data is one, whatever else is an application.
#[test]
fn a_section_for_another_application_does_not_stand_in_for_one_for_data() {
    let bfcp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=application 3238 UDP/BFCP *\r\n\
        c=IN IP4 192.0.2.1\r\na=floorctrl:s-only\r\n";
    let mut b = session(2);
    b.set_remote_description(&Description::offer(bfcp)).unwrap();
    let answer = b.set_local_description_due().unwrap();
    assert!(answer.sdp.contains("m=application 0 UDP/BFCP *\r\n"));
    assert!(!b.needs_negotiation());
    b.want_data();
    assert!(b.needs_negotiation());
    let offer = b.set_local_description_due().unwrap();
    assert!(offer.sdp.contains("m=application 0 UDP/BFCP *\r\n"));
    assert!(offer.sdp.contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
}

/// webrtc-pc §4.7.3: one that was removed has been negotiated all the same.
#[test]
fn a_section_for_data_that_the_peer_has_removed_is_not_asked_for_again() {
    let (mut a, mut b) = pair();
    b.want_data();
    let offer = a.create_offer(OfferOptions::default()).unwrap();
    let removed = offer.sdp.replace("m=application 9", "m=application 0").replace("a=group:BUNDLE 0\r\n", "");
    b.set_remote_description(&Description::offer(removed)).unwrap();
    b.set_local_description_due().unwrap();
    assert!(b.data().is_none() && !b.needs_negotiation());
}

/// RFC 9429 §4.1.19.
#[test]
fn trickled_candidates_show_in_the_remote_description_once() {
    let (mut a, b) = pair();
    let ufrag = b.transports()[0].local.username_fragment.clone();
    let init = CandidateInit::new("candidate:1 1 udp 2122194687 192.0.2.1 5000 typ host")
        .with_sdp_mid("0")
        .with_username_fragment(ufrag);
    for _ in 0..2 {
        let candidate = a.add_remote_candidate(&init).unwrap();
        assert_eq!(candidate.transports, ["0"]);
    }
    assert_eq!(a.remote_description().unwrap().sdp.matches("a=candidate").count(), 1);
    a.add_remote_candidate(&CandidateInit::default()).unwrap();
    assert!(a.remote_description().unwrap().sdp.contains("a=end-of-candidates"));
}

/// webrtc-pc §4.4.2: one that names no generation is of the latest, under whichever name descriptions have it.
#[test]
fn while_an_offer_waits_candidates_show_where_their_generation_is() {
    let host = |address: &str| {
        CandidateInit::new(format!("candidate:1 1 udp 1 {address} 5000 typ host")).with_sdp_m_line_index(0)
    };
    let (mut a, mut b) = pair();
    let shown = |b: &Session, text: &str| {
        let remotes = [b.current_remote_description(), b.pending_remote_description()];
        remotes.map(|remote| remote.is_some_and(|remote| remote.sdp.contains(text)))
    };
    let same = a.create_offer(OfferOptions::default()).unwrap();
    b.set_remote_description(&same).unwrap();
    assert_eq!(b.add_remote_candidate(&host("192.0.2.1")).unwrap().transports, ["0"]);
    assert_eq!(shown(&b, "192.0.2.1 "), [true, true]);
    let restart = a.create_offer(OfferOptions::restart()).unwrap();
    b.set_remote_description(&restart).unwrap();
    assert_eq!(shown(&b, "192.0.2.1 "), [true, false], "it was not trickled for this one");
    assert_eq!(b.add_remote_candidate(&host("192.0.2.2")).unwrap().transports, [""; 0]);
    assert_eq!(shown(&b, "192.0.2.2 "), [false, true]);
    b.add_remote_candidate(&CandidateInit::default()).unwrap();
    assert_eq!(shown(&b, "a=end-of-candidates"), [false, true]);
}

/// RFC 9429 §4.1.19.
#[test]
fn a_candidate_that_belongs_nowhere_is_refused() {
    let candidate = || CandidateInit::new("1 1 udp 1 192.0.2.1 5000 typ host");
    let mut fresh = session(3);
    let with_mid = |mid: &str| candidate().with_sdp_mid(mid);
    assert_eq!(fresh.add_remote_candidate(&with_mid("0")), Err(Error::InvalidState));
    let (mut a, _) = pair();
    assert_eq!(a.add_remote_candidate(&candidate()), Err(Error::CandidateWithoutSection));
    assert_eq!(a.add_remote_candidate(&with_mid("7")), Err(Error::UnknownSection));
    let index = candidate().with_sdp_m_line_index(1);
    assert_eq!(a.add_remote_candidate(&index), Err(Error::UnknownSection));
    let old = with_mid("0").with_username_fragment("gone");
    assert_eq!(a.add_remote_candidate(&old), Err(Error::UnknownSection));
    let garbage = CandidateInit::new("candidate:garbage").with_sdp_mid("0");
    assert_eq!(a.add_remote_candidate(&garbage), Err(Error::InvalidCandidate));
}

/// RFC 9429 §5.2.2, RFC 8839 §4.2.1.2.
#[test]
fn local_candidates_show_in_descriptions_of_their_generation() {
    let (mut a, mut b) = pair();
    let first = a.transports()[0].local.username_fragment.clone();
    a.add_local_candidate(&first, &"1 1 udp 9 192.0.2.1 5000 typ host".parse().unwrap());
    a.end_local_candidates(&first);
    let sdp = a.local_description().unwrap().sdp;
    assert!(sdp.contains("m=application 5000 ") && sdp.contains("c=IN IP4 192.0.2.1\r\n"), "{sdp}");
    assert!(sdp.contains("a=candidate:1 1 udp 9 192.0.2.1 5000 typ host\r\n"));
    assert!(sdp.contains("a=end-of-candidates\r\n"));
    negotiate(&mut a, &mut b, OfferOptions::restart());
    assert!(!a.local_description().unwrap().sdp.contains("a=candidate"));
}

#[test]
fn closed_sessions_do_nothing() {
    let (mut a, _) = pair();
    a.close();
    assert_eq!(a.create_offer(OfferOptions::default()), Err(Error::InvalidState));
    assert_eq!(a.set_local_description_due(), Err(Error::InvalidState));
    assert!(!a.needs_negotiation());
}

fn tls_id(description: &Description) -> String {
    let (_, rest) = description.sdp.split_once("a=tls-id:").unwrap();
    rest.split_once("\r\n").unwrap().0.to_string()
}

/// What Chromium offers has no id; with one, the answer has one too (RFC 8842 §5.3).
#[test]
fn an_answer_names_an_id_of_its_association_only_if_the_offer_did() {
    let mut a = offerer();
    let with = a.set_local_description_due().unwrap();
    let id = tls_id(&with);
    let without = Description::offer(with.sdp.replace(&format!("a=tls-id:{id}\r\n"), ""));
    for (offer, expected) in [(with, true), (without, false)] {
        let mut b = session(2);
        b.set_remote_description(&offer).unwrap();
        assert_eq!(b.create_answer().unwrap().sdp.contains("a=tls-id:"), expected);
    }
}

/// RFC 8842 §5.3: another association, another id.
#[test]
fn a_new_association_has_a_new_id() {
    let (mut a, mut b) = pair();
    let before = tls_id(&b.local_description().unwrap());
    let offer = a.create_offer(OfferOptions::restart()).unwrap();
    let anew = offer.sdp.replace(&tls_id(&offer), "a-new-association-begins-here");
    b.set_remote_description(&Description::offer(anew)).unwrap();
    assert_ne!(tls_id(&b.create_answer().unwrap()), before);
}

/// RFC 9143 §7.3: only what was offered in a group can be answered in one.
#[test]
fn a_section_that_was_offered_outside_the_bundle_is_answered_outside_it() {
    let mut a = offerer();
    let offer = a.set_local_description_due().unwrap();
    let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:other\r\n";
    let apart = offer.sdp.replace("a=group:BUNDLE 0", "a=group:BUNDLE other") + audio;
    let mut b = session(2);
    b.set_remote_description(&Description::offer(apart)).unwrap();
    let answer = b.create_answer().unwrap();
    assert!(!answer.sdp.contains("a=group"), "{}", answer.sdp);
}
