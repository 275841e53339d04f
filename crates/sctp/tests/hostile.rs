//! What a stranger, and what the peer itself, may send: nothing panics, nothing grows without bound, and what is
//! ignored changes a counter and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop"
)]

#[path = "support/ladder.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test uses a part of it")]
mod support;

use std::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sctp::{CauseCode, Config, Discard, Event, Reason, SendOptions, State, Stats, StreamId};
use support::{A, Chunk, Ladder, Z, association, chunk, chunks, names, packet, seal, tag};

/// What can be seen of an end from outside, but for the counter of what it ignored.
fn portrait(ladder: &Ladder, at: usize) -> (State, Stats, Option<base::Instant>) {
    let end = &ladder.ends[at];
    let mut stats = end.stats();
    stats.discards = sctp::DiscardCounts::default();
    (end.state(), stats, end.poll_timeout())
}

/// Hands over what is to be ignored, and checks that nothing has changed.
fn discarded(ladder: &mut Ladder, at: usize, bytes: &[u8]) -> Discard {
    let before = portrait(ladder, at);
    let discard = ladder.ends[at].handle_input(ladder.now, bytes).unwrap_err();
    assert_eq!(portrait(ladder, at), before, "{discard:?}");
    discard
}

/// The tag that packets towards Z carry.
fn tag_of_z(ladder: &mut Ladder) -> u32 {
    ladder.say(A, 0, b"x");
    let data = ladder.packet(A);
    ladder.deliver(Z, &data);
    ladder.exchange();
    ladder.heard(Z);
    ladder.pass(Duration::from_millis(200));
    ladder.exchange();
    tag(&data)
}

/// A DATA chunk.
fn data(tsn: u32, stream: u16, ssn: u16, flags: u8, payload: &[u8]) -> Chunk {
    let value =
        [&tsn.to_be_bytes()[..], &stream.to_be_bytes(), &ssn.to_be_bytes(), &51_u32.to_be_bytes(), payload]
            .concat();
    Chunk::new(0, flags, &value)
}

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
        |ladder| ladder.ends[A].reset_streams(&[StreamId(1), StreamId(2)]).unwrap(),
        |ladder| ladder.ends[A].shutdown(ladder.now),
        |ladder| ladder.ends[A].abort(ladder.now, "why"),
        |ladder| {
            ladder.send(A, 0, b"gone", SendOptions { max_retransmits: Some(0), ..SendOptions::default() });
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

/// RFC 9260 §8.5.1, A.
#[test]
fn an_init_with_a_tag_or_with_company_is_ignored() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let init = chunk(&ladder.packet(A), 1);
    assert_eq!(discarded(&mut ladder, Z, &packet(7, std::slice::from_ref(&init))), Discard::WrongTag);
    let bundled = packet(0, &[init, Chunk::new(11, 0, &[])]);
    assert_eq!(discarded(&mut ladder, Z, &bundled), Discard::Malformed);
}

#[test]
fn a_flood_of_inits_is_answered_a_few_times_and_remembered_never() {
    for established in [false, true] {
        let mut ladder =
            if established { Ladder::plain() } else { Ladder::new(&Config::default(), &Config::default()) };
        let before = portrait(&ladder, Z);
        for number in 1..1000_u32 {
            let value =
                [&number.to_be_bytes()[..], &[0, 1, 0, 0, 0, 9, 0, 9], &number.to_be_bytes()].concat();
            let _ = ladder.ends[Z].handle_input(ladder.now, &packet(0, &[Chunk::new(1, 0, &value)]));
        }
        assert!(ladder.packets(Z).len() <= 4);
        let after = portrait(&ladder, Z);
        assert_eq!((after.0, after.2), (before.0, before.2));
        assert_eq!(ladder.events(Z), []);
        if established {
            ladder.say(A, 0, b"undisturbed");
            ladder.exchange();
            assert_eq!(ladder.heard(Z), [b"undisturbed"]);
        }
    }
}

#[test]
fn an_init_that_asks_for_no_streams_or_has_no_tag_is_refused() {
    for (init_tag, out, inn, answer) in [(0_u32, 9_u16, 9_u16, None), (5, 0, 9, Some(7)), (5, 9, 0, Some(7))]
    {
        let mut ladder = Ladder::new(&Config::default(), &Config::default());
        let value =
            [&init_tag.to_be_bytes()[..], &[0, 1, 0, 0], &out.to_be_bytes(), &inn.to_be_bytes(), &[0; 4]]
                .concat();
        let init = packet(0, &[Chunk::new(1, 0, &value)]);
        match answer {
            None => assert_eq!(discarded(&mut ladder, Z, &init), Discard::Malformed),
            Some(cause) => {
                ladder.deliver(Z, &init);
                let abort = ladder.packet(Z);
                assert_eq!((tag(&abort), chunk(&abort, 6).u16(0)), (init_tag, cause));
            }
        }
        assert_eq!(ladder.ends[Z].state(), State::Closed);
    }
}

/// RFC 9260 §5.1.3: the cookie is authenticated as a whole.
#[test]
fn a_cookie_that_was_changed_or_made_by_another_is_nothing() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    let cookie = chunk(&echo, 10);
    for bit in 0..cookie.value.len() * 8 {
        let mut forged = cookie.clone();
        forged.value[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            discarded(&mut ladder, Z, &packet(tag(&echo), &[forged])),
            Discard::BadCookie,
            "bit {bit}"
        );
    }
    for len in 0..cookie.value.len() {
        let cut = Chunk::new(10, 0, &cookie.value[..len]);
        assert_eq!(discarded(&mut ladder, Z, &packet(tag(&echo), &[cut])), Discard::BadCookie);
    }
    assert_eq!(discarded(&mut ladder, Z, &packet(tag(&echo) ^ 1, &[cookie])), Discard::WrongTag);
    // The same generator's state, another association's key.
    ladder.ends[Z] = association(&Config::default(), 77);
    assert_eq!(discarded(&mut ladder, Z, &echo), Discard::BadCookie);
    assert_eq!(ladder.packets(Z).len(), 0);
}

#[test]
fn a_cookie_that_comes_again_changes_nothing_but_is_acknowledged() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    ladder.deliver(Z, &echo);
    ladder.exchange();
    ladder.say(A, 0, b"before");
    ladder.exchange();
    ladder.events(Z);
    for _ in 0..10 {
        ladder.deliver(Z, &echo);
    }
    assert_eq!(names(&ladder.packet(Z)).split(", ").next(), Some("COOKIE ACK"));
    assert_eq!((ladder.events(Z), ladder.ends[Z].state()), (vec![], State::Established));
    ladder.say(A, 0, b"after");
    ladder.exchange();
    assert_eq!(ladder.heard(Z).len(), 2);
}

/// An old cookie of an association that has since ended and begun anew must not bring the old one back.
#[test]
fn an_ended_association_stays_ended() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let init = ladder.packet(A);
    ladder.deliver(Z, &init);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    ladder.deliver(Z, &echo);
    ladder.exchange();
    ladder.ends[Z].abort(ladder.now, "over");
    ladder.lost(Z);
    for old in [&init, &echo] {
        assert_eq!(discarded(&mut ladder, Z, old), Discard::OutOfTheBlue);
    }
    assert_eq!(ladder.ends[Z].state(), State::Closed);
}

#[test]
fn acknowledgements_of_what_was_never_sent_are_ignored() {
    let mut ladder = Ladder::plain();
    let right = {
        ladder.say(Z, 0, b"x");
        let data = ladder.packet(Z);
        ladder.deliver(A, &data);
        tag(&data)
    };
    ladder.exchange();
    for _ in 0..3 {
        ladder.say(A, 0, &[7; 1100]);
    }
    let sent = ladder.packets(A);
    let first = chunk(&sent[0], 0).u32(0);
    let in_flight = ladder.ends[A].stats().in_flight;
    let sack = |cumulative: u32, gaps: &[(u16, u16)], duplicates: u16| {
        let mut value = [&cumulative.to_be_bytes()[..], &100_000_u32.to_be_bytes()].concat();
        value.extend(u16::try_from(gaps.len()).unwrap().to_be_bytes());
        value.extend(duplicates.to_be_bytes());
        gaps.iter().for_each(|(start, end)| value.extend([start.to_be_bytes(), end.to_be_bytes()].concat()));
        value.resize(value.len() + usize::from(duplicates) * 4, 0);
        packet(right, &[Chunk::new(3, 0, &value)])
    };
    let before = first.wrapping_sub(1);
    for forged in [
        sack(first.wrapping_add(3), &[], 0),
        sack(before.wrapping_sub(1000), &[], 0),
        sack(before.wrapping_add(1 << 31), &[], 0),
        sack(before, &[(5, 9)], 0),
        sack(before, &[(3, 2)], 0),
        sack(before, &[(0, 0), (0, 1)], 0),
        sack(before, &[(1, u16::MAX)], 0),
        sack(before, &[], 200),
    ] {
        ladder.deliver(A, &forged);
        assert_eq!(ladder.ends[A].stats().in_flight, in_flight);
        assert_eq!(ladder.packets(A).len(), 0);
    }
    // One that acknowledges, and then takes it back (RFC 9260 §6.2.1, C): nothing is lost by that.
    ladder.deliver(A, &sack(before, &[(2, 3)], 0));
    assert!(ladder.ends[A].stats().in_flight < in_flight);
    ladder.deliver(A, &sack(before, &[], 0));
    assert_eq!(ladder.ends[A].stats().in_flight, in_flight);
    sent.iter().for_each(|packet| ladder.deliver(Z, packet));
    ladder.exchange();
    assert_eq!(ladder.heard(Z).len(), 3);
}

#[test]
fn a_counted_length_in_a_sack_is_checked_before_anything_is_read() {
    let mut ladder = Ladder::plain();
    let right = tag_of_z(&mut ladder);
    for (gaps, duplicates) in [(1_u16, 0_u16), (u16::MAX, 0), (0, 1), (0, u16::MAX), (u16::MAX, u16::MAX)] {
        let value = [&[0; 8][..], &gaps.to_be_bytes(), &duplicates.to_be_bytes()].concat();
        let forged = packet(right, &[Chunk::new(3, 0, &value)]);
        assert!(matches!(discarded(&mut ladder, Z, &forged), Discard::Malformed | Discard::Truncated));
    }
}

/// RFC 9260 §6.2, §6.5 and §3.3.10.9: each wrong DATA has its own answer.
#[test]
fn wrong_data_is_refused_or_ends_the_association_as_the_rfc_says() {
    // Without user data.
    let (mut ladder, right, next) = listening(&Config::default());
    ladder.deliver(Z, &packet(right, &[data(next, 0, 0, 3, b"")]));
    let abort = chunk(&ladder.packet(Z), 6);
    assert_eq!((abort.u16(0), abort.u32(4)), (CauseCode::NO_USER_DATA.0, next));
    assert_eq!(ladder.events(Z), [Event::Closed(Reason::PeerError(CauseCode::NO_USER_DATA))]);

    // On a stream that does not exist: acknowledged, reported, not delivered.
    let mut few = Config::default();
    few.incoming_streams = 4;
    let (mut ladder, right, next) = listening(&few);
    ladder.deliver(Z, &packet(right, &[data(next, 4, 0, 3, b"nowhere")]));
    let answer = ladder.packet(Z);
    ladder.pass(Duration::from_millis(200));
    assert_eq!(chunk(&ladder.packet(Z), 3).u32(0), next);
    assert_eq!((chunk(&answer, 9).u16(0), chunk(&answer, 9).u16(4)), (CauseCode::INVALID_STREAM.0, 4));
    assert_eq!(ladder.heard(Z).len(), 0);
    ladder.deliver(Z, &packet(right, &[data(next.wrapping_add(1), 3, 0, 3, b"somewhere")]));
    assert_eq!(ladder.heard(Z), [b"somewhere"]);
}

/// Z after its first message, with the tag and the TSN that its next DATA carries.
fn listening(config: &Config) -> (Ladder, u32, u32) {
    let mut ladder = Ladder::established(&Config::default(), config);
    ladder.say(A, 1, b"first");
    let first = ladder.packet(A);
    ladder.deliver(Z, &first);
    ladder.heard(Z);
    ladder.lost(Z);
    (ladder, tag(&first), chunk(&first, 0).u32(0).wrapping_add(1))
}

#[test]
fn data_too_far_ahead_or_beyond_the_window_is_refused_and_takes_no_memory() {
    let mut small = Config::default();
    small.max_message_size = 10_000;
    small.receive_window = 20_000;
    let (mut ladder, right, next) = listening(&small);
    for ahead in [65_536, 1 << 20, (1 << 31) - 2] {
        ladder.deliver(Z, &packet(right, &[data(next.wrapping_add(ahead), 0, 0, 3, &[1; 1000])]));
    }
    assert_eq!(ladder.ends[Z].stats().refused, 3);
    // Beyond gaps, until the window is full.
    for at in 1..200_u32 {
        ladder.deliver(Z, &packet(right, &[data(next.wrapping_add(2 * at), 0, 0, 2, &[1; 1000])]));
        ladder.lost(Z);
    }
    let stats = ladder.ends[Z].stats();
    assert!(stats.refused > 170, "{stats:?}");
    assert_eq!(ladder.ends[Z].state(), State::Established);
}

/// Beginnings without ends, ends without beginnings, and fragments that contradict each other.
#[test]
fn fragments_that_make_no_message_make_none() {
    const BEGIN: u8 = 2;
    const END: u8 = 1;
    let (mut ladder, right, next) = listening(&Config::default());
    let mut tsn = next;
    let mut say = |ladder: &mut Ladder, stream, ssn, flags, payload: &[u8]| {
        ladder.deliver(Z, &packet(right, &[data(tsn, stream, ssn, flags, payload)]));
        tsn = tsn.wrapping_add(1);
    };
    say(&mut ladder, 0, 0, 0, b"middle");
    say(&mut ladder, 0, 0, END, b"end");
    say(&mut ladder, 0, 0, BEGIN, b"begin");
    say(&mut ladder, 0, 1, END, b"of another");
    say(&mut ladder, 2, 0, BEGIN, b"begin");
    say(&mut ladder, 2, 0, BEGIN, b"begin again");
    say(&mut ladder, 2, 0, 4, b"unordered now");
    say(&mut ladder, 3, 0, BEGIN | END, b"whole");
    assert_eq!(ladder.messages(Z).iter().map(|message| message.stream).collect::<Vec<_>>(), [StreamId(3)]);
    assert!(ladder.ends[Z].stats().dropped >= 4);
    let window = Config::default().receive_window;
    assert_eq!(ladder.ends[Z].stats().receive_window, window, "nothing is left behind");
}

#[test]
fn a_forward_tsn_goes_forward_only_and_not_too_far() {
    let (mut ladder, right, next) = listening(&Config::default());
    let forward = |tsn: u32, streams: &[(u16, u16)]| {
        let mut value = tsn.to_be_bytes().to_vec();
        streams.iter().for_each(|(id, ssn)| value.extend([id.to_be_bytes(), ssn.to_be_bytes()].concat()));
        packet(right, &[Chunk::new(192, 0, &value)])
    };
    for tsn in [next.wrapping_sub(5), next.wrapping_add(70_000), next.wrapping_add(1 << 31)] {
        ladder.deliver(Z, &forward(tsn, &[(0, 9), (1, 9)]));
    }
    ladder.deliver(Z, &packet(right, &[data(next, 0, 0, 3, b"still the next")]));
    assert_eq!(ladder.heard(Z), [b"still the next"]);
    // A stream that does not exist, one that comes twice, one whose number goes back.
    ladder.deliver(Z, &forward(next.wrapping_add(2), &[(65_535, 1), (0, 3), (0, 2), (0, 1)]));
    ladder.deliver(Z, &packet(right, &[data(next.wrapping_add(3), 0, 4, 3, b"four")]));
    assert_eq!(ladder.heard(Z), [b"four"]);
    let value = [&next.to_be_bytes()[..], &[0, 1]].concat();
    let odd = packet(right, &[Chunk::new(192, 0, &value)]);
    assert!(matches!(discarded(&mut ladder, Z, &odd), Discard::Malformed | Discard::Truncated));
}

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
