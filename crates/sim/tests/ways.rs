//! The way between two hosts: made worse and better while the network runs.

use core::time::Duration;

use sim::node::{Delay, Nat};
use sim::{AnyHost, Handle, Instant, Network};

use crate::talker::{ALICE, BOB, CAROL, PUBLIC, Talker, address, millis};

const SECOND: Duration = Duration::from_secs(1);

/// Alice says twenty words to Bob, who echoes them, and Carol listens.
fn three() -> (Network<AnyHost>, [Handle<Talker>; 3]) {
    let mut network = Network::new(7);
    let alice = network.add(&[address(ALICE).ip()], Talker::saying(ALICE, BOB, 20, 10));
    let bob = network.add(&[address(BOB).ip()], Talker { echoes: true, ..Talker::at(BOB) });
    let carol = network.add(&[address(CAROL).ip()], Talker::at(CAROL));
    (network, [alice, bob, carol])
}

fn all() -> Vec<u8> {
    (0..20).collect()
}

#[test]
fn a_delay_is_there_and_back_or_one_way() {
    let (mut network, [alice, bob, _]) = three();
    network.between(alice, bob).delay(millis(30));
    network.from_to(bob, alice).delay(millis(5));
    network.run_for(SECOND).unwrap();
    assert_eq!(network[bob].times(), (0..20).map(|word| 30 + 10 * word).collect::<Vec<_>>());
    assert_eq!(network[alice].times(), (0..20).map(|word| 35 + 10 * word).collect::<Vec<_>>());
}

#[test]
fn loss_and_reordering_are_of_one_way_and_of_nobody_else() {
    let (mut network, [alice, bob, carol]) = three();
    network.from_to(alice, bob).reorder(0.5, millis(100));
    network.from_to(bob, alice).loss(0.5);
    let words = Talker::saying(ALICE, CAROL, 20, 10).to_say;
    network[alice].to_say.extend(words);
    network.run_for(SECOND).unwrap();
    let mut heard = network[bob].words();
    assert!(!heard.is_sorted());
    heard.sort_unstable();
    assert_eq!(heard, all());
    assert!((1..20).contains(&network[alice].words().len()), "{:?}", network[alice].words());
    assert_eq!(network[carol].words(), all());
}

#[test]
fn a_partition_stops_what_comes_and_not_what_is_under_way_and_leaves_the_delay_as_it_was() {
    let (mut network, [alice, bob, _]) = three();
    network.between(alice, bob).delay(millis(30));
    network.run_for(millis(55)).unwrap();
    network.between(alice, bob).partition();
    network.run_for(millis(50)).unwrap();
    assert_eq!(network[bob].words(), [0, 1, 2, 3, 4, 5], "what was under way arrives");
    network.between(alice, bob).heal();
    network.run_for(SECOND).unwrap();
    assert_eq!(network[bob].words(), (0..6).chain(11..20).collect::<Vec<_>>());
    assert_eq!(network[bob].times().last(), Some(&220));
    // Echoes to the words 3 to 5 left while nothing passed.
    assert_eq!(network[alice].words(), (0..3).chain(11..20).collect::<Vec<_>>());
}

#[test]
fn a_way_leads_to_whoever_is_behind_a_nat_or_a_slow_link() {
    let mut network = Network::new(1);
    let nodes: Vec<Box<dyn sim::Node>> =
        vec![Box::new(Nat::new(PUBLIC.parse().unwrap())), Box::new(Delay::new(millis(2)))];
    let home = network.add_link(nodes);
    let alice = network.add_to(home, &[address(ALICE).ip()], Talker::saying(ALICE, BOB, 1, 10));
    let bob = network.add(&[address(BOB).ip()], Talker { echoes: true, ..Talker::at(BOB) });
    network.between(bob, alice).delay(millis(30));
    network.run_for(SECOND).unwrap();
    assert_eq!(network[alice].times(), [64]);
}

#[test]
fn a_host_of_another_network_has_no_way_here() {
    let (mut network, [alice, bob, carol]) = three();
    let mut small = Network::new(1);
    let only = small.add(&[address(ALICE).ip()], Talker::at(ALICE));
    small.between(bob, carol).partition();
    small.run_for(SECOND).unwrap();
    assert_eq!(small.now(), Instant::ZERO + SECOND);
    assert!(small[only].heard.is_empty() && small.host(carol.id()).is_none());
    network.run_for(SECOND).unwrap();
    assert_eq!(network[alice].words(), all());
}
