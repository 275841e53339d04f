//! Data and its acknowledgement (RFC 9260 §6 and §7), packet by packet.

use sctp::{Config, Event, Oversize, Reason, SendError, SendOptions, State, StreamId};

use crate::support::hostile::{data, listening};
use crate::support::ladder::{A, Chunk, FULL, Ladder, MS, Z, chunk, chunks, numbers, packet};

/// RFC 9260 §6.2: at least every second packet, and none later than SACK.Delay.
#[test]
fn every_second_packet_is_acknowledged_at_once_and_a_lone_one_after_the_delay() {
    let mut ladder = Ladder::warm();
    ladder.say(A, 0, b"one");
    assert_eq!(ladder.rung(A), ["DATA"]);
    assert_eq!(ladder.rung(Z), [""; 0]);
    assert_eq!(ladder.wait(Z), 200 * MS);
    assert_eq!(ladder.rung(Z), ["SACK"]);
    for message in [b"two", b"3rd"] {
        ladder.say(A, 0, message);
        ladder.rung(A);
    }
    assert_eq!(ladder.rung(Z), ["SACK"]);
}

/// RFC 9260 §6.2 and §6.10.
#[test]
fn data_that_goes_back_takes_the_acknowledgement_along() {
    let mut ladder = Ladder::warm();
    ladder.say(A, 0, b"one");
    ladder.rung(A);
    ladder.say(Z, 0, b"back");
    assert_eq!(ladder.rung(Z), ["SACK, DATA"]);
}

/// RFC 9260 §3.3.4 and §6.7.
#[test]
fn a_gap_is_reported_at_once_with_its_edges_and_duplicates_are_named() {
    let mut ladder = Ladder::warm();
    let packets = ladder.numbered(6, SendOptions::default());
    let base = chunk(&packets[0], 0).u32(0);
    for at in [0, 1] {
        ladder.deliver(Z, &packets[at]);
    }
    ladder.packet(Z);
    for at in [3, 5, 5] {
        ladder.deliver(Z, &packets[at]);
    }
    let sack = chunk(&ladder.packet(Z), 3);
    assert_eq!(sack.u32(0), base.wrapping_add(1), "cumulative");
    assert_eq!([sack.u16(8), sack.u16(10)], [2, 1], "two blocks and a duplicate");
    assert_eq!([sack.u16(12), sack.u16(14), sack.u16(16), sack.u16(18)], [2, 2, 4, 4]);
    assert_eq!(sack.u32(20), base.wrapping_add(5));
    assert_eq!(ladder.ends[Z].stats().duplicates, 1);
}

/// T3-rtx (RFC 9260 §6.3.3).
#[test]
fn silence_makes_everything_go_out_again_one_packet_first_and_with_growing_pauses() {
    let mut ladder = Ladder::warm();
    ladder.numbered(4, SendOptions::default());
    let mut pauses = Vec::new();
    for _ in 0..4 {
        pauses.push(ladder.wait(A).as_millis());
        assert_eq!(ladder.lost(A), ["DATA"], "the window is one packet");
    }
    assert_eq!(pauses, [400, 800, 1600, 3000]);
    let stats = ladder.ends[A].stats();
    assert_eq!((stats.timeouts, stats.retransmissions), (4, 4));
    assert_eq!(stats.congestion_window, 1176);
    for _ in 0..4 {
        ladder.pass(3000 * MS);
        ladder.exchange();
    }
    assert_eq!(numbers(&ladder.heard(Z)), [0, 1, 2, 3]);
    assert_eq!(ladder.ends[A].stats().retransmission_timeout, 400 * MS, "an answer ends the doubling");
}

/// RFC 9260 §7.2.4.
#[test]
fn three_missing_reports_repeat_a_packet_without_a_timeout_and_reduce_the_window() {
    let mut ladder = Ladder::warm();
    let before = ladder.ends[A].stats().congestion_window;
    let packets = ladder.numbered(8, SendOptions::default());
    for (count, packet) in packets[1..4].iter().enumerate() {
        ladder.deliver(Z, packet);
        assert_eq!(ladder.rung(Z), ["SACK"]);
        let again = ladder.packets(A);
        let expected: &[_] = if count == 2 { &packets[..1] } else { &[] };
        assert_eq!(
            again.iter().map(|packet| chunk(packet, 0).u32(0)).collect::<Vec<_>>(),
            expected.iter().map(|packet| chunk(packet, 0).u32(0)).collect::<Vec<_>>()
        );
        again.iter().for_each(|packet| ladder.deliver(Z, packet));
    }
    let stats = ladder.ends[A].stats();
    assert_eq!((stats.fast_recoveries, stats.timeouts, stats.retransmissions), (1, 0, 1));
    assert_eq!(stats.congestion_window, before / 10 * 7);
    packets[4..].iter().for_each(|packet| ladder.deliver(Z, packet));
    ladder.exchange();
    assert_eq!(numbers(&ladder.heard(Z)), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(ladder.ends[A].stats().in_flight, 0);
}

/// RFC 9260 §6.9 and §6.10.
#[test]
fn no_packet_is_larger_than_configured_whatever_is_sent() {
    let mut config = Config::default();
    config.max_packet_size = 400;
    let mut ladder = Ladder::established(&config, &config);
    let sizes: [usize; 9] = [1, 3, 372, 373, 384, 385, 1000, 5_000, 100_000];
    for size in sizes {
        ladder.say(A, 0, &vec![1; size]);
    }
    for _ in 0..10_000 {
        let packets = ladder.packets(A);
        if packets.is_empty() {
            break;
        }
        for packet in packets {
            assert!(packet.len() <= 400);
            ladder.deliver(Z, &packet);
        }
        ladder.rung(Z);
        ladder.pass(200 * MS);
        ladder.rung(Z);
    }
    assert_eq!(ladder.heard(Z).iter().map(Vec::len).collect::<Vec<_>>(), sizes);
}

/// RFC 9260 §6.6.
#[test]
fn unordered_messages_overtake_and_ordered_ones_wait() {
    let mut ladder = Ladder::warm();
    let unordered = SendOptions::default().with_unordered(true);
    let mut packets = Vec::new();
    for (number, options) in [(0, SendOptions::default()), (1, unordered), (2, SendOptions::default())] {
        let mut payload = FULL;
        payload[0] = number;
        ladder.send(A, 0, &payload, options);
        packets.push(ladder.packet(A));
    }
    ladder.deliver(Z, &packets[1]);
    ladder.deliver(Z, &packets[2]);
    assert_eq!(numbers(&ladder.heard(Z)), [1]);
    ladder.deliver(Z, &packets[0]);
    assert_eq!(numbers(&ladder.heard(Z)), [0, 2]);
}

/// RFC 9260 §6.6.
#[test]
fn a_loss_on_one_stream_does_not_hold_up_another() {
    let mut ladder = Ladder::warm();
    ladder.say(A, 1, &FULL);
    ladder.say(A, 2, &FULL);
    let packets = ladder.packets(A);
    ladder.deliver(Z, &packets[1]);
    assert_eq!(ladder.messages(Z).iter().map(|message| message.stream).collect::<Vec<_>>(), [StreamId(2)]);
}

/// An application that does not read closes the window; once it reads, the peer hears of it.
#[test]
fn an_application_that_reads_again_lets_the_peer_go_on() {
    let (mut ladder, sent) = choked(&Config::default());
    assert_eq!(ladder.lost(A).len(), 0, "the peer has no room");
    ladder.heard(Z);
    assert_eq!(ladder.rung(Z), ["SACK"], "the window has opened");
    ladder.exchange();
    let mut count = ladder.heard(Z).len();
    for _ in 0..200 {
        ladder.pass(200 * MS);
        ladder.exchange();
        count += ladder.heard(Z).len();
    }
    assert_eq!(ladder.ends[A].stats().buffered, 0);
    assert!(count > 0 && sent > 0);
}

/// RFC 9260 §6.1, A: the lost window update is made up for by a probe.
#[test]
fn a_lost_window_update_does_not_stop_the_association() {
    let (mut ladder, _) = choked(&Config::default());
    ladder.heard(Z);
    assert_eq!(ladder.lost(Z), ["SACK"]);
    assert_eq!(ladder.lost(A).len(), 0);
    let mut heard = 0;
    for _ in 0..400 {
        ladder.wait(A);
        ladder.exchange();
        heard += ladder.heard(Z).len();
        if ladder.ends[A].stats().buffered == 0 {
            break;
        }
    }
    assert_eq!(ladder.ends[A].stats().buffered, 0, "{heard} messages came");
}

/// RFC 9260 §6.2: nothing but the missing chunk empties the window, so it is taken although the window is full.
#[test]
fn what_is_missing_has_room_however_much_waits_for_it() {
    let (mut ladder, right, next) = listening(&small());
    let whole = |number: u16| data(next.wrapping_add(number.into()), 0, number, 3, &[number as u8; 1000]);
    for number in 1..18 {
        ladder.deliver(Z, &packet(right, &[whole(number)]));
    }
    assert!(ladder.ends[Z].stats().receive_window < 1000, "the window is full");
    ladder.deliver(Z, &packet(right, &[whole(0)]));
    assert_eq!(numbers(&ladder.heard(Z)), (0..18).collect::<Vec<u8>>());
}

/// RFC 9260 §6.6: sequence numbers go round, and tell nothing about what is more than half the circle ahead.
#[test]
fn an_ordered_message_that_is_half_the_circle_ahead_is_not_taken_for_an_old_one() {
    const COUNT: u16 = 33_000;
    let mut wide = Config::default();
    wide.receive_window = 8 << 20;
    let (mut ladder, right, next) = listening(&wide);
    let whole = |number: u16| data(next.wrapping_add(number.into()), 0, number, 3, &[7]);
    for first in (1..COUNT).step_by(50) {
        let chunks: Vec<Chunk> = (first..COUNT.min(first + 50)).map(whole).collect();
        ladder.deliver(Z, &packet(right, &chunks));
    }
    ladder.deliver(Z, &packet(right, &[whole(0)]));
    assert_eq!(ladder.heard(Z).len(), usize::from(COUNT));
}

/// RFC 9260 §6.1, A: "unacknowledged window probes SHOULD NOT increment the error counter" while the peer answers.
#[test]
fn a_peer_that_answers_every_probe_is_there_whatever_the_limit_of_retransmissions() {
    let mut limited = Config::default();
    limited.max_retransmissions = Some(3);
    let (mut ladder, _) = choked(&limited);
    for _ in 0..100 {
        ladder.wait(A);
        ladder.rung(A);
        ladder.rung(Z);
    }
    assert_eq!(ladder.ends[A].state(), State::Established);
}

/// RFC 9260 §6.1, A.
#[test]
fn a_full_window_is_probed_for_as_long_as_it_takes() {
    let (mut ladder, _) = choked(&Config::default());
    for _ in 0..100 {
        ladder.wait(A);
        let probes = ladder.rung(A);
        assert!(probes.iter().filter(|packet| packet.contains("DATA")).count() <= 1, "{probes:?}");
        ladder.rung(Z);
    }
    assert_eq!(ladder.ends[A].state(), State::Established);
    assert!(ladder.ends[A].stats().buffered > 0);
}

/// A window of 20,000 bytes.
fn small() -> Config {
    let mut small = Config::default();
    small.max_message_size = 10_000;
    small.receive_window = 20_000;
    small
}

/// A peer whose application does not read, and whose window is full; with the number of messages sent.
fn choked(config: &Config) -> (Ladder, usize) {
    let mut ladder = Ladder::established(config, &small());
    let sent = 60;
    for _ in 0..sent {
        ladder.say(A, 0, &FULL);
    }
    for _ in 0..100 {
        ladder.exchange();
        if ladder.ends[A].stats().peer_receive_window < FULL.len() && ladder.ends[A].stats().in_flight == 0 {
            break;
        }
        ladder.pass(200 * MS);
    }
    assert!(ladder.ends[Z].stats().receive_window < 2 * FULL.len());
    (ladder, sent)
}

#[test]
fn the_low_buffer_is_reported_once_for_each_crossing() {
    let mut ladder = Ladder::warm();
    let low = |ladder: &mut Ladder| {
        std::iter::from_fn(|| ladder.ends[A].poll_event())
            .filter(|e| *e == Event::BufferedAmountLow(StreamId(0)))
            .count()
    };
    ladder.ends[A].set_buffered_amount_low_threshold(StreamId(0), 3000);
    for round in 0..3 {
        for _ in 0..40 {
            ladder.say(A, 0, &FULL);
        }
        assert!(ladder.ends[A].buffered_amount(StreamId(0)) > 3000);
        assert_eq!(low(&mut ladder), 0, "round {round}");
        ladder.exchange();
        assert_eq!(ladder.ends[A].buffered_amount(StreamId(0)), 0);
        assert_eq!(low(&mut ladder), 1, "round {round}");
        ladder.heard(Z);
        ladder.exchange();
    }
    ladder.say(A, 0, b"below from the start");
    ladder.exchange();
    assert_eq!(low(&mut ladder), 0);
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_reason() {
    let mut config = Config::default();
    config.send_buffer = 5000;
    config.outgoing_streams = 8;
    let mut ladder = Ladder::established(&config, &Config::default());
    let now = ladder.now;
    let mut send = |stream, len| {
        let payload = bytes::Bytes::from(vec![1; len]);
        let result =
            ladder.ends[A].send(now, StreamId(stream), sctp::Ppid(51), payload, SendOptions::default());
        result.map_err(|unsent| unsent.error)
    };
    assert_eq!(send(0, 0), Err(SendError::Empty));
    assert_eq!(send(0, 5001), Err(SendError::TooLarge));
    assert_eq!(send(8, 1), Err(SendError::NoSuchStream));
    assert_eq!(send(0, 4000), Ok(()));
    assert_eq!(
        send(7, 1000 - 2 * 352 + 1),
        Err(SendError::BufferFull),
        "each message costs 352 bytes beyond its own"
    );
    assert_eq!(send(7, 1000 - 2 * 352), Ok(()));
}

/// A user that stops when the buffer is full, whatever its threshold, hears when to go on.
#[test]
fn after_a_refusal_there_is_news_when_half_of_the_buffer_is_free() {
    let mut config = Config::default();
    config.send_buffer = 40_000;
    let mut ladder = Ladder::established(&config, &Config::default());
    ladder.ends[A].set_buffered_amount_low_threshold(StreamId(3), 10_000);
    let send = |ladder: &mut Ladder| {
        let payload = bytes::Bytes::from_static(b"x");
        ladder.ends[A].send(ladder.now, StreamId(3), sctp::Ppid(51), payload, SendOptions::default())
    };
    while send(&mut ladder).is_ok() {}
    assert_eq!(
        ladder.ends[A].poll_event(),
        None,
        "so many bytes have not waited that they could be few again"
    );
    ladder.exchange();
    ladder.pass(200 * MS);
    ladder.exchange();
    assert_eq!(ladder.ends[A].poll_event(), Some(Event::BufferedAmountLow(StreamId(3))));
    assert_eq!((ladder.ends[A].poll_event(), send(&mut ladder)), (None, Ok(())));
}

/// What waits must be seen to wait: else nobody would hear that it waits no longer.
#[test]
fn what_is_not_acknowledged_takes_half_of_the_buffer_and_the_rest_waits_its_turn() {
    let mut config = Config::default();
    config.send_buffer = 100_000;
    config.initial_window_packets = 1000;
    let mut ladder = Ladder::established(&config, &Config::default());
    for _ in 0..60 {
        ladder.say(A, 0, &[7; 1000]);
    }
    ladder.lost(A);
    let stats = ladder.ends[A].stats();
    assert!((30_000..=40_000).contains(&(stats.unacknowledged_chunks * 1000)), "{stats:?}");
    assert_eq!(stats.buffered + stats.unacknowledged_chunks * 1000, 60_000);
    ladder.wait(A);
    ladder.exchange();
    ladder.pass(200 * MS);
    ladder.exchange();
    assert_eq!(ladder.heard(Z).len(), 60);
}

/// A protocol above may have bytes of its own on a stream: its user does not hear of them.
#[test]
fn bytes_that_are_not_counted_are_not_seen_to_wait() {
    let mut ladder = Ladder::plain();
    let options = SendOptions::default().with_uncounted(true);
    ladder.send(A, 0, b"protocol", options);
    ladder.say(A, 0, b"user");
    assert_eq!((ladder.ends[A].buffered_amount(StreamId(0)), ladder.ends[A].stats().buffered), (4, 4));
    ladder.exchange();
    assert_eq!(ladder.ends[A].buffered_amount(StreamId(0)), 0);
    assert_eq!(ladder.heard(Z), [&b"protocol"[..], b"user"]);
}

#[test]
fn a_message_over_the_receivers_limit_ends_the_association_or_is_left_out() {
    for oversize in [Oversize::Abort, Oversize::Discard] {
        let mut config = Config::default();
        config.max_message_size = 3000;
        config.oversize = oversize;
        let mut ladder = Ladder::established(&Config::default(), &config);
        ladder.say(A, 0, &[1; 3000]);
        ladder.say(A, 0, &[2; 3001]);
        ladder.say(A, 0, &[3; 10]);
        ladder.exchange();
        let heard: Vec<usize> = ladder.heard(Z).iter().map(Vec::len).collect();
        if oversize == Oversize::Abort {
            assert_eq!(heard, [3000]);
            assert!(matches!(ladder.events(Z)[..], [Event::Closed(Reason::PeerError(_))]));
        } else {
            assert_eq!(heard, [3000, 10]);
            assert!(ladder.ends[Z].stats().dropped > 0);
        }
    }
}

/// RFC 8831 §6.4: streams share by their priorities.
#[test]
fn a_stream_with_twice_the_priority_gets_twice_the_bytes() {
    let mut config = Config::default();
    config.initial_window_packets = 31;
    let mut ladder = Ladder::established(&config, &Config::default());
    ladder.ends[A].set_priority(StreamId(1), 512);
    for stream in [0, 1] {
        for _ in 0..100 {
            ladder.say(A, stream, &FULL);
        }
    }
    let sent = ladder.packets(A);
    let on =
        |stream| sent.iter().flat_map(|packet| chunks(packet)).filter(|data| data.u16(4) == stream).count();
    let (usual, favoured) = (on(0), on(1));
    assert!(favoured.abs_diff(2 * usual) <= 3, "{usual} and {favoured}");
}

/// Drivers read several datagrams before they send: the first acknowledgement of a batch must not hide from the others
/// that the window was full.
#[test]
fn acknowledgements_that_come_in_one_batch_open_the_window_all_the_same() {
    let mut ladder = Ladder::warm();
    for _ in 0..2000 {
        ladder.say(A, 0, &FULL);
    }
    let before = ladder.ends[A].stats().congestion_window;
    for _ in 0..6 {
        ladder.pass(50 * MS);
        ladder.rung(A);
        ladder.rung(Z);
        ladder.heard(Z);
        ladder.rung(Z);
    }
    assert!(ladder.ends[A].stats().congestion_window > 4 * before);
}

/// RFC 9260 §6.1, B: a window that is no multiple of a packet is exceeded by a part of one: otherwise a round trip
/// would never acknowledge as much as the window holds, and it would stay as it is for ever.
#[test]
fn a_window_that_ends_within_a_packet_grows_as_well() {
    let mut ladder = Ladder::warm();
    ladder.say(A, 0, &[0; 876]);
    assert_eq!(ladder.lost(A), ["DATA"]);
    ladder.wait(A);
    for _ in 0..2000 {
        ladder.say(A, 0, &FULL);
    }
    let mut windows = Vec::new();
    for _ in 0..8 {
        ladder.rung(A);
        ladder.pass(200 * MS);
        ladder.rung(Z);
        ladder.heard(Z);
        windows.push(ladder.ends[A].stats().congestion_window);
    }
    assert_eq!(windows[..3], [2068, 4420, 9124]);
    assert!(windows[7] >= 9124 + 2 * 1176, "half a packet in each round trip: {windows:?}");
}

/// The order in which the first messages of four streams begin, under a scheduler.
fn turns(scheduler: &'static dyn sctp::Scheduler) -> Vec<u16> {
    let mut config = Config::default();
    config.scheduler = scheduler;
    let mut ladder = Ladder::established(&config, &Config::default());
    for (stream, len) in [(1, 900), (2, 30), (3, 600), (4, 30), (2, 30)] {
        ladder.say(A, stream, &vec![1; len]);
    }
    ladder.exchange();
    std::iter::from_fn(|| ladder.ends[Z].receive()).map(|message| message.stream.0).collect()
}

#[derive(Debug)]
struct LongestFirst;

impl sctp::Scheduler for LongestFirst {
    fn cost(&self, message_len: usize, _weight: u16) -> u64 {
        10_000 - message_len as u64
    }
}

/// RFC 8260 §3: who waits is served by the scheduler of the user's choice.
#[test]
fn the_scheduler_says_whose_turn_it_is() {
    assert_eq!(turns(&sctp::RoundRobin), [1, 2, 3, 4, 2]);
    assert_eq!(turns(&sctp::WeightedFair), [2, 4, 2, 3, 1]);
    assert_eq!(turns(&LongestFirst), [1, 3, 2, 4, 2], "one of the user's own: the longest first");
}
