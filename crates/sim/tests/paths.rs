//! Ways that break, move, differ and are narrow.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use core::ops::Range;
use core::time::Duration;

use rtc::{Event, PeerConnectionState};
use sim::node::{Delay, Loss, Mtu, Only, Partition, Roam};
use sim::{Instant, Node};

use crate::stack::plan::Action;
use crate::stack::setup::{End, World};

const MINUTE: Duration = Duration::from_secs(60);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Two peers 40 ms from each other, and `more` on the way.
fn world(more: Vec<Box<dyn Node>>) -> World {
    let mut way: Vec<Box<dyn Node>> = vec![Box::new(Delay::new(millis(40)))];
    way.extend(more);
    World::new(12, [End::new(0, way), End::new(1, Vec::new())])
}

/// Nothing passes between these seconds.
fn broken(seconds: Range<u64>) -> Vec<Box<dyn Node>> {
    let window = Instant::from_millis(seconds.start * 1000)..Instant::from_millis(seconds.end * 1000);
    vec![Box::new(Partition::new(vec![window]))]
}

/// How many peers were in a state at some time.
fn visitors(world: &World, state: PeerConnectionState) -> usize {
    let change = Event::ConnectionStateChange(state);
    [0, 1]
        .into_iter()
        .filter(|index| world.peer(*index).log.iter().any(|(_, event)| *event == change))
        .count()
}

#[test]
fn a_partition_that_heals_in_time_costs_nothing_but_time() {
    let mut world = world(broken(5..20));
    world.open_channel(0);
    for peer in [0, 1] {
        world.say(peer, 0, 300, 500, millis(100));
    }
    world.run_for(Instant::from_millis(20_000).since(world.now())).unwrap();
    assert_eq!(visitors(&world, PeerConnectionState::Disconnected), 2);
    world.expect("both are connected again", millis(10_000), |world| world.both(|peer| peer.is_connected()));
    world.expect("every message arrives", MINUTE, World::is_delivered);
    assert_eq!(visitors(&world, PeerConnectionState::Failed), 0);
}

#[test]
fn a_partition_that_outlasts_consent_is_mended_by_a_restart() {
    let mut world = world(broken(5..50));
    world.open_channel(0);
    for peer in [0, 1] {
        world.say(peer, 0, 100, 500, millis(100));
    }
    // The application of the peer that fails first restarts ICE, which reaches the other one before it fails.
    world.run_for(Instant::from_millis(50_000).since(world.now())).unwrap();
    assert!(visitors(&world, PeerConnectionState::Failed) >= 1);
    world.expect("every message arrives", MINUTE, World::is_delivered);
    assert!(world.both(|peer| peer.is_connected()));
}

#[test]
fn a_restart_in_the_middle_of_a_transfer_loses_nothing() {
    let mut world = world(vec![Box::new(Loss::uniform(0.05))]);
    world.open_channel(0);
    for peer in [0, 1] {
        world.say(peer, 0, 100, 5_000, millis(20));
    }
    for (at, peer) in [(2_500, 0), (3_000, 1), (3_010, 0)] {
        world.at(Instant::from_millis(at), peer, Action::RestartIce);
    }
    world.expect("every message arrives", MINUTE, |world| world.is_script_done() && world.is_delivered());
    let descriptions = world.peer(0).pc.remote_description().unwrap();
    assert!(!descriptions.sdp.is_empty() && world.both(|peer| peer.is_connected()));
}

#[test]
fn a_host_that_roams_takes_its_channels_along() {
    let moved = Instant::from_millis(4_000);
    let mut end = End::new(0, Vec::new());
    let next = "10.0.0.77:1001".parse().unwrap();
    end.next_address = Some(next);
    end.nodes = vec![
        Box::new(Roam::new(end.address.ip(), vec![(moved, next.ip())])),
        Box::new(Delay::new(millis(40))),
    ];
    let mut world = World::new(13, [end, End::new(1, Vec::new())]);
    world.open_channel(0);
    for peer in [0, 1] {
        world.say(peer, 0, 100, 500, millis(50));
    }
    world.at(moved + millis(300), 0, Action::Roam);
    world.expect("every message arrives", millis(20_000), |world| {
        world.is_script_done() && world.is_delivered()
    });
    let pair = world.peer(0).pc.sctp().unwrap().transport().ice_transport().selected_candidate_pair();
    assert_eq!(pair.map(|pair| pair.local.address), Some(next));
}

#[test]
fn two_seconds_there_and_twenty_milliseconds_back_are_a_way_like_others() {
    let way: Vec<Box<dyn Node>> =
        vec![Box::new(Only::up(Delay::new(millis(2_000)))), Box::new(Only::down(Delay::new(millis(20))))];
    let mut world = World::new(14, [End::new(0, way), End::new(1, Vec::new())]);
    let start = world.now();
    world.open_channel(0);
    // Six round trips; without loss it would be four and a half.
    assert!(world.now().since(start) < millis(6 * 2_020 + 500), "{}", world.describe());
    for peer in [0, 1] {
        world.say(peer, 0, 50, 10_000, millis(10));
    }
    world.expect("a megabyte arrives", MINUTE * 2, World::is_delivered);
}

/// Nobody finds out by itself what the way carries; who is told uses it, in each direction as much as that has.
#[test]
fn datagrams_are_as_long_as_the_way_carries_in_each_direction() {
    let narrow: Vec<Box<dyn Node>> =
        vec![Box::new(Only::up(Mtu::new(9_000))), Box::new(Only::down(Mtu::new(1_280)))];
    let mut ends = [End::new(0, narrow), End::new(1, vec![Box::new(Delay::new(millis(20)))])];
    ends[0].config.max_datagram_size = 9_000 - 28;
    ends[1].config.max_datagram_size = 1_280 - 28;
    let mut world = World::new(15, ends);
    world.open_channel(0);
    let sent = [0, 1].map(|index| {
        let before = world.network.counters(world.peers[index]).sent;
        world.say(index, 0, 20, 60_000, millis(1));
        world.expect("every message arrives", MINUTE, World::is_delivered);
        world.network.counters(world.peers[index]).sent - before
    });
    assert!(sent[0] < 200, "1.2 megabytes in long datagrams: {sent:?}");
    assert!(sent[1] > 900, "1.2 megabytes in short ones: {sent:?}");
}
