//! Descriptions that cross, and that are taken back, while the network loses every tenth datagram.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use core::time::Duration;

use rtc::{OfferOptions, SessionDescription, SignalingState};
use sim::Node;
use sim::node::{Delay, Loss};

use crate::stack::plan::{Action, Channel, Promise};
use crate::stack::setup::{End, World};

const MINUTE: Duration = Duration::from_secs(60);

fn lossy() -> World {
    let way: Vec<Box<dyn Node>> =
        vec![Box::new(Delay::new(Duration::from_millis(40))), Box::new(Loss::uniform(0.1))];
    World::new(11, [End::new(0, way), End::new(1, Vec::new())])
}

#[test]
fn offers_that_meet_become_one_connection_with_the_channels_of_both() {
    let mut world = lossy();
    let channels = [0, 1].map(|index| Channel { index, ordered: true, promise: Promise::Reliable });
    world.perform(0, Action::Create(channels[0]));
    world.perform(1, Action::Create(channels[1]));
    world.expect("both channels open", MINUTE, |world| world.both(|peer| peer.has_open(&channels)));
    assert!(world.peer(0).signalling.glares + world.peer(1).signalling.glares >= 1);
    for peer in [0, 1] {
        world.say(peer, 0, 20, 3_000, Duration::from_millis(20));
        world.say(peer, 1, 20, 3_000, Duration::from_millis(20));
    }
    world.expect("every message arrives", MINUTE, World::is_delivered);
}

#[test]
fn an_offer_that_is_taken_back_disturbs_nothing() {
    let mut world = lossy();
    world.open_channel(0);
    world.say(0, 0, 200, 1_000, Duration::from_millis(20));
    world.say(1, 0, 200, 1_000, Duration::from_millis(20));
    world.run_for(Duration::from_secs(1)).unwrap();
    let now = world.now();
    let before = world.peer(0).pc.local_description();
    let mut restart = OfferOptions::default();
    restart.ice_restart = true;
    world.peer_mut(0).pc.does(|pc| {
        let offer = pc.create_offer(restart).unwrap();
        pc.set_local_description(now, &offer).unwrap();
    });
    assert_eq!(world.peer(0).pc.signaling_state(), SignalingState::HaveLocalOffer);
    world.run_for(Duration::from_secs(1)).unwrap();
    let now = world.now();
    let rollback = SessionDescription::rollback();
    world.peer_mut(0).pc.does(|pc| pc.set_local_description(now, &rollback)).unwrap();
    assert_eq!(world.peer(0).pc.signaling_state(), SignalingState::Stable);
    assert_eq!(world.peer(0).pc.local_description(), before);
    world.expect("every message arrives", MINUTE, World::is_delivered);
    world.run_for(MINUTE).unwrap();
    assert!(world.both(|peer| peer.is_connected()), "{}", world.describe());
}
