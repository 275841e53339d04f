//! Data channels: between the application and the association, nothing but looking up and checking.

use std::hint::black_box;

use bytes::Bytes;
use datachannel::{ChannelId, Channels, Config, Event, Init, Payload, Ppid, Role};

use crate::Case;

/// How many channels there are.
const CHANNELS: u16 = 1000;

/// The stream of the one that is used.
const STREAM: u16 = 500;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "datachannel: send 1,000 bytes on one of 1,000 channels",
        bytes: 1000,
        prepare: || {
            let (mut channels, id) = open();
            let payload = Bytes::from(vec![7; 1000]);
            Box::new(move || {
                black_box(channels.send(id, Payload::Binary(payload.clone())).expect("it is open"));
            })
        },
    },
    Case {
        name: "datachannel: receive 1,000 bytes on one of 1,000 channels",
        bytes: 1000,
        prepare: || {
            let (mut channels, _) = open();
            let payload = Bytes::from(vec![7; 1000]);
            Box::new(move || {
                channels.handle_message(STREAM, Ppid::BINARY, payload.clone()).expect("a message");
                assert!(matches!(black_box(channels.poll_event()), Some(Event::Message(..))));
            })
        },
    },
];

/// Channels that both sides know of, and the one that is used.
fn open() -> (Channels, ChannelId) {
    let mut channels = Channels::new(Config::default());
    channels.set_role(Role::Even);
    for stream in 0..CHANNELS {
        let init = Init::new(format!("{stream}")).with_negotiated(stream);
        channels.create(init).expect("a channel");
    }
    channels.handle_connected(u16::MAX);
    while channels.poll_event().is_some() || channels.poll_command().is_some() {}
    let id = channels.on_stream(STREAM).expect("it was created");
    (channels, id)
}
