//! What a peer can make the channels hold, counted by the allocator of this program, thread by thread. The limits are the
//! defaults.

use bytes::Bytes;
use datachannel::{ChannelState, Channels, Config, Discard, Event, Failure, Ppid, Role};

/// A server: its own streams are odd.
fn server() -> Channels {
    let mut channels = Channels::new(Config::default());
    channels.set_role(Role::Odd);
    channels.handle_connected(65_535);
    channels
}

fn open(label_len: usize, protocol_len: usize) -> Bytes {
    let len = |len: usize| u16::try_from(len).unwrap().to_be_bytes();
    [
        &[3, 0, 1, 0, 0, 0, 0, 0][..],
        &len(label_len),
        &len(protocol_len),
        &vec![b'x'; label_len + protocol_len],
    ]
    .concat()
    .into()
}

/// What comes from the association is taken, and so is what goes to it.
fn drain(channels: &mut Channels) {
    while channels.poll_command().is_some() {}
    while channels.poll_event().is_some() {}
}

/// Bytes of heap that were in use at once, at most, beyond what was in use before.
fn most(attack: impl FnOnce()) -> usize {
    usize::try_from(allocation_counter::measure(attack).bytes_max).unwrap()
}

#[test]
fn opens_stop_at_the_default_limit_of_channels() {
    let mut z = server();
    let mut accepted = 0;
    let taken = most(|| {
        for stream in (0..65_534).step_by(2) {
            accepted += usize::from(z.handle_message(stream, Ppid::DCEP, open(0, 0)).is_ok());
            drain(&mut z);
        }
    });
    assert_eq!(accepted, 1024);
    assert!(taken < Config::default().max_channels * 1000, "{taken} bytes");
}

/// RFC 8832 §5.1: label and protocol have up to 65,535 bytes each. One such channel is welcome, a thousand are not.
#[test]
fn names_of_any_length_hold_no_more_than_may_be_retained() {
    for len in [10, 1000, 65_535] {
        let mut z = server();
        let mut last = Ok(());
        let taken = most(|| {
            for stream in (0..65_534).step_by(2) {
                let result = z.handle_message(stream, Ppid::DCEP, open(len, len));
                assert!(stream > 0 || result.is_ok(), "{len} bytes each");
                last = result;
                drain(&mut z);
            }
        });
        assert_eq!(last, Err(Discard::RefusedOpen));
        assert!(taken < Config::default().most_heap(), "{taken} bytes for names of {len} bytes");
    }
}

/// Old peers send messages in parts (RFC 8831 §6.6).
#[test]
fn parts_of_messages_on_every_channel_hold_no_more_than_may_be_retained() {
    let mut z = server();
    for stream in (0..2048).step_by(2) {
        z.handle_message(stream, Ppid::DCEP, open(0, 0)).unwrap();
        drain(&mut z);
    }
    let part = Bytes::from(vec![7; 1000]);
    let mut failed = 0;
    let taken = most(|| {
        for round in 0..200 {
            for stream in (0..2048).step_by(2) {
                let ppid = if round % 2 == 0 { Ppid::BINARY_PARTIAL } else { Ppid::STRING_PARTIAL };
                let _ = z.handle_message(stream, ppid, part.clone());
                failed += std::iter::from_fn(|| z.poll_event())
                    .filter(|event| matches!(event, Event::Error(_, Failure::Overrun)))
                    .count();
                drain(&mut z);
            }
        }
    });
    assert!(taken < Config::default().most_heap(), "{taken} bytes");
    assert!(failed > 1000, "whoever has no room is told: {failed}");
}

/// What the parts took is free again when their message is whole.
#[test]
fn a_message_in_parts_is_joined_and_leaves_nothing_behind() {
    let mut z = server();
    z.handle_message(0, Ppid::DCEP, open(3, 2)).unwrap();
    drain(&mut z);
    for round in 0..100 {
        for len in [1000, 30_000, 1] {
            z.handle_message(0, Ppid::BINARY_PARTIAL, vec![round; len].into()).unwrap();
        }
        z.handle_message(0, Ppid::BINARY, vec![round; 9].into()).unwrap();
        let whole = z.poll_event();
        assert!(matches!(whole, Some(Event::Message(_, payload)) if payload.len() == 31_010));
        assert_eq!(z.retained(), 5, "the names");
    }
    let id = z.on_stream(0).unwrap();
    z.close(id);
    z.handle_incoming_reset_of_all();
    z.handle_outgoing_reset(&[0]);
    drain(&mut z);
    assert_eq!(z.channel(id).unwrap().state(), ChannelState::Closed);
    z.forget(id);
    assert_eq!(z.retained(), 0);
}

#[test]
fn messages_for_channels_that_never_come_hold_no_more_than_may_be_retained() {
    for len in [1, 100, 10_000] {
        let mut z = server();
        let taken = most(|| {
            for round in 0..3 {
                for stream in 0..65_534 {
                    let _ = z.handle_message(stream, Ppid::BINARY, Bytes::from(vec![round; len]));
                }
            }
        });
        assert!(taken < Config::default().most_heap(), "{taken} bytes for {len} bytes each");
    }
}
