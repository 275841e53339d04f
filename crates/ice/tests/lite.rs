//! A lite agent (RFC 8445 §2.5) checks nothing, and so has to take the peer's word: what it does not take it for.

use base::Path;
use ice::{Config, PairId, PathProof, Role, State};
use stun::{Attribute, Message, MessageType};

use crate::support::net::{Single, THERE, raw};

const ELSEWHERE: &str = "192.0.2.2:2001";
const VICTIM: &str = "198.51.100.66:6";

/// A lite agent whose peer has chosen [`THERE`].
fn chosen() -> Single {
    let mut config = Config::default();
    config.lite = true;
    let mut single = Single::new(config, Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    let first = nomination(&single, 1);
    single.input(THERE, &first).unwrap();
    single.drain();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    single
}

/// The same, and data of the peer has come from there.
fn proven() -> Single {
    let mut single = chosen();
    let pair = pair_to(&single, THERE);
    single.agent.record_received(single.now, pair, 100);
    single
}

fn nomination(single: &Single, number: u64) -> Vec<u8> {
    let attributes = [Attribute::Priority(9), Attribute::IceControlling(1), Attribute::UseCandidate];
    raw::check(&single.agent, number, &attributes)
}

fn pair_to(single: &Single, remote: &str) -> PairId {
    single.agent.validated(Single::path(remote)).unwrap()
}

/// Sends data for as long as there is a path, ten million bytes at most. How much went to [`VICTIM`].
fn send_much(single: &mut Single) -> usize {
    let mut to_victim = 0;
    for _ in 0..10_000 {
        let Some(path) = single.agent.send_path() else { break };
        single.agent.record_sent(single.now, 1000);
        to_victim += if path == Single::path(VICTIM) { 1000 } else { 0 };
    }
    to_victim
}

#[test]
fn one_captured_check_takes_a_lite_agent_nowhere_however_old_it_is() {
    let mut single = proven();
    let captured = nomination(&single, 2);
    single.input(THERE, &captured).unwrap();
    for second in 0..60 {
        single.input(VICTIM, &captured).unwrap();
        assert_eq!(single.agent.send_path(), Some(Single::path(THERE)), "after {second} s");
        assert_eq!(single.agent.validated(Single::path(VICTIM)), None);
        if second % 5 == 0 {
            let alive = nomination(&single, 100 + second);
            single.input(THERE, &alive).unwrap();
        }
        single.drain_for(1000);
    }
    assert_eq!(single.agent.pairs().count(), 1);
}

#[test]
fn a_captured_check_does_not_keep_alive_what_the_peer_has_left() {
    let mut single = proven();
    let captured = nomination(&single, 2);
    single.input(THERE, &captured).unwrap();
    for _ in 0..31 {
        single.drain_for(1000);
        let _ = single.input(THERE, &captured);
    }
    assert_eq!((single.agent.send_path(), single.agent.state()), (None, State::Failed));
}

/// Whether the peer or somebody else nominates, only data can tell.
#[test]
fn a_path_that_lives_is_not_taken_by_a_nomination_before_data_has_come_by_the_other() {
    let mut single = proven();
    let moved = nomination(&single, 2);
    single.input(ELSEWHERE, &moved).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    single.advance(3000);
    let alive = nomination(&single, 3);
    single.input(THERE, &alive).unwrap();
    let again = nomination(&single, 4);
    single.input(ELSEWHERE, &again).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    let pair = pair_to(&single, ELSEWHERE);
    // The handshake of a stranger proves nothing.
    single.agent.record_unproven(single.now, pair, 200);
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    single.agent.record_received(single.now, pair, 100);
    assert_eq!(single.agent.send_path(), Some(Single::path(ELSEWHERE)));
}

/// The peer cannot speak there any more: its word is all that there is.
#[test]
fn a_path_that_is_silent_is_left_for_the_one_that_the_peer_nominates() {
    let mut single = proven();
    single.advance(3000);
    let moved = nomination(&single, 2);
    single.input(ELSEWHERE, &moved).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    single.drain_for(4100);
    assert_eq!(single.agent.send_path(), Some(Single::path(ELSEWHERE)));
    assert_eq!(single.agent.state(), State::Connected);
    // After that, also where the nomination comes while nobody speaks.
    single.drain_for(8000);
    let back = nomination(&single, 3);
    single.input(THERE, &back).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}

/// RFC 9000 §8.1 has the figure, for another protocol.
#[test]
fn an_address_that_proves_nothing_gets_little_from_a_lite_agent() {
    let mut single = chosen();
    let mut heard = 0;
    for number in 2..4 {
        let check = nomination(&single, number);
        heard += check.len();
        single.input(VICTIM, &check).unwrap();
        single.drain();
    }
    assert_eq!(single.agent.selected_pair().unwrap().path, Single::path(VICTIM));
    let mut sent = send_much(&mut single);
    // Copies of what came are nothing new.
    for _ in 0..100 {
        let copy = nomination(&single, 3);
        single.input(VICTIM, &copy).unwrap();
        single.drain_for(40);
        sent += send_much(&mut single);
    }
    assert!(sent <= 4096 + 3 * heard + 1000, "{sent} bytes for {heard}");
    assert_eq!(single.agent.send_path(), None, "no more goes there");
    // The peer is at home where it was.
    let home = nomination(&single, 9);
    single.input(THERE, &home).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
}

#[test]
fn a_handshake_gets_three_bytes_for_one_and_data_of_the_peer_opens_the_path() {
    let mut single = chosen();
    send_much(&mut single);
    assert_eq!(single.agent.send_path(), None);
    let pair = pair_to(&single, THERE);
    single.agent.record_unproven(single.now, pair, 1000);
    let path = single.agent.send_path();
    assert_eq!(path, Some(Single::path(THERE)));
    let mut sent = 0;
    while single.agent.send_path().is_some() {
        single.agent.record_sent(single.now, 1000);
        sent += 1000;
    }
    assert!((2000..=4000).contains(&sent), "{sent}");
    single.agent.record_received(single.now, pair, 50);
    for _ in 0..1000 {
        assert_eq!(single.agent.send_path(), path);
        single.agent.record_sent(single.now, 1000);
    }
}

/// Each check of the peer is outrun by a copy from elsewhere: data has told where the peer is.
#[test]
fn a_copy_that_is_always_faster_does_not_silence_the_peer_that_has_proved_itself() {
    let mut single = proven();
    for number in 2..60 {
        let check = nomination(&single, number);
        single.input(VICTIM, &check).unwrap();
        single.input(THERE, &check).unwrap();
        single.drain_for(2000);
        assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
        assert_eq!(single.agent.state(), State::Connected);
    }
}

/// Who shares a socket with another connection proves nothing about its path by checks.
#[test]
fn the_checks_at_a_lite_agent_count_as_answers_once_data_has_come() {
    let mut single = chosen();
    let proof = |single: &Single| single.agent.path_proof(Single::path(THERE));
    assert_eq!(proof(&single), Some(PathProof::Checked(single.now)));
    single.advance(1000);
    let pair = pair_to(&single, THERE);
    single.agent.record_unproven(single.now, pair, 100);
    assert!(matches!(proof(&single), Some(PathProof::Checked(_))));
    single.agent.record_received(single.now, pair, 100);
    assert_eq!(proof(&single), Some(PathProof::Answered(single.now)));
    single.advance(1000);
    let check = nomination(&single, 2);
    single.input(THERE, &check).unwrap();
    assert_eq!(proof(&single), Some(PathProof::Answered(single.now)));
    let since = single.now;
    single.advance(1000);
    single.input(THERE, &check).unwrap();
    assert_eq!(proof(&single), Some(PathProof::Answered(since)), "a copy is no answer");
}

#[test]
fn a_flood_of_nominations_at_a_lite_agent_is_answered_and_bounded() {
    let mut single = proven();
    for number in 2..10_000 {
        let remote = format!("198.51.{}.{}:6", number >> 8, number & 0xff);
        let check = nomination(&single, number);
        single.input(&remote, &check).unwrap();
        let sent = single.drain();
        assert!(sent.iter().all(|(path, bytes)| {
            let kind = Message::parse(bytes).unwrap().message_type();
            *path == Single::path(&remote) && kind == MessageType::BINDING_SUCCESS
        }));
    }
    assert!(single.agent.pairs().count() <= 33);
    assert!(single.agent.remote_candidates().count() <= 33);
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    let far: Path = Single::path("203.0.113.1:1");
    assert_eq!(single.agent.path_proof(far), None);
}
