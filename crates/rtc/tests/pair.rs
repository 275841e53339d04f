//! Two connections over a wire without loss, in virtual time.

use rtc::{
    DataChannelInit, Event, IceConnectionState, IceGatheringState, OfferOptions, Payload,
    PeerConnectionState, SctpTransportState, SignalingState,
};

use crate::support::pair::Pair;

#[test]
fn two_connections_exchange_messages() {
    let mut pair = Pair::new(1);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    pair.a.send(pair.now, chat, "hello").unwrap();
    let theirs = pair.incoming_b();
    pair.run_until("the message arrives", |pair| {
        pair.log_b.contains(&Event::DataChannelMessage(theirs, Payload::from("hello")))
    });
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Connected);
    assert_eq!(pair.a.sctp().unwrap().state(), SctpTransportState::Connected);
}

#[test]
fn events_come_in_w3cs_order() {
    let mut pair = Pair::new(2);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.run_for(core::time::Duration::from_millis(1));
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let position = |event: &Event| {
        pair.log_a.iter().position(|seen| seen == event).unwrap_or_else(|| panic!("{event:?}"))
    };
    let order = [
        Event::NegotiationNeeded,
        Event::SignalingStateChange(SignalingState::HaveLocalOffer),
        Event::IceGatheringStateChange(IceGatheringState::Gathering),
        Event::IceGatheringStateChange(IceGatheringState::Complete),
        Event::IceCandidate(None),
        Event::SignalingStateChange(SignalingState::Stable),
        Event::IceConnectionStateChange(IceConnectionState::Checking),
        Event::IceConnectionStateChange(IceConnectionState::Connected),
        Event::ConnectionStateChange(PeerConnectionState::Connected),
        Event::SctpTransportStateChange(SctpTransportState::Connected),
        Event::DataChannelOpen(chat),
    ];
    let positions: Vec<usize> = order.iter().map(position).collect();
    assert!(positions.is_sorted(), "{:#?}", pair.log_a);
    let gathering: Vec<IceGatheringState> = pair
        .log_a
        .iter()
        .filter_map(|event| match event {
            Event::IceTransportGatheringStateChange(_, state) => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(gathering, [IceGatheringState::Gathering, IceGatheringState::Complete]);
    let ice = pair.a.sctp().unwrap().transport().ice_transport();
    assert_eq!(ice.gathering_state(), IceGatheringState::Complete);
}

/// The DTLS association goes on: RFC 9429 §5.11.
#[test]
fn an_ice_restart_keeps_the_channel() {
    let mut pair = Pair::new(3);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let before = pair.a.local_description().unwrap();
    pair.negotiate_with(OfferOptions::restart());
    assert_ne!(pair.a.local_description().unwrap().sdp, before.sdp);
    let theirs = pair.incoming_b();
    pair.a.send(pair.now, chat, "still here").unwrap();
    pair.run_until("the message arrives", |pair| {
        pair.log_b.contains(&Event::DataChannelMessage(theirs, Payload::from("still here")))
    });
}

#[test]
fn a_restart_names_the_credentials_that_its_offer_named() {
    for answer_takes in [0, 500, 5_000] {
        let mut pair = Pair::new(30 + answer_takes);
        let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.negotiate();
        pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
        let offer = pair.a.create_offer(OfferOptions::restart()).unwrap();
        pair.a.set_local_description(pair.now, &offer).unwrap();
        pair.run_for(core::time::Duration::from_millis(answer_takes));
        pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
        pair.b.set_local_description_due(pair.now).unwrap();
        pair.run_for(core::time::Duration::from_millis(answer_takes));
        pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
        // Longer than the old generation lasts: what goes on is the new one.
        pair.run_for(core::time::Duration::from_secs(60));
        for end in [&pair.a, &pair.b] {
            let ice = end.sctp().unwrap().transport().ice_transport();
            let fragment = &ice.local_parameters().username_fragment;
            assert!(end.local_description().unwrap().sdp.contains(&format!("a=ice-ufrag:{fragment}\r\n")));
            assert_eq!(end.connection_state(), PeerConnectionState::Connected);
        }
        pair.a.send(pair.now, chat, "still here").unwrap();
        let theirs = pair.incoming_b();
        pair.run_until("the message arrives", |pair| {
            pair.log_b.contains(&Event::DataChannelMessage(theirs, Payload::from("still here")))
        });
    }
}

/// RFC 9429 §5.7.
#[test]
fn a_rolled_back_restart_changes_nothing() {
    let mut pair = Pair::new(4);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let offer = pair.a.create_offer(OfferOptions::restart()).unwrap();
    pair.a.set_local_description(pair.now, &offer).unwrap();
    pair.a.set_local_description(pair.now, &rtc::SessionDescription::rollback()).unwrap();
    let theirs = pair.incoming_b();
    pair.a.send(pair.now, chat, "nothing happened").unwrap();
    pair.run_until("the message arrives", |pair| {
        pair.log_b.contains(&Event::DataChannelMessage(theirs, Payload::from("nothing happened")))
    });
}

#[test]
fn a_closed_connection_tells_its_peer_at_once() {
    let mut pair = Pair::new(5);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let theirs = pair.incoming_b();
    let closed_at = pair.now;
    pair.a.close(pair.now);
    assert_eq!(pair.a.poll_event(), None, "no event after close");
    assert_eq!(pair.a.data_channel(chat).unwrap().ready_state(), rtc::DataChannelState::Closed);
    pair.run_until("the peer sees it", |pair| pair.log_b.contains(&Event::DataChannelClose(theirs)));
    assert!(pair.now.since(closed_at).as_millis() < 1000);
    assert_eq!(pair.a.poll_event(), None, "no event after close");
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Closed);
}

#[test]
fn an_application_that_takes_no_events_slows_its_peer_and_loses_nothing() {
    let mut pair = Pair::new(6);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let theirs = pair.incoming_b();
    pair.deaf_b = true;
    let mut sent = 0;
    while pair.a.send(pair.now, chat, bytes::Bytes::from(vec![7; 60_000])).is_ok() && sent < 200 {
        sent += 1;
    }
    pair.run_for(core::time::Duration::from_secs(20));
    assert!(pair.a.data_channel(chat).unwrap().buffered_amount() > 0, "the window is closed");
    pair.deaf_b = false;
    let count = |pair: &Pair| {
        let message = |event: &&Event| matches!(event, Event::DataChannelMessage(id, _) if *id == theirs);
        pair.log_b.iter().filter(message).count()
    };
    pair.run_until("all messages arrive", |pair| count(pair) == sent);
}

#[test]
fn the_same_seed_gives_the_same_datagrams() {
    let run = |seed| {
        let mut pair = Pair::new(seed);
        let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.negotiate();
        pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
        pair.trace
    };
    assert!(run(7) == run(7));
    assert!(run(7) != run(8));
}
