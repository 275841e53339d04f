//! Candidates that trickle (webrtc-pc §4.4.1.6, addIceCandidate; RFC 8838).

use core::time::Duration;

use rtc::{DataChannelInit, Event, IceCandidateInit, PeerConnectionState, SessionDescription, Stats};

use crate::support::pair::{self, Pair, address_a, address_b};

fn init(candidate: &str, mid: Option<&str>, index: Option<u16>, ufrag: Option<&str>) -> IceCandidateInit {
    let mut init = IceCandidateInit::new(candidate);
    init.sdp_mid = mid.map(String::from);
    init.sdp_m_line_index = index;
    init.username_fragment = ufrag.map(String::from);
    init
}

const HOST: &str = "candidate:1 1 udp 2130706431 192.0.2.9 9 typ host";

/// A description as it is before anything was gathered.
fn bare(description: &SessionDescription) -> SessionDescription {
    let keep = |line: &&str| !line.starts_with("a=candidate") && !line.starts_with("a=end-of-candidates");
    SessionDescription::new(
        description.kind,
        description.sdp.split_inclusive('\n').filter(keep).collect::<String>(),
    )
}

/// A pair with descriptions exchanged, but no candidate.
fn without_candidates(seed: u64) -> Pair {
    let mut pair = Pair::new(seed);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &bare(&pair.a.local_description().unwrap())).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &bare(&pair.b.local_description().unwrap())).unwrap();
    pair
}

fn gathered(log: &[Event]) -> Vec<IceCandidateInit> {
    let candidate = |event: &Event| match event {
        Event::IceCandidate(Some(candidate)) => Some(candidate.to_init()),
        _ => None,
    };
    log.iter().filter_map(candidate).collect()
}

/// RFC 9429 §4.1.19.
#[test]
fn candidates_that_come_long_after_the_descriptions_connect() {
    let mut pair = without_candidates(1);
    pair.run_for(Duration::from_secs(5));
    assert_ne!(pair.a.connection_state(), PeerConnectionState::Connected);
    let (ours, theirs) = (gathered(&pair.log_a), gathered(&pair.log_b));
    assert_eq!((ours.len(), theirs.len()), (2, 2), "each with the end of its generation");
    assert_eq!(ours[1], init("", ours[0].sdp_mid.as_deref(), Some(0), ours[0].username_fragment.as_deref()));
    pair.b.add_ice_candidate(pair.now, &ours[0]).unwrap();
    pair.b.add_ice_candidate(pair.now, &ours[1]).unwrap();
    pair.a.add_ice_candidate(pair.now, &theirs[0]).unwrap();
    pair.run_until("both connect", |pair| {
        pair.a.connection_state() == PeerConnectionState::Connected
            && pair.b.connection_state() == PeerConnectionState::Connected
    });
    assert!(pair.b.remote_description().unwrap().sdp.contains("a=end-of-candidates"));
}

/// One side alone knows an address: its check tells the other.
/// RFC 8445 §7.3.1.3.
#[test]
fn one_candidate_is_enough() {
    let mut pair = without_candidates(2);
    pair.run_for(Duration::from_millis(1));
    let theirs = gathered(&pair.log_b);
    pair.a.add_ice_candidate(pair.now, &theirs[0]).unwrap();
    pair.run_until("both connect", |pair| pair.b.connection_state() == PeerConnectionState::Connected);
    let ice = pair.b.sctp().unwrap().transport().ice_transport();
    assert_eq!(ice.selected_candidate_pair().unwrap().remote.kind(), ice::CandidateKind::PeerReflexive);
    assert_eq!(
        ice.remote_candidates().count(),
        0,
        "what nobody signalled is not shown (webrtc-pc, getRemoteCandidates)"
    );
}

/// webrtc-pc §4.8.1.1 (address), webrtc-stats (address, usernameFragment).
#[test]
fn a_peer_reflexive_remote_candidate_shows_no_address_before_it_was_signalled() {
    let mut pair = without_candidates(2);
    pair.run_for(Duration::from_millis(1));
    let theirs = gathered(&pair.log_b);
    pair.a.add_ice_candidate(pair.now, &theirs[0]).unwrap();
    pair.run_until("both connect", |pair| pair.b.connection_state() == PeerConnectionState::Connected);
    let shown = |pair: &Pair| {
        let ice = pair.b.sctp().unwrap().transport().ice_transport();
        let (address, fragment) = {
            let remote = ice.selected_candidate_pair().unwrap().remote;
            (remote.address(), remote.username_fragment().map(String::from))
        };
        let report = pair.b.stats(pair.now);
        let remotes = report.iter().filter_map(|(id, entry)| match entry {
            Stats::RemoteCandidate(candidate) => Some((id.to_string(), candidate.clone())),
            _ => None,
        });
        (address, fragment, remotes.collect::<Vec<_>>())
    };
    let (address, fragment, stats) = shown(&pair);
    assert_eq!(address, None);
    assert!(fragment.is_some(), "it stands in the peer's description");
    let [(id, candidate)] = &stats[..] else { panic!("{stats:?}") };
    assert_eq!((candidate.address.as_deref(), candidate.candidate_type), (None, "prflx"));
    assert!(!id.contains("192.0.2.1"), "{id}");
    let ours = gathered(&pair.log_a);
    pair.b.add_ice_candidate(pair.now, &ours[0]).unwrap();
    let (address, _, stats) = shown(&pair);
    assert_eq!(address, Some(address_a()));
    assert_eq!(stats[0].1.address.as_deref(), Some("192.0.2.1"));
}

/// A check that comes before the answer names a fragment that nobody has signalled.
#[test]
fn a_peer_reflexive_remote_candidate_shows_no_fragment_before_that_was_signalled() {
    let mut pair = Pair::new(5);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let fragments = |pair: &Pair| -> Vec<Option<String>> {
        let report = pair.a.stats(pair.now);
        let remotes = report.iter().filter_map(|(_, entry)| match entry {
            Stats::RemoteCandidate(candidate) => Some(candidate.username_fragment.clone()),
            _ => None,
        });
        remotes.collect()
    };
    pair.run_for(Duration::from_millis(100));
    assert_eq!(fragments(&pair), [None]);
    let answer = pair.b.local_description().unwrap();
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    assert!(fragments(&pair)[0].is_some());
}

/// RFC 9429 §4.1.19.
#[test]
fn a_candidate_that_belongs_nowhere_is_refused_by_w3cs_names() {
    let mut pair = Pair::new(3);
    let now = pair.now;
    let early = pair.a.add_ice_candidate(now, &init(HOST, Some("0"), None, None)).unwrap_err();
    assert_eq!(early.name(), "InvalidStateError", "before any remote description");
    let mut pair = without_candidates(4);
    let mut refused = |candidate| pair.a.add_ice_candidate(now, &candidate).unwrap_err().name();
    assert_eq!(refused(init(HOST, None, None, None)), "TypeError");
    assert_eq!(refused(init(HOST, Some("nobody"), None, None)), "OperationError");
    assert_eq!(refused(init(HOST, None, Some(7), None)), "OperationError");
    assert_eq!(refused(init(HOST, Some("0"), None, Some("stranger"))), "OperationError");
    assert_eq!(refused(init("candidate:nonsense", Some("0"), None, None)), "OperationError");
    assert_eq!(pair.a.sctp().unwrap().transport().ice_transport().remote_candidates().count(), 0);
}

/// One grammar, read in descriptions and by ICE: RFC 8839 §5.1.
#[test]
fn descriptions_and_ice_agree_on_what_an_ice_char_is() {
    for char in (0..=u8::MAX).map(char::from) {
        let foundation = format!("f{char}");
        let described = u8::try_from(char).is_ok_and(sdp::is_ice_char);
        assert_eq!(ice::Foundation::new(&foundation).is_some(), described && char.is_ascii(), "{char:?}");
    }
}

/// A name in place of an address is ignored: RFC 8839 §5.1.
#[test]
fn a_candidate_that_is_of_no_use_here_is_taken_and_left_alone() {
    let mut pair = without_candidates(5);
    for useless in [
        "candidate:1 1 udp 2113937151 3f1c8a2e-7b1d-4b8e-9c53-2a6d0c1b7e11.local 50000 typ host",
        "candidate:1 2 udp 2130706430 192.0.2.9 10 typ host",
        "candidate:1 1 dccp 2130706431 192.0.2.9 9 typ host",
        "candidate:1 1 udp 2130706431 0.0.0.0 9 typ host",
    ] {
        pair.a.add_ice_candidate(pair.now, &init(useless, Some("0"), None, None)).unwrap();
    }
    pair.run_for(Duration::from_secs(1));
    let ice = pair.a.sctp().unwrap().transport().ice_transport();
    assert!(ice.remote_candidates().all(|candidate| !candidate.text().contains(" 50000 ")));
    assert!(pair.a.remote_description().unwrap().sdp.contains(".local"), "but it shows");
}

/// The `mid` goes before the place: RFC 9429 §3.5.2.1.
#[test]
fn a_candidate_may_name_its_section_by_mid_or_by_place_and_come_twice() {
    let mut pair = without_candidates(6);
    pair.a.add_ice_candidate(pair.now, &init(HOST, Some("0"), Some(77), None)).unwrap();
    pair.a.add_ice_candidate(pair.now, &init(HOST, None, Some(0), None)).unwrap();
    let ice = pair.a.sctp().unwrap().transport().ice_transport();
    assert_eq!(ice.remote_candidates().count(), 1);
    assert_eq!(pair.a.remote_description().unwrap().sdp.matches("a=candidate:").count(), 1);
}

/// RFC 8838 §9.
#[test]
fn candidates_of_the_generation_before_a_restart_are_refused_after_it() {
    let mut pair = Pair::new(7);
    pair.open_channel("chat", DataChannelInit::default());
    let old = gathered(&pair.log_b);
    pair.negotiate_with(rtc::OfferOptions::restart());
    let error = pair.a.add_ice_candidate(pair.now, &old[0]).unwrap_err();
    assert_eq!(error.name(), "OperationError");
}

/// RFC 9429 §4.1.17.
#[test]
fn whether_the_peer_takes_trickled_candidates_is_known_from_its_description() {
    let mut pair = Pair::new(8);
    assert_eq!(pair.b.can_trickle_ice_candidates(), None);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let offer = pair.a.local_description().unwrap();
    let old = SessionDescription::offer(offer.sdp.replace("a=ice-options:trickle ice2\r\n", ""));
    pair.b.set_remote_description(pair.now, &old).unwrap();
    assert_eq!(pair.b.can_trickle_ice_candidates(), Some(false));
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    assert_eq!(pair.b.can_trickle_ice_candidates(), Some(true));
}

/// An interface that comes up later.
#[test]
fn an_address_that_is_added_later_becomes_a_candidate() {
    let mut pair = Pair::new(9);
    pair.open_channel("chat", DataChannelInit::default());
    pair.log_a.clear();
    pair.a.add_local_address("192.0.2.1:1001".parse().unwrap()).unwrap();
    pair.run_for(Duration::from_millis(1));
    let later = gathered(&pair.log_a);
    assert_eq!(later.len(), 2, "and the end of the generation, anew");
    assert!(later[0].candidate.contains("192.0.2.1 1001 "), "{later:?}");
    assert!(pair.a.local_description().unwrap().sdp.contains("192.0.2.1 1001 "));
}

#[test]
fn an_address_that_no_socket_is_bound_to_is_refused() {
    let mut pair = Pair::new(10);
    for address in
        ["0.0.0.0:5", "[::]:5", "192.0.2.1:0", "224.0.0.1:5", "255.255.255.255:5", "[::ffff:192.0.2.1]:5"]
    {
        let error = pair.a.add_local_address(address.parse().unwrap()).unwrap_err();
        assert_eq!(error.name(), "TypeError", "{address}");
    }
}

/// RFC 9429 §3.5.3.
#[test]
fn a_relay_only_connection_shows_no_address_of_its_own() {
    let mut config = pair::configuration(11);
    config.ice_transport_policy = rtc::IceTransportPolicy::Relay;
    let mut hidden = pair::connection_with(config, 11, address_b());
    hidden.create_data_channel("chat", DataChannelInit::default()).unwrap();
    hidden.set_local_description_due(rtc::Instant::ZERO).unwrap();
    assert!(!hidden.local_description().unwrap().sdp.contains("192.0.2.2"));
}

/// It must not be the source of checks either: RFC 9429 §3.5.3.
#[test]
fn a_change_of_policy_takes_effect_with_the_next_gathering() {
    let mut pair = Pair::new(12);
    let (chat, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.set_ice_transport_policy(rtc::IceTransportPolicy::Relay);
    assert!(pair.a.local_description().unwrap().sdp.contains("192.0.2.1"), "what is known stays known");
    pair.trace.clear();
    pair.negotiate_with(rtc::OfferOptions::restart());
    assert!(!pair.a.local_description().unwrap().sdp.contains("192.0.2.1"));
    pair.run_for(Duration::from_secs(20));
    let ice = pair.b.sctp().unwrap().transport().ice_transport();
    let new = format!("{}:", ice.local_parameters().username_fragment);
    let is_new = |datagram: &Vec<u8>| {
        let message = stun::Message::parse(datagram).ok()?;
        Some(message.raw(stun::AttributeType::USERNAME)?.starts_with(new.as_bytes()))
    };
    assert!(pair.trace.iter().any(|datagram| is_new(datagram).is_some()), "consent is still asked for");
    assert!(!pair.trace.iter().any(|datagram| is_new(datagram) == Some(true)), "from the old candidates");
    pair.a.send(pair.now, chat, "still here").unwrap();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.messages_b(theirs).len(), 1);
}

/// What a browser offers that bundles everything: audio in front has the candidates, and data the same credentials.
fn behind_audio(offer: &SessionDescription) -> SessionDescription {
    let (head, data) = offer.sdp.split_once("m=application").unwrap();
    let kept = |line: &&str| {
        ["a=candidate", "a=end-of", "a=ice-", "a=fingerprint", "a=setup", "c="]
            .iter()
            .any(|a| line.starts_with(a))
    };
    let transport: String = data.split_inclusive('\n').filter(kept).collect();
    let bare = bare(&SessionDescription::offer(format!("m=application{data}"))).sdp;
    SessionDescription::offer(format!(
        "{}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{transport}a=mid:a\r\na=rtpmap:111 opus/48000/2\r\n{bare}",
        head.replace("BUNDLE 0", "BUNDLE a 0"),
    ))
}

/// The answer without the section that the offer did not have.
fn without_audio(answer: &SessionDescription) -> SessionDescription {
    let (head, rest) = answer.sdp.split_once("m=audio").unwrap();
    let (_, data) = rest.split_once("m=application").unwrap();
    bare(&SessionDescription::answer(format!("{head}m=application{data}")))
}

/// RFC 9143 §10. The answerer alone knows where to check, so it has to be told rightly.
#[test]
fn the_candidates_of_a_bundle_reach_data_behind_audio_described_or_trickled() {
    for trickled in [false, true] {
        let mut pair = Pair::new(13);
        pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.a.set_local_description_due(pair.now).unwrap();
        let offer = pair.a.local_description().unwrap();
        let offer = behind_audio(&if trickled { bare(&offer) } else { offer });
        pair.b.set_remote_description(pair.now, &offer).unwrap();
        pair.b.set_local_description_due(pair.now).unwrap();
        let answer = pair.b.local_description().unwrap();
        pair.a.set_remote_description(pair.now, &without_audio(&answer)).unwrap();
        pair.run_for(Duration::from_millis(1));
        if trickled {
            let mut ours = gathered(&pair.log_a).remove(0).with_sdp_mid("a");
            ours.sdp_m_line_index = None;
            pair.b.add_ice_candidate(pair.now, &ours).unwrap();
        }
        pair.run_until("both connect", |pair| pair.a.connection_state() == PeerConnectionState::Connected);
    }
}

/// A browser that may still bundle, and trickles: audio has a socket of its own, which it gives up with the section. Its
/// candidate looks like one for data until that has one, and has the same foundation (RFC 8445 §6.1.2.6).
#[test]
fn a_candidate_of_a_section_that_is_given_up_holds_up_none_of_those_for_data() {
    let mut pair = Pair::new(17);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let offer = behind_audio(&bare(&pair.a.local_description().unwrap()));
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &without_audio(&pair.b.local_description().unwrap())).unwrap();
    pair.run_for(Duration::from_millis(1));
    let ours = gathered(&pair.log_a).remove(0);
    let dead = ours.candidate.replace("192.0.2.1 1000", "192.0.2.1 1001");
    assert_ne!(dead, ours.candidate);
    pair.b.add_ice_candidate(pair.now, &init(&dead, Some("a"), None, None)).unwrap();
    pair.b.add_ice_candidate(pair.now, &init(&ours.candidate, Some("0"), None, None)).unwrap();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.b.connection_state(), PeerConnectionState::Connected);
}

/// RFC 8445 §9, RFC 8838 §9: the new generation waits for candidates of its own, and for their end.
#[test]
fn a_restart_begins_without_the_candidates_and_the_end_of_the_generation_before() {
    let mut pair = Pair::new(14);
    pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    let old = gathered(&pair.log_b).remove(0).username_fragment;
    let offer = pair.a.create_offer(rtc::OfferOptions::restart()).unwrap();
    pair.a.set_local_description(pair.now, &offer).unwrap();
    let late = init("", Some("0"), None, old.as_deref());
    pair.a.add_ice_candidate(pair.now, &late).unwrap();
    pair.a.add_ice_candidate(pair.now, &init("", None, None, None)).unwrap();
    pair.a.add_ice_candidate(pair.now, &init(HOST, Some("0"), None, None)).unwrap();
    assert_eq!(pair.a.sctp().unwrap().transport().ice_transport().remote_candidates().count(), 0);
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &bare(&pair.b.local_description().unwrap())).unwrap();
    pair.run_for(Duration::from_secs(2));
    let state = |pair: &Pair| pair.a.sctp().unwrap().transport().ice_transport().state();
    assert_eq!(state(&pair), rtc::IceTransportState::Connected);
    pair.a.add_ice_candidate(pair.now, &init("", Some("0"), None, None)).unwrap();
    assert_eq!(state(&pair), rtc::IceTransportState::Completed);
}

/// The offer of a restart waits: what is trickled for it, and what comes late for the generation that lives, are kept apart.
#[test]
fn while_a_restart_waits_for_our_answer_candidates_go_where_they_belong() {
    let mut pair = Pair::new(15);
    pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    let old = gathered(&pair.log_a).remove(0).username_fragment;
    let offer = bare(&pair.a.create_offer(rtc::OfferOptions::restart()).unwrap());
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    let count = |pair: &Pair| pair.b.sctp().unwrap().transport().ice_transport().remote_candidates().count();
    let before = count(&pair);
    pair.b.add_ice_candidate(pair.now, &init(HOST, Some("0"), None, None)).unwrap();
    assert_eq!(count(&pair), before, "it is for the offer");
    pair.b.add_ice_candidate(pair.now, &init(HOST, Some("0"), None, old.as_deref())).unwrap();
    assert_eq!(count(&pair), before + 1);
    assert_eq!(pair.b.pending_remote_description().unwrap().sdp.matches("a=candidate:").count(), 1);
    assert_eq!(pair.b.current_remote_description().unwrap().sdp.matches("a=candidate:").count(), 2);
    pair.b.set_local_description_due(pair.now).unwrap();
    assert_eq!(count(&pair), 1);
}

/// RFC 5888 §4: a peer without names is told the place.
#[test]
fn candidates_for_a_section_without_a_name_have_none_and_connect() {
    let mut pair = Pair::new(16);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let offer = pair.a.local_description().unwrap().sdp;
    let nameless = offer.replace("a=mid:0\r\n", "").replace("a=group:BUNDLE 0\r\n", "");
    pair.b.set_remote_description(pair.now, &SessionDescription::offer(nameless)).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.run_for(Duration::from_millis(1));
    let ours = gathered(&pair.log_b).remove(0);
    assert_eq!((&ours.sdp_mid, ours.sdp_m_line_index), (&None, Some(0)));
    pair.a.set_remote_description(pair.now, &bare(&pair.b.local_description().unwrap())).unwrap();
    pair.a.add_ice_candidate(pair.now, &ours).unwrap();
    pair.run_until("both connect", |pair| pair.a.connection_state() == PeerConnectionState::Connected);
}
