//! What is given up, and how the peer learns of it (RFC 3758), packet by packet.

use std::time::Duration;

use bytes::Bytes;
use sctp::{Config, Ppid, SendOptions, StreamId};

use crate::support::ladder::{A, Chunk, FULL, Ladder, MS, Z, chunk, chunks, names, numbers, packet, tag};
use crate::support::pair::{Faults, Pair};

/// RFC 3758 §3.5, by number of retransmissions (RFC 7496 §3.1).
#[test]
fn a_message_without_retransmissions_is_skipped_when_it_is_lost() {
    let mut ladder = Ladder::warm();
    let options = SendOptions::default().with_max_retransmits(0);
    let packets = ladder.numbered(5, options);
    for at in [0, 2, 3, 4] {
        ladder.deliver(Z, &packets[at]);
        ladder.rung(Z);
    }
    assert_eq!(numbers(&ladder.heard(Z)), [0], "in order: 2 waits for 1");
    let forward = ladder.packet(A);
    assert_eq!(names(&forward), "FORWARD TSN");
    let forwarded = chunk(&forward, 192);
    // Already acknowledged ones may follow in the same step; stream 0 and a sequence number are named.
    assert_eq!(forwarded.u16(4), 0);
    ladder.deliver(Z, &forward);
    assert_eq!(numbers(&ladder.heard(Z)), [2, 3, 4]);
    ladder.pass(200 * MS);
    ladder.exchange();
    let stats = ladder.ends[A].stats();
    assert_eq!((stats.abandoned, stats.retransmissions, stats.unacknowledged_chunks), (1, 0, 0));
}

/// RFC 7496 §3.1.
#[test]
fn a_message_is_sent_again_as_often_as_allowed_and_no_more() {
    let mut ladder = Ladder::warm();
    ladder.send(A, 0, &FULL, SendOptions::default().with_max_retransmits(2));
    assert_eq!(ladder.lost(A), ["DATA"]);
    for _ in 0..2 {
        ladder.wait(A);
        assert_eq!(ladder.lost(A), ["DATA"]);
    }
    ladder.wait(A);
    assert_eq!(ladder.lost(A), ["FORWARD TSN"]);
    // It is repeated as data would be.
    ladder.wait(A);
    assert_eq!(ladder.rung(A), ["FORWARD TSN"]);
    ladder.say(A, 0, b"next");
    ladder.exchange();
    assert_eq!(ladder.heard(Z), [b"next"]);
}

/// RFC 3758 §4, by lifetime: also for what was never sent.
#[test]
fn a_message_that_lives_too_long_is_dropped_from_the_queue_and_from_the_path() {
    let mut ladder = Ladder::warm();
    let options = SendOptions::default().with_lifetime(300 * MS);
    for number in 0..20 {
        let mut payload = FULL;
        payload[0] = number;
        ladder.send(A, 0, &payload, options);
    }
    let sent = ladder.lost(A).len();
    assert!(sent < 20, "the window holds some back");
    ladder.wait(A);
    assert_eq!(ladder.rung(A), ["FORWARD TSN"], "nothing is sent again");
    assert_eq!(ladder.ends[A].buffered_amount(StreamId(0)), 0);
    assert_eq!(ladder.ends[A].stats().abandoned, 20);
    ladder.say(A, 0, b"alive");
    ladder.exchange();
    assert_eq!(ladder.heard(Z), [b"alive"]);
}

/// RFC 3758 §3.5, A3.
#[test]
fn a_message_given_up_in_the_middle_leaves_nothing_behind() {
    let mut config = Config::default();
    config.initial_window_packets = 4;
    for unordered in [false, true] {
        let mut ladder = Ladder::established(&config, &Config::default());
        let options = SendOptions::default().with_unordered(unordered).with_max_retransmits(0);
        ladder.send(A, 0, &[1; 20_000], options);
        let packets = ladder.packets(A);
        assert_eq!(packets.len(), 4, "a part of it");
        // The second fragment is lost, and the sender learns that by its timer.
        for at in [0, 2, 3] {
            ladder.deliver(Z, &packets[at]);
            ladder.lost(Z);
        }
        ladder.wait(A);
        ladder.exchange();
        ladder.pass(3000 * MS);
        ladder.exchange();
        ladder.say(A, 0, b"next");
        ladder.exchange();
        assert_eq!(ladder.heard(Z), [b"next"]);
        assert_eq!(ladder.ends[Z].stats().receive_window, Config::default().receive_window);
        assert_eq!(ladder.ends[A].stats().buffered, 0);
    }
}

/// The FORWARD TSNs of a packet: the new cumulative TSN, and the streams with their sequence numbers.
fn forwards(packet: &[u8]) -> Vec<(u32, Vec<(u16, u16)>)> {
    let forward = |chunk: &Chunk| {
        let streams = (4..chunk.value.len()).step_by(4);
        (chunk.u32(0), streams.map(|at| (chunk.u16(at), chunk.u16(at + 2))).collect())
    };
    chunks(packet).iter().filter(|chunk| chunk.kind == 192).map(forward).collect()
}

/// Full packets of which every second one is lost, and their acknowledgements arrive.
fn every_second_lost(ladder: &mut Ladder, count: u8, options: SendOptions) -> Vec<Vec<u8>> {
    let packets = ladder.numbered(count, options);
    for packet in packets.iter().skip(1).step_by(2) {
        ladder.deliver(Z, packet);
        for acknowledgement in ladder.packets(Z) {
            ladder.deliver(A, &acknowledgement);
        }
    }
    packets
}

/// RFC 3758 §3.5, C2, where the messages between those that were given up may be lost as well.
#[test]
fn gaps_between_messages_that_may_be_lost_are_skipped_in_one_step() {
    let mut ladder = Ladder::warm();
    let options = SendOptions::default().with_unordered(true).with_max_retransmits(0);
    let packets = every_second_lost(&mut ladder, 8, options);
    assert_eq!(numbers(&ladder.heard(Z)), [1, 3, 5, 7]);
    ladder.wait(A);
    let last_lost = chunk(&packets[6], 0).u32(0);
    let forward = ladder.packet(A);
    assert_eq!(forwards(&forward), [(last_lost, vec![])]);
    ladder.deliver(Z, &forward);
    ladder.pass(200 * MS);
    ladder.exchange();
    assert_eq!(ladder.ends[A].stats().unacknowledged_chunks, 0);
}

/// RFC 3758 §3.6 makes ready what waits behind a loss, and some peers drop it where one FORWARD TSN skips a later loss
/// of the same stream: each loss has its own.
#[test]
fn what_waits_in_order_between_two_losses_is_made_ready_before_the_second_is_skipped() {
    let mut ladder = Ladder::warm();
    let options = SendOptions::default().with_max_retransmits(0);
    let packets = every_second_lost(&mut ladder, 6, options);
    assert!(ladder.heard(Z).is_empty());
    ladder.wait(A);
    let lost = [0, 2, 4].map(|at| (chunk(&packets[at], 0).u32(0), chunk(&packets[at], 0).u16(6)));
    let forward = ladder.packet(A);
    let [first, second, third] = &forwards(&forward)[..] else { panic!("{}", names(&forward)) };
    assert_eq!([&first.1, &second.1, &third.1], lost.map(|(_, ssn)| vec![(0, ssn)]).each_ref());
    assert!(first.0 < lost[1].0 && second.0 < lost[2].0, "each ends before the next loss");
    assert_eq!(third.0, lost[2].0);
    ladder.deliver(Z, &forward);
    assert_eq!(numbers(&ladder.heard(Z)), [1, 3, 5]);
}

/// RFC 9260 §6.2: the peer may still drop what only a gap block has acknowledged.
#[test]
fn a_reliable_message_is_never_skipped_even_if_a_gap_block_has_acknowledged_it() {
    let mut ladder = Ladder::warm();
    let limited = SendOptions::default().with_unordered(true).with_max_retransmits(0);
    let mut packets = Vec::new();
    for options in [limited, SendOptions::default(), limited] {
        ladder.send(A, 0, &FULL, options);
        packets.push(ladder.packet(A));
    }
    ladder.deliver(Z, &packets[1]);
    ladder.rung(Z);
    ladder.wait(A);
    for lost in [0, 2] {
        let forward = ladder.packet(A);
        assert_eq!(forwards(&forward), [(chunk(&packets[lost], 0).u32(0), vec![])]);
        ladder.deliver(Z, &forward);
        ladder.pass(200 * MS);
        ladder.rung(Z);
    }
    assert_eq!(ladder.ends[A].stats().unacknowledged_chunks, 0);
}

/// RFC 9260 §6.2: what the peer drops again although a gap block had acknowledged it is as good as lost.
#[test]
fn a_peer_that_takes_an_acknowledgement_back_does_not_stop_the_association() {
    let mut ladder = Ladder::warm();
    let packets = ladder.numbered(3, SendOptions::default().with_max_retransmits(0));
    ladder.deliver(Z, &packets[1]);
    ladder.rung(Z);
    ladder.wait(A);
    let first = chunk(&packets[0], 0).u32(0);
    let late = [&first.to_be_bytes()[..], &100_000_u32.to_be_bytes(), &[0; 4]].concat();
    ladder.say(Z, 0, b"to learn the tag");
    let to_a = tag(&ladder.packet(Z));
    ladder.deliver(A, &packet(to_a, &[Chunk::new(3, 0, &late)]));
    ladder.say(A, 5, b"the next word");
    let packets = ladder.packets(A);
    let said: Vec<Chunk> = packets.iter().flat_map(|packet| chunks(packet)).collect();
    let forward = said.iter().find(|chunk| chunk.kind == 192).expect("the peer is told to go on");
    assert_eq!(forward.u32(0), first.wrapping_add(2));
    assert!(said.iter().any(|chunk| chunk.kind == 0 && chunk.value.ends_with(b"the next word")));
}

/// RFC 3758 §4, TR2: a message is "normal" until its lifetime has expired, which it has not when it begins.
#[test]
fn a_message_with_no_time_to_live_is_sent_once() {
    let mut ladder = Ladder::warm();
    ladder.send(A, 0, b"now", SendOptions::default().with_lifetime(Duration::ZERO));
    assert_eq!(ladder.rung(A), ["DATA"]);
    assert_eq!(ladder.heard(Z), [b"now"]);
}

/// More messages are lost in a round trip than one FORWARD TSN could skip if it stopped at each that has arrived.
#[test]
fn a_path_that_loses_every_fifth_packet_does_not_fall_behind() {
    for unordered in [false, true] {
        let mut pair = Pair::connected(&[Config::default(), Config::default()], 7);
        pair.faults = Faults { loss: 200, ..Faults::default() };
        pair.delay = 100 * MS;
        let options = SendOptions::default().with_unordered(unordered).with_max_retransmits(0);
        let mut most = 0;
        for number in 0..2000_u32 {
            let payload = Bytes::copy_from_slice(&number.to_be_bytes());
            let association = &mut pair.ends[0].association;
            association.send(pair.now, StreamId(0), Ppid(51), payload, options).unwrap();
            pair.run(10 * MS);
            most = most.max(pair.ends[0].association.stats().unacknowledged_chunks);
        }
        pair.faults = Faults::default();
        pair.run(Duration::from_secs(5));
        let stats = pair.ends[0].association.stats();
        assert_eq!(stats.unacknowledged_chunks, 0);
        assert!(most < 400, "{most} chunks wait for an acknowledgement: seconds of sending");
        let arrived = pair.ends[1].messages.len() as u64;
        assert!(arrived + stats.abandoned >= 2000, "{arrived} arrived, {} were given up", stats.abandoned);
    }
}
