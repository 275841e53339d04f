//! Checks with the right password from addresses at which nobody is: what they cost the peer that is somewhere.

use std::time::Duration;

use base::Path;
use ice::{CandidateKind, Role, State};
use stun::{Attribute, Message, MessageType};

use crate::support::net::{A, B, HERE, Net, Single, THERE, address, raw};

/// A hundred checks that `to` believes, each from another address.
fn forge(net: &mut Net, from: usize, to: usize) {
    let fragment = net.agents[from].local_parameters().username_fragment.clone();
    let claim = if to == A { Attribute::IceControlled(1) } else { Attribute::IceControlling(1) };
    let local = net.owners.iter().find(|(_, owner)| *owner == to).unwrap().0;
    for number in 0..100_u64 {
        let attributes = [Attribute::Priority(1_845_501_695), claim];
        let check = raw::check_by(&fragment, &net.agents[to], number, &attributes);
        let path = Path::udp(local, address(&format!("198.51.100.{}:6", number + 1)));
        net.agents[to].handle_input(net.now, path, &check).unwrap();
        net.collect(to);
    }
}

fn unsignalled() -> Net {
    let mut net = Net::new(1);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    net
}

#[test]
fn a_hundred_checks_from_forged_addresses_keep_no_candidate_out_that_is_signalled_after_them() {
    for late_parameters in [true, false] {
        let mut net = unsignalled();
        if !late_parameters {
            net.signal_parameters(A, B);
            net.signal_parameters(B, A);
        }
        forge(&mut net, A, B);
        forge(&mut net, B, A);
        net.signal_all();
        assert!(net.run_until(4000, |n| n.both(State::Completed)), "{:?}", net.states());
        assert!(net.agree());
    }
}

/// The peer is behind a NAT, so that only its checks reveal it.
#[test]
fn a_hundred_checks_from_forged_addresses_keep_no_peer_out_that_is_discovered_after_them() {
    let mut net = Net::new(2);
    net.nat.insert(address("10.0.0.1:1000"), address("203.0.113.1:4000"));
    net.add_address(A, "10.0.0.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    net.signal_parameters(A, B);
    net.signal_parameters(B, A);
    forge(&mut net, A, B);
    net.signal_all();
    assert!(net.run_until(4000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert_eq!(net.agents[B].selected_pair().unwrap().remote.kind, CandidateKind::PeerReflexive);
    assert!(net.agree());
}

#[test]
fn who_is_heard_and_never_answers_makes_room() {
    let mut single = Single::started(Role::Controlled);
    for port in 1..=40 {
        single.check_from(&format!("198.51.100.66:{port}"), &[]).unwrap();
        single.drain_for(100);
    }
    let known = |single: &Single, port: u16| {
        single.agent.validated(Single::path(&format!("198.51.100.66:{port}"))).is_some()
    };
    assert_eq!((single.agent.remote_candidates().count(), single.agent.pairs().count()), (32, 32));
    assert!((1..=8).all(|port| !known(&single, port)), "the oldest are gone");
    assert!((9..=40).all(|port| known(&single, port)));
    assert_eq!(single.agent.discards().remote_candidates, 8);
}

/// Whoever has answered stays, whatever comes after.
#[test]
fn who_has_answered_makes_no_room() {
    let mut single = Single::started(Role::Controlled);
    single.check_from(THERE, &[]).unwrap();
    single.validate(THERE);
    for port in 1..=200 {
        single.check_from(&format!("198.51.100.66:{port}"), &[]).unwrap();
        single.drain_for(20);
        assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    }
    assert_eq!(single.agent.pairs().count(), 32);
}

/// RFC 8445 §6.1.4.2 has triggered checks go first: here there is always one.
#[test]
fn a_flood_of_forged_checks_does_not_hold_up_the_checks_of_signalled_candidates() {
    let mut single = Single::started(Role::Controlled);
    for port in 1..=100 {
        single.check_from(&format!("198.51.100.66:{port}"), &[]).unwrap();
        single.drain();
    }
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let begun = single.now;
    let mut port = 1000;
    while single.agent.send_path().is_none() {
        assert!(single.now.since(begun) < Duration::from_millis(300));
        port += 1;
        single.check_from(&format!("198.51.100.66:{port}"), &[]).unwrap();
        single.advance(10);
        for (path, bytes) in single.drain() {
            let request = Message::parse(&bytes).unwrap().message_type() == MessageType::BINDING_REQUEST;
            if request && path == Single::path(THERE) {
                single.input(THERE, &raw::answer(&bytes, HERE)).unwrap();
            }
        }
    }
}
