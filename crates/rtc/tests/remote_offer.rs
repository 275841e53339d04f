//! An offer of the peer changes nothing that runs before it is answered: RFC 9429 §5.7 and §5.11, RFC 8842 §3.1,
//! webrtc-pc §4.4.1.5.

use core::time::Duration;

use rtc::{
    ChannelId, DataChannelInit, Event, OfferOptions, PeerConnectionState, SessionDescription, SignalingState,
};

use crate::support::pair::{Pair, address_b, connection};

/// A pair that is up, with the channel that both have and `b`'s log emptied.
fn up(seed: u64) -> (Pair, ChannelId, ChannelId) {
    let mut pair = Pair::new(seed);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    pair.log_b.clear();
    (pair, ours, theirs)
}

/// `b` is offered something, time passes, and the offer is taken back; then as much time as ICE needs to lose a peer.
fn offer_and_take_back(pair: &mut Pair, offer: &SessionDescription) {
    pair.b.set_remote_description(pair.now, offer).unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.b.set_remote_description(pair.now, &SessionDescription::rollback()).unwrap();
    pair.run_for(Duration::from_secs(40));
}

/// Both ways still work, and `b` had nothing to say but that it was offered something.
#[track_caller]
fn nothing_has_happened(pair: &mut Pair, ours: ChannelId, theirs: ChannelId) {
    let states = [SignalingState::HaveRemoteOffer, SignalingState::Stable].map(Event::SignalingStateChange);
    assert_eq!(pair.log_b, states);
    pair.a.send(pair.now, ours, "there").unwrap();
    pair.b.send(pair.now, theirs, "and back").unwrap();
    pair.run_until("both arrive", |pair| {
        pair.messages_b(theirs) == ["there".into()] && pair.messages_a(ours) == ["and back".into()]
    });
    for end in [&pair.a, &pair.b] {
        assert_eq!(end.connection_state(), PeerConnectionState::Connected);
    }
}

/// An offer without its section for data, which is rejected.
fn without_data(offer: &SessionDescription) -> SessionDescription {
    let (head, rest) = offer.sdp.split_once("m=application ").unwrap();
    let (_, rest) = rest.split_once(' ').unwrap();
    SessionDescription::offer(format!("{}m=application 0 {rest}", head.replace("a=group:BUNDLE 0\r\n", "")))
}

#[test]
fn an_offer_that_ends_data_ends_it_with_its_answer() {
    let (mut pair, ours, theirs) = up(1);
    let offer = without_data(&pair.a.create_offer(OfferOptions::default()).unwrap());
    offer_and_take_back(&mut pair, &offer);
    nothing_has_happened(&mut pair, ours, theirs);
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.run_for(Duration::from_millis(1));
    assert!(pair.log_b.contains(&Event::DataChannelClose(theirs)));
    assert!(pair.b.sctp().is_none());
}

/// Another certificate behind other credentials: a stranger's offer, or the peer that has begun anew.
#[test]
fn an_offer_of_another_association_leaves_the_one_that_lives() {
    let (mut pair, ours, theirs) = up(2);
    let mut other = connection(77, address_b());
    other.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let offer = other.create_offer(OfferOptions::default()).unwrap();
    offer_and_take_back(&mut pair, &offer);
    nothing_has_happened(&mut pair, ours, theirs);
}

#[test]
fn an_offer_to_restart_ice_moves_nothing_before_it_is_answered() {
    let (mut pair, ours, theirs) = up(3);
    let offer = pair.a.create_offer(OfferOptions::restart()).unwrap();
    offer_and_take_back(&mut pair, &offer);
    nothing_has_happened(&mut pair, ours, theirs);
}

/// No description of ours names what would be gathered: the peer would refuse it.
#[test]
fn a_section_for_data_that_joins_later_is_silent_until_it_is_answered() {
    let audio =
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=rtpmap:111 opus/48000/2\r\n";
    let mut pair = Pair::new(4);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let offer = pair.a.local_description().unwrap();
    let (head, data) = offer.sdp.split_once("m=application").unwrap();
    let first = format!("{}{audio}", head.replace("a=group:BUNDLE 0\r\n", ""));
    pair.b.set_remote_description(pair.now, &SessionDescription::offer(first)).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let second = SessionDescription::offer(format!("{head}{audio}m=application{data}"));
    pair.b.set_remote_description(pair.now, &second).unwrap();
    pair.trace.clear();
    pair.run_for(Duration::from_secs(2));
    let gathered = |pair: &Pair| pair.log_b.iter().any(|event| matches!(event, Event::IceCandidate(Some(_))));
    assert!(!gathered(&pair) && pair.trace.is_empty());
    assert_eq!(pair.b.sctp().unwrap().state(), rtc::SctpTransportState::Connecting, "there it is, and waits");
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.run_for(Duration::from_secs(2));
    assert!(gathered(&pair) && !pair.trace.is_empty());
}

/// What was trickled while the offer waited is not lost, also if the offer comes twice.
#[test]
fn candidates_that_come_before_the_answer_count_after_it() {
    for repeated in [false, true] {
        let mut pair = Pair::new(5);
        pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
        let offer = pair.a.create_offer(OfferOptions::default()).unwrap();
        pair.a.set_local_description(pair.now, &offer).unwrap();
        pair.run_for(Duration::from_millis(1));
        let candidate = pair.log_a.iter().find_map(|event| match event {
            Event::IceCandidate(Some(candidate)) => Some(candidate.to_init()),
            _ => None,
        });
        pair.b.set_remote_description(pair.now, &offer).unwrap();
        pair.b.add_ice_candidate(pair.now, &candidate.unwrap()).unwrap();
        if repeated {
            pair.b.set_remote_description(pair.now, &offer).unwrap();
        }
        pair.b.set_local_description_due(pair.now).unwrap();
        let answer = pair.b.local_description().unwrap().sdp;
        let is_candidate = |line: &&str| line.starts_with("a=candidate");
        let bare: String = answer.split_inclusive('\n').filter(|line| !is_candidate(line)).collect();
        pair.a.set_remote_description(pair.now, &SessionDescription::answer(bare)).unwrap();
        pair.run_until("both connect", |pair| pair.a.connection_state() == PeerConnectionState::Connected);
    }
}

/// The section is rejected, and with it no channel: a later one takes those that wait.
#[test]
fn channels_whose_section_was_rejected_open_in_a_later_one() {
    let mut pair = Pair::new(6);
    let chat = pair.b.create_data_channel("from b", DataChannelInit::default()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = without_data(&pair.b.local_description().unwrap());
    pair.b.set_remote_description(pair.now, &SessionDescription::answer(answer.sdp)).unwrap();
    pair.run_for(Duration::from_secs(1));
    assert!(pair.b.sctp().is_none() && !pair.log_b.contains(&Event::DataChannelClose(chat)));
    pair.a.create_data_channel("from a", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("it opens", |pair| pair.log_b.contains(&Event::DataChannelOpen(chat)));
}
