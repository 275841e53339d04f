//! The path in use dies without a word, and another one would work.

use base::Instant;
use ice::{Config, PairState, Role, State};

use crate::support::net::{A, B, Net, address};

/// Two agents; A has two addresses, and B one or two. The one of A that is in use.
fn connected(lite: bool, seed: u64) -> (Net, String) {
    let mut config = Config::default();
    config.lite = lite;
    let mut net = Net::with([Config::default(), config], seed);
    net.add_address(A, "192.0.2.1:1000");
    net.add_address(A, "203.0.113.1:1000");
    net.add_address(B, "192.0.2.2:2000");
    net.agents[A].set_role(Role::Controlling);
    net.signal_all();
    assert!(net.run_until(5000, |n| n.both(State::Completed)), "{:?}", net.states());
    let used = net.agents[A].send_path().unwrap().local.to_string();
    (net, used)
}

fn cut(net: &mut Net, dead: &str) {
    let dead = address(dead);
    net.filter = Some(Box::new(move |_, packet| ![packet.path.local, packet.path.remote].contains(&dead)));
}

/// When both send on another path, in milliseconds from now.
fn moved_after(net: &mut Net, from: &str) -> u64 {
    let begun = net.now;
    let dead = address(from);
    let moved = |n: &Net| n.agree() && n.agents[A].send_path().unwrap().local != dead;
    assert!(net.run_until(60_000, moved), "{:?}", net.states());
    net.now.since(begun).as_millis().try_into().unwrap()
}

/// webrtc-pc §5.6.2: where another pair works, nothing has failed.
#[test]
fn data_moves_to_another_pair_within_ten_seconds_when_the_chosen_one_falls_silent() {
    for lite in [false, true] {
        for seed in 0..20 {
            // Another moment between two consent checks.
            let (mut net, used) = connected(lite, seed);
            net.run(20_000 + seed * 300);
            let (a, b) = (net.history(A).len(), net.history(B).len());
            cut(&mut net, &used);
            let took = moved_after(&mut net, &used);
            assert!(took <= 10_000, "lite: {lite}, seed {seed}: {took} ms");
            assert!(net.run_until(10_000, |n| n.both(State::Completed)), "{:?}", net.states());
            for (who, before) in [(A, a), (B, b)] {
                assert!(!net.history(who).contains(&State::Failed));
                let since = &net.history(who)[before..];
                assert!(since.len() <= 4, "{since:?}");
            }
            net.run(120_000);
            assert!(net.both(State::Completed) && net.agree(), "and stays there");
        }
    }
}

/// It was never checked: the choice came first.
#[test]
fn the_other_pair_need_not_have_been_checked_before() {
    let (mut net, used) = connected(true, 1);
    let spare = |n: &Net| n.agents[A].pairs().find(|p| p.path.local != address(&used)).map(|p| p.state);
    assert_eq!(spare(&net), Some(PairState::Frozen));
    cut(&mut net, &used);
    assert!(net.run_until(10_000, |n| spare(n) == Some(PairState::Succeeded)));
}

#[test]
fn a_path_that_comes_back_while_others_are_checked_in_vain_ends_that() {
    let (mut net, used) = connected(false, 3);
    net.filter = Some(Box::new(|_, _| false));
    assert!(net.run_until(9000, |n| n.both(State::Disconnected)));
    net.run(3000);
    cut(&mut net, "203.0.113.1:1000");
    assert!(net.run_until(7000, |n| n.both(State::Completed)), "{:?}", net.states());
    assert_eq!(net.agents[A].send_path().unwrap().local, address(&used));
    net.run(2000);
    let sent = net.sent.clone();
    net.run(60_000);
    assert!((20..=31).contains(&(net.sent[A] - sent[A])), "{} datagrams", net.sent[A] - sent[A]);
}

/// "All pairs have either failed connectivity checks or lost consent": webrtc-pc §5.6.2.
#[test]
fn failed_is_said_only_when_every_pair_has() {
    let (mut net, _) = connected(false, 4);
    net.run(1000);
    net.filter = Some(Box::new(|_, _| false));
    let begun: Instant = net.now;
    assert!(net.run_until(120_000, |n| n.both(State::Failed)));
    let took = net.now.since(begun).as_secs();
    assert!((40..=50).contains(&took), "{took} s: the last check of the other pair has failed");
    for who in [A, B] {
        assert!(net.agents[who].pairs().all(|p| p.state == PairState::Failed));
        let seen = net.history(who);
        assert_eq!(seen[3..], [State::Disconnected, State::Checking, State::Failed], "{seen:?}");
    }
    let sent = net.sent.clone();
    net.run(600_000);
    assert_eq!(net.sent, sent, "a failed agent says nothing");
}

/// An outage of everything that is longer than consent: the pair that was in use is lost, the other is not.
#[test]
fn after_an_outage_the_pair_takes_over_that_was_still_being_checked() {
    for lite in [false, true] {
        let (mut net, used) = connected(lite, 5);
        net.run(1000);
        net.filter = Some(Box::new(|_, _| false));
        net.run(35_000);
        assert_eq!(net.agents[A].state(), State::Checking);
        net.filter = None;
        assert!(net.run_until(10_000, |n| n.both(State::Completed) && n.agree()), "{:?}", net.states());
        assert_ne!(net.agents[A].send_path().unwrap().local, address(&used));
    }
}

/// The row of docs/failover.md for these two sides: milliseconds from the last datagram that the path carried, over a
/// hundred moments between two consent checks.
fn row(lite: bool) -> String {
    let (mut silent, mut moved) = (Vec::new(), Vec::new());
    for seed in 0..100 {
        let (mut net, used) = connected(lite, seed);
        net.run(20_000 + seed * 60);
        cut(&mut net, &used);
        let begun = net.now;
        assert!(net.run_until(10_000, |n| n.states().contains(&State::Disconnected)));
        let after = u64::try_from(net.now.since(begun).as_millis()).unwrap();
        silent.push(after);
        moved.push(after + moved_after(&mut net, &used));
    }
    let of = |times: &mut Vec<u64>| {
        times.sort_unstable();
        format!("{} | {} | {}", times[0], times[times.len() / 2], times[times.len() - 1])
    };
    let sides = if lite { "full and lite" } else { "full and full" };
    format!("| {sides} | {} | {} |", of(&mut silent), of(&mut moved))
}

#[test]
fn the_times_are_those_of_the_documentation() {
    let page = include_str!("../../../docs/failover.md");
    for row in [row(false), row(true)] {
        assert!(page.contains(&row), "docs/failover.md has not: {row}");
    }
}
