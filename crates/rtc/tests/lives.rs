//! The same section, another association (RFC 8841 §9.3, RFC 9429 §5.11): a device that has rebooted, a bridge that has
//! migrated, a section that was given up and comes again.

use rtc::{
    ChannelId, DataChannelInit, DataChannelState, Event, Payload, PeerConnection, PeerConnectionState,
    SctpTransportState, SessionDescription,
};

use crate::support::pair::{Pair, address_a, address_b, connection};

/// Negotiates with `b` as the one who offers.
fn negotiate_from_b(pair: &mut Pair) {
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
}

fn state(connection: &mut PeerConnection, id: ChannelId) -> Option<DataChannelState> {
    connection.data_channel(id).map(|channel| channel.ready_state())
}

/// The channel that came in last.
fn incoming(log: &[Event]) -> Option<ChannelId> {
    log.iter().rev().find_map(|event| match event {
        Event::DataChannel(id) => Some(*id),
        _ => None,
    })
}

#[test]
fn a_peer_that_comes_back_as_another_connection_gets_channels() {
    let mut pair = Pair::new(1);
    let (old, _) = pair.open_channel("old", DataChannelInit::default());
    pair.log_a.clear();
    pair.log_b.clear();
    pair.b = connection(100, address_b());
    let new = pair.b.create_data_channel("new", DataChannelInit::default()).unwrap();
    negotiate_from_b(&mut pair);
    pair.run_until("the new channel opens", |pair| pair.log_b.contains(&Event::DataChannelOpen(new)));
    pair.b.send(pair.now, new, "hello").unwrap();
    pair.run_until("a channel comes in", |pair| incoming(&pair.log_a).is_some());
    let theirs = incoming(&pair.log_a).unwrap();
    let hello = Event::DataChannelMessage(theirs, Payload::from("hello"));
    pair.run_until("the message arrives", |pair| pair.log_a.contains(&hello));
    let place = |event: &Event| pair.log_a.iter().position(|seen| seen == event).unwrap();
    assert!(place(&Event::DataChannelClose(old)) < place(&Event::DataChannel(theirs)), "{:#?}", pair.log_a);
    assert!(!pair.log_a.iter().any(|event| matches!(event, Event::DataChannelError(..))));
    assert_ne!(state(&mut pair.a, old), Some(DataChannelState::Open));
    assert_eq!(pair.a.sctp().unwrap().state(), SctpTransportState::Connected);
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Connected);
    let again = pair.a.create_data_channel("again", DataChannelInit::default()).unwrap();
    pair.run_until("ours opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(again)));
}

/// The one who stays offers this time, with an ICE restart, because it has noticed.
#[test]
fn who_stays_may_offer_to_the_peer_that_came_back() {
    let mut pair = Pair::new(2);
    pair.open_channel("old", DataChannelInit::default());
    pair.b = connection(101, address_b());
    pair.a.restart_ice();
    pair.negotiate();
    pair.run_until("both connect", |pair| {
        pair.a.sctp().unwrap().state() == SctpTransportState::Connected
            && pair.b.sctp().unwrap().state() == SctpTransportState::Connected
    });
    pair.open_channel("new", DataChannelInit::default());
}

#[test]
fn a_section_that_was_rejected_and_is_offered_again_is_served() {
    let mut pair = Pair::new(3);
    let (_, theirs) = pair.open_channel("old", DataChannelInit::default());
    let offer = pair.a.local_description().unwrap().sdp;
    let rejected = offer.replace("m=application 1000", "m=application 0").replace("a=group:BUNDLE 0\r\n", "");
    assert_ne!(rejected, offer);
    pair.b.set_remote_description(pair.now, &SessionDescription::offer(rejected)).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    assert!(pair.b.sctp().is_none());
    assert_eq!(state(&mut pair.b, theirs), Some(DataChannelState::Closed));
    pair.log_a.clear();
    pair.a = connection(102, address_a());
    let new = pair.a.create_data_channel("new", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(new)));
    let ours = pair.b.create_data_channel("ours", DataChannelInit::default()).unwrap();
    pair.run_until("one of ours, too", |pair| pair.log_b.contains(&Event::DataChannelOpen(ours)));
}

/// What waits for an association that was never there waits for the next one.
#[test]
fn channels_that_wait_outlive_an_association_that_never_connected() {
    let mut pair = Pair::new(4);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.b = connection(103, address_b());
    pair.a.restart_ice();
    pair.negotiate();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    assert!(!pair.log_a.contains(&Event::DataChannelClose(chat)));
}

/// RFC 9429 §5.11: another port is another association; RFC 8841 §10.4: port 0 ends it.
#[test]
fn an_association_on_another_port_is_another_one() {
    let mut pair = Pair::new(5);
    let (_, theirs) = pair.open_channel("old", DataChannelInit::default());
    let offer = pair.a.local_description().unwrap().sdp.replace("a=sctp-port:5000", "a=sctp-port:5001");
    pair.b.set_remote_description(pair.now, &SessionDescription::offer(offer)).unwrap();
    assert_eq!(state(&mut pair.b, theirs), Some(DataChannelState::Open), "before the answer nothing changes");
    pair.b.set_local_description_due(pair.now).unwrap();
    assert_eq!(state(&mut pair.b, theirs), Some(DataChannelState::Closed));
    assert_eq!(pair.b.sctp().unwrap().state(), SctpTransportState::Connecting);
    let waiting = pair.b.create_data_channel("waits", DataChannelInit::default()).unwrap();
    assert_eq!(state(&mut pair.b, waiting), Some(DataChannelState::Connecting));
}

/// What an association leaves when it ends counts against the window of the next: a peer that comes back again and again to an
/// application that takes nothing makes it hold one window, not one for each life.
#[test]
fn what_earlier_associations_have_left_makes_the_window_of_the_next_smaller() {
    let mut pair = Pair::new(9);
    pair.deaf_b = true;
    let window = pair.b.configuration().sctp.receive_window;
    let mut taken = 0;
    for life in 0..4_u16 {
        if life > 0 {
            pair.a = connection(200 + u64::from(life), address_a());
        }
        let init = || DataChannelInit::default().with_negotiated(life);
        let ours = pair.a.create_data_channel("bulk", init()).unwrap();
        pair.log_a.clear();
        pair.a.set_local_description_due(pair.now).unwrap();
        pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
        pair.b.set_local_description_due(pair.now).unwrap();
        // The channels of the association before have ended.
        pair.b.create_data_channel("bulk", init()).unwrap();
        pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
        pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(ours)));
        let mut sent = 0;
        while sent < 2 * window && pair.a.send(pair.now, ours, vec![7; 60_000]).is_ok() {
            sent += 60_000;
        }
        pair.run_for(core::time::Duration::from_secs(10));
        pair.trace.clear();
        taken += sent - pair.a.data_channel(ours).unwrap().buffered_amount();
        assert!(life > 0 || taken > window / 2, "{taken} bytes of a window of {window}");
    }
    assert!(taken <= window + 200_000, "{taken} bytes in four lives, with a window of {window}");
    pair.deaf_b = false;
    pair.run_for(core::time::Duration::from_secs(60));
    let len = |event: &Event| match event {
        Event::DataChannelMessage(_, payload) => payload.len(),
        _ => 0,
    };
    let heard: usize = pair.log_b.iter().map(len).sum();
    assert!(heard >= taken + window, "{heard} bytes, with those that waited");
}
