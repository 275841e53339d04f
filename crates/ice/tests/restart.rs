//! Restarts (RFC 8445 §9): a new generation beside the old one.

use ice::{CandidateError, Discard, Role, State};
use stun::{Attribute, MessageType};

use crate::support::net::{self, A, B, Net, Single, THERE, raw};

const ELSEWHERE: &str = "192.0.2.2:2001";

/// RFC 8445 §9 and §12.1; meanwhile consent is kept up by RFC 7675 §5.1. The states are those of webrtc-pc §5.6.2.
#[test]
fn data_keeps_its_path_until_the_new_generation_has_one() {
    let mut net = Net::connected(1);
    let old = net.agents[A].selected_pair().unwrap().id;
    let path = net.agents[A].send_path();
    let parameters = net.agents[A].local_parameters().clone();
    net.agents[A].restart(net.now);
    assert_ne!(net.agents[A].local_parameters(), &parameters);
    assert_eq!(net.agents[A].remote_parameters(), None);
    // The peer hears of it only later: the old generation is kept up on both sides.
    for _ in 0..40 {
        net.run(1000);
        assert_eq!(net.agents[A].send_path(), path);
        assert_eq!(net.states(), [State::Connected, State::Completed]);
    }
    net.signal_parameters(A, B);
    assert_eq!(net.agents[B].send_path().map(|p| p.remote), path.map(|p| p.local));
    net.signal_candidates(A, B);
    net.signal_parameters(B, A);
    net.signal_candidates(B, A);
    assert_eq!(net.agents[A].send_path(), path);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert_ne!(net.agents[A].selected_pair().unwrap().id, old);
    assert!(net.agree());
    net.run(5000);
    assert!(net.agents.iter().all(|a| a.pairs().count() == 1), "the old generation is gone");
    assert_eq!(net.agents[A].role(), Role::Controlling, "roles survive");
    for who in [A, B] {
        assert_eq!(net.history(who)[2..], [State::Completed, State::Connected, State::Completed]);
    }
}

/// Both change, name and password: RFC 8445 §9.
#[test]
fn a_restart_by_the_peer_changes_our_parameters_too() {
    let mut net = Net::connected(2);
    let before = net.agents[B].local_parameters().clone();
    net.agents[A].restart(net.now);
    net.signal_parameters(A, B);
    let after = net.agents[B].local_parameters().clone();
    assert!(before.username_fragment != after.username_fragment && before.password != after.password);
    net.signal_parameters(A, B);
    assert_eq!(net.agents[B].local_parameters(), &after, "the same parameters again are no restart");
}

#[test]
fn local_candidates_belong_to_the_generation_that_they_were_announced_in() {
    let mut net = Net::connected(3);
    net.agents[A].restart(net.now);
    assert_eq!(net.agents[A].local_candidates().count(), 0);
    net.announce(A);
    let fragment = net.agents[A].local_parameters().username_fragment.clone();
    assert!(net.agents[A].local_candidates().all(|c| c.username_fragment.as_ref() == Some(&fragment)));
    assert_eq!(net.agents[A].local_candidates().count(), 1);
}

/// A policy may have forbidden them since: RFC 9429 §3.5.3.
#[test]
fn an_address_that_is_not_announced_again_is_out_of_the_new_generation() {
    let mut net = Net::connected(12);
    let old = net.agents[A].selected_pair().unwrap().id;
    net.agents[A].restart(net.now);
    net.signal_parameters(A, B);
    net.signal_parameters(B, A);
    net.signal_candidates(B, A);
    net.agents[B].add_remote_candidate(net.now, raw::candidate(net::HERE)).unwrap();
    net.run(20_000);
    assert_eq!(net.agents[A].pairs().count(), 1, "nothing is checked from it");
    assert!(net.agents[A].discards().unknown_address > 0, "nor is a check to it answered");
    assert_eq!(net.agents[A].selected_pair().unwrap().id, old, "the old generation keeps its pair");
    net.announce(A);
    assert!(net.run_until(20_000, |n| n.agents[A].selected_pair().unwrap().id != old && n.agree()));
}

/// RFC 8838 §9.
#[test]
fn candidates_of_another_generation_are_refused() {
    let mut single = Single::started(Role::Controlled);
    let mut candidate = raw::candidate(THERE);
    candidate.username_fragment = Some("older".into());
    let refused = single.agent.add_remote_candidate(single.now, candidate.clone());
    assert_eq!(refused, Err(CandidateError::WrongGeneration));
    assert_eq!(single.agent.discards().remote_candidates, 1);
    candidate.username_fragment = Some(raw::FRAGMENT.into());
    single.agent.add_remote_candidate(single.now, candidate).unwrap();
}

#[test]
fn checks_of_the_old_generation_are_answered_with_the_old_password() {
    let mut single = Single::chosen();
    let old = raw::check(&single.agent, 70, &[Attribute::Priority(9), Attribute::IceControlling(1)]);
    single.agent.restart(single.now);
    single.input(THERE, &old).unwrap();
    let (_, answer) = single.poll().unwrap();
    let answer = stun::Message::parse(&answer).unwrap();
    assert_eq!(answer.message_type(), MessageType::BINDING_SUCCESS);
    // And one of the new generation with the new one.
    single.agent.add_local_address(single.now, net::address(net::HERE), base::Protocol::Udp).unwrap();
    let new =
        raw::check_by("newer", &single.agent, 71, &[Attribute::Priority(9), Attribute::IceControlling(1)]);
    let parameters = single.agent.local_parameters().clone();
    single.input(THERE, &new).unwrap();
    let (_, answer) = single.poll().unwrap();
    let key = stun::Key::from_bytes(&crypto_rust::PROVIDER, parameters.password.as_bytes());
    assert!(stun::Message::parse(&answer).unwrap().verify(&key).is_ok());
}

/// What Chromium sends between its offer and our answer: from its new candidates, with our old credentials.
#[test]
fn a_check_that_mixes_generations_is_not_answered() {
    let attributes = [Attribute::Priority(9), Attribute::IceControlling(1), Attribute::UseCandidate];
    let mut single = Single::chosen();
    let early = raw::check_by("newer", &single.agent, 72, &attributes);
    assert_eq!(
        single.input(ELSEWHERE, &early),
        Err(Discard::UnknownUsername),
        "before we know of the restart"
    );
    single.agent.restart(single.now);
    assert_eq!(single.input(ELSEWHERE, &early), Err(Discard::UnknownUsername), "before it knows of ours");
    let late = raw::check(&single.agent, 73, &attributes);
    assert_eq!(single.input(THERE, &late), Err(Discard::UnknownUsername), "our new and its old credentials");
    assert!(single.poll().is_none());
}

/// Consent comes back with new credentials: RFC 7675 §5.1.
#[test]
fn a_restart_heals_a_failed_connection() {
    let mut net = Net::connected(4);
    net.filter = Some(Box::new(|_, _| false));
    assert!(net.run_until(60_000, |n| n.both(State::Failed)));
    net.filter = None;
    net.agents[A].restart(net.now);
    assert_eq!(net.agents[A].state(), State::Failed, "nobody has answered yet");
    net.signal_parameters(A, B);
    net.signal_parameters(B, A);
    net.signal_candidates(A, B);
    net.signal_candidates(B, A);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert!(net.agree());
    assert_eq!(net.history(A)[4..], [State::Failed, State::Checking, State::Connected, State::Completed]);
}

/// RFC 7675 §5.1.
#[test]
fn consent_of_the_old_generation_is_kept_up_and_can_run_out() {
    let mut net = Net::connected(5);
    net.agents[A].restart(net.now);
    net.run(120_000);
    assert_eq!(net.states(), [State::Connected, State::Completed]);
    assert!(net.agree());
    net.filter = Some(Box::new(|_, _| false));
    net.run(35_000);
    assert_eq!(net.agents[A].send_path(), None);
    assert_eq!(net.agents[A].state(), State::Failed);
}

#[test]
fn an_unanswered_restart_can_be_taken_back() {
    let mut net = Net::connected(6);
    let parameters = net.agents[A].local_parameters().clone();
    let path = net.agents[A].send_path();
    net.agents[A].restart(net.now);
    net.run(3000);
    net.agents[A].restart(net.now);
    assert!(net.agents[A].undo_restart(net.now));
    assert_eq!(net.agents[A].local_parameters(), &parameters);
    assert!(!net.agents[A].undo_restart(net.now));
    net.run(60_000);
    assert_eq!(net.agents[A].send_path(), path);
    assert!(net.both(State::Completed));
}

/// RFC 8445 §9: a generation carries data until a later one has chosen a pair.
#[test]
fn a_second_restart_leaves_the_generation_alone_that_carries_data() {
    let mut net = Net::connected(9);
    let (old, path) = (net.agents[A].selected_pair().unwrap().id, net.agents[A].send_path());
    for _ in 0..2 {
        // Negotiated, but without a candidate nothing comes of it.
        net.agents[A].restart(net.now);
        net.signal_parameters(A, B);
        net.signal_parameters(B, A);
        net.run(20_000);
        assert_eq!(net.agents[A].send_path(), path);
    }
    net.agents[A].restart(net.now);
    assert!(!net.agents[A].undo_restart(net.now), "the generation before it carried nothing and is gone");
    net.run(60_000);
    assert_eq!(net.agents[A].selected_pair().unwrap().id, old);
    assert_eq!(net.agents[B].send_path().map(|p| p.local), path.map(|p| p.remote));
    net.signal_all();
    assert!(net.run_until(2000, |n| n.both(State::Completed) && n.agree()), "{:?}", net.states());
    assert_ne!(net.agents[A].selected_pair().unwrap().id, old);
}

/// RFC 8863 §4.
#[test]
fn a_restart_that_nobody_answers_fails_when_nothing_is_left_to_hope_for() {
    let mut net = Net::ready(10);
    net.filter = Some(Box::new(|_, _| false));
    net.run(5000);
    assert_eq!(net.agents[A].state(), State::Checking);
    net.agents[A].restart(net.now);
    net.run(39_000);
    assert_eq!(net.agents[A].state(), State::Checking);
    net.run(1000);
    assert_eq!(net.agents[A].state(), State::Failed);
    net.filter = None;
    net.signal_all();
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
}

/// Consent ends for a pair that works and was not chosen, too: RFC 7675 §5.1.
#[test]
fn a_restart_that_nobody_answers_does_not_stay_connected_without_a_pair() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    single.validate(THERE);
    assert_eq!(single.agent.state(), State::Connected);
    single.agent.restart(single.now);
    single.drain_for(31_000);
    assert_eq!((single.agent.send_path(), single.agent.state()), (None, State::Disconnected));
    single.drain_for(9000);
    assert_eq!(single.agent.state(), State::Failed);
}

#[test]
fn both_may_restart_at_once() {
    let mut net = Net::connected(7);
    net.agents[A].restart(net.now);
    net.agents[B].restart(net.now);
    net.signal_parameters(A, B);
    net.signal_parameters(B, A);
    net.signal_candidates(A, B);
    net.signal_candidates(B, A);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert!(net.agree());
}

#[test]
fn twenty_restarts_leave_nothing_behind() {
    let mut net = Net::connected(8);
    for round in 0..20 {
        let (first, second) = if round % 2 == 0 { (A, B) } else { (B, A) };
        net.agents[first].restart(net.now);
        net.signal_parameters(first, second);
        net.signal_candidates(first, second);
        net.signal_parameters(second, first);
        net.signal_candidates(second, first);
        assert!(net.run_until(3000, |n| n.both(State::Completed) && n.agree()), "round {round}");
    }
    net.run(10_000);
    for agent in &net.agents {
        assert_eq!((agent.pairs().count(), agent.local_candidates().count()), (1, 1));
    }
}

/// RFC 9429 §3.8.1 and §5.10: the offer went to both, and the one that answers later is the peer.
#[test]
fn another_peer_may_take_the_place_of_the_first_behind_the_same_local_parameters() {
    let mut net = Net::new(9);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    let ours = net.agents[A].local_parameters().clone();
    let mut first = raw::parameters();
    first.username_fragment.push_str("first");
    net.agents[A].set_remote_parameters(net.now, first.clone()).unwrap();
    net.agents[A].add_remote_candidate(net.now, raw::candidate(ELSEWHERE)).unwrap();
    net.run(200);
    assert_eq!(net.agents[A].pairs().count(), 1);
    let theirs = net.agents[B].local_parameters().clone();
    net.agents[A].replace_remote_parameters(net.now, theirs.clone()).unwrap();
    assert_eq!((net.agents[A].local_parameters(), net.agents[A].pairs().count()), (&ours, 0));
    net.signal_parameters(A, B);
    net.signal_candidates(A, B);
    net.signal_candidates(B, A);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    let before = net.agents[A].selected_pair().unwrap().id;
    net.agents[A].replace_remote_parameters(net.now, theirs).unwrap();
    assert_eq!(net.agents[A].selected_pair().unwrap().id, before, "the same peer is no other");
    assert!(net.agree());
}
