//! Life after the choice: consent (RFC 7675), silence, patience (RFC 8863), and quiet.

use base::Path;
use ice::{Discard, PairState, Role, State};
use stun::{Attribute, ErrorCode, Message, MessageType};

use crate::support::net::{A, B, HERE, Net, Single, THERE, address, raw};

fn cut(net: &mut Net) {
    net.filter = Some(Box::new(|_, _| false));
}

/// Each request goes out once, every five seconds or so: RFC 7675 §5.1.
#[test]
fn an_idle_connection_is_quiet_but_for_consent() {
    let mut net = Net::connected(1);
    net.run(1000);
    let (sent, wakes) = (net.sent.clone(), net.wakes);
    net.run(60_000);
    for who in [A, B] {
        // 10 to 15 checks in a minute, and as many answers.
        let sent = net.sent[who] - sent[who];
        assert!((20..=31).contains(&sent), "{sent} datagrams");
    }
    assert!(net.wakes - wakes <= 60, "{} wake-ups", net.wakes - wakes);
    assert!(net.both(State::Completed));
}

/// RFC 7675 §5.1.
#[test]
fn consent_is_asked_for_every_four_to_six_seconds_with_a_fresh_id() {
    let mut single = Single::chosen();
    let mut asked = Vec::new();
    for _ in 0..6000 {
        for (path, bytes) in single.drain() {
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((path, message.message_type()), (Single::path(THERE), MessageType::BINDING_REQUEST));
            asked.push((single.now.as_millis(), message.transaction_id()));
            single.input(THERE, &raw::answer(&bytes, HERE)).unwrap();
        }
        single.advance(10);
    }
    let pauses: Vec<_> = asked.windows(2).map(|w| w[1].0 - w[0].0).collect();
    assert!(pauses.iter().all(|p| (4000..=6010).contains(p)), "{pauses:?}");
    assert!(pauses.iter().max().unwrap() - pauses.iter().min().unwrap() > 100, "they vary: {pauses:?}");
    let mut ids: Vec<_> = asked.iter().map(|(_, id)| *id).collect();
    ids.dedup();
    assert_eq!(ids.len(), asked.len());
    let stats = single.agent.selected_pair().unwrap().stats;
    assert_eq!(stats.consent_requests_sent, u64::try_from(asked.len()).unwrap());
}

/// Consent lasts for 30 seconds: RFC 7675 §5.1.
#[test]
fn silence_disconnects_and_then_fails() {
    let mut net = Net::connected(2);
    net.run(3000);
    cut(&mut net);
    let start = net.now;
    assert!(net.run_until(15_000, |n| n.both(State::Disconnected)), "{:?}", net.states());
    let silent = net.now.since(start).as_secs();
    assert!((1..=7).contains(&silent), "{silent} s");
    assert!(net.agents[A].send_path().is_some(), "consent still holds");
    assert!(net.run_until(40_000, |n| n.both(State::Failed)));
    let silent = net.now.since(start).as_millis();
    assert!((24_000..=30_000).contains(&silent), "{silent} ms");
    for who in [A, B] {
        let connected = [State::Checking, State::Connected, State::Completed];
        assert_eq!(net.history(who), [&connected[..], &[State::Disconnected, State::Failed]].concat());
        assert_eq!(net.agents[who].send_path(), None);
        assert!(net.agents[who].pairs().all(|p| !p.valid));
    }
    let sent = net.sent.clone();
    net.run(600_000);
    assert_eq!(net.sent, sent, "a failed agent says nothing");
}

#[test]
fn a_passing_silence_does_no_harm() {
    let mut net = Net::connected(3);
    let path = net.agents[A].send_path();
    cut(&mut net);
    assert!(net.run_until(15_000, |n| n.both(State::Disconnected)));
    net.filter = None;
    assert!(net.run_until(7000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert_eq!(net.agents[A].send_path(), path);
    for who in [A, B] {
        assert_eq!(net.history(who)[3..], [State::Disconnected, State::Completed]);
    }
}

/// Only an authentic answer to a request renews consent: RFC 7675 §5.1.
#[test]
fn data_is_a_sign_of_life_but_no_consent() {
    let mut single = Single::chosen();
    let pair = single.agent.validated(Single::path(THERE)).unwrap();
    for _ in 0..280 {
        single.advance(100);
        single.drain();
        single.agent.record_received(single.now, pair, 1200);
        assert_ne!(single.agent.state(), State::Disconnected);
    }
    for _ in 0..30 {
        single.advance(100);
        single.agent.record_received(single.now, pair, 1200);
    }
    assert_eq!(single.agent.state(), State::Failed);
    assert_eq!(single.agent.send_path(), None);
}

#[test]
fn checks_of_the_peer_are_a_sign_of_life() {
    let mut single = Single::chosen();
    for _ in 0..9 {
        single.drain_for(3000);
        single.check_from(THERE, &[]).unwrap();
        assert_eq!(single.agent.state(), State::Connected);
    }
    single.drain_for(8000);
    assert_ne!(single.agent.state(), State::Connected);
}

/// RFC 7675 §5.1.
#[test]
fn lost_consent_does_not_come_back_with_the_same_credentials() {
    let mut single = Single::chosen();
    let late = loop {
        let sent = single.drain();
        if let Some((_, check)) = sent.last() {
            break check.clone();
        }
        single.advance(100);
    };
    single.drain_for(31_000);
    assert_eq!(single.agent.state(), State::Failed);
    assert_eq!(single.input(THERE, &raw::answer(&late, HERE)), Err(Discard::UnknownTransaction));
    single.check_from(THERE, &[Attribute::UseCandidate]).unwrap();
    let sent = single.drain_for(1000);
    let kinds: Vec<_> = sent.iter().map(|(_, m)| Message::parse(m).unwrap().message_type()).collect();
    assert_eq!(kinds, [MessageType::BINDING_SUCCESS], "answered, but not checked");
    assert_eq!((single.agent.send_path(), single.agent.state()), (None, State::Failed));
}

/// RFC 7675 §5.2.
#[test]
fn a_peer_may_revoke_consent_at_once() {
    let mut single = Single::chosen();
    single.advance(6100);
    let (_, check) = single.poll().unwrap();
    single.input(THERE, &raw::refusal(&check, ErrorCode::FORBIDDEN)).unwrap();
    assert_eq!((single.agent.send_path(), single.agent.state()), (None, State::Failed));
}

/// The checks time out (RFC 8445 §7.2.5.2.3); the search has failed (§7.2.5.4) only after RFC 8863 §4.
#[test]
fn an_agent_without_an_answer_is_patient_before_it_fails() {
    let mut net = Net::ready(4);
    cut(&mut net);
    let start = net.now;
    assert!(net.run_until(120_000, |n| n.both(State::Failed)));
    let waited = net.now.since(start).as_millis();
    assert!((39_500..=42_000).contains(&waited), "{waited} ms");
    for who in [A, B] {
        assert_eq!(net.history(who), [State::Checking, State::Failed]);
        assert!(net.agents[who].pairs().all(|p| p.state == PairState::Failed));
    }
}

/// RFC 8863 §4.
#[test]
fn an_agent_whose_checks_are_refused_waits_for_the_peer_to_check() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate("203.0.113.9:9")).unwrap();
    single.agent.end_of_remote_candidates(single.now);
    let check = single.next_check("203.0.113.9:9");
    single.input("203.0.113.9:9", &raw::refusal(&check, ErrorCode::UNAUTHENTICATED)).unwrap();
    single.drain_for(30_000);
    assert_eq!(single.agent.state(), State::Checking);
    single.check_from(THERE, &[]).unwrap();
    single.validate(THERE);
    assert_eq!(single.agent.state(), State::Connected);
}

/// The timer stands in for an end of candidates that nobody announces: RFC 8863 §5.
#[test]
fn a_late_candidate_gives_a_failed_search_another_chance() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate("203.0.113.9:9")).unwrap();
    single.drain_for(45_000);
    assert_eq!(single.agent.state(), State::Failed);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    assert_eq!(single.agent.state(), State::Checking);
    single.validate(THERE);
    assert_eq!(single.agent.state(), State::Connected);
}

/// RFC 8838 §8.
#[test]
fn no_candidate_at_all_is_a_failure_once_the_peer_has_no_more() {
    let mut single = Single::started(Role::Controlled);
    single.drain_for(45_000);
    assert_eq!(single.agent.state(), State::New);
    single.agent.end_of_remote_candidates(single.now);
    assert_eq!(single.agent.state(), State::Failed);
}

#[test]
fn traffic_is_counted_where_it_went() {
    let mut net = Net::connected(5);
    let path = net.agents[A].send_path().unwrap();
    let pair = net.agents[A].validated(path).unwrap();
    net.agents[A].record_sent(net.now, 100);
    net.agents[A].record_sent(net.now, 200);
    net.agents[A].record_received(net.now, pair, 50);
    assert_eq!(net.agents[A].validated(Path::udp(path.local, address("203.0.113.9:9"))), None);
    let stats = net.agents[A].selected_pair().unwrap().stats;
    assert_eq!((stats.packets_sent, stats.bytes_sent), (2, 300));
    assert_eq!((stats.packets_received, stats.bytes_received), (1, 50));
    assert_eq!(stats.last_packet_sent, Some(net.now));
    assert!(stats.requests_sent >= 1 && stats.responses_sent >= 1 && stats.round_trips >= 1);
}

/// RTCIceCandidatePairStats: requests are counted without their repetitions.
#[test]
fn a_repetition_is_no_further_request() {
    let mut single = Single::started(Role::Controlled);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let sent = single.drain_for(5000);
    assert!(sent.len() > 3, "{}", sent.len());
    assert_eq!(single.agent.pairs().next().unwrap().stats.requests_sent, 1);
}
