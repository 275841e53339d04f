//! Roles in conflict (RFC 8445 §7.3.1.1) and peers that nominate in their own way.

use ice::{Config, Event, Role, State};
use stun::{Attribute, AttributeType, ErrorCode, Message};

use crate::support::net::{A, B, HERE, Net, Single, THERE, agent, raw};

fn with_roles(a: Role, b: Role, seed: u64) -> Net {
    let mut net = Net::new(seed);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(a);
    net.agents[B].set_role(b);
    net.signal_all();
    net
}

/// RFC 8445 §7.3.1.1 and §7.2.5.1.
#[test]
fn two_agents_in_one_role_settle_and_connect() {
    // Seeds give both orders of the tie-breakers.
    for role in [Role::Controlling, Role::Controlled] {
        for seed in 0..20 {
            let mut net = with_roles(role, role, seed);
            assert!(net.run_until(5000, |n| n.both(State::Completed)), "{role:?} {seed} {:?}", net.states());
            assert_ne!(net.agents[A].role(), net.agents[B].role());
            assert!(net.agree());
            let flips = [A, B].map(|w| net.events[w].contains(&Event::RoleChange(role.opposite())));
            assert!(flips[A] != flips[B], "{flips:?}");
        }
    }
}

/// The tie-breaker that an agent claims, and what it answers to a claim of ours.
fn conflict(role: Role, offset: i64) -> (Role, Option<u16>) {
    let mut single = Single::started(role);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    let message = Message::parse(&check).unwrap();
    let kind = match role {
        Role::Controlling => AttributeType::ICE_CONTROLLING,
        Role::Controlled => AttributeType::ICE_CONTROLLED,
    };
    let tie_breaker = match message.find(kind) {
        Some(Attribute::IceControlling(t) | Attribute::IceControlled(t)) => t.wrapping_add_signed(offset),
        other => panic!("{other:?}"),
    };
    let claim = match role {
        Role::Controlling => Attribute::IceControlling(tie_breaker),
        Role::Controlled => Attribute::IceControlled(tie_breaker),
    };
    let request = raw::check(&single.agent, 1, &[Attribute::Priority(9), claim]);
    single.input(THERE, &request).unwrap();
    let (_, answer) = single.poll().unwrap();
    let answer = Message::parse(&answer).unwrap();
    let code = match answer.find(AttributeType::ERROR_CODE) {
        Some(Attribute::ErrorCode(code)) => Some(code.code()),
        _ => None,
    };
    (single.agent.role(), code)
}

/// RFC 8445 §7.3.1.1, with the code of §16.2.
#[test]
fn a_claim_is_judged_by_the_tie_breaker() {
    use Role::{Controlled, Controlling};
    assert_eq!(conflict(Controlling, -1), (Controlling, Some(487)));
    assert_eq!(conflict(Controlling, 0), (Controlling, Some(487)));
    assert_eq!(conflict(Controlling, 1), (Controlled, None));
    assert_eq!(conflict(Controlled, -1), (Controlling, None));
    assert_eq!(conflict(Controlled, 0), (Controlling, None));
    assert_eq!(conflict(Controlled, 1), (Controlled, Some(487)));
}

/// RFC 8445 §7.2.5.1; the priorities are those of §6.1.2.3.
#[test]
fn a_refused_check_goes_out_again_in_the_other_role_and_with_another_tie_breaker() {
    let mut single = Single::started(Role::Controlling);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let first = single.next_check(THERE);
    let priority = single.agent.pairs().next().unwrap().priority;
    single.input(THERE, &raw::refusal(&first, ErrorCode::ROLE_CONFLICT)).unwrap();
    assert_eq!(single.agent.role(), Role::Controlled);
    let second = single.next_check(THERE);
    let (first, second) = (Message::parse(&first).unwrap(), Message::parse(&second).unwrap());
    let before = first.raw(AttributeType::ICE_CONTROLLING).unwrap();
    let after = second.raw(AttributeType::ICE_CONTROLLED).unwrap();
    assert_ne!(before, after);
    assert!(second.raw(AttributeType::ICE_CONTROLLING).is_none());
    assert_ne!(first.transaction_id(), second.transaction_id());
    let recomputed = single.agent.pairs().next().unwrap().priority;
    assert_eq!(priority.abs_diff(recomputed), 1, "only the last bit knows who controls");
}

#[test]
fn a_connected_peer_that_flips_its_role_stays_connected() {
    for role in [Role::Controlling, Role::Controlled] {
        for seed in 0..10 {
            let mut net = Net::connected(seed);
            let path = net.agents[A].send_path();
            // After a second offer one side is sure that its role is the other one now.
            for who in [A, B] {
                net.agents[who].set_role(role);
            }
            for _ in 0..60 {
                net.run(1000);
                assert_eq!(net.agents[A].send_path(), path, "data goes on meanwhile");
                assert!(net.agree());
            }
            assert!(net.both(State::Completed));
            assert_ne!(net.agents[A].role(), net.agents[B].role());
            for who in [A, B] {
                assert!(net.agents[who].selected_pair().unwrap().nominated);
                assert!(!net.history(who).contains(&State::Disconnected), "{role:?} {seed}");
            }
        }
    }
}

/// RFC 8445 §7.3.1.1 and §8.1.1.
#[test]
fn an_agent_that_comes_to_control_nominates_what_it_has() {
    let mut single = Single::chosen();
    let check = raw::check(&single.agent, 50, &[Attribute::Priority(9), Attribute::IceControlled(0)]);
    single.input(THERE, &check).unwrap();
    assert_eq!(single.agent.role(), Role::Controlling);
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    let check = single.next_check(THERE);
    let message = Message::parse(&check).unwrap();
    assert!(message.raw(AttributeType::USE_CANDIDATE).is_some());
    single.input(THERE, &raw::answer(&check, HERE)).unwrap();
    assert!(single.agent.selected_pair().unwrap().nominated);
    assert!(single.drain_for(3000).iter().all(|(_, m)| *m != check), "it is answered, so it rests");
}

/// RFC 8445 §7.3.1.5.
#[test]
fn every_nomination_of_a_peer_is_followed() {
    let mut single = Single::started(Role::Controlled);
    for remote in ["192.0.2.2:1", "192.0.2.2:2", "192.0.2.2:3"] {
        single.check_from(remote, &[Attribute::UseCandidate]).unwrap();
        single.validate(remote);
        assert_eq!(single.agent.send_path(), Some(Single::path(remote)));
    }
    // The peer's round-trip times speak for the first one again.
    single.check_from("192.0.2.2:1", &[Attribute::UseCandidate]).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path("192.0.2.2:1")));
    assert_eq!(single.agent.pairs().filter(|p| p.nominated).count(), 1);
}

#[test]
fn of_two_nominations_under_way_the_later_one_counts() {
    let mut single = Single::started(Role::Controlled);
    let (first, second) = ("192.0.2.2:1", "192.0.2.2:2");
    single.check_from(first, &[Attribute::UseCandidate]).unwrap();
    single.check_from(second, &[Attribute::UseCandidate]).unwrap();
    let mut checks = Vec::new();
    for remote in [first, second] {
        checks.push((remote, single.next_check(remote)));
    }
    // The answers come in the other order.
    for (remote, check) in checks.iter().rev() {
        single.input(remote, &raw::answer(check, HERE)).unwrap();
    }
    assert_eq!(single.agent.send_path(), Some(Single::path(second)));
}

#[test]
fn a_renomination_by_counter_is_not_undone_by_an_older_one() {
    let mut config = Config::default();
    config.nomination_attribute = Some(AttributeType::NOMINATION);
    let mut single = Single::new(config, Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    let (first, second) = ("192.0.2.2:1", "192.0.2.2:2");
    for (remote, counter) in [(first, 1), (second, 2)] {
        single.check_from(remote, &[Attribute::UseCandidate, Attribute::Nomination(counter)]).unwrap();
        single.validate(remote);
    }
    single.check_from(first, &[Attribute::UseCandidate, Attribute::Nomination(1)]).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(second)));
    single.check_from(first, &[Attribute::UseCandidate, Attribute::Nomination(3)]).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(first)));
}

/// RFC 8445 §12.1 and §7.3.1.5.
#[test]
fn data_may_go_before_the_nomination_and_moves_to_it() {
    let mut single = Single::started(Role::Controlled);
    single.check_from("192.0.2.2:1", &[]).unwrap();
    single.validate("192.0.2.2:1");
    assert_eq!(single.agent.send_path(), Some(Single::path("192.0.2.2:1")));
    assert_eq!(single.agent.state(), State::Connected);
    single.check_from("192.0.2.2:2", &[Attribute::UseCandidate]).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path("192.0.2.2:1")), "not valid yet");
    single.validate("192.0.2.2:2");
    assert_eq!(single.agent.send_path(), Some(Single::path("192.0.2.2:2")));
}

/// RFC 8445 §7.3.1.5; what it chooses itself is nominated by §7.2.5.3.4.
#[test]
fn use_candidate_means_nothing_to_the_controlling_agent() {
    let mut single = Single::started(Role::Controlling);
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    single.validate(THERE);
    assert!(!single.agent.selected_pair().unwrap().nominated);
    single.validate(THERE);
    assert!(single.agent.selected_pair().unwrap().nominated);
}

/// RTCIceRole "unknown": webrtc-pc §5.6.3.
#[test]
fn a_role_is_unknown_until_signalling_or_the_peer_has_settled_it() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut single = agent(Config::default(), 1);
        assert_eq!(single.settled_role(), None);
        single.set_role(role);
        assert_eq!(single.settled_role(), Some(role));
    }
    let mut single = agent(Config::default(), 1);
    let mut lite = raw::parameters();
    lite.lite = true;
    single.set_remote_parameters(base::Instant::ZERO, lite).unwrap();
    assert_eq!(single.settled_role(), Some(Role::Controlling), "the peer of a lite agent");
}
