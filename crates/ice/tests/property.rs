//! What holds whatever the network does, and in whatever order the verbs are called.

use std::time::Duration;

use ice::{Config, Role, State};
use proptest::prelude::*;

use crate::support::net::{A, B, Dice, Net, address};

/// A network with the faults that a seed chooses.
fn faulty(seed: u64) -> Net {
    let mut dice = Dice(seed ^ 0xfa17);
    let configs = [(); 2].map(|()| Config::default());
    let mut net = Net::with(configs, seed);
    if dice.percent(70) {
        net.loss = dice.roll() % 31;
    }
    if dice.percent(50) {
        net.duplicate = dice.roll() % 30;
    }
    net.delay = Duration::from_millis(1 + dice.roll() % 200);
    if dice.percent(50) {
        net.jitter = Duration::from_millis(dice.roll() % 200);
    }
    for (who, subnet) in [(A, 1), (B, 2)] {
        if dice.percent(40) {
            let (private, public) = (format!("10.0.{subnet}.1:1000"), format!("198.51.100.{subnet}:4000"));
            // Behind two NATs nobody could begin.
            if net.nat.is_empty() {
                net.nat.insert(address(&private), address(&public));
            }
            net.add_address(who, &private);
        } else {
            for host in 0..1 + dice.roll() % 3 {
                net.add_address(who, &format!("192.0.{subnet}.{}:1000", host + 1));
            }
        }
        if dice.percent(50) {
            net.add_address(who, &format!("[2001:db8::{subnet}]:1000"));
        }
    }
    if net.nat.len() == 1 && net.owners.iter().all(|(a, _)| a.ip().to_string().starts_with("10.")) {
        net.add_address(A, "[2001:db8::9]:9");
        net.add_address(B, "[2001:db8::8]:9");
    }
    let roles = [Role::Controlling, Role::Controlled];
    net.agents[A].set_role(roles[usize::from(dice.percent(50))]);
    net.agents[B].set_role(roles[usize::from(dice.percent(50))]);
    net
}

/// Signals with pauses in which checks are under way already.
fn signal_slowly(net: &mut Net, dice: &mut Dice) {
    let (first, second) = if dice.percent(50) { (A, B) } else { (B, A) };
    let steps: [fn(&mut Net, usize, usize); 4] = [
        |n, f, s| n.signal_parameters(f, s),
        |n, f, s| n.signal_candidates(f, s),
        |n, f, s| n.signal_parameters(s, f),
        |n, f, s| n.signal_candidates(s, f),
    ];
    for step in steps {
        step(net, first, second);
        net.run(dice.roll() % 400);
    }
}

/// RFC 8445 §8.1.1.
#[test]
fn over_any_network_both_agents_end_on_one_pair() {
    for seed in 0..300 {
        let mut net = faulty(seed);
        signal_slowly(&mut net, &mut Dice(seed));
        let done = net.run_until(60_000, |n| n.both(State::Completed) && n.agree());
        assert!(done, "seed {seed}: {:?} {:?}", net.states(), (net.loss, net.delay, net.jitter));
        for who in [A, B] {
            let nominated = net.agents[who].pairs().filter(|p| p.nominated).count();
            assert_eq!(nominated, 1, "seed {seed}");
        }
        assert_ne!(net.agents[A].role(), net.agents[B].role(), "seed {seed}");
        // Once the faults are over, the connection is at rest within the time of one consent check.
        net.loss = 0;
        net.run(10_000);
        assert!(net.both(State::Completed) && net.agree(), "seed {seed}: {:?}", net.states());
    }
}

/// RFC 8445 §9.
#[test]
fn a_restart_over_any_network_ends_on_one_new_pair() {
    for seed in 0..100 {
        let mut net = faulty(seed);
        signal_slowly(&mut net, &mut Dice(seed));
        assert!(net.run_until(60_000, |n| n.both(State::Completed) && n.agree()), "seed {seed}");
        let old = [A, B].map(|w| net.agents[w].selected_pair().unwrap().id);
        let who = usize::from(Dice(seed).percent(50));
        net.agents[who].restart(net.now);
        let mut dice = Dice(seed + 1);
        for (from, to) in [(who, 1 - who), (1 - who, who)] {
            net.signal_parameters(from, to);
            net.run(dice.roll() % 300);
            net.signal_candidates(from, to);
            net.run(dice.roll() % 300);
        }
        let renewed = |n: &Net| {
            [A, B]
                .iter()
                .all(|w| n.agents[*w].selected_pair().is_some_and(|p| p.id != old[*w] && p.nominated))
        };
        let done = net.run_until(60_000, |n| n.both(State::Completed) && n.agree() && renewed(n));
        assert!(done, "seed {seed}: {:?}", net.states());
    }
}

#[test]
fn one_seed_gives_one_run() {
    let run = |seed| {
        let mut net = faulty(seed);
        signal_slowly(&mut net, &mut Dice(seed));
        net.run(30_000);
        (format!("{:?}", net.agents), format!("{:?}", net.events), net.sent)
    };
    for seed in 0..5 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}

/// Calls verbs of both agents in an order that `order` chooses, and none more often than it does.
fn disorderly(seed: u64, order: &[u8]) -> Net {
    let mut net = Net::ready(seed);
    let mut out = [0; ice::MAX_MESSAGE_LEN];
    for step in order {
        let who = usize::from(step & 1);
        match step >> 1 & 7 {
            0 => net.agents[who].handle_timeout(net.now),
            1 => {
                let _ = net.agents[who].poll_event();
            }
            2 => {
                let _ = net.agents[who].poll_timeout();
            }
            // A buffer that is too short loses the message, as the network might.
            3 => {
                let _ = net.agents[who].poll_transmit(net.now, &mut out[..30]);
            }
            4 => net.agents[who].end_of_local_candidates(net.now),
            5 => {
                let until = net.now + Duration::from_millis(u64::from(*step));
                net.step(until);
            }
            6 => net.now = net.now + Duration::from_millis(u64::from(*step >> 4)),
            _ => net.collect(who),
        }
    }
    net
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_the_verbs_does_not_matter(
        seed in any::<u64>(),
        order in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut net = disorderly(seed, &order);
        prop_assert!(net.run_until(60_000, |n| n.both(State::Completed) && n.agree()), "{:?}", net.states());
        prop_assert_eq!(net.agents[A].selected_pair().map(|p| p.path), net.agents[A].send_path());
        prop_assert!(net.agents.iter().all(|a| a.selected_pair().is_some_and(|p| p.nominated)));
    }

    #[test]
    fn an_agent_that_is_never_late_never_asks_for_the_past(
        seed in any::<u64>(),
        pauses in prop::collection::vec(0_u64..8000, 1..60),
    ) {
        let mut net = Net::ready(seed);
        for pause in pauses {
            net.run(pause);
            for agent in &mut net.agents {
                agent.handle_timeout(net.now);
                prop_assert!(agent.poll_timeout().is_none_or(|at| at > net.now));
            }
        }
    }

    #[test]
    fn time_that_goes_back_is_no_time_at_all(seed in any::<u64>(), back in 0_u64..100_000) {
        let mut net = Net::connected(seed);
        let earlier = net.now - Duration::from_millis(back);
        let before = net.agents[A].poll_timeout();
        net.agents[A].handle_timeout(earlier);
        let mut out = [0; ice::MAX_MESSAGE_LEN];
        prop_assert!(net.agents[A].poll_transmit(earlier, &mut out).is_none());
        prop_assert_eq!(net.agents[A].poll_timeout(), before);
        prop_assert_eq!(net.agents[A].state(), State::Completed);
    }
}
