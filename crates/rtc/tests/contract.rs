//! The contract of the verbs: any order, any subset, any buffer, any clock.

use core::time::Duration;

use proptest::prelude::*;
use rtc::{DataChannelInit, Ecn, Event, Instant, MIN_BUFFER_LEN, Path, Payload, PeerConnection};

use crate::support::pair::{Pair, address_a, address_b, connection};

/// Two connections that have exchanged their descriptions, one with a channel and a message in it.
fn negotiated(seed: u64) -> (Pair, rtc::ChannelId) {
    let mut pair = Pair::new(seed);
    let channel = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    (pair, channel)
}

/// One datagram of an end, as its peer gets it.
fn poll(end: &mut PeerConnection, now: Instant, size: usize) -> Option<(Path, Vec<u8>)> {
    let mut out = vec![0; size];
    let transmit = end.poll_transmit(now, &mut out)?;
    out.truncate(transmit.len);
    Some((Path::udp(transmit.path.remote, transmit.path.local), out))
}

/// The order of the loops that the documents show: datagrams, events, sleep. What came up while datagrams were polled is
/// heard before the sleep, and what an event leads to wakes the loop.
#[test]
fn a_loop_of_datagrams_events_and_sleep_lets_nothing_wait() {
    let mut pair = Pair::new(9);
    let (ours, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    pair.a.send(pair.now, ours, "hello").unwrap();
    while poll(&mut pair.a, pair.now, 1500).is_some() {}
    assert_eq!(pair.a.poll_event(), Some(Event::DataChannelBufferedAmountLow(ours)));
    pair.a.send(pair.now, ours, "again").unwrap();
    assert_eq!(pair.a.poll_timeout(), Some(Instant::ZERO), "there is something to send");
}

/// The pair connects after all, and says each thing once.
fn assert_talks(mut pair: Pair, channel: rtc::ChannelId) {
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(channel)));
    for number in 0..20 {
        pair.a.send(pair.now, channel, format!("{number}")).unwrap();
    }
    let theirs = pair.incoming_b();
    pair.run_until("everything arrives", |pair| pair.messages_b(theirs).len() >= 20);
    let expected: Vec<Payload> = (0..20).map(|number| Payload::from(format!("{number}"))).collect();
    assert_eq!(pair.messages_b(theirs), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Polled more, less, or in another order, with time between: the same end.
    #[test]
    fn any_order_of_the_verbs_leads_to_the_same_connection(
        seed in 0_u64..1000,
        verbs in proptest::collection::vec((0_usize..2, 0_u8..5, 1_u64..200), 0..300),
    ) {
        let (mut pair, channel) = negotiated(seed);
        let mut air: [Vec<(Path, Vec<u8>)>; 2] = Default::default();
        for (which, verb, millis) in verbs {
            let now = pair.now;
            let end = if which == 0 { &mut pair.a } else { &mut pair.b };
            let log = if which == 0 { &mut pair.log_a } else { &mut pair.log_b };
            match verb {
                0 => air[1 - which].extend(poll(end, now, 1500)),
                1 if !air[which].is_empty() => {
                    let (path, mut datagram) = air[which].remove(0);
                    let _ = end.handle_input(now, path, Ecn::NotEct, &mut datagram);
                }
                2 => end.handle_timeout(now),
                3 => log.extend(end.poll_event()),
                _ => pair.now = now + Duration::from_millis(millis / 10),
            }
        }
        assert_talks(pair, channel);
    }
}

#[test]
fn a_connection_that_nobody_polls_waits_without_harm() {
    let (mut pair, channel) = negotiated(1);
    let hello = poll(&mut pair.b, pair.now, 1500);
    for number in 0..20_000_u64 {
        let now = pair.now + Duration::from_micros(number);
        if let Some((path, mut datagram)) = hello.clone() {
            let _ = pair.a.handle_input(now, path, Ecn::NotEct, &mut datagram);
        }
        pair.a.handle_timeout(now);
    }
    pair.now = pair.now + Duration::from_millis(20);
    let mut waiting = 0;
    while poll(&mut pair.a, pair.now, 1500).is_some() {
        waiting += 1;
    }
    assert!(waiting <= 100, "{waiting} datagrams had been kept");
    assert_talks(pair, channel);
}

#[test]
fn time_that_goes_back_stands_still() {
    let (mut pair, channel) = negotiated(2);
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(channel)));
    for past in [Instant::ZERO, Instant::from_millis(1)] {
        pair.a.handle_timeout(past);
        assert!(pair.a.poll_timeout().is_some_and(|at| at >= pair.now), "deadlines stay where they are");
        pair.a.send(past, channel, "from the past").unwrap();
    }
    let theirs = pair.incoming_b();
    pair.run_until("both arrive", |pair| pair.messages_b(theirs).len() == 2);
}

#[test]
fn a_datagram_that_comes_twice_counts_once() {
    let (mut pair, channel) = negotiated(3);
    let mut sent = 0;
    for _ in 0..4000 {
        pair.a.handle_timeout(pair.now);
        pair.b.handle_timeout(pair.now);
        for which in 0..2 {
            let (from, to) = if which == 0 { (&mut pair.a, &mut pair.b) } else { (&mut pair.b, &mut pair.a) };
            while let Some((path, datagram)) = poll(from, pair.now, 1500) {
                for _ in 0..2 {
                    let _ = to.handle_input(pair.now, path, Ecn::NotEct, &mut datagram.clone());
                }
            }
        }
        pair.log_a.extend(core::iter::from_fn(|| pair.a.poll_event()));
        pair.log_b.extend(core::iter::from_fn(|| pair.b.poll_event()));
        if pair.log_a.contains(&Event::DataChannelOpen(channel)) && sent < 20 {
            pair.a.send(pair.now, channel, format!("{sent}")).unwrap();
            sent += 1;
        }
        pair.now = pair.now + Duration::from_millis(1);
    }
    let theirs = pair.incoming_b();
    let expected: Vec<Payload> = (0..20).map(|number| Payload::from(format!("{number}"))).collect();
    assert_eq!(pair.messages_b(theirs), expected);
}

/// What is lost to shorter buffers, and what is made for them, is made up for.
#[test]
fn a_buffer_that_changes_its_length_breaks_nothing() {
    let (mut pair, channel) = negotiated(4);
    for size in 0..300 {
        for end in [&mut pair.a, &mut pair.b] {
            let _ = poll(end, pair.now, MIN_BUFFER_LEN + size);
            end.handle_timeout(pair.now);
        }
        pair.now = pair.now + Duration::from_millis(5);
    }
    assert_talks(pair, channel);
}

/// Who merely sends is told nothing, and who is merely named by the signalling gets checks, at a pace, for a while.
#[test]
fn an_address_that_proves_nothing_gets_little() {
    let mut silent = connection(8, address_a());
    silent.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let mut named = connection(9, address_b());
    let mut now = Instant::from_millis(1000);
    silent.set_local_description_due(now).unwrap();
    named.set_remote_description(now, &silent.local_description().unwrap()).unwrap();
    named.set_local_description_due(now).unwrap();
    silent.set_remote_description(now, &named.local_description().unwrap()).unwrap();
    let victim = address_b();
    let (mut count, mut bytes) = (0, 0);
    for number in 0..120_000_u64 {
        now = now + Duration::from_millis(1);
        let mut noise = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, number as u8, 0, 5, 1, 2, 3, 4, 5];
        let _ = silent.handle_input(now, Path::udp(address_a(), victim), Ecn::NotEct, &mut noise);
        silent.handle_timeout(now);
        while let Some((_, datagram)) = poll(&mut silent, now, 1500) {
            (count, bytes) = (count + 1, bytes + datagram.len());
        }
        while silent.poll_event().is_some() {}
    }
    assert!(count <= 20 && bytes <= 20 * 200, "{count} datagrams with {bytes} bytes in two minutes");
}
