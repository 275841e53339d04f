//! What a peer can make an association hold, counted by the allocator of this program, thread by thread.
//!
//! Each attack is let loose on an association with the default limits, and goes on until it brings nothing more.

use bytes::Bytes;
use sctp::{Config, Event, Ppid, SendError, SendOptions, StreamId};

use crate::support::hostile::{data, listening};
use crate::support::ladder::{A, Chunk, Ladder, MS, Z, association, chunk, chunks, packet, tag};

const BEGIN: u8 = 2;
const WHOLE: u8 = 3;

/// Bytes of heap that were in use at once, at most, beyond what was in use before.
fn most(attack: impl FnOnce()) -> usize {
    usize::try_from(allocation_counter::measure(attack).bytes_max).unwrap()
}

/// The defaults, with few streams, so that what is noted of each does not hide what else is held.
fn few_streams() -> Config {
    let mut config = Config::default();
    config.incoming_streams = 16;
    config.outgoing_streams = 16;
    config
}

/// The receiver's part of the sum.
fn receiver(mut config: Config) -> usize {
    config.send_buffer = 0;
    config.most_heap()
}

/// Hands over chunks, fifty a packet.
fn deliver_all(ladder: &mut Ladder, right: u32, chunks: impl Iterator<Item = Chunk>) {
    let mut chunks = chunks.peekable();
    while chunks.peek().is_some() {
        let some: Vec<Chunk> = chunks.by_ref().take(50).collect();
        ladder.deliver(Z, &packet(right, &some));
        ladder.lost(Z);
    }
}

/// RFC 9260 §6.2: a TSN beyond what a gap block can name.
#[test]
fn data_too_far_ahead_is_refused_and_takes_no_memory() {
    let (mut ladder, right, next) = listening(&Config::default());
    let packets: Vec<Vec<u8>> = [65_535, 1 << 20, (1 << 31) - 2]
        .map(|ahead| packet(right, &[data(next.wrapping_add(ahead), 0, 0, WHOLE, &[1; 1000])]))
        .into();
    let taken = most(|| packets.iter().for_each(|packet| ladder.deliver(Z, packet)));
    assert_eq!((ladder.ends[Z].stats().refused, taken), (3, 0));
}

/// The room that data takes depends on what arrived, and not on what is missing before it.
#[test]
fn data_at_the_far_end_of_the_window_takes_the_memory_of_one_message() {
    let (mut ladder, right, next) = listening(&Config::default());
    let far = packet(right, &[data(next.wrapping_add(65_534), 0, 0, WHOLE, b"far")]);
    let taken = most(|| ladder.deliver(Z, &far));
    assert_eq!(ladder.ends[Z].stats().refused, 0);
    assert!(taken < 2000, "{taken} bytes");
}

#[test]
fn whatever_lies_beyond_a_gap_holds_no_more_than_the_limits_allow() {
    for len in [1, 10, 100, 1000] {
        for (flags, step) in [(WHOLE, 2), (BEGIN, 1), (0, 1), (4, 2)] {
            let (mut ladder, right, next) = listening(&few_streams());
            let beyond = (1..32_000).map(|at| {
                data(next.wrapping_add(step * at), 0, 2 + (at % 30_000) as u16, flags, &vec![1; len])
            });
            let taken = most(|| deliver_all(&mut ladder, right, beyond));
            assert!(taken < receiver(few_streams()), "{taken} bytes for {len} bytes each with flags {flags}");
        }
    }
}

#[test]
fn messages_that_nobody_takes_hold_no_more_than_the_limits_allow() {
    for (len, ssn_step) in [(1, 1), (50, 1), (1100, 1), (1, 2), (1100, 2)] {
        let (mut ladder, right, next) = listening(&few_streams());
        let all = (0..60_000_u32).map(|at| {
            // Every second number is left out where the step is two: what comes waits for ever.
            let ssn = (at * ssn_step % 32_000) as u16;
            data(next.wrapping_add(at), 3, ssn, WHOLE, &vec![1; len])
        });
        let taken = most(|| deliver_all(&mut ladder, right, all));
        assert!(taken < receiver(few_streams()), "{taken} bytes for {len} bytes each");
        assert!(ladder.ends[Z].stats().refused > 0, "the limit was reached");
    }
}

#[test]
fn a_message_on_every_stream_and_a_reset_of_each_hold_no_more_than_the_limits_allow() {
    let (mut ladder, right, next) = listening(&Config::default());
    let taken = most(|| {
        deliver_all(
            &mut ladder,
            right,
            (0..65_535).map(|at| data(next.wrapping_add(at), at as u16, 0, WHOLE, b"x")),
        );
        let last = next.wrapping_add(1 << 20);
        for (number, first) in (0_u16..65_535).step_by(500).enumerate() {
            let streams: Vec<u8> = (first..first.saturating_add(500)).flat_map(u16::to_be_bytes).collect();
            let request = next.wrapping_sub(1).wrapping_add(number as u32);
            let value = [&request.to_be_bytes()[..], &[0; 4], &last.to_be_bytes(), &streams].concat();
            let len = u16::try_from(value.len() + 4).unwrap();
            let parameter = [&[0, 13][..], &len.to_be_bytes(), &value].concat();
            ladder.deliver(Z, &packet(right, &[Chunk::new(130, 0, &parameter)]));
            ladder.lost(Z);
        }
    });
    assert!(taken < receiver(Config::default()), "{taken} bytes");
}

/// RFC 9260 §5.2.6, over and over: a peer that lets the set-up begin anew each time.
#[test]
fn a_set_up_that_never_ends_takes_no_memory() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let init = chunk(&ladder.packet(A), 1);
    let right = init.u32(0);
    let answer =
        [&7_u32.to_be_bytes()[..], &[0, 1, 0, 0, 0, 9, 0, 9, 0, 0, 0, 1, 0, 7, 0, 8, 1, 2, 3, 4]].concat();
    let answer = packet(right, &[Chunk::new(2, 0, &answer)]);
    let stale = packet(right, &[Chunk::new(9, 0, &[0, 3, 0, 8, 0, 0, 0, 1])]);
    let mut round = || {
        ladder.deliver(A, &answer);
        ladder.deliver(A, &stale);
    };
    round();
    let taken = most(|| (0..10_000).for_each(|_| round()));
    assert!(taken < 1000, "{taken} bytes");
    let negotiated = std::iter::from_fn(|| ladder.ends[A].poll_event()).count();
    assert_eq!(negotiated, 1, "the last word is news, and the others are not");
}

/// RFC 9260 §5.2.4, action A, over and over.
#[test]
fn restarts_without_end_take_no_memory() {
    let mut ladder = Ladder::plain();
    let restart = |ladder: &mut Ladder, seed| {
        ladder.ends[A] = association(&Config::default(), seed);
        ladder.ends[A].connect(ladder.now);
        ladder.say(A, 3, b"x");
        ladder.exchange();
        ladder.ends[Z].receive().unwrap();
    };
    (0..100).for_each(|seed| restart(&mut ladder, 1000 + seed));
    let before = allocation_counter::measure(|| (0..100).for_each(|seed| restart(&mut ladder, 2000 + seed)));
    assert!(before.bytes_current < 1000, "{before:?}");
}

/// Sends until there is no room.
fn fill(ladder: &mut Ladder, len: usize) -> usize {
    let payload = Bytes::from(vec![7; len]);
    let mut sent = 0;
    loop {
        // Each message has bytes of its own, as an application's would.
        let payload = Bytes::copy_from_slice(&payload);
        match ladder.ends[A].send(ladder.now, StreamId(0), Ppid(53), payload, SendOptions::default()) {
            Ok(()) => sent += 1,
            Err(unsent) => {
                assert_eq!(unsent.error, SendError::BufferFull);
                return sent;
            }
        }
    }
}

/// A SACK of what A has sent, with a window as large as can be said.
fn sack(right: u32, cumulative: u32, gaps: &[(u16, u16)]) -> Vec<u8> {
    let mut value = [cumulative.to_be_bytes(), [0xff; 4]].concat();
    value.extend(u16::try_from(gaps.len()).unwrap().to_be_bytes());
    value.extend([0, 0]);
    gaps.iter().for_each(|(start, end)| value.extend([start.to_be_bytes(), end.to_be_bytes()].concat()));
    packet(right, &[Chunk::new(3, 0, &value)])
}

fn tag_of_a(ladder: &mut Ladder) -> u32 {
    ladder.say(Z, 0, b"x");
    let data = ladder.packet(Z);
    ladder.deliver(A, &data);
    ladder.exchange();
    ladder.heard(A);
    tag(&data)
}

#[test]
fn messages_of_any_size_fill_the_send_buffer_with_what_they_really_cost() {
    for len in [1, 30, 1000, 100_000] {
        let mut ladder = Ladder::plain();
        let taken = most(|| {
            fill(&mut ladder, len);
        });
        let limit = Config::default().send_buffer;
        assert!(taken <= limit + limit / 8, "{taken} bytes for {len} bytes each");
        assert!(len < 1000 || taken > limit / 2, "{taken} bytes for {len} bytes each");
    }
}

/// Acknowledges each packet by itself, which opens the congestion window.
fn open_window(ladder: &mut Ladder, right: u32, len: usize) {
    for _ in 0..8 {
        fill(ladder, len);
        for bytes in ladder.packets(A) {
            let last = chunks(&bytes).last().unwrap().u32(0);
            ladder.deliver(A, &sack(right, last, &[]));
        }
    }
}

/// A peer may say that it lacks the first chunk for ever, and that its window is as large as can be said.
#[test]
fn a_peer_that_acknowledges_only_what_is_newest_makes_us_keep_no_more_than_the_limits_allow() {
    for (len, alternately) in [(1, false), (1, true), (1000, false), (1000, true), (60_000, true)] {
        let mut ladder = Ladder::plain();
        let right = tag_of_a(&mut ladder);
        let taken = most(|| {
            open_window(&mut ladder, right, len);
            fill(&mut ladder, len);
            let first = chunk(&ladder.packets(A)[0], 0).u32(0);
            for _ in 0..300 {
                fill(&mut ladder, len);
                let end = u16::try_from(ladder.ends[A].stats().unacknowledged_chunks).unwrap_or(u16::MAX);
                let gaps: Vec<(u16, u16)> = if alternately {
                    (2..end).step_by(2).take(14_000).map(|at| (at, at)).collect()
                } else {
                    vec![(2, end)]
                };
                ladder.deliver(A, &sack(right, first.wrapping_sub(1), &gaps));
                if ladder.packets(A).is_empty() {
                    ladder.wait(A);
                }
            }
        });
        let kept = ladder.ends[A].stats().unacknowledged_chunks * len.min(1000);
        assert!(len == 1 || kept > 1 << 20, "much is under way: {kept} bytes");
        let most = Config::default().most_heap();
        assert!(taken < most, "{taken} of {most} bytes for {len} bytes each");
    }
}

/// What was full once takes no more than what is in it now.
#[test]
fn what_has_been_acknowledged_is_given_back() {
    let mut ladder = Ladder::plain();
    let kept = allocation_counter::measure(|| {
        fill(&mut ladder, 1);
        while ladder.ends[A].stats().unacknowledged_chunks + ladder.ends[A].stats().buffered > 0 {
            ladder.exchange();
            while ladder.ends[Z].receive().is_some() {}
            ladder.pass(200 * MS);
        }
        while ladder.ends[A].poll_event().is_some() {}
    });
    assert_eq!(ladder.ends[A].stats().unacknowledged_chunks, 0);
    assert!(kept.bytes_current < 20_000, "{kept:?}");
}

/// An application may ask for resets on every stream, and the peer answer none of them.
#[test]
fn resets_that_nobody_answers_take_a_few_bytes_a_stream() {
    let mut ladder = Ladder::plain();
    let streams: Vec<StreamId> = (0..65_535).map(StreamId).collect();
    let taken = most(|| {
        for _ in 0..3 {
            ladder.ends[A].reset_streams(ladder.now, &streams).unwrap();
            ladder.lost(A);
        }
    });
    assert!(taken < 65_535 * 40, "{taken} bytes");
    let done = |event: &Event| matches!(event, Event::ResetDone { .. });
    assert!(!ladder.events(A).iter().any(done));
}
