//! Buffers of every length: several datagrams in one, and less room than a datagram may have.

use rtc::{DataChannelInit, Ecn, Instant, MIN_BUFFER_LEN, OfferOptions, Path, Payload};

use crate::support::pair::{Pair, address_a, connection};

fn payload(number: usize, len: usize) -> Payload {
    Payload::Binary((0..len).map(|i| (i * 7 + number) as u8).collect::<Vec<_>>().into())
}

/// Sends messages of these lengths from `a` to `b`, and sees them arrive as they were.
fn carry(pair: &mut Pair, lens: &[usize]) {
    let (ours, theirs) = pair.open_channel("data", DataChannelInit::default());
    pair.trace.clear();
    let sent: Vec<_> = lens.iter().enumerate().map(|(number, len)| payload(number, *len)).collect();
    for payload in &sent {
        pair.a.send(pair.now, ours, payload.clone()).unwrap();
    }
    pair.run_until("all arrives", |pair| pair.messages_b(theirs).len() == sent.len());
    assert!(pair.messages_b(theirs) == sent);
}

fn longest(pair: &Pair) -> usize {
    pair.trace.iter().map(Vec::len).max().unwrap_or_default()
}

#[test]
fn a_long_message_leaves_in_batches_of_full_datagrams() {
    let mut pair = Pair::new(60);
    (pair.buffer_len, pair.max_batch) = (65_535, 64);
    carry(&mut pair, &[262_144]);
    assert!(pair.longest_batch >= 4, "{}", pair.longest_batch);
    let full = pair.trace.iter().filter(|datagram| datagram.len() == longest(&pair)).count();
    assert!(full >= 262_144 / 1228, "{full}");
}

#[test]
fn equal_messages_leave_in_batches_uncut_and_a_longer_one_is_not_cut_for_a_batch() {
    let datagrams = |lens: &[usize], max_batch| {
        let mut pair = Pair::new(61);
        (pair.buffer_len, pair.max_batch) = (65_535, max_batch);
        carry(&mut pair, lens);
        let data = pair.trace.iter().filter(|d| (23..=63).contains(&d[0]) && d.len() > 500).count();
        (data, pair.longest_batch)
    };
    let (alone, _) = datagrams(&[1000; 40], 1);
    let (batched, longest) = datagrams(&[1000; 40], 64);
    assert_eq!((alone, batched), (40, 40));
    assert!(longest > 2, "{longest}");
    let mixed: Vec<usize> = [900, 1100, 900, 600, 1150].repeat(8);
    assert_eq!(datagrams(&mixed, 1).0, datagrams(&mixed, 64).0);
}

#[test]
fn a_batch_has_as_many_datagrams_as_the_caller_takes_and_as_fit() {
    let mut pair = Pair::new(62);
    (pair.buffer_len, pair.max_batch) = (65_535, 3);
    carry(&mut pair, &[262_144]);
    assert_eq!(pair.longest_batch, 3);
    let full = longest(&pair);
    let mut pair = Pair::new(62);
    (pair.buffer_len, pair.max_batch) = (3 * full - 1, 64);
    carry(&mut pair, &[262_144]);
    assert_eq!(pair.longest_batch, 2, "three do not fit");
}

#[test]
fn datagrams_are_made_for_what_the_buffer_holds() {
    for len in [MIN_BUFFER_LEN, 700, 1000, 1227, 1228, 1229] {
        let mut pair = Pair::new(63);
        pair.buffer_len = len;
        // One that would not be cut in a longer buffer is cut here.
        carry(&mut pair, &[1150, 1, 262_144, 0, 700, 1150]);
        let bound = len.min(1228);
        assert!((bound - 4..=bound).contains(&longest(&pair)), "{} of {len}", longest(&pair));
        // Many channels that close at once take several requests (RFC 6525 §4.1).
        let channels: Vec<_> = (0..700)
            .map(|_| pair.a.create_data_channel("one of many", DataChannelInit::default()).unwrap())
            .collect();
        pair.run_until("all come in", |pair| pair.b.data_channels().count() == 701);
        for channel in channels {
            pair.a.data_channel_mut(channel).unwrap().close();
        }
        pair.run_until("all close", |pair| pair.b.data_channels().count() == 1);
    }
}

#[test]
#[should_panic(expected = "shorter than rtc::MIN_BUFFER_LEN")]
fn a_buffer_that_holds_no_check_is_refused_at_once() {
    let _ = connection(64, address_a()).poll_transmit(Instant::ZERO, &mut [0; MIN_BUFFER_LEN - 1]);
}

#[test]
fn datagrams_that_came_at_once_are_taken_one_by_one() {
    let mut pair = Pair::new(65);
    let (ours, theirs) = pair.open_channel("data", DataChannelInit::default());
    let sent = payload(1, 4000);
    pair.a.send(pair.now, ours, sent.clone()).unwrap();
    let mut buffer = [0; 10_000];
    let transmit = pair.a.poll_transmit_batch(pair.now, 64, &mut buffer).unwrap();
    let stride = transmit.segment_size.unwrap();
    assert_eq!(transmit.datagrams(&buffer).count(), 4);
    assert!(!transmit.len.is_multiple_of(stride), "the last is shorter");
    let path = Path::udp(transmit.path.remote, transmit.path.local);
    let received = &mut buffer[..transmit.len];
    let mut strange = received.to_vec();
    strange[0] ^= 0x80;
    strange[stride] ^= 0x80;
    pair.b.handle_input_batch(pair.now, path, Ecn::NotEct, received, stride).unwrap();
    pair.run_until("it arrives", |pair| !pair.messages_b(theirs).is_empty());
    assert!(pair.messages_b(theirs) == [sent]);
    // What was taken already, or never, is ignored; the reason is the last one's.
    let discarded = pair.b.discarded();
    assert!(pair.b.handle_input_batch(pair.now, path, Ecn::NotEct, &mut strange, stride).is_err());
    assert_eq!(pair.b.discarded(), discarded + 4);
    assert!(pair.a.create_offer(OfferOptions::default()).is_ok());
}
