//! Data channels: an authenticated peer, with channels, messages that come early, and resets.

use bytes::Bytes;
use datachannel::{ChannelId, Channels, Config, Init, Ppid, Role};

use crate::{Scenario, measured};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "channels after resets of all, by the resets and the channels",
        size: 500,
        run: resets_of_all,
    },
    Scenario {
        name: "messages for channels that are not there, and resets, by their number",
        size: 500,
        run: early_and_reset,
    },
    Scenario {
        name: "channels opened by the peer and closed, by their number",
        size: 500,
        run: opened_and_closed,
    },
    Scenario { name: "channels in the place of the lowest, by the channels", size: 500, run: lowest_first },
    Scenario {
        name: "set-ups anew, by their number and the channels that wait",
        size: 500,
        run: set_ups_anew,
    },
];

fn channels(role: Role) -> Channels {
    let mut config = Config::default();
    config.max_channels = usize::MAX;
    config.max_retained = usize::MAX;
    let mut channels = Channels::new(config);
    channels.set_role(role);
    channels
}

fn drain(channels: &mut Channels) {
    while channels.poll_command().is_some() {}
    while let Some(event) = channels.poll_event() {
        if let datachannel::Event::Closed(id) = event {
            channels.forget(id);
        }
    }
}

fn open() -> Bytes {
    Bytes::from_static(&[3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

fn streams(n: usize) -> impl Iterator<Item = u16> + Clone {
    (0..n).map(|stream| u16::try_from(2 * stream).unwrap())
}

fn opened_by_peer(n: usize) -> Channels {
    let mut channels = channels(Role::Odd);
    channels.handle_connected(u16::MAX);
    for stream in streams(n) {
        channels.handle_message(stream, Ppid::DCEP, open()).unwrap();
    }
    drain(&mut channels);
    channels
}

fn resets_of_all(n: usize) -> usize {
    let mut channels = opened_by_peer(n);
    measured(&mut || {
        for _ in 0..n {
            channels.handle_incoming_reset_of_all();
            drain(&mut channels);
        }
    });
    n
}

fn early_and_reset(n: usize) -> usize {
    let mut channels = channels(Role::Odd);
    channels.handle_connected(u16::MAX);
    measured(&mut || {
        for stream in streams(n) {
            channels.handle_message(stream, Ppid::BINARY, Bytes::from_static(b"early")).unwrap();
        }
        for stream in streams(n) {
            channels.handle_incoming_reset(&[stream]);
        }
    });
    n
}

fn opened_and_closed(n: usize) -> usize {
    let mut channels = channels(Role::Odd);
    channels.handle_connected(u16::MAX);
    measured(&mut || {
        for stream in streams(n) {
            channels.handle_message(stream, Ppid::DCEP, open()).unwrap();
        }
        for stream in streams(n) {
            channels.handle_incoming_reset(&[stream]);
            channels.handle_outgoing_reset(&[stream]);
        }
        drain(&mut channels);
    });
    n
}

fn lowest_first(n: usize) -> usize {
    let mut channels = channels(Role::Even);
    channels.handle_connected(u16::MAX);
    let half = n / 2;
    let ids: Vec<ChannelId> = (0..half).map(|_| channels.create(Init::default()).unwrap()).collect();
    drain(&mut channels);
    measured(&mut || {
        for (id, stream) in ids.iter().zip(streams(half)) {
            channels.close(*id);
            channels.handle_incoming_reset(&[stream]);
            channels.handle_outgoing_reset(&[stream]);
            for _ in 0..2 {
                channels.create(Init::default()).unwrap();
            }
            drain(&mut channels);
        }
    });
    n
}

fn set_ups_anew(n: usize) -> usize {
    let mut channels = channels(Role::Even);
    (0..n).for_each(|_| _ = channels.create(Init::default()).unwrap());
    drain(&mut channels);
    measured(&mut || {
        for _ in 0..n {
            channels.handle_negotiated(u16::MAX);
            while channels.poll_command().is_some() {}
        }
    });
    n
}
