//! RTCDataChannel over both connections (webrtc-pc §6): what is sent, refused, buffered, closed.

use core::time::Duration;

use rtc::{
    ChannelId, DataChannelInit, DataChannelState, Event, OfferOptions, Payload, PeerConnectionState,
    Priority, SctpTransportState, SendError, SessionDescription,
};

use crate::support::pair::{self, Pair, address_a, address_b, configuration, connection_with};

fn bytes(byte: u8, len: usize) -> Payload {
    Payload::Binary(vec![byte; len].into())
}

fn position(log: &[Event], event: &Event) -> usize {
    log.iter().position(|seen| seen == event).unwrap_or_else(|| panic!("{event:?} in {log:#?}"))
}

/// RFC 8831 §6.4 and §6.6.
#[test]
fn messages_of_every_size_and_kind_come_back_as_they_were_on_every_reliability() {
    let inits = [
        DataChannelInit::default(),
        DataChannelInit::default().with_ordered(false),
        DataChannelInit::default().with_max_retransmits(3),
        DataChannelInit::default().with_ordered(false).with_max_packet_life_time(5000),
    ];
    let mut pair = Pair::new(1);
    for (number, init) in inits.into_iter().enumerate() {
        let (ours, theirs) = pair.open_channel(&format!("channel {number}"), init.clone());
        let channel = pair.b.data_channel(theirs).unwrap();
        assert_eq!(channel.label(), format!("channel {number}"));
        assert_eq!(
            (channel.ordered(), channel.max_retransmits(), channel.max_packet_life_time()),
            (init.ordered, init.max_retransmits, init.max_packet_life_time)
        );
        let mut expected = Vec::new();
        for size in [0, 1, 1191, 16_384, 65_535, 262_144] {
            for payload in [Payload::Text("x".repeat(size)), Payload::Binary(vec![size as u8; size].into())] {
                pair.a.send(pair.now, ours, payload.clone()).unwrap();
                expected.push(payload);
                let count = expected.len();
                pair.run_until("it arrives", |pair| pair.messages_b(theirs).len() == count);
            }
        }
        assert!(pair.messages_b(theirs) == expected);
    }
}

/// RFC 8841 §6: each side says what it takes, and the other keeps to it.
#[test]
fn each_side_keeps_to_the_size_that_the_other_takes() {
    let mut small = configuration(2);
    small.max_message_size = 1000;
    let mut pair =
        Pair::of(connection_with(small, 2, address_a()), connection_with(configuration(3), 3, address_b()));
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    assert_eq!(pair.a.sctp().unwrap().max_message_size(), Some(262_144));
    assert_eq!(pair.b.sctp().unwrap().max_message_size(), Some(1000));
    let refused = pair.b.send(pair.now, theirs, bytes(1, 1001)).unwrap_err();
    assert_eq!((refused.error, refused.error.name()), (SendError::TooLarge, "TypeError"));
    assert!(refused.payload == bytes(1, 1001), "it is given back");
    pair.b.send(pair.now, theirs, bytes(1, 1000)).unwrap();
    pair.a.send(pair.now, ours, bytes(2, 262_144)).unwrap();
    assert_eq!(
        pair.a.send(pair.now, ours, bytes(2, 262_145)).map_err(|unsent| unsent.error),
        Err(SendError::TooLarge)
    );
    pair.run_until("both arrive", |pair| pair.messages_a(ours).len() + pair.messages_b(theirs).len() == 2);
}

/// RFC 8841 §6.1; webrtc-pc §6.1.1.1, update max message size: the smaller of that and the send buffer.
#[test]
fn a_peer_that_names_no_size_takes_64_kib_and_one_that_names_zero_what_we_can_send() {
    for (line, expected) in [("", Some(65_536)), ("a=max-message-size:0\r\n", Some(16 << 20))] {
        let mut pair = Pair::new(4);
        pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.a.set_local_description_due(pair.now).unwrap();
        let offer = pair.a.local_description().unwrap().sdp.replace("a=max-message-size:262144\r\n", line);
        assert_eq!(pair.a.sctp().unwrap().max_message_size(), None, "nothing is known yet");
        pair.b.set_remote_description(pair.now, &SessionDescription::offer(offer)).unwrap();
        pair.b.set_local_description_due(pair.now).unwrap();
        assert_eq!(pair.b.sctp().unwrap().max_message_size(), expected);
    }
}

#[test]
fn what_cannot_be_a_channel_is_refused_with_w3cs_name() {
    let mut pair = Pair::new(5);
    let mut refused = |label: &str, init| pair.a.create_data_channel(label, init).unwrap_err().name();
    let usual = DataChannelInit::default;
    let both = usual().with_max_packet_life_time(1).with_max_retransmits(1);
    assert_eq!(refused("both", both), "TypeError");
    let mut without_id = usual();
    without_id.negotiated = true;
    assert_eq!(refused("no id", without_id), "TypeError");
    let reserved = usual().with_negotiated(65_535);
    assert_eq!(refused("reserved", reserved), "TypeError");
    assert_eq!(refused(&"l".repeat(65_536), usual()), "TypeError");
    assert_eq!(refused("p", usual().with_protocol("p".repeat(65_536))), "TypeError");
    let fixed = usual().with_negotiated(7);
    pair.a.create_data_channel("first", fixed.clone()).unwrap();
    assert_eq!(pair.a.create_data_channel("again", fixed).unwrap_err().name(), "OperationError");
}

#[test]
fn ids_follow_the_dtls_role_and_are_unknown_before_it() {
    let mut pair = Pair::new(6);
    let first = pair.a.create_data_channel("first", DataChannelInit::default()).unwrap();
    assert_eq!(pair.a.data_channel(first).unwrap().id(), None);
    assert_eq!(pair.a.data_channel(first).unwrap().ready_state(), DataChannelState::Connecting);
    let early = pair.a.send(pair.now, first, "too early").unwrap_err();
    assert_eq!((early.error, early.error.name()), (SendError::NotOpen, "InvalidStateError"));
    assert_eq!(early.payload, Payload::from("too early"));
    let (second, _) = pair.open_channel("second", DataChannelInit::default());
    let from_b = pair.b.create_data_channel("from b", DataChannelInit::default()).unwrap();
    // The answerer is the DTLS client, and has the even ones (RFC 8832 §6).
    assert_eq!(pair.a.data_channel(first).unwrap().id(), Some(1));
    assert_eq!(pair.a.data_channel(second).unwrap().id(), Some(3));
    assert_eq!(pair.b.data_channel(from_b).unwrap().id(), Some(0));
}

#[test]
fn a_negotiated_channel_carries_messages_even_if_one_side_creates_it_late() {
    let mut pair = Pair::new(7);
    let fixed = DataChannelInit::default().with_protocol("p").with_negotiated(40);
    let ours = pair.a.create_data_channel("fixed", fixed.clone()).unwrap();
    pair.negotiate();
    pair.run_until("it opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(ours)));
    pair.a.send(pair.now, ours, "early").unwrap();
    pair.run_for(Duration::from_secs(1));
    assert!(!pair.log_b.iter().any(|event| matches!(event, Event::DataChannel(_))), "nothing announces it");
    let theirs = pair.b.create_data_channel("fixed", fixed).unwrap();
    pair.run_until("it arrives", |pair| pair.messages_b(theirs) == ["early".into()]);
    assert!(
        position(&pair.log_b, &Event::DataChannelOpen(theirs))
            < position(&pair.log_b, &Event::DataChannelMessage(theirs, "early".into()))
    );
    let channel = pair.b.data_channel(theirs).unwrap();
    assert!(channel.negotiated() && channel.id() == Some(40) && channel.protocol() == "p");
}

/// RFC 8832 §5.1.
#[test]
fn the_label_protocol_and_priority_reach_the_peer() {
    let mut pair = Pair::new(8);
    let init = DataChannelInit::default().with_protocol("größe").with_priority(Priority::High);
    let (_, theirs) = pair.open_channel("\u{1f980}", init);
    let channel = pair.b.data_channel(theirs).unwrap();
    assert_eq!(
        (channel.label(), channel.protocol(), channel.priority()),
        ("\u{1f980}", "größe", Priority::High)
    );
}

#[test]
fn a_channel_that_comes_in_is_announced_before_it_opens_and_speaks() {
    let mut pair = Pair::new(9);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_until("it opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    pair.a.send(pair.now, chat, "at once").unwrap();
    let theirs = pair.incoming_b();
    pair.run_until("the message arrives", |pair| !pair.messages_b(theirs).is_empty());
    let order = [
        Event::SctpTransportStateChange(SctpTransportState::Connected),
        Event::DataChannel(theirs),
        Event::DataChannelOpen(theirs),
        Event::DataChannelMessage(theirs, "at once".into()),
    ];
    assert!(order.iter().map(|event| position(&pair.log_b, event)).is_sorted(), "{:#?}", pair.log_b);
}

/// webrtc-pc §6.2.4: a message that was received is told before the end, however late the application looks.
#[test]
fn what_came_before_the_end_of_the_connection_is_told_before_the_end() {
    let mut pair = Pair::new(30);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.deaf_b = true;
    for number in 0..100 {
        pair.a.send(pair.now, ours, format!("{number}")).unwrap();
    }
    let late = pair.a.create_data_channel("late", DataChannelInit::default()).unwrap();
    pair.a.send(pair.now, late, "the first word").unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.a.close(pair.now);
    pair.run_for(Duration::from_secs(1));
    pair.deaf_b = false;
    pair.run_for(Duration::from_secs(1));
    let expected: Vec<Payload> = (0..100).map(|number| Payload::Text(format!("{number}"))).collect();
    assert_eq!(pair.messages_b(theirs), expected);
    let incoming = |event: &Event| match event {
        Event::DataChannel(id) => Some(*id),
        _ => None,
    };
    let late = pair.log_b.iter().filter_map(incoming).next_back().unwrap();
    let ended = position(&pair.log_b, &Event::SctpTransportStateChange(SctpTransportState::Closed));
    for (channel, text) in [(theirs, "99"), (late, "the first word")] {
        let last = position(&pair.log_b, &Event::DataChannelMessage(channel, text.into()));
        assert!(last < ended && ended < position(&pair.log_b, &Event::DataChannelClose(channel)));
    }
}

/// RFC 8831 §6.7: a stream is used again after its reset, which comes before what the next channel says, however late the
/// application looks.
#[test]
fn a_stream_that_is_used_again_before_the_application_looks_carries_both_channels() {
    let mut pair = Pair::new(32);
    let (_, theirs) = pair.open_channel("first", DataChannelInit::default());
    let (other, _) = pair.open_channel("other", DataChannelInit::default());
    pair.deaf_b = true;
    pair.a.send(pair.now, other, "waits to be read").unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.b.data_channel_mut(theirs).unwrap().close();
    pair.run_for(Duration::from_secs(1));
    let again = pair.a.create_data_channel("again", DataChannelInit::default()).unwrap();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.a.data_channel(again).unwrap().id(), Some(1), "the stream of the first");
    pair.a.send(pair.now, again, "hello").unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.deaf_b = false;
    pair.run_for(Duration::from_secs(1));
    let said = |event: &Event| matches!(event, Event::DataChannelMessage(_, text) if *text == "hello".into());
    assert!(pair.log_b.iter().any(said), "{:#?}", pair.log_b);
    assert!(pair.log_b.contains(&Event::DataChannelClose(theirs)));
    assert!(
        !pair.log_b.iter().any(|event| matches!(event, Event::DataChannelError(..))),
        "{:#?}",
        pair.log_b
    );
}

/// webrtc-pc §6.2: "initially zero on each new RTCDataChannel".
#[test]
fn a_new_channel_on_a_used_stream_has_its_own_threshold() {
    let mut pair = Pair::new(31);
    let (ours, _) = pair.open_channel("first", DataChannelInit::default());
    pair.a.data_channel_mut(ours).unwrap().set_buffered_amount_low_threshold(1 << 20);
    pair.a.data_channel_mut(ours).unwrap().close();
    pair.run_until("it closes", |pair| pair.log_a.contains(&Event::DataChannelClose(ours)));
    let (again, _) = pair.open_channel("second", DataChannelInit::default());
    pair.a.send(pair.now, again, bytes(7, 50_000)).unwrap();
    let low = Event::DataChannelBufferedAmountLow(again);
    pair.run_until("the buffer is low", |pair| pair.log_a.contains(&low));
}

/// webrtc-pc §6.4: what was sent arrives, the peer hears "closing", and both end with "close".
/// RFC 8831 §6.7.
#[test]
fn closing_lets_everything_arrive_first_and_ends_on_both_sides() {
    let mut pair = Pair::new(10);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    for _ in 0..20 {
        pair.a.send(pair.now, ours, bytes(7, 50_000)).unwrap();
    }
    pair.a.data_channel_mut(ours).unwrap().close();
    assert_eq!(pair.a.data_channel(ours).unwrap().ready_state(), DataChannelState::Closing);
    assert_eq!(pair.a.send(pair.now, ours, "late").map_err(|unsent| unsent.error), Err(SendError::NotOpen));
    pair.run_until("both close", |pair| {
        pair.log_a.contains(&Event::DataChannelClose(ours))
            && pair.log_b.contains(&Event::DataChannelClose(theirs))
    });
    assert_eq!(pair.messages_b(theirs).len(), 20);
    let closing = position(&pair.log_b, &Event::DataChannelClosing(theirs));
    assert!(closing < position(&pair.log_b, &Event::DataChannelClose(theirs)));
    assert!(!pair.log_a.contains(&Event::DataChannelClosing(ours)), "who closes knows");
    assert!(!pair.log_a.iter().chain(&pair.log_b).any(|event| matches!(event, Event::DataChannelError(..))));
    pair.run_for(Duration::from_secs(1));
    assert!(pair.a.data_channel(ours).is_none() && pair.b.data_channel(theirs).is_none(), "and are gone");
    let (again, theirs) = pair.open_channel("again", DataChannelInit::default());
    assert_eq!(pair.a.data_channel(again).unwrap().id(), Some(1), "the id is free");
    pair.a.send(pair.now, again, "new life").unwrap();
    pair.run_until("it speaks", |pair| pair.messages_b(theirs) == ["new life".into()]);
}

/// RFC 8831 §6.7.
#[test]
fn both_sides_may_close_at_once_and_a_channel_may_close_before_it_opens() {
    let mut pair = Pair::new(11);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.data_channel_mut(ours).unwrap().close();
    pair.b.data_channel_mut(theirs).unwrap().close();
    pair.run_until("both close", |pair| {
        pair.log_a.contains(&Event::DataChannelClose(ours))
            && pair.log_b.contains(&Event::DataChannelClose(theirs))
    });
    let mut early = pair::connection(12, address_a());
    let unborn = early.create_data_channel("unborn", DataChannelInit::default()).unwrap();
    early.data_channel_mut(unborn).unwrap().close();
    let events: Vec<Event> = std::iter::from_fn(|| early.poll_event()).collect();
    assert!(events.contains(&Event::DataChannelClose(unborn)), "{events:?}");
}

#[test]
fn the_buffer_grows_with_send_and_reports_once_that_it_is_low() {
    let mut pair = Pair::new(13);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    let any_low = |event: &Event| matches!(event, Event::DataChannelBufferedAmountLow(_));
    assert!(!pair.log_a.iter().chain(&pair.log_b).any(any_low), "nobody has sent anything yet");
    pair.a.data_channel_mut(ours).unwrap().set_buffered_amount_low_threshold(100_000);
    for count in 1..=10 {
        pair.a.send(pair.now, ours, bytes(7, 50_000)).unwrap();
        assert_eq!(pair.a.data_channel(ours).unwrap().buffered_amount(), count * 50_000);
    }
    pair.run_until("all arrive", |pair| pair.messages_b(theirs).len() == 10);
    let low = |log: &[Event]| {
        log.iter().filter(|event| **event == Event::DataChannelBufferedAmountLow(ours)).count()
    };
    assert_eq!(low(&pair.log_a), 1);
    assert_eq!(pair.a.data_channel(ours).unwrap().buffered_amount(), 0);
    assert_eq!(pair.a.data_channel(ours).unwrap().buffered_amount_low_threshold(), 100_000);
    pair.a.send(pair.now, ours, "below").unwrap();
    pair.run_for(Duration::from_secs(1));
    assert_eq!(low(&pair.log_a), 1, "it was not above the threshold");
}

#[test]
fn a_full_send_buffer_refuses_and_counts_nothing() {
    let mut config = configuration(14);
    config.sctp.send_buffer = 300_000;
    let mut pair = Pair::of(
        connection_with(config, 14, address_a()),
        connection_with(configuration(15), 15, address_b()),
    );
    let (ours, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.send(pair.now, ours, bytes(1, 200_000)).unwrap();
    let before = pair.a.data_channel(ours).unwrap().buffered_amount();
    let refused = pair.a.send(pair.now, ours, bytes(1, 200_000)).unwrap_err();
    assert_eq!((refused.error, refused.error.name()), (SendError::BufferFull, "OperationError"));
    assert!(refused.payload == bytes(1, 200_000), "it is given back");
    assert_eq!(pair.a.data_channel(ours).unwrap().buffered_amount(), before);
}

/// RFC 8831 §6.2.
#[test]
fn a_peer_that_closes_the_connection_ends_every_channel_with_its_reason() {
    let mut pair = Pair::new(16);
    let channels: Vec<(ChannelId, ChannelId)> =
        (0..5).map(|n| pair.open_channel(&format!("{n}"), DataChannelInit::default())).collect();
    pair.b.close(pair.now);
    pair.run_until("all close", |pair| {
        channels.iter().all(|(ours, _)| pair.log_a.contains(&Event::DataChannelClose(*ours)))
    });
    for (ours, _) in &channels {
        let error = pair.log_a.iter().find_map(|event| match event {
            Event::DataChannelError(id, error) if id == ours => Some(error.clone()),
            _ => None,
        });
        let error = error.expect("an error before the close");
        assert_eq!(error.detail.as_str(), "sctp-failure");
        assert_eq!(error.sctp_cause_code, Some(12), "User-Initiated Abort (RFC 9260 §3.3.10.12)");
        assert_eq!(error.message, "the peer has ended the association", "nothing has failed");
    }
}

/// webrtc-pc §6.2: `bufferedAmount` has the bytes of the application, and an empty message has none. It is so before anything is
/// polled, and with an OPEN of which nobody has heard.
#[test]
fn neither_an_empty_message_nor_the_opening_of_a_channel_is_buffered() {
    let mut pair = Pair::new(61);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    for payload in [Payload::Text(String::new()), Payload::Binary(Vec::new().into())] {
        pair.a.send(pair.now, ours, payload).unwrap();
        assert_eq!(pair.a.data_channel(ours).unwrap().buffered_amount(), 0);
    }
    let second = pair.a.create_data_channel("second", DataChannelInit::default()).unwrap();
    pair.a.send(pair.now, second, "x").unwrap();
    assert_eq!(pair.a.data_channel(second).unwrap().buffered_amount(), 1);
    pair.run_until("they arrive", |pair| pair.messages_b(theirs).len() == 2);
    assert!(pair.messages_b(theirs).iter().all(Payload::is_empty));
}

/// RFC 8841 §10.3 and §10.4: DTLS stays.
#[test]
fn an_offer_with_port_zero_ends_the_association_and_its_channels_and_nothing_else() {
    let mut pair = Pair::new(41);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    let mut offer = pair.a.create_offer(OfferOptions::default()).unwrap();
    pair.a.set_local_description(pair.now, &offer).unwrap();
    offer.sdp = offer.sdp.replace("a=sctp-port:5000", "a=sctp-port:0");
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = pair.b.local_description().unwrap();
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    pair.run_for(Duration::from_secs(60));
    assert!(pair.log_a.contains(&Event::DataChannelClose(ours)));
    assert!(pair.log_b.contains(&Event::DataChannelClose(theirs)));
    for pc in [&pair.a, &pair.b] {
        assert_eq!(pc.sctp().unwrap().state(), SctpTransportState::Closed);
        assert_eq!(pc.connection_state(), PeerConnectionState::Connected);
    }
}

/// An application may send as soon as it hears that its channel is open, before it asks for a datagram again.
#[test]
fn a_message_never_goes_ahead_of_the_open_of_its_channel() {
    let mut pair = Pair::new(31);
    pair.open_channel("first", DataChannelInit::default());
    pair.a.observe_packets(true);
    let channel = pair.a.create_data_channel("second", DataChannelInit::default()).unwrap();
    while let Some(event) = pair.a.poll_event() {
        pair.log_a.push(event);
    }
    assert!(pair.log_a.contains(&Event::DataChannelOpen(channel)));
    pair.a.send(pair.now, channel, "at once").unwrap();
    pair.run_for(Duration::from_secs(1));
    let sent = std::iter::from_fn(|| pair.a.poll_packet()).filter(|packet| packet.sent);
    let bytes: Vec<u8> = sent.flat_map(|packet| packet.packet).collect();
    let place = |text: &[u8]| bytes.windows(text.len()).position(|bytes| bytes == text).unwrap();
    assert!(place(b"second") < place(b"at once"));
}

#[test]
fn the_open_of_a_channel_waits_for_room_behind_what_was_sent_before() {
    let mut full = configuration(1);
    full.sctp.send_buffer = 100_000;
    let a = connection_with(full, 64, address_a());
    let mut pair = Pair::of(a, connection_with(configuration(2), 65, address_b()));
    let (first, _) = pair.open_channel("first", DataChannelInit::default());
    while pair.a.send(pair.now, first, bytes(1, 10_000)).is_ok() {}
    while pair.a.send(pair.now, first, "x").is_ok() {}
    let second = pair.a.create_data_channel("second", DataChannelInit::default()).unwrap();
    assert_eq!(pair.a.send(pair.now, second, "x").map_err(|unsent| unsent.error), Err(SendError::BufferFull));
    let arrives = |pair: &Pair| {
        pair.log_b.iter().filter(|event| matches!(event, Event::DataChannelOpen(_))).count() == 2
    };
    pair.run_until("the second channel comes in", arrives);
}
