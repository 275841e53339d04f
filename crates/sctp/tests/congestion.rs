//! How the window grows, and at which times it leaves (RFC 9260 §7.2, RFC 9002 §7.7).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base::Instant;
use bytes::Bytes;
use sctp::{Config, Ppid, SendOptions, StreamId};

use crate::support::ladder::{A, FULL, Ladder, MS, Z};
use crate::support::pair::Pair;

/// What an end sends in so much time, by a loop that wakes when it is told to.
fn sent_within(ladder: &mut Ladder, which: usize, span: Duration) -> Vec<Vec<u8>> {
    let end = ladder.now + span;
    let mut packets = ladder.packets(which);
    while let Some(at) = ladder.ends[which].poll_timeout().filter(|at| *at < end) {
        ladder.pass(at.since(ladder.now));
        packets.extend(ladder.packets(which));
    }
    ladder.pass(end.since(ladder.now));
    packets
}

/// A ladder whose first end has much to say, and knows a round trip of 50 ms.
fn with_plenty(config: &Config) -> Ladder {
    let mut ladder = Ladder::new(config, &Config::default());
    ladder.ends[A].set_round_trip(50 * MS);
    ladder.ends[A].connect(ladder.now);
    ladder.exchange();
    for _ in 0..4000 {
        ladder.say(A, 0, &FULL);
    }
    ladder
}

/// A receiver may take many packets in one go, and say so once. What counts are the bytes.
#[test]
fn one_acknowledgement_for_a_whole_window_doubles_it() {
    let mut ladder = with_plenty(&Config::default());
    let mut windows = Vec::new();
    for _ in 0..6 {
        let packets = sent_within(&mut ladder, A, 50 * MS);
        packets.iter().for_each(|packet| ladder.deliver(Z, packet));
        ladder.heard(Z);
        let last = ladder.packets(Z).pop().unwrap();
        ladder.deliver(A, &last);
        windows.push(ladder.ends[A].stats().congestion_window);
    }
    assert!(windows.iter().zip(&windows[1..]).all(|(one, next)| *next >= one * 2 - 1176), "{windows:?}");
}

/// RFC 9260 §6.1, D, by other means.
#[test]
fn an_acknowledgement_of_everything_releases_no_storm() {
    let mut config = Config::default();
    config.initial_window_packets = 100;
    let mut ladder = with_plenty(&config);
    let first = ladder.packets(A);
    assert_eq!(first.len(), 100);
    ladder.pass(50 * MS);
    first.iter().for_each(|packet| ladder.deliver(Z, packet));
    let last = ladder.packets(Z).pop().unwrap();
    ladder.deliver(A, &last);
    let released = ladder.packets(A).len();
    assert!((10..=16).contains(&released), "two milliseconds of a window: {released}");
    let rest = sent_within(&mut ladder, A, 25 * MS).len();
    assert!((180..=200).contains(&rest), "the window of 200 packets leaves in half a round trip: {rest}");
}

#[test]
fn a_packet_that_waits_for_its_time_is_due_then_and_not_before() {
    let mut ladder = with_plenty(&Config::default());
    let first = ladder.packets(A);
    ladder.pass(50 * MS);
    first.iter().for_each(|packet| ladder.deliver(Z, packet));
    ladder.rung(Z);
    ladder.packets(A);
    for _ in 0..5 {
        let at = ladder.ends[A].poll_timeout().unwrap();
        assert!(at > ladder.now && at < ladder.now + 5 * MS, "{at} at {}", ladder.now);
        ladder.now = Instant::from_nanos(at.as_nanos() - 1);
        assert!(ladder.packets(A).is_empty());
        ladder.now = at;
        ladder.ends[A].handle_timeout(at);
        assert!(ladder.ends[A].poll_timeout().is_none_or(|next| next > at));
        assert!(!ladder.packets(A).is_empty());
    }
}

#[test]
fn a_batch_of_equal_packets_keeps_the_pace_as_well() {
    let mut ladder = with_plenty(&Config::default());
    let mut buffer = [0; 1191];
    let mut count = usize::from(ladder.ends[A].poll_transmit(ladder.now, &mut buffer).is_some());
    while ladder.ends[A].poll_more(ladder.now, &mut buffer[..1188]).is_some() {
        count += 1;
    }
    assert_eq!(count, 10, "the first window");
    ladder.pass(50 * MS);
    assert_eq!(ladder.ends[A].poll_more(ladder.now, &mut buffer[..1188]), None);
}

#[test]
fn nothing_waits_for_its_time_where_nothing_is_to_be_sent() {
    let mut config = Config::default();
    config.heartbeat_interval = None;
    let mut ladder = with_plenty(&config);
    while ladder.ends[A].stats().buffered + ladder.ends[A].stats().unacknowledged_chunks > 0 {
        let packets = sent_within(&mut ladder, A, 50 * MS);
        packets.iter().for_each(|packet| ladder.deliver(Z, packet));
        ladder.heard(Z);
        ladder.pass(200 * MS);
        ladder.rung(Z);
    }
    assert_eq!(ladder.packets(A), [[0_u8; 0]; 0]);
    assert_eq!(ladder.ends[A].poll_timeout(), None);
}

/// How many packets of data left at each moment, of a transfer over a path of 20 ms.
fn bursts(pair: &mut Pair, messages: usize) -> BTreeMap<Instant, usize> {
    let (payload, end) = (Bytes::from(vec![7; 60_000]), pair.now + Duration::from_secs(60));
    for _ in 0..messages {
        let (now, options) = (pair.now, SendOptions::default());
        pair.ends[0].association.send(now, StreamId(0), Ppid(53), payload.clone(), options).unwrap();
    }
    let (mut seen, mut bursts) = (BTreeSet::new(), BTreeMap::new());
    while pair.ends[1].messages.len() < messages && pair.step(end) {
        for ((at, number), (to, packet)) in &pair.wire {
            if *to == 1 && packet.len() > 1000 && seen.insert(*number) {
                *bursts.entry(*at - pair.delay).or_default() += 1;
            }
        }
    }
    assert_eq!(pair.ends[1].messages.len(), messages);
    bursts
}

#[test]
fn no_more_packets_leave_at_once_than_the_capacity_however_large_the_window() {
    let mut config = Config::default();
    (config.receive_window, config.send_buffer) = (16 << 20, 64 << 20);
    let mut pair = Pair::connected(&[config.clone(), config], 1);
    let bursts = bursts(&mut pair, 400);
    let window = pair.ends[0].association.stats().congestion_window;
    assert!(window > 2000 * 1176, "{window}");
    let most = bursts.values().copied().max().unwrap();
    assert!((10..=64).contains(&most), "{most}");
    assert!(bursts.len() > 200, "{}", bursts.len());
}
