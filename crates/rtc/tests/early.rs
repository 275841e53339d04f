//! A remote that is faster than the signalling: its packets come before its answer does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop"
)]

#[path = "support/pair.rs"]
mod support;

use core::time::Duration;

use rtc::{DataChannelInit, Event, PeerConnectionState};
use support::Pair;

/// The answerer begins at once; its answer takes a while. The connection, and how many datagrams went before the answer.
fn with_a_slow_answer(seed: u64, takes: Duration) -> (Pair, usize) {
    let mut pair = Pair::new(seed);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = pair.b.local_description().unwrap();
    pair.run_for(takes);
    let before = pair.trace.len();
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    (pair, before)
}

#[test]
fn however_late_the_answer_is_the_connection_comes_up_soon_after_it() {
    for (seed, takes) in [(1, 1), (2, 15), (3, 100), (4, 700), (5, 3_000), (6, 20_000)] {
        let takes = Duration::from_millis(takes);
        let (pair, _) = with_a_slow_answer(seed, takes);
        let after = pair.now.since(rtc::Instant::from_millis(1000) + takes);
        assert!(after < Duration::from_millis(1500), "{takes:?}: {after:?} after the answer");
    }
}

#[test]
fn early_checks_of_strangers_make_nobody_connect() {
    let mut pair = Pair::new(8);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let path = rtc::Path::udp(support::address_a(), "192.0.2.66:6".parse().unwrap());
    for first in [0_u8, 1, 22, 23, 128, 255] {
        for len in [0, 1, 13, 20, 100, 1500] {
            let mut datagram = vec![first; len];
            assert!(pair.a.handle_input(pair.now, path, rtc::Ecn::NotEct, &mut datagram).is_err());
        }
    }
    assert_eq!(pair.a.discarded(), 36);
    pair.run_for(Duration::from_secs(1));
    assert!(pair.trace.is_empty(), "and nobody is answered");
    assert_ne!(pair.a.connection_state(), PeerConnectionState::Connected);
}
