//! Checks that come again: a peer repeats them until they are answered (RFC 8489 §6.2.1), and who has seen one can send it
//! again at any time, from any address. Its integrity tells neither from the other.

use base::Path;
use ice::{Event, PairId, PairState, Role, State};
use stun::{Attribute, Message, MessageType};

use crate::support::net::{HERE, Single, THERE, address, raw};

const ELSEWHERE: &str = "192.0.2.2:2001";
const FORGED: &str = "198.51.100.66:6";

/// An authentic check of a controlling peer.
fn check(single: &Single, number: u64, nominates: bool) -> Vec<u8> {
    let mut attributes = vec![Attribute::Priority(1_845_501_695), Attribute::IceControlling(1)];
    attributes.extend(nominates.then_some(Attribute::UseCandidate));
    raw::check(&single.agent, number, &attributes)
}

/// Two pairs that work, and a peer that has chosen first one, then the other. The first nomination, which somebody saw.
fn left() -> (Single, Vec<u8>) {
    let mut single = Single::started(Role::Controlled);
    for remote in [THERE, ELSEWHERE] {
        single.agent.add_remote_candidate(single.now, raw::candidate(remote)).unwrap();
    }
    single.validate(THERE);
    single.validate(ELSEWHERE);
    let old = check(&single, 1, true);
    single.input(THERE, &old).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    single.advance(100);
    let new = check(&single, 2, true);
    single.input(ELSEWHERE, &new).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(ELSEWHERE)));
    single.drain();
    (single, old)
}

fn pair_to(single: &Single, remote: &str) -> PairId {
    let path = Single::path(remote);
    single.agent.pairs().find(|pair| pair.path == path).unwrap().id
}

/// Lets the peer answer on the pair in use, for some seconds; whatever else goes out.
fn live(single: &mut Single, seconds: u64) -> Vec<(Path, Vec<u8>)> {
    let mut other = Vec::new();
    for _ in 0..seconds * 10 {
        for (path, bytes) in single.drain() {
            if path == Single::path(ELSEWHERE) {
                let _ = single.input(ELSEWHERE, &raw::answer(&bytes, HERE));
            } else {
                other.push((path, bytes));
            }
        }
        single.advance(100);
    }
    other
}

/// RFC 8445 §7.3.1.5: a nomination counts once.
#[test]
fn a_repeated_nomination_does_not_bring_back_the_path_that_the_peer_has_left() {
    let (mut single, old) = left();
    for _ in 0..20 {
        for remote in [THERE, FORGED] {
            single.input(remote, &old).unwrap();
        }
        assert_eq!(single.agent.send_path(), Some(Single::path(ELSEWHERE)));
        let sent = live(&mut single, 1);
        let kinds: Vec<_> = sent.iter().map(|(_, m)| Message::parse(m).unwrap().message_type()).collect();
        assert_eq!(kinds, [MessageType::BINDING_SUCCESS; 2], "answered, and nothing else");
    }
    assert_eq!(single.agent.send_path(), Some(Single::path(ELSEWHERE)));
    assert_eq!(single.agent.pairs().count(), 2);
}

#[test]
fn a_peer_may_come_back_by_a_new_nomination() {
    let (mut single, _) = left();
    for (number, remote) in [(3, THERE), (4, ELSEWHERE), (5, THERE)] {
        let new = check(&single, number, true);
        single.input(remote, &new).unwrap();
        assert_eq!(single.agent.send_path(), Some(Single::path(remote)));
        live(&mut single, 1);
    }
}

/// RFC 8489 §6.3.1: the answer may have been lost.
#[test]
fn a_repetition_on_its_path_is_answered_each_time() {
    let mut single = Single::started(Role::Controlled);
    let first = check(&single, 1, true);
    for _ in 0..5 {
        single.input(THERE, &first).unwrap();
        let (path, answer) = single.poll().unwrap();
        let answer = Message::parse(&answer).unwrap();
        assert_eq!((path, answer.message_type()), (Single::path(THERE), MessageType::BINDING_SUCCESS));
        assert_eq!(answer.transaction_id(), raw::id(1));
        single.advance(10);
    }
    single.validate(THERE);
    assert!(single.agent.selected_pair().unwrap().nominated, "its nomination counts");
}

#[test]
fn a_copy_from_elsewhere_of_a_check_on_a_pair_that_works_reveals_no_candidate() {
    let (mut single, old) = left();
    while single.agent.poll_event().is_some() {}
    let (candidates, pairs) = (single.agent.remote_candidates().count(), single.agent.pairs().count());
    for port in 1..=100 {
        single.input(&format!("198.51.100.66:{port}"), &old).unwrap();
        single.drain();
    }
    assert_eq!(single.agent.remote_candidates().count(), candidates);
    assert_eq!(single.agent.pairs().count(), pairs);
    assert!(single.agent.poll_event().is_none());
    let path = Single::path("198.51.100.66:7");
    assert_eq!((single.agent.validated(path), single.agent.path_proof(path)), (None, None));
    assert!(live(&mut single, 3).is_empty(), "and nobody is checked for it");
}

/// Somebody is faster than the peer with a copy of its check. Only an answer tells which is which.
#[test]
fn of_two_copies_of_one_nomination_the_pair_is_chosen_that_works() {
    for forged_first in [true, false] {
        let mut single = Single::started(Role::Controlled);
        let nomination = check(&single, 1, true);
        let order = if forged_first { [FORGED, THERE] } else { [THERE, FORGED] };
        order.into_iter().for_each(|remote| single.input(remote, &nomination).unwrap());
        single.validate(THERE);
        let selected = single.agent.selected_pair().unwrap();
        assert_eq!((selected.path, selected.nominated), (Single::path(THERE), true));
        for _ in 0..10 {
            single.input(FORGED, &nomination).unwrap();
            single.drain_for(100);
            assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
        }
        let forged = single.agent.pairs().find(|pair| pair.path == Single::path(FORGED)).unwrap();
        assert_ne!(forged.state, PairState::Succeeded);
    }
}

/// A few of them are: each one may be the peer's.
#[test]
fn a_check_that_comes_by_a_hundred_paths_is_believed_by_a_few() {
    let mut single = Single::started(Role::Controlled);
    let copy = check(&single, 1, false);
    for port in 1..=100 {
        single.input(&format!("198.51.100.66:{port}"), &copy).unwrap();
        single.drain();
    }
    assert_eq!(single.agent.pairs().count(), 5);
}

/// What a peer has sent for hours does not fit the memory: a copy that is older is told from news by what follows it.
#[test]
fn a_nomination_that_is_too_old_to_be_remembered_waits_for_data_of_the_peer() {
    let (mut single, old) = left();
    for number in 10..400 {
        let nomination = check(&single, number, true);
        single.input(ELSEWHERE, &nomination).unwrap();
        live(&mut single, 1);
    }
    single.input(THERE, &old).unwrap();
    let quiet = live(&mut single, 20);
    assert_eq!(quiet.len(), 1, "an answer, and no check");
    assert_eq!(single.agent.send_path(), Some(Single::path(ELSEWHERE)));
    // The peer itself goes on there with data.
    let there = pair_to(&single, THERE);
    single.agent.record_received(single.now, there, 100);
    single.validate(THERE);
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}

#[test]
fn a_copy_is_no_sign_of_life() {
    let mut single = Single::chosen();
    let seen = check(&single, 50, true);
    single.input(THERE, &seen).unwrap();
    assert_eq!(single.agent.state(), State::Connected);
    for _ in 0..8 {
        single.drain_for(1000);
        single.input(THERE, &seen).unwrap();
    }
    assert_eq!(single.agent.state(), State::Disconnected);
}

/// RFC 8445 §7.3.1.1: what the peer claimed before a conflict was settled, it claims no more.
#[test]
fn an_old_claim_of_a_role_changes_no_role() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let claim = Attribute::IceControlled(0);
    let early = raw::check(&single.agent, 1, &[Attribute::Priority(9), claim]);
    single.input(THERE, &early).unwrap();
    assert_eq!(single.agent.role(), Role::Controlling, "its tie-breaker is the smaller one");
    let settled =
        raw::check(&single.agent, 2, &[Attribute::Priority(9), Attribute::IceControlling(u64::MAX)]);
    single.input(THERE, &settled).unwrap();
    assert_eq!(single.agent.role(), Role::Controlled);
    while single.agent.poll_event().is_some() {}
    for remote in [THERE, FORGED] {
        single.input(remote, &early).unwrap();
        assert_eq!(single.agent.role(), Role::Controlled);
    }
    let told = core::iter::from_fn(|| single.agent.poll_event());
    assert!(!told.into_iter().any(|event| matches!(event, Event::RoleChange(_))));
    assert_eq!(address(THERE), single.agent.remote_candidates().next().unwrap().address);
}
