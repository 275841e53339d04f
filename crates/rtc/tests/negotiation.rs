//! Offer and answer as webrtc-pc has them (§4.4.1.5, §4.7.3): glare, rollback, what is due, what is refused.

use core::time::Duration;

use rtc::{
    DataChannelInit, Event, IceGatheringState, OfferOptions, PeerConnectionState, SdpType,
    SessionDescription, SignalingState,
};

use crate::support::pair::{self, Pair, address_a, connection};

fn description(sdp: &SessionDescription, kind: SdpType) -> SessionDescription {
    SessionDescription::new(kind, sdp.sdp.clone())
}

fn count(log: &[Event], event: &Event) -> usize {
    log.iter().filter(|seen| *seen == event).count()
}

/// Both offer at once. The polite one gives way by implicit rollback, the other ignores what collided.
#[test]
fn of_two_offers_that_cross_the_polite_side_takes_its_own_back() {
    let mut pair = Pair::new(1);
    let from_a = pair.a.create_data_channel("from a", DataChannelInit::default()).unwrap();
    let from_b = pair.b.create_data_channel("from b", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let offer = pair.a.local_description().unwrap();
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    assert_eq!(pair.b.signaling_state(), SignalingState::HaveRemoteOffer);
    assert_eq!(pair.b.pending_local_description(), None, "its own offer is gone");
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = pair.b.local_description().unwrap();
    assert_eq!(answer.kind, SdpType::Answer);
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    pair.run_until("both channels open", |pair| {
        pair.log_a.contains(&Event::DataChannelOpen(from_a))
            && pair.log_b.contains(&Event::DataChannelOpen(from_b))
    });
    // The section of the answer serves both channels: nothing is left to negotiate.
    pair.run_for(Duration::from_secs(1));
    let state = |event: &Event| match event {
        Event::SignalingStateChange(state) => Some(*state),
        _ => None,
    };
    let states: Vec<SignalingState> = pair.log_b.iter().filter_map(state).collect();
    let expected = [
        SignalingState::HaveLocalOffer,
        SignalingState::Stable,
        SignalingState::HaveRemoteOffer,
        SignalingState::Stable,
    ];
    assert_eq!(states, expected, "what was taken back is told");
}

/// Glare on a connection that is up: the rolled-back offer leaves everything as it was.
#[test]
fn glare_on_a_connection_that_is_up_disturbs_nothing() {
    let mut pair = Pair::new(2);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.a
        .create_offer(OfferOptions::default())
        .and_then(|offer| pair.a.set_local_description(pair.now, &offer))
        .unwrap();
    pair.b
        .create_offer(OfferOptions::restart())
        .and_then(|offer| pair.b.set_local_description(pair.now, &offer))
        .unwrap();
    pair.run_for(Duration::from_millis(300));
    let offer = pair.a.local_description().unwrap();
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
    pair.a.send(pair.now, ours, "still here").unwrap();
    pair.run_until("the message arrives", |pair| pair.messages_b(theirs) == ["still here".into()]);
    pair.run_for(Duration::from_secs(40));
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Connected);
}

/// RFC 9429 §5.7.
/// webrtc-pc §11.2, RTCError.
#[test]
fn a_description_that_cannot_be_read_names_the_line() {
    let mut pair = Pair::new(60);
    let broken = SessionDescription::offer("v=0\r\nnonsense\r\n");
    let error = pair.a.set_remote_description(pair.now, &broken).unwrap_err();
    assert_eq!((error.name(), error.sdp_line_number()), ("RTCError", Some(2)));
    assert_eq!(error.error_detail().unwrap().as_str(), "sdp-syntax-error");
    assert_eq!(rtc::Error::Closed.error_detail(), None);
}

#[test]
fn an_offer_or_a_remote_offer_can_be_taken_back() {
    let mut pair = Pair::new(3);
    let from_a = pair.a.create_data_channel("from a", DataChannelInit::default()).unwrap();
    let from_b = pair.b.create_data_channel("from b", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let offer = pair.a.local_description().unwrap();
    pair.a.set_local_description(pair.now, &SessionDescription::rollback()).unwrap();
    assert_eq!(pair.a.signaling_state(), SignalingState::Stable);
    assert_eq!((pair.a.local_description(), pair.a.pending_local_description()), (None, None));
    assert!(pair.a.sctp().is_none(), "the transport of the first offer is gone");
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_remote_description(pair.now, &SessionDescription::rollback()).unwrap();
    assert_eq!((pair.b.signaling_state(), pair.b.remote_description()), (SignalingState::Stable, None));
    for end in [&mut pair.a, &mut pair.b] {
        let twice = end.set_local_description(pair.now, &SessionDescription::rollback()).unwrap_err();
        assert_eq!(twice.name(), "InvalidStateError");
    }
    // And the wish for a channel is still there.
    pair.run_for(Duration::from_millis(1));
    assert_eq!(count(&pair.log_a, &Event::NegotiationNeeded), 1);
    pair.negotiate();
    pair.run_until("both channels open", |pair| {
        pair.log_a.contains(&Event::DataChannelOpen(from_a))
            && pair.log_b.contains(&Event::DataChannelOpen(from_b))
    });
}

/// All channels share one section: RFC 9429 §4.1.6.
#[test]
fn negotiation_is_needed_once_for_what_was_asked_and_not_for_more_channels() {
    let mut pair = Pair::new(4);
    pair.a.create_data_channel("one", DataChannelInit::default()).unwrap();
    pair.a.create_data_channel("two", DataChannelInit::default()).unwrap();
    pair.run_for(Duration::from_millis(1));
    assert_eq!(pair.log_a, [Event::NegotiationNeeded]);
    pair.negotiate();
    pair.run_until("connected", |pair| pair.a.connection_state() == PeerConnectionState::Connected);
    pair.a.create_data_channel("three", DataChannelInit::default()).unwrap();
    pair.b.create_data_channel("four", DataChannelInit::default()).unwrap();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(count(&pair.log_a, &Event::NegotiationNeeded), 1);
    assert_eq!(count(&pair.log_b, &Event::NegotiationNeeded), 0);
    pair.a.restart_ice();
    pair.run_for(Duration::from_millis(1));
    assert_eq!(count(&pair.log_a, &Event::NegotiationNeeded), 2);
}

/// webrtc-pc §4.7.3: what became unnecessary before the event is taken is not reported.
#[test]
fn negotiation_that_has_become_unnecessary_is_not_reported() {
    let mut pair = Pair::new(5);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(count(&pair.log_a, &Event::NegotiationNeeded), 0);
}

#[test]
fn a_restart_that_is_asked_for_during_an_offer_is_due_after_it() {
    let mut pair = Pair::new(6);
    pair.open_channel("chat", DataChannelInit::default());
    pair.log_a.clear();
    let offer = pair.a.create_offer(OfferOptions::default()).unwrap();
    pair.a.set_local_description(pair.now, &offer).unwrap();
    pair.a.restart_ice();
    pair.run_for(Duration::from_millis(1));
    assert_eq!(count(&pair.log_a, &Event::NegotiationNeeded), 0, "not while an offer is out");
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
    pair.run_for(Duration::from_millis(1));
    assert_eq!(count(&pair.log_a, &Event::NegotiationNeeded), 1);
}

/// RFC 9429 §5.5 and §5.6 (the states), §5.4 (what was created), §5.8.3 (what has to be there).
#[test]
fn what_comes_out_of_season_is_refused_with_w3cs_name_and_changes_nothing() {
    let mut pair = Pair::new(7);
    let now = pair.now;
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let offer = pair.a.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(pair.a.create_answer().unwrap_err().name(), "InvalidStateError");
    let answer = description(&offer, SdpType::Answer);
    assert_eq!(pair.a.set_remote_description(now, &answer).unwrap_err().name(), "InvalidStateError");
    let munged = SessionDescription::offer(offer.sdp.replace("a=mid:0", "a=mid:munged"));
    assert_eq!(pair.a.set_local_description(now, &munged).unwrap_err().name(), "InvalidModificationError");
    assert_eq!(pair.a.signaling_state(), SignalingState::Stable);
    let broken = SessionDescription::offer("v=0\r\nthis is no line\r\n");
    let error = pair.b.set_remote_description(now, &broken).unwrap_err();
    assert_eq!(error.name(), "RTCError");
    let bare = SessionDescription::offer(offer.sdp.replace("a=fingerprint", "a=no-fingerprint"));
    assert_eq!(pair.b.set_remote_description(now, &bare).unwrap_err().name(), "InvalidAccessError");
    assert_eq!((pair.b.signaling_state(), pair.b.remote_description()), (SignalingState::Stable, None));
    pair.a.set_local_description(now, &offer).unwrap();
    pair.b.set_remote_description(now, &offer).unwrap();
    assert_eq!(pair.b.create_offer(OfferOptions::default()).unwrap_err().name(), "InvalidStateError");
}

#[test]
fn a_closed_connection_refuses_everything_and_says_nothing() {
    let mut closed = connection(8, address_a());
    let now = rtc::Instant::from_millis(1);
    closed.close(now);
    closed.close(now);
    let nothing = SessionDescription::rollback();
    let errors = [
        closed.create_offer(OfferOptions::default()).map(|_| ()),
        closed.create_answer().map(|_| ()),
        closed.set_local_description(now, &nothing),
        closed.set_local_description_due(now),
        closed.set_remote_description(now, &nothing),
        closed.add_ice_candidate(now, &rtc::IceCandidateInit::default()),
        closed.create_data_channel("late", DataChannelInit::default()).map(|_| ()),
        closed.add_local_address(address_a()),
    ];
    assert!(errors.iter().all(|error| error.unwrap_err().name() == "InvalidStateError"), "{errors:?}");
    closed.restart_ice();
    assert_eq!((closed.poll_event(), closed.signaling_state()), (None, SignalingState::Closed));
    assert_eq!(closed.connection_state(), PeerConnectionState::Closed);
    let path = rtc::Path::udp(address_a(), pair::address_b());
    assert_eq!(closed.handle_input(now, path, rtc::Ecn::NotEct, &mut [0; 20]), Err(rtc::Discard::Closed));
}

/// RFC 9429 §3.2; what is pending ends by §4.1.14 and §4.1.16.
#[test]
fn a_provisional_answer_connects_and_the_answer_follows() {
    let mut pair = Pair::new(9);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    let provisional = description(&pair.b.create_answer().unwrap(), SdpType::PrAnswer);
    pair.b.set_local_description(pair.now, &provisional).unwrap();
    assert_eq!(pair.b.signaling_state(), SignalingState::HaveLocalPrAnswer);
    let provisional = pair.b.pending_local_description().unwrap();
    pair.a.set_remote_description(pair.now, &provisional).unwrap();
    assert_eq!(pair.a.signaling_state(), SignalingState::HaveRemotePrAnswer);
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &pair.b.current_local_description().unwrap()).unwrap();
    for end in [&pair.a, &pair.b] {
        assert_eq!(end.signaling_state(), SignalingState::Stable);
        assert!(end.pending_local_description().is_none() && end.pending_remote_description().is_none());
        assert!(end.current_local_description().is_some() && end.current_remote_description().is_some());
    }
}

/// Both offered, and the signalling made answers of the offers: both control, until one gives way. RFC 8445 §7.3.1.1; the
/// role it got there survives a restart by §9.
#[test]
fn the_role_that_a_conflict_left_survives_a_restart() {
    let mut pair = Pair::new(14);
    for end in [&mut pair.a, &mut pair.b] {
        end.create_data_channel("chat", DataChannelInit::default()).unwrap();
        end.set_local_description_due(pair.now).unwrap();
    }
    let offers = [&pair.a, &pair.b].map(|end| end.local_description().unwrap().sdp);
    let as_answer =
        |offer: &str, setup: &str| SessionDescription::answer(offer.replace("setup:actpass", setup));
    pair.a.set_remote_description(pair.now, &as_answer(&offers[1], "setup:active")).unwrap();
    pair.b.set_remote_description(pair.now, &as_answer(&offers[0], "setup:passive")).unwrap();
    pair.run_until("both connect", |pair| {
        [&pair.a, &pair.b].iter().all(|end| end.connection_state() == PeerConnectionState::Connected)
    });
    pair.run_for(Duration::from_secs(1));
    let roles =
        |pair: &Pair| [&pair.a, &pair.b].map(|end| end.sctp().unwrap().transport().ice_transport().role());
    let before = roles(&pair);
    assert_ne!(before[0], before[1]);
    pair.negotiate_with(OfferOptions::restart());
    assert_eq!(roles(&pair), before);
}

/// webrtc-pc §4.3.2: without a transport there is nothing that could be complete.
#[test]
fn gathering_is_new_again_when_the_only_transport_is_taken_back() {
    let mut pair = Pair::new(15);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    assert_eq!(pair.a.ice_gathering_state(), IceGatheringState::Complete);
    pair.a.set_local_description(pair.now, &SessionDescription::rollback()).unwrap();
    assert_eq!(pair.a.ice_gathering_state(), IceGatheringState::New);
    pair.run_for(Duration::from_millis(1));
    let states: Vec<&Event> =
        pair.log_a.iter().filter(|event| matches!(event, Event::IceGatheringStateChange(_))).collect();
    let expected = [IceGatheringState::Gathering, IceGatheringState::Complete, IceGatheringState::New]
        .map(Event::IceGatheringStateChange);
    assert_eq!(states, expected.iter().collect::<Vec<_>>());
}

/// RFC 9429 §3.8.1: the offer reached two, and the second one keeps the call.
#[test]
fn the_one_who_answers_for_good_may_be_another_than_the_one_who_answered_first() {
    let mut pair = Pair::new(13);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let offer = pair.a.local_description().unwrap();
    let mut first = connection(99, "192.0.2.3:3000".parse().unwrap());
    first.set_remote_description(pair.now, &offer).unwrap();
    first.set_local_description_due(pair.now).unwrap();
    let answer = description(&first.local_description().unwrap(), SdpType::PrAnswer);
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    pair.run_for(Duration::from_millis(500));
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
}

#[test]
fn data_channels_can_be_always_negotiated() {
    let mut config = pair::configuration(10);
    config.always_negotiate_data_channels = true;
    let mut always = pair::connection_with(config, 10, address_a());
    assert!(always.create_offer(OfferOptions::default()).unwrap().sdp.contains("webrtc-datachannel"));
    let mut usual = connection(11, address_a());
    assert!(!usual.create_offer(OfferOptions::default()).unwrap().sdp.contains("m="));
}

/// Media sections are another day's work: they are rejected, and the section for data is taken.
/// RFC 9429 §5.3.1.
#[test]
fn sections_for_media_are_rejected_beside_the_one_for_data() {
    let mut pair = Pair::new(12);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let data = pair.a.local_description().unwrap().sdp;
    let audio =
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=rtpmap:111 opus/48000/2\r\n";
    let offer = SessionDescription::offer(format!("{data}{audio}"));
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = pair.b.local_description().unwrap().sdp;
    assert!(answer.contains("m=audio 0 ") && !answer.contains("m=application 0 "), "{answer}");
}
