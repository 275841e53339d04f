//! Stream reset (RFC 6525) in the part that WebRTC uses, rung by rung.

use std::time::Duration;

use sctp::{Config, Event, ResetError, ResetFailure, SendError, SendOptions, State, StreamId};

use crate::support::ladder::{A, Chunk, Ladder, Z, chunk, chunks, names, packet, tag};

const MS: Duration = Duration::from_millis(1);

fn streams(event: &Event) -> Vec<u16> {
    match event {
        Event::StreamsReset { streams, .. } | Event::ResetDone { streams, .. } => {
            streams.iter().map(|stream| stream.0).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// The numbers of the events: A's are `ResetDone`, Z's `StreamsReset`.
fn reset_events(ladder: &mut Ladder, at: usize) -> Vec<Vec<u16>> {
    ladder.events(at).iter().map(streams).collect()
}

/// Nothing may have happened for long when a stream is reset: the timer of the request counts from the command.
#[test]
fn a_reset_after_a_long_silence_waits_for_its_answer() {
    let mut ladder = Ladder::plain();
    ladder.now = ladder.now + Duration::from_secs(10);
    let now = ladder.now;
    ladder.ends[A].reset_streams(now, &[StreamId(1)]).unwrap();
    assert!(ladder.ends[A].poll_timeout().is_some_and(|at| at > now));
    ladder.exchange();
    assert_eq!(reset_events(&mut ladder, A), [[1]]);
}

/// RFC 6525 §5.1.2 and §5.2.2.
#[test]
fn a_reset_waits_for_the_data_before_it_and_begins_the_numbers_anew() {
    let mut ladder = Ladder::plain();
    for _ in 0..3 {
        ladder.say(A, 5, b"before");
    }
    ladder.ends[A].reset_streams(ladder.now, &[StreamId(5)]).unwrap();
    let data = ladder.packet(A);
    assert_eq!(names(&data), "DATA, DATA, DATA");
    assert_eq!(chunks(&data)[2].flags & 8, 8, "an answer is wanted at once (RFC 7053 §4)");
    ladder.deliver(Z, &data);
    let late =
        ladder.ends[A].send(ladder.now, StreamId(5), sctp::Ppid(51), "late".into(), SendOptions::default());
    assert_eq!(late.map_err(|unsent| unsent.error), Err(SendError::Resetting));
    assert_eq!(ladder.rung(Z), ["SACK"]);
    assert_eq!(ladder.rung(A), ["RE-CONFIG"]);
    assert_eq!(ladder.events(Z), [], "the messages before it are still to be taken");
    assert_eq!(ladder.heard(Z).len(), 3);
    assert_eq!(reset_events(&mut ladder, Z), [[5]]);
    assert_eq!(ladder.rung(Z), ["SACK, RE-CONFIG"]);
    assert_eq!(reset_events(&mut ladder, A), [[5]]);
    ladder.say(A, 5, b"after");
    let after = ladder.packet(A);
    assert_eq!(chunk(&after, 0).u16(6), 0, "its first sequence number");
    ladder.deliver(Z, &after);
    assert_eq!(ladder.heard(Z), [b"after"]);
}

/// RFC 6525 §5.1.1 and §5.2.1.
#[test]
fn a_lost_request_and_a_lost_answer_are_made_up_for() {
    let mut ladder = Ladder::plain();
    ladder.ends[A].reset_streams(ladder.now, &[StreamId(1), StreamId(2)]).unwrap();
    assert_eq!(ladder.lost(A), ["RE-CONFIG"]);
    ladder.wait(A);
    let again = ladder.packet(A);
    assert_eq!(names(&again), "RE-CONFIG");
    ladder.deliver(Z, &again);
    ladder.lost(Z);
    ladder.wait(A);
    let third = ladder.packet(A);
    assert_eq!(chunk(&third, 130).u32(4), chunk(&again, 130).u32(4), "the same request number");
    ladder.deliver(Z, &third);
    ladder.exchange();
    assert_eq!(reset_events(&mut ladder, A), [[1, 2]]);
    assert_eq!(reset_events(&mut ladder, Z), [[1, 2]], "carried out once");
}

/// RFC 6525 §5.2.2.
#[test]
fn a_reset_that_overtakes_data_is_in_progress_until_that_has_arrived() {
    let mut ladder = Ladder::plain();
    ladder.say(A, 7, b"in order");
    let data = ladder.packet(A);
    // A peer that asks before everything is acknowledged: the request names the data's TSN as the last one.
    let last = chunk(&data, 0).u32(0);
    let request =
        [&[0, 13, 0, 18][..], &last.to_be_bytes(), &0_u32.to_be_bytes(), &last.to_be_bytes(), &[0, 7]]
            .concat();
    ladder.deliver(Z, &packet(tag(&data), &[Chunk::new(130, 0, &request)]));
    let answer = chunk(&ladder.packet(Z), 130);
    assert_eq!((answer.u16(0), answer.u32(8)), (16, 6), "in progress");
    assert_eq!(ladder.events(Z), []);
    ladder.deliver(Z, &data);
    let answer = chunk(&ladder.packet(Z), 130);
    assert_eq!((answer.u16(0), answer.u32(8)), (16, 1), "performed");
    assert_eq!(ladder.heard(Z), [b"in order"]);
    assert_eq!(reset_events(&mut ladder, Z), [[7]]);
}

#[test]
fn both_directions_are_reset_independently_and_at_once() {
    let mut ladder = Ladder::plain();
    for end in [A, Z] {
        ladder.say(end, 4, b"before");
    }
    ladder.exchange();
    for end in &mut ladder.ends {
        end.receive().unwrap();
        end.reset_streams(ladder.now, &[StreamId(4)]).unwrap();
    }
    ladder.pass(200 * MS);
    ladder.exchange();
    for end in [A, Z] {
        let events = ladder.events(end);
        assert_eq!(events.len(), 2, "{events:?}");
        assert!(events.iter().any(|event| matches!(event, Event::ResetDone { .. })));
        assert!(events.iter().any(|event| matches!(event, Event::StreamsReset { .. })));
        ladder.say(end, 4, b"after");
    }
    ladder.exchange();
    assert_eq!((ladder.heard(A), ladder.heard(Z)), (vec![b"after".to_vec()], vec![b"after".to_vec()]));
}

/// RFC 6525 §5.1.1.
#[test]
fn requests_follow_one_another_and_a_repeated_wish_is_one() {
    let mut ladder = Ladder::plain();
    ladder.ends[A].reset_streams(ladder.now, &[StreamId(1), StreamId(1)]).unwrap();
    let first = ladder.packet(A);
    ladder.ends[A].reset_streams(ladder.now, &[StreamId(1), StreamId(2)]).unwrap();
    assert_eq!(ladder.lost(A), [""; 0], "one request at a time (RFC 6525 §5.1.1)");
    ladder.deliver(Z, &first);
    ladder.exchange();
    assert_eq!(reset_events(&mut ladder, A), [[1], [2]]);
    assert_eq!(reset_events(&mut ladder, Z), [[1], [2]]);
}

#[test]
fn more_streams_than_fit_a_packet_take_several_requests() {
    let mut config = Config::default();
    config.max_packet_size = 256;
    let mut ladder = Ladder::established(&config, &config);
    let wanted: Vec<StreamId> = (0..1000).map(StreamId).collect();
    ladder.ends[A].reset_streams(ladder.now, &wanted).unwrap();
    ladder.exchange();
    let mut done: Vec<u16> = reset_events(&mut ladder, A).concat();
    done.sort_unstable();
    assert_eq!(done, (0..1000).collect::<Vec<u16>>());
}

#[test]
fn a_reset_asked_for_before_the_association_is_up_follows_it() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.say(A, 3, b"only this");
    ladder.ends[A].reset_streams(ladder.now, &[StreamId(3)]).unwrap();
    for _ in 0..3 {
        ladder.exchange();
        ladder.pass(200 * MS);
    }
    assert_eq!(ladder.heard(Z), [b"only this"]);
    assert!(ladder.events(Z).iter().any(|event| matches!(event, Event::StreamsReset { .. })));
    assert!(ladder.events(A).iter().any(|event| matches!(event, Event::ResetDone { .. })));
}

#[test]
fn what_cannot_be_reset_is_refused() {
    let mut config = Config::default();
    config.outgoing_streams = 10;
    let mut ladder = Ladder::established(&config, &Config::default());
    assert_eq!(
        ladder.ends[A].reset_streams(ladder.now, &[StreamId(1), StreamId(10)]),
        Err(ResetError::NoSuchStream)
    );
    ladder.say(A, 1, b"still usable");
    ladder.ends[A].shutdown(ladder.now);
    assert_eq!(ladder.ends[A].reset_streams(ladder.now, &[StreamId(1)]), Err(ResetError::Closed));
}

/// A peer that does not announce RFC 6525 in its INIT.
#[test]
fn a_peer_without_stream_reset_is_known_and_waiting_wishes_fail() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[Z].reset_streams(ladder.now, &[StreamId(1)]).unwrap();
    ladder.ends[A].connect(ladder.now);
    let init = ladder.packet(A);
    let bare = Chunk::new(1, 0, &chunk(&init, 1).value[..16]);
    ladder.deliver(Z, &packet(0, &[bare]));
    ladder.rung(Z);
    ladder.exchange();
    assert_eq!(ladder.ends[Z].state(), State::Established);
    assert!(!ladder.ends[Z].peer_resets_streams());
    ladder.ends[Z].reset_streams(ladder.now, &[StreamId(2)]).unwrap();
    let events = ladder.events(Z);
    let refused = |event: &Event| match event {
        Event::ResetFailed { streams, failure: ResetFailure::NotSupported, .. } => streams.clone(),
        _ => Vec::new(),
    };
    assert_eq!(events.iter().flat_map(refused).collect::<Vec<_>>(), [StreamId(1), StreamId(2)]);
}

/// RFC 8831 §6.7, RFC 9260 §9.2: what was to be waited for may expire without ever being sent.
#[test]
fn a_reset_and_an_end_go_on_when_what_they_wait_for_is_dropped() {
    let brief = SendOptions::default().with_lifetime(50 * MS);
    for (step, expected) in [(0, "RE-CONFIG"), (1, "SHUTDOWN")] {
        let mut ladder = Ladder::warm();
        ladder.send(A, 3, b"too late", brief);
        match step {
            0 => ladder.ends[A].reset_streams(ladder.now, &[StreamId(3)]).unwrap(),
            _ => ladder.ends[A].shutdown(ladder.now),
        }
        ladder.now = ladder.now + 60 * MS;
        assert_eq!(ladder.rung(A), [expected]);
        ladder.exchange();
        assert!(ladder.heard(Z).is_empty());
    }
}

/// RFC 6525 §5.2.1: numbers that are neither the next nor the last one.
#[test]
fn requests_out_of_sequence_are_refused_and_change_nothing() {
    let mut ladder = Ladder::plain();
    ladder.ends[A].reset_streams(ladder.now, &[StreamId(1)]).unwrap();
    let honest = ladder.packet(A);
    let mut value = chunk(&honest, 130).value;
    let number = u32::from_be_bytes(value[4..8].try_into().unwrap()).wrapping_add(5);
    value[4..8].copy_from_slice(&number.to_be_bytes());
    ladder.deliver(Z, &packet(tag(&honest), &[Chunk::new(130, 0, &value)]));
    let answer = chunk(&ladder.packet(Z), 130);
    assert_eq!((answer.u32(4), answer.u32(8)), (number, 5), "bad sequence number");
    assert_eq!(ladder.events(Z), []);
    ladder.deliver(Z, &honest);
    ladder.exchange();
    assert_eq!(reset_events(&mut ladder, Z), [[1]]);
}
