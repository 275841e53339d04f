//! The exchanges of the RFCs, one after the other.

use std::sync::mpsc;
use std::time::Duration;

use base::{Path, Protocol};
use ice::{CandidateKind, Config, Event, LocalCandidate, PairState, Role, State};
use stun::{Attribute, AttributeType, Class, Message, MessageType};

use crate::support::net::{A, B, HERE, Net, Single, THERE, address, raw};

/// What goes over the wire, as words: who receives it, what it is, and whether it nominates.
fn tap(net: &mut Net) -> mpsc::Receiver<String> {
    let (tx, rx) = mpsc::channel();
    net.filter = Some(Box::new(move |_, packet| {
        let message = Message::parse(&packet.bytes).unwrap();
        let word = match message.message_type().class {
            Class::Request => "check",
            Class::Success => "success",
            Class::Error => "error",
            Class::Indication => "indication",
        };
        let nominates = message.raw(AttributeType::USE_CANDIDATE).map_or("", |_| " USE-CANDIDATE");
        tx.send(format!("{} {word}{nominates}", ["to A:", "to B:"][packet.to])).unwrap();
        true
    }));
    rx
}

/// RFC 8445 §8.1.1 and §8.1.2.
#[test]
fn two_agents_connect_and_choose_one_pair() {
    let mut net = Net::ready(1);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert!(net.agree());
    for who in [A, B] {
        let pair = net.agents[who].selected_pair().unwrap();
        assert!(pair.nominated && pair.valid);
        assert_eq!(net.history(who), [State::Checking, State::Connected, State::Completed]);
    }
    assert_eq!(net.agents[A].role(), Role::Controlling);
    assert_eq!(net.agents[B].role(), Role::Controlled);
    assert_eq!(net.agents[A].rtt(), Some(Duration::from_millis(20)));
}

/// Each side's check takes the place of the one that it has sent already: the answer to that one still tells the time.
/// RFC 8445 §7.3.1.4.
#[test]
fn the_first_answer_measures_the_path_even_where_checks_have_crossed() {
    let mut net = Net::ready(1);
    for who in [A, B] {
        assert!(net.run_until(2000, |n| n.agents[who].send_path().is_some()));
        assert_eq!(net.agents[who].rtt(), Some(Duration::from_millis(20)));
    }
}

/// Checks are repeated after half a second: to which of them an answer belongs cannot be told on a longer path.
/// RFC 8489 §6.2.1.
#[test]
fn a_path_that_is_longer_than_the_rto_is_not_measured_but_bounded() {
    let mut net = Net::ready(1);
    net.delay = Duration::from_millis(600);
    assert!(net.run_until(5000, |n| n.agents[A].send_path().is_some()));
    assert_eq!(net.agents[A].rtt(), None);
    assert_eq!(net.agents[A].rtt_at_most(), Some(Duration::from_millis(1200)));
}

/// Figure 4: RFC 8445 §2.3.
#[test]
fn the_exchange_is_that_of_rfc_8445_section_2() {
    let mut net = Net::new(2);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    let wire = tap(&mut net);
    net.signal_parameters(B, A);
    net.signal_candidates(B, A);
    net.run(5);
    net.signal_parameters(A, B);
    net.run(200);
    let exchange: Vec<_> = wire.try_iter().collect();
    assert_eq!(
        exchange,
        [
            "to B: check",
            "to A: success",
            "to A: check",
            "to B: success",
            "to B: check USE-CANDIDATE",
            "to A: success",
        ]
        .map(String::from)
    );
    assert!(net.agree());
}

/// RFC 8445 §7.1.1, §7.1.3, §7.2.2 and §7.2.4.
#[test]
fn a_check_carries_what_rfc_8445_section_7_1_asks_for() {
    let mut single = Single::started(Role::Controlling);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let check = single.next_check(THERE);
    let message = Message::parse(&check).unwrap();
    let username = format!("{}:{}", raw::FRAGMENT, single.agent.local_parameters().username_fragment);
    assert_eq!(message.find(AttributeType::USERNAME), Some(Attribute::Username(&username)));
    let local = single.agent.local_candidates().next().unwrap().priority & 0xff_ffff;
    assert_eq!(message.find(AttributeType::PRIORITY), Some(Attribute::Priority(110 << 24 | local)));
    assert!(matches!(message.find(AttributeType::ICE_CONTROLLING), Some(Attribute::IceControlling(_))));
    assert!(message.find(AttributeType::ICE_CONTROLLED).is_none());
    assert!(message.find(AttributeType::USE_CANDIDATE).is_none() && message.has_fingerprint());
    let key = stun::Key::from_bytes(&crypto_rust::PROVIDER, raw::PASSWORD.as_bytes());
    assert_eq!(message.verify(&key), Ok(stun::Integrity::Sha1));
}

/// RFC 8489 §6.3.1.1 and §9.1.3.
#[test]
fn an_answer_tells_the_source_and_is_signed_as_the_check_was() {
    let mut single = Single::started(Role::Controlled);
    let parameters = single.agent.local_parameters().clone();
    let username = format!("{}:{}", parameters.username_fragment, raw::FRAGMENT);
    let key = stun::Key::from_bytes(&crypto_rust::PROVIDER, parameters.password.as_bytes());
    for integrity in [stun::Integrity::Sha1, stun::Integrity::Sha256] {
        let mut buffer = [0; 256];
        let request = MessageType::BINDING_REQUEST;
        let mut writer = stun::MessageWriter::new(&mut buffer, request, raw::id(9)).unwrap();
        writer.attribute(&Attribute::Username(&username)).unwrap();
        writer.attribute(&Attribute::Priority(5)).unwrap();
        writer.integrity(integrity, &key).unwrap();
        let len = writer.fingerprint().unwrap();
        single.input(THERE, &buffer[..len]).unwrap();
        let (path, answer) = single.poll().unwrap();
        let answer = Message::parse(&answer).unwrap();
        assert_eq!(path, Single::path(THERE));
        assert_eq!(answer.message_type(), MessageType::BINDING_SUCCESS);
        assert_eq!(answer.transaction_id(), raw::id(9));
        assert_eq!(answer.verify(&key), Ok(integrity));
        let mapped = answer.find(AttributeType::XOR_MAPPED_ADDRESS);
        assert_eq!(mapped, Some(Attribute::XorMappedAddress(address(THERE))));
        assert!(answer.find(AttributeType::USERNAME).is_none());
    }
}

/// RFC 8445 §7.2.5.3.1 (ours), §7.3.1.3 (theirs), §12.1 (the base).
#[test]
fn an_agent_behind_a_nat_is_discovered_and_sends_from_its_base() {
    let mut net = Net::new(3);
    net.nat.insert(address("10.0.0.1:1000"), address("198.51.100.1:4000"));
    net.add_address(A, "10.0.0.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    net.signal_all();
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    let a = net.agents[A].selected_pair().unwrap();
    assert_eq!(a.path, Path::udp(address("10.0.0.1:1000"), address("192.0.2.2:2000")));
    assert_eq!((a.local.kind, a.local.address), (CandidateKind::PeerReflexive, address("198.51.100.1:4000")));
    assert_eq!(a.local.related_address, Some(address("10.0.0.1:1000")));
    let b = net.agents[B].selected_pair().unwrap();
    assert_eq!(
        (b.remote.kind, b.remote.address),
        (CandidateKind::PeerReflexive, address("198.51.100.1:4000"))
    );
    assert_eq!(a.priority, b.priority);
    let seen =
        net.events[B].iter().any(|e| matches!(e, Event::PeerReflexiveCandidate(c) if **c == *b.remote));
    assert!(seen);
}

/// RFC 8445 §7.3.
#[test]
fn checks_that_come_before_the_answer_are_answered_and_remembered() {
    let mut net = Net::new(4);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    // B has A's offer; A has nothing of B yet, not even its name.
    net.signal_parameters(A, B);
    net.signal_candidates(A, B);
    let wire = tap(&mut net);
    net.run(300);
    let early: Vec<_> = wire.try_iter().collect();
    assert!(early.contains(&"to B: success".into()), "{early:?}");
    assert!(!early.contains(&"to B: check".into()), "{early:?}");
    assert_eq!(net.agents[A].state(), State::New);
    let path = Path::udp(address("192.0.2.1:1000"), address("192.0.2.2:2000"));
    assert!(net.agents[A].validated(path).is_some());
    assert_eq!(net.agents[A].send_path(), None);
    // The answer has parameters and no candidates: the one that was heard is enough.
    net.signal_parameters(B, A);
    assert!(net.run_until(500, Net::agree), "{:?}", net.states());
    let remote = net.agents[A].remote_candidates().next().unwrap().clone();
    assert_eq!(remote.kind, CandidateKind::PeerReflexive);
}

#[test]
fn an_early_stranger_is_forgotten_once_the_peer_has_a_name() {
    let mut single = Single::new(Config::default(), Role::Controlling);
    single.check_from("203.0.113.9:9", &[]).unwrap();
    assert_eq!(single.agent.remote_candidates().count(), 1);
    let other = ice::Parameters::new("else".into(), raw::PASSWORD.into());
    single.agent.set_remote_parameters(single.now, other).unwrap();
    assert_eq!(single.agent.remote_candidates().count(), 0);
    assert_eq!(single.agent.pairs().count(), 0);
}

/// Only the candidate's description is new (RFC 8445 §7.3.1.3); a pair with a result stays (RFC 8838 §11).
#[test]
fn a_discovered_candidate_that_is_signalled_later_keeps_its_pair() {
    let mut single = Single::started(Role::Controlled);
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    let check = single.next_check(THERE);
    single.advance(30);
    single.input(THERE, &raw::answer(&check, HERE)).unwrap();
    let before = single.agent.selected_pair().unwrap();
    let (id, rtt) = (before.id, before.stats.current_round_trip_time);
    assert!(before.nominated && before.remote.kind == CandidateKind::PeerReflexive && rtt.is_some());
    let signalled = raw::candidate(THERE);
    single.agent.add_remote_candidate(single.now, signalled.clone()).unwrap();
    let after = single.agent.selected_pair().unwrap();
    assert_eq!((after.id, after.nominated, after.state), (id, true, PairState::Succeeded));
    assert_eq!((after.remote, after.stats.current_round_trip_time), (&signalled, rtt));
    assert_eq!(single.agent.pairs().count(), 1);
}

/// A pair whose check is in flight stays: RFC 8838 §11.
#[test]
fn a_candidate_signalled_while_its_nomination_is_under_way_loses_nothing() {
    let mut single = Single::started(Role::Controlled);
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    let check = single.next_check(THERE);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    single.input(THERE, &raw::answer(&check, HERE)).unwrap();
    assert!(single.agent.selected_pair().is_some_and(|p| p.nominated));
}

/// RFC 8838 §7.
#[test]
fn candidates_may_trickle_in_long_after_the_parameters() {
    let mut net = Net::new(5);
    net.agents[A].set_role(Role::Controlling);
    net.signal_parameters(A, B);
    net.signal_parameters(B, A);
    net.run(3000);
    assert!(net.both(State::New));
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.signal_candidates(A, B);
    assert!(net.run_until(1000, |n| n.both(State::Connected)), "{:?}", net.states());
    net.run(1000);
    assert!(net.both(State::Connected), "B may still have candidates");
    net.signal_candidates(B, A);
    assert!(net.both(State::Completed));
}

#[test]
fn the_better_of_two_pairs_is_chosen_when_it_answers_in_time() {
    let mut net = Net::new(6);
    for (who, first, second) in
        [(A, "192.0.2.1:1000", "203.0.113.1:1000"), (B, "192.0.2.2:2000", "203.0.113.2:2000")]
    {
        net.add_address(who, first);
        net.add_address(who, second);
    }
    net.agents[A].set_role(Role::Controlling);
    net.signal_all();
    assert!(net.run_until(2000, |n| n.both(State::Completed)));
    let pair = net.agents[A].selected_pair().unwrap();
    let best = net.agents[A].pairs().map(|p| p.priority).max().unwrap();
    assert_eq!(pair.priority, best);
    assert!(net.agree());
}

#[test]
fn a_pair_that_does_not_answer_holds_up_the_choice_only_briefly() {
    let mut net = Net::new(7);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(A, "203.0.113.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    net.filter = Some(Box::new(|_, p| ![p.path.local, p.path.remote].contains(&address("192.0.2.1:1000"))));
    net.signal_all();
    assert!(net.run_until(600, |n| n.agents[A].selected_pair().is_some_and(|p| p.nominated)));
    assert_eq!(net.agents[A].send_path().unwrap().local, address("203.0.113.1:1000"));
}

/// RFC 8445 §6.1.2.2.
#[test]
fn only_addresses_of_one_family_and_scope_are_paired() {
    let mut single = Single::started(Role::Controlling);
    for local in ["[2001:db8::1]:1", "[fe80::1]:1", "127.0.0.1:1", "[::1]:1"] {
        single.agent.add_local_address(single.now, address(local), Protocol::Udp).unwrap();
    }
    for remote in ["192.0.2.2:2", "[2001:db8::2]:2", "[fe80::2]:2", "127.0.0.1:2", "[::1]:2"] {
        single.agent.add_remote_candidate(single.now, raw::candidate(remote)).unwrap();
    }
    let mut pairs: Vec<_> = single.agent.pairs().map(|p| (p.path.local, p.path.remote)).collect();
    pairs.sort();
    let mut expected = [
        (HERE, "192.0.2.2:2"),
        ("[2001:db8::1]:1", "[2001:db8::2]:2"),
        ("[fe80::1]:1", "[fe80::2]:2"),
        ("127.0.0.1:1", "127.0.0.1:2"),
        ("[::1]:1", "[::1]:2"),
    ]
    .map(|(l, r)| (address(l), address(r)));
    expected.sort();
    assert_eq!(pairs, expected);
}

/// RFC 8445 §6.1.2.4 and §5.1.2.2.
#[test]
fn reflexive_candidates_make_no_pairs_and_relayed_ones_come_last() {
    let mut single = Single::started(Role::Controlling);
    let of = |kind, at: &str| {
        let foundation = ice::Foundation::new("x").unwrap();
        ice::Candidate::new(foundation, kind, address(at), ice::priority(kind, 65_535, 1))
    };
    let srflx = LocalCandidate::new(of(CandidateKind::ServerReflexive, "198.51.100.1:1"), address(HERE));
    let relay = of(CandidateKind::Relayed, "198.51.100.9:9");
    single.agent.add_local_candidate(single.now, srflx).unwrap();
    single
        .agent
        .add_local_candidate(single.now, LocalCandidate::new(relay, address("198.51.100.9:9")))
        .unwrap();
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let mut pairs: Vec<_> = single.agent.pairs().map(|p| (p.priority, p.path.local)).collect();
    pairs.sort();
    let order: Vec<_> = pairs.into_iter().map(|(_, local)| local).collect();
    assert_eq!(order, [address("198.51.100.9:9"), address(HERE)]);
}

/// RFC 6544 §6.2.
#[test]
fn tcp_and_udp_do_not_mix() {
    let mut single = Single::started(Role::Controlling);
    single.agent.add_local_address(single.now, address(HERE), Protocol::Tcp).unwrap();
    let mut remote = raw::candidate(THERE);
    remote.protocol = Protocol::Tcp;
    remote.tcp_type = Some(ice::TcpType::Active);
    single.agent.add_remote_candidate(single.now, remote).unwrap();
    assert_eq!(single.agent.pairs().count(), 0, "a passive candidate waits for the peer");
    let mut path = Single::path("192.0.2.2:55555");
    path.protocol = Protocol::Tcp;
    let check = raw::check(&single.agent, 1, &[Attribute::Priority(9), Attribute::IceControlled(1)]);
    single.agent.handle_input(single.now, path, &check).unwrap();
    assert_eq!(single.agent.pairs().next().map(|p| p.path), Some(path));
}

/// RFC 8445 §6.1.2.6 and §7.2.5.3.3.
#[test]
fn frozen_pairs_wait_for_the_first_of_their_foundation() {
    let mut single = Single::started(Role::Controlled);
    for port in 1..=3 {
        single.agent.add_remote_candidate(single.now, raw::candidate(&format!("192.0.2.2:{port}"))).unwrap();
    }
    let states = |s: &Single| s.agent.pairs().map(|p| p.state).collect::<Vec<_>>();
    assert_eq!(states(&single), [PairState::Waiting, PairState::Frozen, PairState::Frozen]);
    single.validate("192.0.2.2:1");
    assert_eq!(states(&single), [PairState::Succeeded, PairState::Waiting, PairState::Waiting]);
}

/// RFC 8838 §12, rules 1 to 3.
#[test]
fn a_late_pair_waits_if_it_is_the_best_of_its_foundation_or_if_that_is_known_to_work() {
    let mut single = Single::started(Role::Controlled);
    let add = |single: &mut Single, port: u32, priority: u32| {
        let mut candidate = raw::candidate(&format!("192.0.2.2:{port}"));
        candidate.priority = priority;
        single.agent.add_remote_candidate(single.now, candidate).unwrap();
        single.agent.pairs().last().unwrap().state
    };
    assert_eq!(add(&mut single, 1, 500), PairState::Waiting);
    assert_eq!(add(&mut single, 2, 600), PairState::Waiting, "better than the first");
    assert_eq!(add(&mut single, 3, 400), PairState::Frozen);
    single.validate("192.0.2.2:2");
    assert_eq!(add(&mut single, 4, 300), PairState::Waiting, "its foundation works");
}

/// RFC 8445 §14.2 (the pace), §14.3 (the first repetition).
#[test]
fn new_checks_keep_the_pace() {
    let mut single = Single::started(Role::Controlled);
    for port in 1..=20_u8 {
        let mut candidate = raw::candidate(&format!("192.0.2.2:{port}"));
        candidate.foundation = ice::Foundation::new(&port.to_string()).unwrap();
        single.agent.add_remote_candidate(single.now, candidate).unwrap();
    }
    let mut at = Vec::new();
    for _ in 0..1200 {
        at.extend(single.drain().iter().map(|_| single.now.as_millis()));
        single.advance(1);
    }
    let first = &at[..20];
    assert!(first.windows(2).all(|w| w[1] - w[0] >= 50), "{first:?}");
    // With twenty checks at a pace of 50 ms, none is repeated before all have been sent once.
    let repeated = at.get(20).copied().unwrap_or(u64::MAX);
    assert!(repeated >= at[19], "{at:?}");
}

/// RFC 8445 §14.2: the higher of both values, and 50 ms for a peer that proposes none.
#[test]
fn the_longer_of_both_paces_holds() {
    let ms = Duration::from_millis;
    for (ours, theirs, pace) in [(20, None, 50), (20, Some(30), 30), (60, Some(20), 60), (20, Some(200), 200)]
    {
        let mut config = Config::default();
        config.pacing = ms(ours);
        let mut single = Single::new(config, Role::Controlled);
        theirs.into_iter().for_each(|theirs| single.agent.set_remote_pacing(ms(theirs)));
        single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
        for port in 1..=3_u8 {
            let mut candidate = raw::candidate(&format!("192.0.2.2:{port}"));
            candidate.foundation = ice::Foundation::new(&port.to_string()).unwrap();
            single.agent.add_remote_candidate(single.now, candidate).unwrap();
        }
        let mut at = Vec::new();
        while at.len() < 3 {
            at.extend(single.drain().iter().map(|_| single.now.as_millis()));
            single.advance(1);
        }
        assert!(at.windows(2).all(|w| w[1] - w[0] == pace), "{ours} and {theirs:?}: {at:?}");
    }
}

/// RFC 8445 §2.5 and §6.1.1.
#[test]
fn a_lite_agent_follows_and_never_checks() {
    let mut lite = Config::default();
    lite.lite = true;
    let mut net = Net::with([Config::default(), lite], 8);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    // Both believe that they are controlled: the peer of a lite agent is not.
    net.signal_all();
    assert_eq!((net.agents[A].role(), net.agents[B].role()), (Role::Controlling, Role::Controlled));
    let wire = tap(&mut net);
    assert!(net.run_until(2000, |n| n.both(State::Completed)), "{:?}", net.states());
    net.run(60_000);
    assert!(net.both(State::Completed) && net.agree());
    let wire: Vec<_> = wire.try_iter().collect();
    assert!(!wire.iter().any(|w| w.starts_with("to A: check")), "{wire:?}");
}

/// RFC 8445 §7.3.2.
#[test]
fn a_lite_agent_moves_with_every_nomination_whatever_the_priorities() {
    let mut config = Config::default();
    config.lite = true;
    let mut single = Single::new(config, Role::Controlling);
    assert_eq!(single.agent.role(), Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    single.check_from(THERE, &[]).unwrap();
    assert_eq!(single.agent.send_path(), None);
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path(THERE)));
    let low = [Attribute::Priority(1), Attribute::IceControlling(1), Attribute::UseCandidate];
    let check = raw::check(&single.agent, 99, &low);
    single.input("203.0.113.9:9", &check).unwrap();
    assert_eq!(single.agent.send_path(), Some(Single::path("203.0.113.9:9")));
    assert!(single.agent.validated(Single::path(THERE)).is_some());
}

/// RFC 8445 §11.
#[test]
fn a_lite_agent_keeps_the_binding_open_when_it_has_nothing_to_say() {
    let mut config = Config::default();
    config.lite = true;
    config.consent_timeout = Duration::from_secs(120);
    let mut single = Single::new(config, Role::Controlled);
    single.agent.set_remote_parameters(single.now, raw::parameters()).unwrap();
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    let sent = single.drain_for(31_000);
    let kinds: Vec<_> = sent.iter().map(|(_, m)| Message::parse(m).unwrap().message_type()).collect();
    let indication = MessageType::BINDING_INDICATION;
    assert_eq!(kinds, [MessageType::BINDING_SUCCESS, indication, indication]);
    single.agent.record_sent(single.now, 100);
    single.drain_for(14_000);
    assert!(single.drain().is_empty(), "data keeps it open, too");
}

/// WebRTC wants a full agent: RFC 8835 §3.4.
#[test]
fn two_lite_agents_refuse_each_other() {
    let mut config = Config::default();
    config.lite = true;
    let mut single = Single::new(config, Role::Controlled);
    let mut lite = raw::parameters();
    lite.lite = true;
    let refused = single.agent.set_remote_parameters(single.now, lite);
    assert_eq!(refused, Err(ice::ParametersError::BothLite));
}

/// Without a session there are no keepalives: RFC 8445 §11.
#[test]
fn a_closed_agent_is_silent() {
    let mut net = Net::connected(9);
    net.agents[A].close(net.now);
    assert_eq!(net.agents[A].state(), State::Closed);
    assert_eq!((net.agents[A].send_path(), net.agents[A].poll_timeout()), (None, None));
    let mut out = [0; ice::MAX_MESSAGE_LEN];
    assert!(net.agents[A].poll_transmit(net.now, &mut out).is_none());
    let path = Path::udp(address("192.0.2.1:1000"), address("192.0.2.2:2000"));
    assert_eq!(net.agents[A].validated(path), None);
    assert_eq!(net.agents[A].handle_input(net.now, path, &[]), Err(ice::Discard::Closed));
    net.run(60_000);
    assert_eq!(net.agents[B].state(), State::Failed);
    assert_eq!(net.history(A).last(), Some(&State::Closed));
}

/// RFC 8445 §7.2.5.3.4.
#[test]
fn a_chosen_pair_has_succeeded_though_a_check_of_it_was_still_queued() {
    let mut single = Single::started(Role::Controlling);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    single.validate(THERE);
    let nominating = single.next_check(THERE);
    assert!(Message::parse(&nominating).unwrap().raw(AttributeType::USE_CANDIDATE).is_some());
    single.check_from(THERE, &[]).unwrap();
    single.input(THERE, &raw::answer(&nominating, HERE)).unwrap();
    for _ in 0..100 {
        let pair = single.agent.selected_pair().unwrap();
        assert_eq!((pair.nominated, pair.state), (true, PairState::Succeeded));
        single.drain_for(100);
    }
}
