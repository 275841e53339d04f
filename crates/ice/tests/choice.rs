//! How long the choice of a pair takes a controlling agent (RFC 8445 §8.1.1): some peers begin only when nominated.

use std::time::Duration;

use ice::{Config, Role, State};
use stun::{AttributeType, Message};

use crate::support::net::{A, B, HERE, Net, Single, THERE, raw};

/// When B has been nominated, in milliseconds after both sides know each other; `addresses` of A. B checks all of them
/// almost at once, as many do, and before its answer is there.
fn nominated_after(addresses: usize, delay: Duration, config: Config) -> u64 {
    let mut hasty = Config::default();
    hasty.pacing = Duration::from_millis(5);
    let mut net = Net::with([config, hasty], 3);
    net.agents[B].set_remote_pacing(Duration::from_millis(5));
    net.delay = delay;
    for number in 0..addresses {
        net.add_address(A, &format!("192.0.2.{}:1000", number + 1));
    }
    net.add_address(B, "198.51.100.1:2000");
    net.agents[A].set_role(Role::Controlling);
    net.signal_parameters(A, B);
    net.signal_candidates(A, B);
    net.run(250);
    let begun = net.now;
    net.signal_parameters(B, A);
    net.signal_candidates(B, A);
    assert!(net.run_until(5000, |n| n.agents[B].selected_pair().is_some_and(|p| p.nominated)));
    net.now.since(begun).as_millis().try_into().unwrap()
}

/// One new check goes out every 50 ms (RFC 8445 §14.2): the first, and the one that nominates.
#[test]
fn the_choice_takes_as_long_with_ten_addresses_as_with_one() {
    let times = [1, 2, 3, 5, 10].map(|n| nominated_after(n, Duration::from_millis(1), Config::default()));
    assert!(times.iter().all(|time| *time <= 55), "{times:?}");
}

/// On a longer path the pairs answer one after another, and the best may not be the first.
#[test]
fn the_nomination_delay_is_all_that_is_waited_for_a_better_pair() {
    for millis in [0, 100, 300] {
        let mut config = Config::default();
        config.nomination_delay = Duration::from_millis(millis);
        let of = |n| nominated_after(n, Duration::from_millis(100), config.clone());
        let times = [1, 2, 3, 5, 10].map(of);
        // Two round trips; the pause before the check that nominates.
        let longest = 400 + millis + 60;
        assert!(times.iter().all(|time| *time <= longest), "{millis}: {times:?}");
    }
}

/// Every check of the peer triggers one of ours: they wait behind the one that nominates.
#[test]
fn the_check_that_nominates_goes_before_those_that_the_peer_has_triggered() {
    let mut single = Single::started(Role::Controlling);
    single.agent.add_remote_candidate(single.now, raw::candidate(THERE)).unwrap();
    let first = single.next_check(THERE);
    for port in 1..=20 {
        single.check_from(&format!("192.0.2.2:{port}"), &[]).unwrap();
    }
    single.check_from(THERE, &[]).unwrap();
    single.drain();
    single.input(THERE, &raw::answer(&first, HERE)).unwrap();
    let sent = single.drain_for(160);
    let nominates = sent.iter().position(|(path, bytes)| {
        let message = Message::parse(bytes).unwrap();
        *path == Single::path(THERE) && message.raw(AttributeType::USE_CANDIDATE).is_some()
    });
    assert!(nominates.is_some_and(|at| at <= 2), "{nominates:?} of {}", sent.len());
}

/// The only pair has succeeded when the transport is connected, whatever is under way (RTCStatsIceCandidatePairState).
#[test]
fn a_pair_that_works_has_succeeded_also_while_it_is_being_chosen() {
    let mut net = Net::ready(4);
    assert!(net.run_until(1000, |n| n.agents[A].state() == State::Connected || n.both(State::Completed)));
    for _ in 0..1000 {
        for agent in &net.agents {
            let works = |p: &ice::PairView<'_>| !p.valid || p.state == ice::PairState::Succeeded;
            assert!(agent.pairs().all(|p| works(&p)), "{:?}", agent.pairs().collect::<Vec<_>>());
        }
        net.run(1);
    }
    assert!(net.both(State::Completed));
}
