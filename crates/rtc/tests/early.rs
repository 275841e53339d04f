//! A remote that is faster than the signalling: its packets come before its answer does.

use core::time::Duration;

use rtc::{DataChannelInit, Discard, Event, PeerConnectionState};

use crate::support::pair::{self, Pair};

/// The answerer begins at once; its answer takes a while. The connection, how many datagrams went before the answer, and
/// how long it took from there.
fn with_a_slow_answer(seed: u64, takes: Duration) -> (Pair, usize, Duration) {
    let mut pair = Pair::new(seed);
    let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = pair.b.local_description().unwrap();
    pair.run_for(takes);
    let (before, answered_at) = (pair.trace.len(), pair.now);
    pair.a.set_remote_description(pair.now, &answer).unwrap();
    pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
    let took = pair.now.since(answered_at);
    (pair, before, took)
}

/// The answerer may begin before its answer is here: RFC 8445 §7.3, RFC 8842 §5.2.
#[test]
fn however_late_the_answer_is_the_connection_comes_up_soon_after_it() {
    for (seed, takes) in [(1, 1), (2, 15), (3, 100), (4, 700), (5, 3_000), (6, 20_000)] {
        let takes = Duration::from_millis(takes);
        let (_, _, after) = with_a_slow_answer(seed, takes);
        assert!(after < Duration::from_millis(200), "{takes:?}: {after:?} after the answer");
    }
}

/// It does not keep what comes before its answer: what the answerer has said then goes out again as soon as the peer shows
/// that it has it, and not when a timer of by now a second or more expires.
#[test]
fn a_peer_that_hears_nothing_before_its_answer_is_connected_after_the_fewest_round_trips() {
    for (seed, takes) in [(11, 1), (12, 15), (13, 100), (14, 700), (15, 3_000), (16, 20_000)] {
        let mut pair = Pair::new(seed);
        pair.unready_a = true;
        let chat = pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.a.set_local_description_due(pair.now).unwrap();
        pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
        pair.b.set_local_description_due(pair.now).unwrap();
        let answer = pair.b.local_description().unwrap();
        pair.run_for(Duration::from_millis(takes));
        let answered_at = pair.now;
        pair.a.set_remote_description(pair.now, &answer).unwrap();
        // What is sent at this moment comes too early.
        pair.run_for(Duration::from_nanos(1));
        pair.unready_a = false;
        pair.run_until("the channel opens", |pair| pair.log_a.contains(&Event::DataChannelOpen(chat)));
        // A check of the offerer, a ClientHello, a flight, another: DTLS is up. Two more for SCTP and the channel.
        let after = pair.now.since(answered_at);
        assert!(after <= pair::DELAY * 10, "{takes} ms: {after:?} after the answer");
    }
}

/// The ClientHello waits for the answer, which says who is the client; of its repetitions a few are kept.
/// RFC 8842 §5.2.
#[test]
fn early_hellos_are_kept_within_limits() {
    for (seed, takes, all) in [(7, 150, true), (8, 20_000, false)] {
        let (pair, before, _) = with_a_slow_answer(seed, Duration::from_millis(takes));
        let is_hello = |datagram: &&Vec<u8>| datagram[0] == 22 && datagram[13] == 1;
        let hellos = pair.trace[..before].iter().filter(is_hello).count();
        assert!(hellos >= 3, "{hellos}");
        assert_eq!(pair.a.discarded() == 0, all, "{} of {hellos}", pair.a.discarded());
    }
}

/// What starts like no protocol is dropped: RFC 7983 §7.
#[test]
fn early_checks_of_strangers_make_nobody_connect() {
    let mut pair = Pair::new(8);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    assert_eq!(
        from_a_stranger(&mut pair, &[0; 20]),
        Err(Discard::NoTransport),
        "before there is a description"
    );
    pair.a.set_local_description_due(pair.now).unwrap();
    for (first, reason) in [
        (0, Discard::Ice(ice::Discard::NotStun)),
        (1, Discard::Ice(ice::Discard::NotStun)),
        (4, Discard::UnknownProtocol),
        (19, Discard::UnknownProtocol),
        (20, Discard::UnvalidatedPath),
        (22, Discard::UnvalidatedPath),
        (63, Discard::UnvalidatedPath),
        (64, Discard::UnknownProtocol),
        (128, Discard::UnknownProtocol),
        (255, Discard::UnknownProtocol),
    ] {
        for len in [1, 13, 20, 100, 1500] {
            assert_eq!(from_a_stranger(&mut pair, &vec![first; len]), Err(reason), "{first}, {len} bytes");
        }
    }
    assert_eq!(from_a_stranger(&mut pair, &[]), Err(Discard::UnknownProtocol));
    assert_eq!(pair.a.discarded(), 52);
    pair.run_for(Duration::from_secs(1));
    assert!(pair.trace.is_empty(), "and nobody is answered");
    assert_ne!(pair.a.connection_state(), PeerConnectionState::Connected);
}

/// The record is good, and new; the path is one that ICE knows nothing of.
#[test]
fn a_record_of_the_peers_from_a_strange_path_is_not_taken() {
    let mut pair = Pair::new(9);
    let (_, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.trace.clear();
    pair.cut = true;
    pair.b.send(pair.now, theirs, "from where?").unwrap();
    pair.run_for(Duration::from_millis(1));
    let record = pair.trace.pop().unwrap();
    let received = pair.log_a.len();
    assert_eq!(from_a_stranger(&mut pair, &record), Err(Discard::UnvalidatedPath));
    assert!(pair.a.poll_event().is_none());
    let known = rtc::Path::udp(pair::address_a(), pair::address_b());
    pair.a.handle_input(pair.now, known, rtc::Ecn::NotEct, &mut record.clone()).unwrap();
    pair.run_for(Duration::from_millis(1));
    assert_eq!(pair.log_a.len(), received + 1, "and is taken where it belongs");
}

fn from_a_stranger(pair: &mut Pair, datagram: &[u8]) -> Result<(), Discard> {
    let path = rtc::Path::udp(pair::address_a(), "192.0.2.66:6".parse().unwrap());
    pair.a.handle_input(pair.now, path, rtc::Ecn::NotEct, &mut datagram.to_vec())
}
