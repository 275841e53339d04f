//! The life of channels between two peers, over a wire that delivers what it is given.

use bytes::Bytes;
use datachannel::{
    ChannelId, ChannelState, Channels, Command, Config, Discard, Event, Failure, Init, OpenError, Payload,
    Ppid, Priority, Reliability, Role, SendError,
};

struct Pair {
    a: Channels,
    z: Channels,
}

impl Pair {
    /// Two peers whose association is up; `a` is the DTLS client.
    fn connected() -> Self {
        let mut pair = Self { a: Channels::new(Config::default()), z: Channels::new(Config::default()) };
        for (side, role) in [(&mut pair.a, Role::Even), (&mut pair.z, Role::Odd)] {
            side.set_role(role);
            side.handle_connected(1024);
        }
        pair
    }

    /// Carries out what both sides ask for, until neither asks for more.
    fn run(&mut self) {
        for _ in 0..20 {
            carry(&mut self.a, &mut self.z);
            carry(&mut self.z, &mut self.a);
        }
    }
}

fn carry(from: &mut Channels, to: &mut Channels) {
    while let Some(command) = from.poll_command() {
        match command {
            Command::Send(message) => {
                let _ = to.handle_message(message.stream, message.ppid, message.payload);
            }
            Command::Reset(stream) => {
                to.handle_incoming_reset(&[stream]);
                from.handle_outgoing_reset(&[stream]);
            }
            _ => {}
        }
    }
}

fn events(of: &mut Channels) -> Vec<Event> {
    core::iter::from_fn(|| of.poll_event()).collect()
}

fn say(pair: &mut Pair, id: ChannelId, payload: impl Into<Payload>) {
    let message = pair.a.send(id, payload.into()).unwrap();
    pair.z.handle_message(message.stream, message.ppid, message.payload).unwrap();
}

/// The channel that a peer just saw come in.
fn incoming(of: &mut Channels) -> ChannelId {
    match &events(of)[..] {
        [Event::Incoming(id), Event::Open(open), ..] if id == open => *id,
        other => panic!("{other:?}"),
    }
}

/// What a side asks for, as far as it is sent.
fn sent(of: &mut Channels) -> Vec<u16> {
    core::iter::from_fn(|| of.poll_command())
        .filter_map(|command| match command {
            Command::Send(message) => Some(message.stream),
            _ => None,
        })
        .collect()
}

#[test]
fn an_open_goes_ahead_of_the_association_and_only_once() {
    let mut channels = Channels::new(Config::default());
    channels.set_role(Role::Even);
    let id = channels.create(Init::default()).unwrap();
    let beyond = channels.create(Init::default().with_negotiated(9)).unwrap();
    channels.handle_negotiated(8);
    channels.handle_negotiated(8);
    assert_eq!(sent(&mut channels), [0]);
    assert_eq!(channels.channel(id).unwrap().state(), ChannelState::Connecting);
    assert_eq!(events(&mut channels), []);
    channels.handle_connected(8);
    assert_eq!(sent(&mut channels), []);
    let ended = [Event::Error(beyond, Failure::NoStream), Event::Closed(beyond)];
    assert_eq!(events(&mut channels), [&[Event::Open(id)][..], &ended].concat());
}

/// RFC 8831 §6.7.
#[test]
fn a_channel_that_ends_while_its_open_is_under_way_takes_its_stream_along() {
    let mut channels = Channels::new(Config::default());
    channels.set_role(Role::Even);
    let id = channels.create(Init::default()).unwrap();
    channels.handle_negotiated(8);
    channels.close(id);
    let commands: Vec<Command> = core::iter::from_fn(|| channels.poll_command()).collect();
    assert!(matches!(commands[..], [Command::Send(_), Command::Reset(0)]), "{commands:?}");
    channels.handle_connected(8);
    assert_eq!(events(&mut channels), [], "it never opened");
    channels.handle_outgoing_reset(&[0]);
    channels.handle_incoming_reset(&[0]);
    assert_eq!(events(&mut channels), [Event::Closed(id)]);
    assert_eq!(channels.opened_and_closed(), (0, 0));
}

/// RFC 8831 §6.4, RFC 8832 §5.1; that nobody waits is from its §6.
#[test]
fn an_announced_channel_opens_on_both_sides_with_the_same_properties() {
    let mut pair = Pair::connected();
    let init = Init::new("game")
        .with_protocol("v1")
        .with_ordered(false)
        .with_reliability(Reliability::MaxPacketLifeTime(300))
        .with_priority(Priority::High);
    let ours = pair.a.create(init.clone()).unwrap();
    assert_eq!(events(&mut pair.a), [Event::Open(ours)], "nobody waits for the ACK");
    pair.run();
    let theirs = incoming(&mut pair.z);
    let channel = pair.z.channel(theirs).unwrap();
    assert_eq!((channel.label(), channel.protocol(), channel.ordered()), ("game", "v1", false));
    assert_eq!((channel.reliability(), channel.priority()), (init.reliability, Priority::High));
    assert_eq!(channel.stream(), Some(0));
}

/// RFC 8832 §6.
#[test]
fn the_client_opens_even_streams_and_the_server_odd_ones() {
    let mut pair = Pair::connected();
    let ids: Vec<_> = (0..3).map(|_| pair.z.create(Init::default()).unwrap()).collect();
    let streams: Vec<_> = ids.iter().map(|id| pair.z.channel(*id).unwrap().stream().unwrap()).collect();
    assert_eq!(streams, [1, 3, 5]);
}

#[test]
fn a_channel_has_no_stream_before_the_role_is_known() {
    let mut a = Channels::new(Config::default());
    let id = a.create(Init::default()).unwrap();
    assert_eq!(
        (a.channel(id).unwrap().stream(), a.channel(id).unwrap().state()),
        (None, ChannelState::Connecting)
    );
    a.set_role(Role::Odd);
    assert_eq!(a.channel(id).unwrap().stream(), Some(1));
    assert_eq!(a.send(id, "x".into()).map_err(|unsent| unsent.error), Err(SendError::NotOpen));
    a.handle_connected(16);
    assert_eq!(events(&mut a), [Event::Open(id)]);
}

/// RFC 8831 §6.6.
#[test]
fn messages_of_every_kind_arrive_as_they_were_sent() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    pair.run();
    let theirs = incoming(&mut pair.z);
    let payloads = [
        Payload::from("grüße"),
        Payload::from(""),
        Payload::from(Bytes::from_static(&[0, 255])),
        Payload::from(Bytes::new()),
    ];
    for payload in &payloads {
        say(&mut pair, id, payload.clone());
    }
    let expected: Vec<_> = payloads.into_iter().map(|payload| Event::Message(theirs, payload)).collect();
    assert_eq!(events(&mut pair.z), expected);
    assert_eq!(pair.z.channel(theirs).unwrap().received(), pair.a.channel(id).unwrap().sent());
}

/// RFC 8832 §6.
#[test]
fn an_unordered_channel_sends_in_order_until_its_ack() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default().with_ordered(false)).unwrap();
    assert!(!pair.a.send(id, "x".into()).unwrap().unordered);
    pair.run();
    assert!(pair.a.send(id, "x".into()).unwrap().unordered);
}

#[test]
fn data_that_overtakes_its_open_waits_for_it() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    let message = pair.a.send(id, "first".into()).unwrap();
    pair.z.handle_message(message.stream, message.ppid, message.payload).unwrap();
    assert_eq!(pair.z.poll_event(), None);
    pair.run();
    let arrived = events(&mut pair.z);
    assert!(
        matches!(&arrived[..], [Event::Incoming(_), Event::Open(_), Event::Message(_, m)] if *m == "first".into())
    );
}

#[test]
fn data_for_a_negotiated_channel_waits_until_it_is_created() {
    let mut pair = Pair::connected();
    let init = Init::default().with_negotiated(7);
    let id = pair.a.create(init.clone()).unwrap();
    say(&mut pair, id, "early");
    let theirs = pair.z.create(init).unwrap();
    assert_eq!(events(&mut pair.z), [Event::Open(theirs), Event::Message(theirs, "early".into())]);
    pair.run();
    assert_eq!(pair.z.poll_event(), None, "no OPEN for a negotiated channel");
}

#[test]
fn what_waits_for_a_channel_is_bounded() {
    let mut config = Config::default();
    config.max_retained = 500;
    let mut z = Channels::new(config);
    let mut send = |len| z.handle_message(4, Ppid::BINARY, vec![1; len].into());
    // Each message costs 160 bytes beyond its own.
    assert_eq!(
        [send(10), send(171), send(3), send(7), send(1)],
        [Ok(()), Err(Discard::TooEarly), Ok(()), Ok(()), Err(Discard::TooEarly)]
    );
    assert_eq!((z.discarded(), z.retained()), (2, 500));
}

/// A reliable channel loses nothing silently: one that opens behind a hole ends with an error, others go on.
#[test]
fn a_reliable_channel_of_which_too_much_came_early_ends_where_messages_are_missing() {
    for (reliability, fails) in [(Reliability::Reliable, true), (Reliability::MaxRetransmits(0), false)] {
        let mut config = Config::default();
        config.max_retained = 400;
        let mut z = Channels::new(config);
        z.set_role(Role::Odd);
        z.handle_connected(16);
        for text in ["one", "two", "three"] {
            let _ = z.handle_message(4, Ppid::STRING, text.into());
        }
        let id = z.create(Init::default().with_reliability(reliability).with_negotiated(4)).unwrap();
        let _ = z.handle_message(4, Ppid::STRING, "four".into());
        let said = events(&mut z);
        let texts = |event: &&Event| matches!(event, Event::Message(..));
        assert_eq!(said.iter().filter(texts).count(), if fails { 2 } else { 3 });
        assert_eq!(said.contains(&Event::Error(id, Failure::Overrun)), fails, "{said:?}");
    }
}

/// RFC 8831 §6.7.
#[test]
fn closing_resets_both_directions_and_frees_the_stream() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    pair.run();
    let theirs = incoming(&mut pair.z);
    events(&mut pair.a);
    pair.a.close(id);
    assert_eq!(pair.a.channel(id).unwrap().state(), ChannelState::Closing);
    assert_eq!(pair.a.send(id, "x".into()).map_err(|unsent| unsent.error), Err(SendError::NotOpen));
    pair.run();
    assert_eq!(events(&mut pair.z), [Event::Closing(theirs), Event::Closed(theirs)]);
    assert_eq!(events(&mut pair.a), [Event::Closed(id)]);
    let next = pair.a.create(Init::default()).unwrap();
    assert_eq!(pair.a.channel(next).unwrap().stream(), Some(0));
    assert_ne!(next, id);
}

/// RFC 8831 §6.7.
#[test]
fn both_sides_may_close_at_once() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    pair.run();
    let theirs = incoming(&mut pair.z);
    events(&mut pair.a);
    pair.a.close(id);
    pair.z.close(theirs);
    pair.run();
    assert_eq!(
        (events(&mut pair.a), events(&mut pair.z)),
        (vec![Event::Closed(id)], vec![Event::Closed(theirs)])
    );
}

/// RFC 8831 §6.7.
#[test]
fn a_stream_is_not_used_again_before_both_directions_are_reset() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    pair.run();
    pair.a.close(id);
    pair.a.handle_outgoing_reset(&[0]);
    let next = pair.a.create(Init::default()).unwrap();
    assert_eq!(pair.a.channel(next).unwrap().stream(), Some(2));
}

/// RFC 8831 §6.7.
#[test]
fn a_stream_that_is_free_again_is_taken_before_those_above_it() {
    let mut pair = Pair::connected();
    let first = pair.a.create(Init::default()).unwrap();
    for stream in [2, 4] {
        let id = pair.a.create(Init::default()).unwrap();
        assert_eq!(pair.a.channel(id).unwrap().stream(), Some(stream));
    }
    pair.run();
    pair.a.close(first);
    pair.run();
    for stream in [0, 6] {
        let id = pair.a.create(Init::default()).unwrap();
        assert_eq!(pair.a.channel(id).unwrap().stream(), Some(stream));
    }
}

/// RFC 6525 §4.1: a request without streams is about all of them.
#[test]
fn a_reset_of_all_streams_closes_every_channel_once_and_what_waits_for_one() {
    let mut pair = Pair::connected();
    let ids: Vec<ChannelId> = (0..3).map(|_| pair.a.create(Init::default()).unwrap()).collect();
    pair.run();
    events(&mut pair.a);
    pair.a.handle_message(9, Ppid::STRING, "too early".into()).unwrap();
    pair.a.handle_incoming_reset_of_all();
    assert_eq!(events(&mut pair.a), ids.iter().map(|id| Event::Closing(*id)).collect::<Vec<_>>());
    assert_eq!(pair.a.retained(), 0, "what waited is forgotten");
    pair.a.handle_incoming_reset_of_all();
    assert_eq!(events(&mut pair.a), []);
    pair.a.handle_outgoing_reset(&[0, 2, 4]);
    assert_eq!(events(&mut pair.a), ids.iter().map(|id| Event::Closed(*id)).collect::<Vec<_>>());
    let next = pair.a.create(Init::default()).unwrap();
    events(&mut pair.a);
    pair.a.handle_incoming_reset_of_all();
    assert_eq!(events(&mut pair.a), [Event::Closing(next)]);
}

/// RFC 9260 §5.2.4, action A: the peer has lost its state, and opens channels on streams that carried others.
#[test]
fn a_restart_closes_the_channels_of_before_and_opens_are_judged_by_a_fresh_table() {
    let mut pair = Pair::connected();
    let ours = pair.a.create(Init::default()).unwrap();
    pair.run();
    let theirs = incoming(&mut pair.z);
    pair.z.handle_message(8, Ppid::STRING, "early".into()).unwrap();
    pair.z.handle_restarted(512);
    let failed = Event::Error(theirs, Failure::Association);
    assert_eq!(events(&mut pair.z), [failed, Event::Closed(theirs)]);
    assert_eq!((pair.z.retained(), pair.z.on_stream(0)), (0, None));
    pair.a.handle_restarted(512);
    events(&mut pair.a);
    assert_eq!(pair.a.channel(ours).unwrap().state(), ChannelState::Closed);
    let again = pair.a.create(Init::new("again")).unwrap();
    assert_eq!(pair.a.channel(again).unwrap().stream(), Some(0), "the roles are as they were");
    pair.run();
    let new = incoming(&mut pair.z);
    assert_eq!(pair.z.channel(new).unwrap().label(), "again");
    let negotiated = Init::default().with_negotiated(512);
    assert_eq!(pair.z.create(negotiated), Err(OpenError::TooMany));
}

/// RFC 8841 §9.3: the section goes on with another association.
#[test]
fn after_the_end_of_an_association_channels_may_wait_for_another() {
    let mut pair = Pair::connected();
    let old = pair.a.create(Init::default()).unwrap();
    pair.run();
    pair.a.begin_anew();
    assert_eq!(pair.a.channel(old).unwrap().state(), ChannelState::Open, "it has not ended");
    for side in [&mut pair.a, &mut pair.z] {
        side.handle_disconnected(None);
        events(side);
        assert_eq!(side.create(Init::default()), Err(OpenError::Closed));
        side.begin_anew();
    }
    let id = pair.a.create(Init::default()).unwrap();
    assert_eq!(pair.a.channel(id).unwrap().stream(), None, "the roles are settled anew");
    for (side, role) in [(&mut pair.a, Role::Odd), (&mut pair.z, Role::Even)] {
        side.set_role(role);
        side.handle_connected(16);
    }
    assert_eq!(events(&mut pair.a), [Event::Open(id)]);
    pair.run();
    let theirs = incoming(&mut pair.z);
    assert_eq!(pair.z.channel(theirs).unwrap().stream(), Some(1));
    assert_eq!(pair.a.opened_and_closed(), (2, 1));
}

/// A number is what a binding to another language has.
#[test]
fn a_channel_is_found_by_its_number() {
    let mut channels = Channels::new(Config::default());
    let id = channels.create(Init::default()).unwrap();
    assert_eq!(ChannelId::from_number(id.number()), id);
    assert!(channels.channel(ChannelId::from_number(id.number())).is_some());
    assert!(channels.channel(ChannelId::from_number(id.number() + 1)).is_none());
}

#[test]
fn a_hundred_thousand_channels_come_and_go_in_the_same_memory() {
    let mut pair = Pair::connected();
    for _ in 0..100_000 {
        let id = pair.a.create(Init::default()).unwrap();
        carry(&mut pair.a, &mut pair.z);
        carry(&mut pair.z, &mut pair.a);
        pair.a.close(id);
        carry(&mut pair.a, &mut pair.z);
        carry(&mut pair.z, &mut pair.a);
        for side in [&mut pair.a, &mut pair.z] {
            for event in events(side) {
                if let Event::Closed(id) = event {
                    side.forget(id);
                }
            }
        }
    }
    assert_eq!((pair.a.iter().count(), pair.z.iter().count()), (0, 0));
    assert_eq!(pair.z.opened_and_closed(), (100_000, 100_000));
}

/// RFC 8831 §6.7 asks for resets; a peer without RFC 6525 cannot answer them.
#[test]
fn a_channel_closes_even_if_the_peer_does_not_reset_its_stream() {
    let mut a = Channels::new(Config::default());
    a.set_role(Role::Even);
    a.handle_connected(16);
    let id = a.create(Init::default()).unwrap();
    a.close(id);
    a.handle_failed_reset(&[0, 7]);
    assert_eq!(events(&mut a).last(), Some(&Event::Closed(id)));
    assert_eq!(a.on_stream(0), None, "the stream is free");
}

/// A stream that has a channel gets no second one: RFC 8831 §6.5.
#[test]
fn names_and_ids_outside_their_limits_are_refused() {
    let mut a = Channels::new(Config::default());
    let label = "x".repeat(65_536);
    assert_eq!(a.create(Init::new(label)), Err(OpenError::NameTooLong));
    let negotiated = |stream| Init::default().with_negotiated(stream);
    assert_eq!(a.create(negotiated(65_535)), Err(OpenError::InvalidId));
    a.create(negotiated(3)).unwrap();
    assert_eq!(a.create(negotiated(3)), Err(OpenError::IdInUse));
    a.set_role(Role::Even);
    a.handle_connected(4);
    assert_eq!(a.create(negotiated(4)), Err(OpenError::TooMany));
    a.create(Init::default()).unwrap();
    a.create(Init::default()).unwrap();
    assert_eq!(
        a.create(Init::default()),
        Err(OpenError::TooMany),
        "streams 0 and 2 are taken, and 4 does not exist"
    );
}

#[test]
fn a_channel_without_a_stream_in_the_association_fails() {
    let mut a = Channels::new(Config::default());
    let id = a.create(Init::default().with_negotiated(100)).unwrap();
    a.handle_connected(100);
    assert_eq!(events(&mut a), [Event::Error(id, Failure::NoStream), Event::Closed(id)]);
}

/// RFC 8841 §6.1.
#[test]
fn messages_over_the_peers_limit_are_refused() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    pair.a.set_remote_max_message_size(Some(4));
    assert!(pair.a.send(id, "1234".into()).is_ok());
    assert_eq!(pair.a.send(id, "12345".into()).map_err(|unsent| unsent.error), Err(SendError::TooLarge));
    pair.a.set_remote_max_message_size(None);
    assert!(pair.a.send(id, "12345".into()).is_ok());
}

/// RFC 8831 §6.2.
#[test]
fn the_end_of_the_association_closes_every_channel() {
    let mut pair = Pair::connected();
    let id = pair.a.create(Init::default()).unwrap();
    events(&mut pair.a);
    pair.a.handle_disconnected(Some(Failure::Association));
    assert_eq!(events(&mut pair.a), [Event::Error(id, Failure::Association), Event::Closed(id)]);
    assert_eq!(pair.a.create(Init::default()), Err(OpenError::Closed));
    pair.z.handle_disconnected(None);
    assert_eq!(pair.z.poll_event(), None);
}

/// The deprecated PPIDs of RFC 8831 §6.6.
#[test]
fn legacy_partial_messages_are_joined_up_to_a_limit() {
    let mut pair = Pair::connected();
    pair.a.create(Init::default()).unwrap();
    pair.run();
    let theirs = incoming(&mut pair.z);
    let mut part = |ppid, bytes: &'static [u8]| pair.z.handle_message(0, ppid, Bytes::from_static(bytes));
    part(Ppid::STRING_PARTIAL, b"ab").unwrap();
    part(Ppid::STRING, b"c").unwrap();
    assert_eq!(part(Ppid::BINARY_PARTIAL, &[0; 262_145]), Err(Discard::InvalidMessage));
    let expected = [Event::Message(theirs, "abc".into()), Event::Error(theirs, Failure::InvalidMessage)];
    assert_eq!(events(&mut pair.z), expected);
}

/// The peer uses a stream again as soon as both directions are reset; the word that ours is may be late, or lost and
/// repeated. What comes in between belongs to the next channel.
#[test]
fn a_stream_that_is_used_again_before_we_know_that_it_is_free_opens_the_next_channel() {
    let mut pair = Pair::connected();
    let first = pair.a.create(Init::new("first")).unwrap();
    pair.run();
    events(&mut pair.z);
    let stream = pair.a.channel(first).unwrap().stream().unwrap();
    pair.a.close(first);
    // Both resets are carried out, and z has not heard of its own.
    pair.z.handle_incoming_reset(&[stream]);
    pair.a.handle_outgoing_reset(&[stream]);
    pair.a.handle_incoming_reset(&[stream]);
    while pair.a.poll_command().is_some() {}
    while pair.z.poll_command().is_some() {}
    let second = pair.a.create(Init::new("second")).unwrap();
    assert_eq!(pair.a.channel(second).unwrap().stream(), Some(stream));
    carry(&mut pair.a, &mut pair.z);
    pair.z.handle_message(stream, Ppid::STRING, Bytes::from_static(b"hello")).unwrap();
    assert!(matches!(events(&mut pair.z)[..], [Event::Closing(_)]), "the first is still closing");
    pair.z.handle_outgoing_reset(&[stream]);
    let seen = events(&mut pair.z);
    let [Event::Closed(_), Event::Incoming(id), Event::Open(_), Event::Message(from, _)] = seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!((id, pair.z.channel(id).unwrap().label()), (from, "second"));
    pair.run();
    assert!(events(&mut pair.a).contains(&Event::Open(second)));
}

/// And if that next channel is closed before we know, it is still seen, with what was sent on it.
#[test]
fn a_channel_that_came_and_went_behind_a_late_reset_is_seen_and_answered() {
    let mut pair = Pair::connected();
    let first = pair.a.create(Init::default()).unwrap();
    pair.run();
    let stream = pair.a.channel(first).unwrap().stream().unwrap();
    pair.z.handle_incoming_reset(&[stream]);
    while pair.z.poll_command().is_some() {}
    let open = Bytes::from_static(&[3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    pair.z.handle_message(stream, Ppid::DCEP, open).unwrap();
    pair.z.handle_message(stream, Ppid::STRING, Bytes::from_static(b"hello")).unwrap();
    pair.z.handle_incoming_reset(&[stream]);
    events(&mut pair.z);
    pair.z.handle_outgoing_reset(&[stream]);
    let seen = events(&mut pair.z);
    let [Event::Closed(_), Event::Incoming(_), Event::Open(_), Event::Message(..), Event::Closing(id)] =
        seen[..]
    else {
        panic!("{seen:?}")
    };
    let commands: Vec<Command> = core::iter::from_fn(|| pair.z.poll_command()).collect();
    assert_eq!(commands.last(), Some(&Command::Reset(stream)));
    pair.z.handle_outgoing_reset(&[stream]);
    assert_eq!(events(&mut pair.z), [Event::Closed(id)]);
}
