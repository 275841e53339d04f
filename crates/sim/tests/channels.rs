//! Many channels, slow readers, and the end.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use core::time::Duration;

use sim::Node;
use sim::node::{Delay, Loss};

use crate::stack::plan::Action;
use crate::stack::setup::{End, World};

const MINUTE: Duration = Duration::from_secs(60);

fn world(loss: f64) -> World {
    let way: Vec<Box<dyn Node>> =
        vec![Box::new(Delay::new(Duration::from_millis(40))), Box::new(Loss::uniform(loss))];
    World::new(16, [End::new(0, way), End::new(1, Vec::new())])
}

#[test]
fn three_thousand_channels_come_and_go_over_a_lossy_way() {
    let mut world = world(0.05);
    world.open_channel(0);
    world.perform(0, Action::Flood(2_000));
    world.perform(1, Action::Flood(1_000));
    let gone = |world: &World| world.both(|peer| peer.is_done() && peer.churn_closed == 3_000);
    world.expect("each carries its message and closes on both sides", MINUTE * 10, gone);
    assert_eq!([world.peer(0).churned, world.peer(1).churned], [2_000, 1_000]);
    world.say(0, 0, 1, 100, Duration::ZERO);
    world.expect("the one that stayed still works", MINUTE, World::is_delivered);
}

#[test]
fn a_slow_reader_holds_the_sender_back_and_misses_nothing() {
    let mut world = world(0.01);
    world.open_channel(0);
    world.perform(1, Action::Pause(Duration::from_secs(30)));
    world.say(0, 0, 100, 60_000, Duration::ZERO);
    world.run_for(Duration::from_secs(20)).unwrap();
    // What the receive window does not hold waits at the sender.
    let window = world.peer(1).pc.configuration().sctp.receive_window;
    let buffered = world.peer_mut(0).buffered();
    assert!(buffered > 100 * 60_000 - window - 100_000, "{buffered} of {}", 100 * 60_000);
    assert!(world.both(|peer| peer.is_connected()));
    world.expect("every message arrives once it reads again", MINUTE, World::is_delivered);
}

#[test]
fn both_ends_that_close_their_channels_at_once_see_each_close_once() {
    let mut world = world(0.1);
    (0..20).for_each(|index| world.open_channel(index));
    world.peer_mut(0).close_channels();
    world.peer_mut(1).close_channels();
    world.expect("all are closed", MINUTE, |world| world.both(|peer| peer.open_channels() == 0));
    let closes = |index: usize| {
        let log = &world.peer(index).log;
        log.iter().filter(|(_, event)| matches!(event, rtc::Event::DataChannelClose(_))).count()
    };
    assert_eq!([closes(0), closes(1)], [20, 20]);
}

#[test]
fn both_ends_that_close_at_once_fall_silent_for_good() {
    let mut world = world(0.1);
    world.open_channel(0);
    world.say(0, 0, 20, 10_000, Duration::ZERO);
    world.run_for(Duration::from_millis(100)).unwrap();
    let now = world.now();
    for index in [0, 1] {
        world.peer_mut(index).may_end = true;
        world.peer_mut(index).pc.does(|pc| pc.close(now));
    }
    world.run_for(Duration::from_secs(10)).unwrap();
    assert!(world.both(|peer| peer.pc.is_closed()));
    let sent = |world: &World| world.peers.map(|id| world.network.counters(id).sent);
    let before = sent(&world);
    world.run_for(MINUTE * 2).unwrap();
    assert_eq!(sent(&world), before);
    assert_eq!(world.wrong(), None);
}
