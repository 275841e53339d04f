//! A search ends, and a connection lives, whatever the peer refuses or flips.

use base::Path;
use ice::{PairState, Role, State};
use stun::{Attribute, Class, ErrorCode, Message, MessageType};

use crate::support::net::{HERE, Single, THERE, address, raw};

/// The address of a pair that works and is not chosen.
const SPARE: &str = "192.0.2.3:3000";

/// An agent with a chosen pair, and a spare one.
fn with_a_spare_pair() -> Single {
    let mut single = Single::started(Role::Controlled);
    for remote in [SPARE, THERE] {
        single.agent.add_remote_candidate(single.now, raw::candidate(remote)).unwrap();
        single.validate(remote);
    }
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    single
}

#[test]
fn a_storm_of_role_conflicts_ends() {
    let mut single = Single::started(Role::Controlling);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let mut checks = 0;
    for _ in 0..1000 {
        for (_, bytes) in single.drain() {
            checks += 1;
            single.input(THERE, &raw::refusal(&bytes, ErrorCode::ROLE_CONFLICT)).unwrap();
        }
        single.advance(20);
    }
    assert!((2..=6).contains(&checks), "{checks} checks");
    assert_eq!(single.agent.pairs().next().map(|p| p.state), Some(PairState::Failed));
}

#[test]
fn a_connected_pair_survives_a_peer_that_refuses_every_role() {
    let mut single = Single::chosen();
    let mut checks = 0;
    for _ in 0..1000 {
        for (_, bytes) in single.drain() {
            checks += 1;
            single.input(THERE, &raw::refusal(&bytes, ErrorCode::ROLE_CONFLICT)).unwrap();
        }
        single.advance(20);
        assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    }
    assert!(checks <= 15, "{checks} checks in 20 s");
}

/// The chosen pair falls silent, and the peer refuses every check of the other one, which worked before.
#[test]
fn a_spare_pair_that_is_refused_for_its_role_keeps_no_search_going() {
    let mut single = with_a_spare_pair();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    for _ in 0..6000 {
        for (path, bytes) in single.drain() {
            let is_request = Message::parse(&bytes).unwrap().message_type() == MessageType::BINDING_REQUEST;
            if path.remote == address(SPARE) && is_request {
                single.input(SPARE, &raw::refusal(&bytes, ErrorCode::ROLE_CONFLICT)).unwrap();
            }
        }
        single.advance(20);
    }
    let states: Vec<_> = single.agent.pairs().map(|p| p.state).collect();
    assert_eq!(single.agent.state(), State::Failed, "{states:?}");
}

/// Consent for a pair is gone for good; then the peer nominates it, so late that it may be an old nomination, and sends data
/// there.
#[test]
fn a_pair_without_consent_that_is_nominated_late_keeps_no_search_going() {
    let mut single = with_a_spare_pair();
    single.drain();
    single.advance(6100);
    let asks_there = |(path, _): &(Path, Vec<u8>)| path.remote == address(THERE);
    let (_, check) = single.drain().into_iter().find(asks_there).unwrap();
    single.input(THERE, &raw::refusal(&check, ErrorCode::FORBIDDEN)).unwrap();
    single.validate(SPARE);
    single.check_from(SPARE, &[Attribute::UseCandidate]).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(SPARE)));
    for _ in 0..300 {
        single.check_from(THERE, &[]).unwrap();
        single.drain();
    }
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    let there = single.agent.pairs().find(|pair| pair.path == Single::path(THERE)).unwrap().id;
    single.agent.record_received(single.now, there, 100);
    for _ in 0..6000 {
        for (path, bytes) in single.drain() {
            let is_request = Message::parse(&bytes).unwrap().message_type() == MessageType::BINDING_REQUEST;
            if path.remote == address(THERE) && is_request {
                let _ = single.input(THERE, &raw::answer(&bytes, HERE));
            }
        }
        single.advance(20);
    }
    let states: Vec<_> = single.agent.pairs().map(|p| p.state).collect();
    assert_eq!(single.agent.state(), State::Failed, "{states:?}");
}

#[test]
fn a_peer_that_flips_its_role_with_every_packet_costs_little() {
    let mut single = Single::chosen();
    let mut sent = 0;
    for i in 0..2000_u64 {
        let claim =
            if i % 2 == 0 { Attribute::IceControlled(0) } else { Attribute::IceControlling(u64::MAX) };
        let check =
            raw::check(&single.agent, 1000 + i, &[Attribute::Priority(9), claim, Attribute::UseCandidate]);
        single.input(THERE, &check).unwrap();
        let requests = single
            .drain()
            .into_iter()
            .filter(|(_, m)| Message::parse(m).unwrap().message_type().class == Class::Request);
        sent += requests.count();
        single.advance(5);
    }
    assert!(sent <= 220, "{sent} checks in 10 s");
    let events = (0..100_000).map_while(|_| single.agent.poll_event()).count();
    assert!(events < 20, "{events} events");
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}
