//! What an authenticated peer may say and should not.

use bytes::Bytes;
use datachannel::{ChannelState, Channels, Command, Config, Discard, Event, Failure, Init, Ppid, Role};
use proptest::prelude::*;

/// A server: its own streams are odd.
fn server() -> Channels {
    let mut channels = Channels::new(Config::default());
    channels.set_role(Role::Odd);
    channels.handle_connected(1024);
    channels
}

fn open(label: &str) -> Bytes {
    let mut bytes = vec![3, 0, 1, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(&u16::try_from(label.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(label.as_bytes());
    bytes.into()
}

/// RFC 8832 §6.
#[test]
fn an_open_on_our_parity_is_reset_and_not_acknowledged() {
    let mut z = server();
    assert_eq!(z.handle_message(1, Ppid::DCEP, open("x")), Err(Discard::RefusedOpen));
    assert_eq!((z.poll_command(), z.poll_event()), (Some(Command::Reset(1)), None));
}

/// RFC 8832 §6.
#[test]
fn an_open_on_an_open_channel_closes_it() {
    let mut z = server();
    z.handle_message(0, Ppid::DCEP, open("x")).unwrap();
    let id = z.on_stream(0).unwrap();
    assert_eq!(z.handle_message(0, Ppid::DCEP, open("y")), Err(Discard::RefusedOpen));
    assert_eq!(z.channel(id).unwrap().state(), ChannelState::Closing);
    let events: Vec<_> = core::iter::from_fn(|| z.poll_event()).collect();
    assert_eq!(events, [Event::Incoming(id), Event::Open(id), Event::Error(id, Failure::Protocol)]);
}

#[test]
fn an_open_beyond_the_streams_of_the_association_is_refused() {
    let mut z = server();
    for stream in [1024, 65_534, 65_535] {
        assert_eq!(z.handle_message(stream, Ppid::DCEP, open("x")), Err(Discard::RefusedOpen));
    }
}

/// RFC 8832 §5.1.
#[test]
fn label_and_protocol_lengths_must_fit_the_message() {
    let mut z = server();
    for (at, value) in [(8, 0xff), (9, 2), (10, 0xff), (11, 1)] {
        let mut bytes = open("x").to_vec();
        bytes[at] = value;
        assert_eq!(z.handle_message(0, Ppid::DCEP, bytes.into()), Err(Discard::Malformed), "byte {at}");
        assert_eq!(z.poll_command(), Some(Command::Reset(0)));
    }
    for len in 0..13 {
        let bytes = open("x").slice(..len);
        assert_eq!(z.handle_message(0, Ppid::DCEP, bytes), Err(Discard::Malformed), "{len} bytes");
        assert_eq!(z.poll_command(), (len > 0).then_some(Command::Reset(0)), "only an OPEN is answered");
    }
    assert_eq!(z.poll_event(), None);
}

#[test]
fn an_unknown_channel_type_resets_its_stream_and_an_unknown_message_type_is_ignored() {
    let mut z = server();
    let mut bytes = open("x").to_vec();
    bytes[1] = 0x03;
    assert_eq!(z.handle_message(0, Ppid::DCEP, bytes.into()), Err(Discard::Unknown));
    assert_eq!((z.poll_command(), z.poll_event()), (Some(Command::Reset(0)), None));
    assert_eq!(z.handle_message(0, Ppid::DCEP, Bytes::from_static(&[9])), Err(Discard::Unknown));
    assert_eq!(z.handle_message(0, Ppid(1234), Bytes::from_static(&[9])), Err(Discard::Unknown));
    assert_eq!((z.poll_event(), z.poll_command()), (None, None));
}

#[test]
fn an_ack_without_an_open_is_ignored() {
    let mut z = server();
    assert_eq!(z.handle_message(0, Ppid::DCEP, Bytes::from_static(&[2])), Err(Discard::Unexpected));
    let id = z.create(Init::default()).unwrap();
    z.handle_message(1, Ppid::DCEP, Bytes::from_static(&[2])).unwrap();
    assert_eq!(z.handle_message(1, Ppid::DCEP, Bytes::from_static(&[2])), Err(Discard::Unexpected));
    assert_eq!(z.channel(id).unwrap().state(), ChannelState::Open);
}

/// RFC 8831 §6.6.
#[test]
fn a_text_that_is_not_utf_8_closes_its_channel() {
    let mut z = server();
    z.handle_message(0, Ppid::DCEP, open("x")).unwrap();
    let id = z.on_stream(0).unwrap();
    assert_eq!(z.handle_message(0, Ppid::STRING, Bytes::from_static(&[0xff])), Err(Discard::InvalidMessage));
    assert_eq!(z.channel(id).unwrap().state(), ChannelState::Closing);
}

/// The first message closes the channel, whose stream the peer has reset, and the second one waits for the next channel.
#[test]
fn what_has_to_wait_on_does_not_hold_up_the_opening_of_its_channel() {
    let mut z = Channels::new(Config::default());
    z.set_role(Role::Odd);
    let id = z.create(Init::default().with_negotiated(4)).unwrap();
    z.handle_incoming_reset(&[4]);
    z.handle_message(4, Ppid::STRING, Bytes::from_static(&[0xff])).unwrap();
    z.handle_message(4, Ppid::STRING, Bytes::from_static(b"x")).unwrap();
    z.handle_connected(1024);
    assert_eq!(z.channel(id).unwrap().state(), ChannelState::Closing);
}

/// RFC 8831 §6.6.
#[test]
fn a_message_of_an_unknown_kind_closes_its_channel() {
    let mut z = server();
    z.handle_message(0, Ppid::DCEP, open("x")).unwrap();
    let id = z.on_stream(0).unwrap();
    assert_eq!(z.handle_message(0, Ppid(1234), Bytes::from_static(&[9])), Err(Discard::Unknown));
    assert_eq!(z.channel(id).unwrap().state(), ChannelState::Closing);
}

/// RFC 8831 §6.6.
#[test]
fn an_empty_message_with_two_bytes_is_empty_all_the_same() {
    let mut z = server();
    z.handle_message(0, Ppid::DCEP, open("x")).unwrap();
    z.handle_message(0, Ppid::STRING_EMPTY, Bytes::from_static(&[1, 2])).unwrap();
    let last = core::iter::from_fn(|| z.poll_event()).last().unwrap();
    assert!(matches!(last, Event::Message(_, payload) if payload.is_empty()));
}

#[test]
fn resets_of_streams_without_channel_are_nothing() {
    let mut z = server();
    z.handle_incoming_reset(&[0, 1, 2, 65_535]);
    z.handle_outgoing_reset(&[0, 1, 2, 65_535]);
    assert_eq!((z.poll_event(), z.poll_command()), (None, None));
}

/// The association carries out a few resets at a time: while more wait, no more messages are to be taken from it.
#[test]
fn a_peer_that_is_refused_without_end_is_not_listened_to_before_it_has_been_told() {
    let mut z = server();
    let refused =
        (0..).take_while(|_| !z.is_backed_up() && z.handle_message(1, Ppid::DCEP, open("x")).is_err());
    assert_eq!(refused.count(), 256);
    while z.poll_command().is_some() {}
    assert!(!z.is_backed_up());
}

proptest! {
    /// Whatever comes, in whatever order: no panic, channels that are closed stay closed, and no stream has two channels.
    #[test]
    fn any_traffic_keeps_one_channel_a_stream(
        traffic in proptest::collection::vec((0u16..6, 50u32..58, proptest::collection::vec(any::<u8>(), 0..20), 0u8..8), 0..100)
    ) {
        let mut z = server();
        for (stream, ppid, bytes, step) in traffic {
            match step {
                0 => z.handle_incoming_reset(&[stream]),
                1 => z.handle_outgoing_reset(&[stream]),
                2 => { let _ = z.create(Init::default()); }
                3 => if let Some(id) = z.on_stream(stream) { z.close(id) },
                4 => { let _ = z.handle_message(stream, Ppid::DCEP, open("l")); }
                _ => { let _ = z.handle_message(stream, Ppid(ppid), bytes.into()); }
            }
            let mut streams: Vec<_> = z.iter().filter(|(_, c)| c.state() != ChannelState::Closed).filter_map(|(_, c)| c.stream()).collect();
            let count = streams.len();
            streams.sort_unstable();
            streams.dedup();
            prop_assert_eq!(streams.len(), count);
        }
    }
}
