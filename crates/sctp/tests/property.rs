//! What holds for every network and every order of calls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop"
)]

#[path = "support/pair.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test uses a part of it")]
mod pair;

use bytes::Bytes;
use pair::{Faults, Pair};
use proptest::prelude::*;
use sctp::{Config, Event, Ppid, SendOptions, State, StreamId};

fn payload(number: usize, len: usize) -> Bytes {
    (0..len).map(|at| (number * 31 + at * 7 + at / 251) as u8).collect::<Vec<_>>().into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_message_arrives_exactly_once_and_in_order_whatever_the_network_does(
        seed in 0_u64..1 << 40,
        loss in 0_u32..250,
        duplicate in 0_u32..200,
        reorder in 0_u32..300,
        sizes in proptest::collection::vec((0_u16..4, 1_usize..20_000, any::<bool>()), 1..60),
        both in any::<bool>(),
    ) {
        let mut pair = Pair::new(&[Config::default(), Config::default()], seed);
        pair.faults = Faults { loss, duplicate, reorder };
        let now = pair.now;
        pair.ends[0].association.connect(now);
        if both {
            pair.ends[1].association.connect(now);
        }
        for (number, (stream, len, unordered)) in sizes.iter().enumerate() {
            let options = SendOptions { unordered: *unordered, ..SendOptions::default() };
            for (which, end) in pair.ends.iter_mut().enumerate() {
                let payload = payload(number + which, *len);
                end.association.send(now, StreamId(*stream), Ppid(number as u32), payload, options).unwrap();
            }
        }
        let count = sizes.len();
        pair.run_until("all messages have arrived", |pair| {
            pair.ends.iter().all(|end| end.messages.len() >= count)
        });
        pair.run(core::time::Duration::from_secs(20));
        for (which, end) in pair.ends.iter().enumerate() {
            prop_assert_eq!(end.messages.len(), count);
            prop_assert_eq!(end.association.state(), State::Established);
            let mut last = [None; 4];
            let mut seen = vec![false; count];
            for message in &end.messages {
                let number = message.ppid.0 as usize;
                let (stream, len, unordered) = sizes[number];
                prop_assert_eq!(message.stream, StreamId(stream));
                prop_assert_eq!(message.unordered, unordered);
                prop_assert_eq!(&message.payload, &payload(number + (1 - which), len));
                prop_assert!(!std::mem::replace(&mut seen[number], true), "twice: {}", number);
                if !unordered {
                    prop_assert!(last[usize::from(stream)] < Some(number), "out of order: {}", number);
                    last[usize::from(stream)] = Some(number);
                }
            }
            let connected = |event: &&Event| matches!(event, Event::Connected { .. });
            prop_assert_eq!(end.events.iter().filter(connected).count(), 1);
        }
    }
}
