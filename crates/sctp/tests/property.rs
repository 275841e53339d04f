//! What holds for every network and every order of calls.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use sctp::{Config, Event, Ppid, SendOptions, State, StreamId};

use crate::support::pair::{End, Faults, Pair, Taken};

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
            let options = SendOptions::default().with_unordered(*unordered);
            for (which, end) in pair.ends.iter_mut().enumerate() {
                let payload = payload(number + which, *len);
                end.association.send(now, StreamId(*stream), Ppid(number as u32), payload, options).unwrap();
            }
        }
        let count = sizes.len();
        pair.run_until("all messages have arrived", |pair| {
            pair.ends.iter().all(|end| end.messages.len() >= count)
        });
        pair.run(Duration::from_secs(20));
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

    /// The reference of stream reset (RFC 6525): each stream is a row of messages and resets, and the peer sees that row.
    #[test]
    fn a_peer_sees_each_stream_as_the_row_of_messages_and_resets_that_it_was(
        seed in 0_u64..1 << 40,
        loss in 0_u32..250,
        duplicate in 0_u32..200,
        reorder in 0_u32..300,
        steps in proptest::collection::vec((0_u16..4, 0_u8..4, 1_usize..3000, 0_u64..60), 1..60),
    ) {
        let mut pair = Pair::connected(&[Config::default(), Config::default()], seed);
        pair.faults = Faults { loss, duplicate, reorder };
        let mut rows: [Vec<Entry>; 4] = Default::default();
        for (number, (stream, action, len, pause)) in steps.into_iter().enumerate() {
            let row = &mut rows[usize::from(stream)];
            let resetting = row.iter().filter(|entry| **entry == Entry::Reset).count() > resets_done(&pair, stream);
            let (now, number) = (pair.now, number as u32);
            let association = &mut pair.ends[0].association;
            if action == 0 {
                association.reset_streams(now, &[StreamId(stream)]).unwrap();
                // While one is under way, another is the same.
                row.extend((!resetting).then_some(Entry::Reset));
            } else {
                let payload = payload(0, len);
                let sent = association.send(now, StreamId(stream), Ppid(number), payload, SendOptions::default());
                prop_assert_eq!(sent.is_ok(), !resetting, "{:?}", sent);
                row.extend(sent.is_ok().then_some(Entry::Message(number)));
            }
            pair.run(Duration::from_millis(pause));
        }
        pair.run(Duration::from_secs(120));
        prop_assert_eq!(seen(&pair.ends[1]), rows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Polled more, less, or in another order, with time between: the same association, and the same messages.
    #[test]
    fn the_order_of_the_verbs_does_not_matter(
        seed in 0_u64..1 << 40,
        verbs in proptest::collection::vec((0_usize..2, 0_u8..7, 0_u64..300), 0..200),
    ) {
        let mut pair = Pair::new(&[Config::default(), Config::default()], seed);
        let (mut air, mut sent): ([Vec<Vec<u8>>; 2], _) = (Default::default(), [0_u32; 2]);
        for (which, verb, millis) in verbs {
            let (now, end) = (pair.now, &mut pair.ends[which]);
            match verb {
                0 => {
                    let mut out = [0; 2048];
                    let packet = end.association.poll_transmit(now, &mut out);
                    air[1 - which].extend(packet.map(|len| out[..len].to_vec()));
                }
                1 if !air[which].is_empty() => {
                    let at = millis as usize % air[which].len();
                    let _ = end.association.handle_input(now, &air[which].swap_remove(at));
                }
                2 => end.association.handle_timeout(now),
                3 => end.events.extend(end.association.poll_event()),
                4 => end.messages.extend(end.association.receive()),
                5 => {
                    let (ppid, payload) = (Ppid(sent[which]), payload(0, 1 + millis as usize * 10));
                    end.association.send(now, StreamId(0), ppid, payload, SendOptions::default()).unwrap();
                    sent[which] += 1;
                }
                _ => pair.now = now + Duration::from_millis(millis),
            }
        }
        let now = pair.now;
        for end in &mut pair.ends {
            end.association.handle_timeout(now);
            end.association.connect(now);
        }
        pair.run_until("everything has arrived", |pair| {
            (0..2).all(|which| pair.ends[1 - which].messages.len() >= sent[which] as usize)
                && pair.ends.iter().all(|end| end.association.state() == State::Established)
        });
        for (end, sent) in pair.ends.iter().rev().zip(sent) {
            let numbers: Vec<u32> = end.messages.iter().map(|message| message.ppid.0).collect();
            prop_assert_eq!(numbers, (0..sent).collect::<Vec<_>>());
        }
    }
}

/// What happens on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Message(u32),
    Reset,
}

/// How many resets of a stream the sender knows to be done.
fn resets_done(pair: &Pair, stream: u16) -> usize {
    let done = |event: &&Event| matches!(event, Event::ResetDone { streams, .. } if streams.contains(&StreamId(stream)));
    pair.ends[0].events.iter().filter(done).count()
}

/// What the receiver saw on each stream.
fn seen(end: &End) -> [Vec<Entry>; 4] {
    let mut rows: [Vec<Entry>; 4] = Default::default();
    for taken in &end.taken {
        match taken {
            Taken::Message(at) => {
                let message = &end.messages[*at];
                rows[usize::from(message.stream.0)].push(Entry::Message(message.ppid.0));
            }
            Taken::Event(at) => {
                if let Event::StreamsReset { streams, .. } = &end.events[*at] {
                    streams.iter().for_each(|stream| rows[usize::from(stream.0)].push(Entry::Reset));
                }
            }
        }
    }
    rows
}
