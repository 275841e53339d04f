//! Local addresses that come and go: a device that changes its network (RFC 8445 §9).

use std::collections::BTreeSet;

use base::{Path, Protocol};
use ice::{Config, LocalAddressError, Role, State};
use stun::Attribute;

use crate::support::net::{A, B, HERE, Net, Single, THERE, address, raw};

/// Takes an address away from an agent, and from the network.
fn remove(net: &mut Net, who: usize, text: &str) {
    assert!(net.agents[who].remove_local_address(net.now, address(text), Protocol::Udp));
    net.owners.retain(|(owned, _)| *owned != address(text));
}

#[test]
fn another_pair_takes_over_when_the_address_of_the_chosen_one_is_gone() {
    // After a minute nobody has consented to the other pair for too long.
    for (who, after) in [(A, 0), (B, 0), (A, 60_000), (B, 60_000)] {
        let mut net = Net::new(20);
        for (owner, text) in
            [(A, "192.0.2.1:1000"), (A, "192.0.2.1:1001"), (B, "192.0.2.2:2000"), (B, "192.0.2.2:2001")]
        {
            net.add_address(owner, text);
        }
        net.agents[A].set_role(Role::Controlling);
        net.signal_all();
        assert!(net.run_until(5000, |n| n.both(State::Completed)));
        net.run(after);
        let gone = net.agents[who].send_path().unwrap().local.to_string();
        remove(&mut net, who, &gone);
        assert!(net.agents[who].pairs().all(|p| p.path.local != address(&gone)));
        // Who is not told finds out by consent.
        assert!(net.run_until(60_000, |n| n.both(State::Completed) && n.agree()), "{:?}", net.states());
        assert_ne!(net.agents[who].send_path().unwrap().local, address(&gone));
    }
}

/// It worked before the choice, and nobody has asked for consent on it since.
#[test]
fn a_pair_that_worked_once_is_checked_again_before_data_takes_it() {
    let mut single = Single::started(Role::Controlled);
    let other = address("192.0.2.1:1001");
    single.agent.add_local_address(single.now, other, Protocol::Udp).unwrap();
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let answer_for = |single: &mut Single, millis: u64| {
        let mut from = BTreeSet::new();
        for _ in 0..millis / 50 {
            for (path, check) in single.drain() {
                from.insert(path.local);
                let answer = raw::answer(&check, &path.local.to_string());
                let _ = single.agent.handle_input(single.now, path, &answer);
            }
            single.advance(50);
        }
        from
    };
    assert_eq!(answer_for(&mut single, 1000).len(), 2);
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    answer_for(&mut single, 60_000);
    assert!(single.agent.pairs().all(|p| p.valid));
    assert!(single.agent.remove_local_address(single.now, address(HERE), Protocol::Udp));
    assert_eq!((single.agent.send_path(), single.agent.state()), (None, State::Checking));
    assert!(answer_for(&mut single, 200).contains(&other));
    assert_eq!(single.agent.send_path(), Some(Path::udp(other, address(THERE))));
}

#[test]
fn a_restart_takes_the_connection_to_another_network() {
    let mut net = Net::connected(21);
    net.add_address(A, "198.51.100.1:1000");
    remove(&mut net, A, "192.0.2.1:1000");
    assert_eq!(net.agents[A].send_path(), None);
    assert_eq!(net.agents[A].state(), State::Checking, "the new address may reach the peer");
    net.agents[A].restart(net.now);
    net.signal_parameters(A, B);
    net.signal_parameters(B, A);
    net.signal_candidates(A, B);
    net.signal_candidates(B, A);
    assert!(net.run_until(2000, |n| n.both(State::Completed) && n.agree()), "{:?}", net.states());
    assert_eq!(net.agents[A].send_path().unwrap().local, address("198.51.100.1:1000"));
}

#[test]
fn without_any_address_nothing_works_until_there_is_one() {
    let mut net = Net::connected(22);
    net.run(60_000);
    remove(&mut net, A, "192.0.2.1:1000");
    assert_eq!((net.agents[A].send_path(), net.agents[A].state()), (None, State::Failed));
    net.run(5000);
    net.add_address(A, "192.0.2.1:1000");
    assert!(net.run_until(5000, |n| n.both(State::Completed) && n.agree()), "{:?}", net.states());
}

#[test]
fn nothing_leaves_from_an_address_that_is_gone_and_nothing_is_taken_at_it() {
    let mut single = Single::chosen();
    single.advance(6100);
    single.check_from(THERE, &[]).unwrap();
    let (here, now) = (address(HERE), single.now);
    assert!(!single.agent.remove_local_address(now, here, Protocol::Tcp));
    assert!(single.agent.remove_local_address(now, here, Protocol::Udp));
    assert!(!single.agent.remove_local_address(now, here, Protocol::Udp));
    assert!(single.drain_for(30_000).is_empty());
    assert_eq!(single.check_from(THERE, &[]), Err(ice::Discard::UnknownAddress));
    assert_eq!(single.agent.pairs().count() + single.agent.local_candidates().count(), 0);
    assert_eq!(single.agent.validated(Single::path(THERE)), None);
}

#[test]
fn a_thousand_addresses_may_follow_each_other() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    for port in 2000..3000 {
        let next = address(&format!("192.0.2.1:{port}"));
        let candidate = single.agent.add_local_address(single.now, next, Protocol::Udp).unwrap();
        assert_eq!(candidate.address, next);
        let priorities: BTreeSet<u32> = single.agent.local_candidates().map(|c| c.priority).collect();
        assert_eq!(priorities.len(), 2, "RFC 8445 §5.1.2.1: no two are alike");
        let before = if port == 2000 { address(HERE) } else { address(&format!("192.0.2.1:{}", port - 1)) };
        assert!(single.agent.remove_local_address(single.now, before, Protocol::Udp));
        assert!(single.agent.pairs().map(|p| p.path).eq([Path::udp(next, address(THERE))]));
    }
}

/// A peer that names another mapped address with each answer.
#[test]
fn what_the_peer_discovers_is_bounded_and_leaves_the_application_its_room() {
    let mut config = Config::default();
    config.max_local_candidates = 3;
    let mut single = Single::new(config, Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    for port in 1..=5 {
        let remote = format!("192.0.2.2:{port}");
        single.agent.add_remote_candidate(single.now, raw::candidate(&remote)).unwrap();
        let check = single.next_check(&remote);
        single.input(&remote, &raw::answer(&check, &format!("198.51.100.1:{port}"))).unwrap();
    }
    assert_eq!(single.agent.local_candidates().count(), 1 + 3);
    let mut add = |port| {
        let local = address(&format!("192.0.2.1:{port}"));
        single.agent.add_local_address(single.now, local, Protocol::Udp).map(|c| c.address.port())
    };
    assert_eq!((add(1), add(2), add(3)), (Ok(1), Ok(2), Err(LocalAddressError::TooMany)));
    // What no generation needs any more makes room again.
    for round in 0..5 {
        single.agent.restart(single.now);
        single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
        single.agent.add_local_address(single.now, address(HERE), Protocol::Udp).unwrap();
        single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
        let check = single.next_check(THERE);
        let mapped = format!("198.51.100.2:{round}9");
        single.input(THERE, &raw::answer(&check, &mapped)).unwrap();
        // Beside the first restart, the generation before it still needs what it has.
        let known = if round == 0 { address(HERE) } else { address(&mapped) };
        assert_eq!(single.agent.selected_pair().unwrap().local.address, known);
        single.advance(3500);
    }
}
