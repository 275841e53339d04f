//! What a stranger, and what the peer itself, may send: nothing panics, nothing grows without bound, and what is
//! ignored changes a counter and nothing else.

use std::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sctp::{Config, Discard, Event, SendOptions, State, StreamId};

use crate::support::hostile::{data, discarded, listening, tag_of_z};
use crate::support::ladder::{A, Chunk, Ladder, Z, chunk, chunks, names, packet, seal, tag};

/// One packet of every kind that an association sends, towards a peer that takes it.
fn sample_packets() -> Vec<(Ladder, usize, Vec<u8>)> {
    let mut samples = Vec::new();
    for steps in 0..4 {
        let mut ladder = Ladder::new(&Config::default(), &Config::default());
        ladder.ends[A].connect(ladder.now);
        ladder.say(A, 0, b"data");
        for step in 0..steps {
            ladder.rung(step % 2);
        }
        let next = ladder.packet(steps % 2);
        samples.push((ladder, 1 - steps % 2, next));
    }
    type Action = fn(&mut Ladder);
    let actions: [Action; 5] = [
        |ladder| ladder.say(A, 0, &[7; 900]),
        |ladder| ladder.ends[A].reset_streams(ladder.now, &[StreamId(1), StreamId(2)]).unwrap(),
        |ladder| ladder.ends[A].shutdown(ladder.now),
        |ladder| ladder.ends[A].abort(ladder.now, "why"),
        |ladder| {
            ladder.send(A, 0, b"gone", SendOptions::default().with_max_retransmits(0));
            ladder.lost(A);
            ladder.wait(A);
        },
    ];
    for action in actions {
        let mut ladder = Ladder::plain();
        action(&mut ladder);
        let next = ladder.packet(A);
        samples.push((ladder, Z, next));
    }
    samples
}

/// RFC 9260 §3.2 and §6.8.
#[test]
fn every_truncation_is_ignored_whether_its_checksum_is_right_or_not() {
    for (mut ladder, to, bytes) in sample_packets() {
        let whole = chunks(&bytes);
        let boundaries: Vec<usize> = whole
            .iter()
            .scan(12, |at, chunk| {
                *at += (chunk.value.len() + 4).next_multiple_of(4);
                Some(*at)
            })
            .collect();
        for len in 0..bytes.len() {
            let cut = &bytes[..len];
            assert!(matches!(
                discarded(&mut ladder, to, cut),
                Discard::Truncated | Discard::BadChecksum | Discard::Malformed
            ));
            // A packet that ends where a chunk ends is a shorter packet, and padding may be missing at its end.
            if len >= 12 && !boundaries.iter().any(|at| at.wrapping_sub(len) < 4) {
                let mut cut = cut.to_vec();
                seal(&mut cut);
                let discard = discarded(&mut ladder, to, &cut);
                assert!(matches!(discard, Discard::Truncated | Discard::Malformed), "{len}: {discard:?}");
            }
        }
    }
}

/// RFC 9260 §6.8.
#[test]
fn no_flipped_bit_gets_past_the_checksum() {
    for (mut ladder, to, bytes) in sample_packets() {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(discarded(&mut ladder, to, &flipped), Discard::BadChecksum);
        }
    }
}

#[test]
fn flipped_bits_with_a_right_checksum_are_survived_and_bounded() {
    for (bits, sample) in
        (0..sample_packets().len()).map(|index| (sample_packets()[index].2.len() * 8, index))
    {
        for bit in (0..bits).step_by(7) {
            let (mut ladder, to, mut bytes) = sample_packets().swap_remove(sample);
            bytes[bit / 8] ^= 1 << (bit % 8);
            seal(&mut bytes);
            let _ = ladder.ends[to].handle_input(ladder.now, &bytes);
            assert!(ladder.packets(to).len() <= 8);
            assert!(ladder.messages(to).len() <= 1);
        }
    }
}

/// RFC 9260 §8.5: the tag is the only proof that a packet belongs here.
#[test]
fn a_wrong_tag_makes_any_packet_nothing() {
    let mut ladder = Ladder::plain();
    let right = tag_of_z(&mut ladder);
    let tsn = [0; 4];
    for kind in [0, 3, 4, 5, 6, 7, 8, 9, 11, 14, 130, 192] {
        let value: &[u8] = if kind == 7 || kind == 192 { &tsn } else { &[0; 12] };
        let value = if [8, 9, 11, 14].contains(&kind) { &[] } else { value };
        for wrong in [right ^ 1, right.swap_bytes(), 0] {
            for flags in [0, 1] {
                let forged = packet(wrong, &[Chunk::new(kind, flags, value)]);
                let discard = discarded(&mut ladder, Z, &forged);
                assert!(matches!(discard, Discard::WrongTag | Discard::Malformed), "{kind}: {discard:?}");
            }
        }
    }
    assert_eq!(ladder.packets(Z).len(), 0, "nobody is told");
    assert_eq!(ladder.events(Z), []);
}

/// RFC 9260 §8.3.
#[test]
fn heartbeats_are_answered_within_limits_and_foreign_answers_measure_nothing() {
    let (mut ladder, right, _) = listening(&Config::default());
    for number in 0..100_u8 {
        ladder.deliver(Z, &packet(right, &[Chunk::new(4, 0, &[0, 1, 0, 8, number, 0, 0, 0])]));
    }
    let answers: usize = ladder
        .packets(Z)
        .iter()
        .map(|packet| chunks(packet).iter().filter(|chunk| chunk.kind == 5).count())
        .sum();
    assert!((1..=4).contains(&answers), "{answers}");
    let before = ladder.ends[Z].stats().smoothed_round_trip_time;
    let value = [&[0, 1, 0, 20][..], &[9; 8], &[0; 8]].concat();
    ladder.deliver(Z, &packet(right, &[Chunk::new(5, 0, &value)]));
    assert_eq!(ladder.ends[Z].stats().smoothed_round_trip_time, before);
}

/// RFC 6525 §5.2.1.
#[test]
fn requests_to_reconfigure_that_are_malformed_or_unknown_are_ignored_or_denied() {
    let (mut ladder, right, next) = listening(&Config::default());
    for value in [
        &[0, 13, 0, 3][..],
        &[0, 13, 0, 16, 1, 2, 3, 4],
        &[0, 13, 0, 200, 0, 0, 0, 0],
        &[0, 16, 0, 8, 0, 0, 0, 0],
        &[],
    ] {
        let forged = packet(right, &[Chunk::new(130, 0, value)]);
        assert!(
            matches!(discarded(&mut ladder, Z, &forged), Discard::Malformed | Discard::Truncated),
            "{value:?}"
        );
    }
    // Add Outgoing Streams, which nobody needs here: denied, in its sequence.
    let number = next.wrapping_sub(1);
    let value = [&[0, 17, 0, 12][..], &number.to_be_bytes(), &[0, 5, 0, 0]].concat();
    ladder.deliver(Z, &packet(right, &[Chunk::new(130, 0, &value)]));
    let answer = chunk(&ladder.packet(Z), 130);
    assert_eq!((answer.u32(4), answer.u32(8)), (number, 2));
    assert_eq!(ladder.events(Z), []);
}

#[test]
fn what_does_not_fit_the_state_is_harmless() {
    // COOKIE ACK, SHUTDOWN ACK and SHUTDOWN COMPLETE out of season.
    let (mut ladder, right, _) = listening(&Config::default());
    for kind in [8, 11, 14] {
        ladder.deliver(Z, &packet(right, &[Chunk::new(kind, 0, &[])]));
        assert_eq!((ladder.ends[Z].state(), ladder.events(Z)), (State::Established, vec![]));
    }
    // Anything before there is an association: one ABORT each, to nobody's harm, and a few at most.
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    for _ in 0..50 {
        let _ = ladder.ends[Z].handle_input(ladder.now, &packet(9, &[data(1, 0, 0, 3, b"?")]));
    }
    let answers = ladder.packets(Z);
    assert!((1..=4).contains(&answers.len()));
    assert!(answers.iter().all(|answer| names(answer) == "ABORT" && tag(answer) == 9));
    for (kind, value) in [(6, &[][..]), (9, &[]), (11, &[]), (14, &[])] {
        assert_eq!(
            discarded(&mut ladder, Z, &packet(9, &[Chunk::new(kind, 1, value)])),
            Discard::OutOfTheBlue
        );
    }
}

#[test]
fn noise_behind_a_right_header_is_survived() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    for round in 0..300_u32 {
        let (mut ladder, right, next) = listening(&Config::default());
        for _ in 0..20 {
            let mut bytes = vec![0; 16 + usize::try_from(rng.next_u32() % 200).unwrap()];
            rng.fill_bytes(&mut bytes);
            bytes.splice(..8, packet(right, &[])[..8].to_vec());
            let kinds = [0, 3, 4, 5, 7, 9, 11, 130, 192, 10, 1, 2, 6, 8, 14, 200];
            bytes[12] = kinds[usize::try_from(round % 16).unwrap()];
            let len = u16::try_from(bytes.len() - 12).unwrap();
            bytes[14..16].copy_from_slice(&len.to_be_bytes());
            if round % 3 == 0 && bytes.len() >= 20 {
                bytes[16..20].copy_from_slice(&next.to_be_bytes());
            }
            seal(&mut bytes);
            let _ = ladder.ends[Z].handle_input(ladder.now, &bytes);
            ladder.lost(Z);
            ladder.heard(Z);
            assert!(
                ladder.ends[Z].stats().receive_window <= Config::default().receive_window,
                "round {round}"
            );
        }
        ladder.pass(Duration::from_secs(100));
        ladder.lost(Z);
    }
}

/// RFC 9260 §3.1 and §6.8.
#[test]
fn the_ports_and_a_checksum_of_zero_are_looked_at() {
    let (mut ladder, right, next) = listening(&Config::default());
    let good = packet(right, &[data(next, 0, 0, 3, b"good")]);
    for at in [1, 3] {
        let mut wrong = good.clone();
        wrong[at] ^= 1;
        seal(&mut wrong);
        assert_eq!(discarded(&mut ladder, Z, &wrong), Discard::WrongPorts);
    }
    let mut unsealed = good.clone();
    unsealed[8..12].fill(0);
    assert_eq!(discarded(&mut ladder, Z, &unsealed), Discard::BadChecksum);
    ladder.deliver(Z, &good);
    assert_eq!(ladder.heard(Z), [b"good"]);
}

/// RFC 9260 §3.3.6.
#[test]
fn a_heartbeat_that_fits_no_answer_gets_none() {
    let (mut ladder, right, _) = listening(&Config::default());
    let information = [&[0, 1, 0xea, 0x60][..], &[9; 59_996]].concat();
    ladder.deliver(Z, &packet(right, &[Chunk::new(4, 0, &information)]));
    assert!(ladder.packets(Z).iter().all(|answer| chunks(answer).iter().all(|chunk| chunk.kind != 5)));
}

/// RFC 9260 §3.3.10.
#[test]
fn an_error_is_never_answered_by_an_error() {
    let (mut ladder, right, _) = listening(&Config::default());
    for cause in [
        [0, 6, 0, 8, 0xfd, 0, 0, 4],
        [0, 1, 0, 8, 0, 9, 0, 0],
        [0x7f, 0xff, 0, 8, 1, 2, 3, 4],
        [0, 3, 0, 8, 0, 0, 0, 1],
    ] {
        for _ in 0..100 {
            ladder.deliver(Z, &packet(right, &[Chunk::new(9, 0, &cause)]));
        }
    }
    assert_eq!((ladder.packets(Z).len(), ladder.ends[Z].state()), (0, State::Established));
}

/// RFC 9260 §9.2 for every state that there is an association in.
#[test]
fn a_shutdown_in_any_state_ends_at_most_in_order() {
    type Action = fn(&mut Ladder);
    let states: [Action; 4] = [
        |_| {},
        |ladder| ladder.ends[Z].shutdown(ladder.now),
        |ladder| {
            ladder.say(Z, 0, b"unacknowledged");
            ladder.ends[Z].shutdown(ladder.now);
        },
        |ladder| {
            ladder.ends[Z].shutdown(ladder.now);
            ladder.lost(Z);
        },
    ];
    for action in states {
        let (mut ladder, right, next) = listening(&Config::default());
        action(&mut ladder);
        let shutdown = packet(right, &[Chunk::new(7, 0, &next.wrapping_sub(1).to_be_bytes())]);
        for _ in 0..50 {
            ladder.deliver(Z, &shutdown);
        }
        assert!(ladder.packets(Z).len() <= 4);
        assert_ne!(ladder.ends[Z].state(), State::Closed, "its peer has not said that it is complete");
    }
    for setup in 0..2 {
        let mut ladder = Ladder::new(&Config::default(), &Config::default());
        ladder.ends[A].connect(ladder.now);
        (0..setup * 2).for_each(|step| drop(ladder.rung(step % 2)));
        let state = ladder.ends[A].state();
        let _ = ladder.ends[A].handle_input(ladder.now, &packet(1, &[Chunk::new(7, 0, &[0; 4])]));
        assert_eq!(ladder.ends[A].state(), state);
    }
}

/// RFC 6525 §4.1 lists the pairs that a chunk may hold.
#[test]
fn odd_pairs_of_requests_reset_each_stream_at_most_once() {
    let (mut ladder, right, next) = listening(&Config::default());
    let number = next.wrapping_sub(1);
    let request = |number: u32, streams: &[u16]| {
        let len = u16::try_from(16 + 2 * streams.len()).unwrap();
        let mut bytes =
            [&[0, 13][..], &len.to_be_bytes(), &number.to_be_bytes(), &[0; 4], &number.to_be_bytes()]
                .concat();
        streams.iter().for_each(|stream| bytes.extend(stream.to_be_bytes()));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    // Twice the same kind, with the same number; an answer to what was never asked; all streams; streams beyond the last.
    let twice = [request(number, &[1, 1, 60_000]), request(number, &[1, 1, 60_000])].concat();
    let answer = [&[0, 16, 0, 12][..], &number.to_be_bytes(), &[0, 0, 0, 1]].concat();
    for value in [twice, answer, request(number.wrapping_add(1), &[])] {
        let _ = ladder.ends[Z].handle_input(ladder.now, &packet(right, &[Chunk::new(130, 0, &value)]));
    }
    let events = ladder.events(Z);
    assert!(events.iter().all(|event| matches!(event, Event::StreamsReset { .. })), "{events:?}");
    assert!(events.len() <= 2, "{events:?}");
    assert_eq!(ladder.ends[Z].state(), State::Established);
}
