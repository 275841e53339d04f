//! Data and acknowledgements that lie (RFC 9260 §6, RFC 3758).

use std::time::Duration;

use sctp::{CauseCode, Config, Discard, Event, Reason, StreamId};

use crate::support::hostile::{data, discarded, listening, tag_of_z};
use crate::support::ladder::{A, Chunk, Ladder, Z, chunk, packet, tag};

/// RFC 9260 §6.2.1.
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
    sent.iter().for_each(|packet| ladder.deliver(Z, packet));
    ladder.exchange();
    assert_eq!(ladder.heard(Z).len(), 3);
}

/// RFC 9260 §6.2.1, D iii: the receiver may drop what it acknowledged beyond a gap. What it has taken back when the
/// retransmission timer expires is sent again, and what it has not is not.
#[test]
fn what_an_acknowledgement_takes_back_is_sent_again_when_the_timer_expires() {
    let mut ladder = Ladder::plain();
    let right = tag_of_a(&mut ladder);
    (0..5).for_each(|_| ladder.say(A, 0, &[7; 1100]));
    let sent = ladder.packets(A);
    let before = chunk(&sent[0], 0).u32(0).wrapping_sub(1);
    ladder.deliver(A, &sack(right, before, &[(2, 5)]));
    ladder.deliver(A, &sack(right, before, &[(3, 3)]));
    assert_eq!(ladder.packets(A).len(), 0);
    ladder.wait(A);
    let mut again = Vec::new();
    for _ in 0..9 {
        let packets = ladder.packets(A);
        packets.iter().for_each(|packet| ladder.deliver(Z, packet));
        again.extend(packets.iter().map(|packet| chunk(packet, 0).u32(0).wrapping_sub(before)));
        ladder.rung(Z);
        ladder.pass(Duration::from_millis(200));
    }
    assert_eq!(again, [1, 2, 4, 5]);
}

/// The tag that packets towards A carry.
fn tag_of_a(ladder: &mut Ladder) -> u32 {
    ladder.say(Z, 0, b"x");
    let data = ladder.packet(Z);
    ladder.deliver(A, &data);
    ladder.exchange();
    ladder.heard(A);
    tag(&data)
}

/// A SACK with gap blocks.
fn sack(right: u32, cumulative: u32, gaps: &[(u16, u16)]) -> Vec<u8> {
    let mut value = [&cumulative.to_be_bytes()[..], &(1_u32 << 24).to_be_bytes()].concat();
    value.extend(u16::try_from(gaps.len()).unwrap().to_be_bytes());
    value.extend([0, 0]);
    gaps.iter().for_each(|(start, end)| value.extend([start.to_be_bytes(), end.to_be_bytes()].concat()));
    packet(right, &[Chunk::new(3, 0, &value)])
}

/// RFC 9260 §3.3.4.
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

/// RFC 9260 §6.9: beginnings without ends, ends without beginnings, and fragments that contradict each other.
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

/// RFC 3758 §3.6.
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

/// RFC 9260 §3.3.4: a packet may come over any path, so its chunks are not limited by what we would send.
#[test]
fn thousands_of_gap_blocks_and_a_storm_of_acknowledgements_cost_no_packet() {
    let (mut ladder, right) = {
        let mut ladder = Ladder::plain();
        ladder.say(Z, 0, b"x");
        let data = ladder.packet(Z);
        ladder.deliver(A, &data);
        ladder.exchange();
        (ladder, tag(&data))
    };
    (0..3).for_each(|_| ladder.say(A, 0, &[7; 1000]));
    let sent = ladder.packets(A);
    let before = chunk(&sent[0], 0).u32(0).wrapping_sub(1);
    let blocks: Vec<u8> = (0..5000_u16)
        .flat_map(|at| [(2 + 3 * at).to_be_bytes(), (3 + 3 * at).to_be_bytes()].concat())
        .collect();
    let value =
        [&before.to_be_bytes()[..], &100_000_u32.to_be_bytes(), &5000_u16.to_be_bytes(), &[0, 0], &blocks];
    ladder.deliver(A, &packet(right, &[Chunk::new(3, 0, &value.concat())]));
    let value = [&before.to_be_bytes()[..], &100_000_u32.to_be_bytes(), &[0; 4]].concat();
    let same = packet(right, &[Chunk::new(3, 0, &value)]);
    (0..10_000).for_each(|_| ladder.deliver(A, &same));
    assert_eq!(ladder.packets(A).len(), 0, "what nobody misses is not sent again");
    sent.iter().for_each(|packet| ladder.deliver(Z, packet));
    ladder.exchange();
    assert_eq!(ladder.heard(Z).len(), 3);
}

/// RFC 3758 §3.2.
#[test]
fn a_forward_tsn_with_a_thousand_streams_is_taken_and_remembered_only_for_those_that_exist() {
    let mut few = Config::default();
    few.incoming_streams = 8;
    let (mut ladder, right, next) = listening(&few);
    let entries: Vec<u8> = (0..1000_u16).flat_map(|stream| [stream.to_be_bytes(), [0, 0]].concat()).collect();
    let value = [&next.to_be_bytes()[..], &entries].concat();
    ladder.deliver(Z, &packet(right, &[Chunk::new(192, 0, &value)]));
    for stream in 0..8 {
        let tsn = next.wrapping_add(1 + u32::from(stream));
        ladder.deliver(Z, &packet(right, &[data(tsn, stream, 1, 3, b"goes on")]));
    }
    // On stream 1, the message with number 0 had been delivered before.
    assert_eq!(ladder.heard(Z).len(), 8);
}
