//! Recordings of the whole stack.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use core::time::Duration;

use sim::node::Delay;

use crate::stack::plan::{Action, Channel, Promise};
use crate::stack::setup::{End, World};

/// The recording of a peer that opens a channel.
fn recording(decrypted: bool) -> Vec<u8> {
    let path = vec![Box::new(Delay::new(Duration::from_millis(10))) as Box<dyn sim::Node>];
    let mut world = World::new(1, [End::new(0, path), End::new(1, Vec::new())]);
    world.record();
    world.peer_mut(0).pc.does(|pc| pc.observe_packets(decrypted));
    world.perform(0, Action::Create(Channel { index: 1234, ordered: true, promise: Promise::Reliable }));
    world.run_for(Duration::from_secs(3)).unwrap();
    world.network.captured(world.peers[0]).unwrap().as_bytes().to_vec()
}

#[test]
fn a_recording_shows_what_dtls_protects_where_the_host_gives_it_away() {
    let shows = |recording: &[u8]| recording.windows(8).any(|bytes| bytes == b"1234 o r");
    assert!(shows(&recording(true)));
    assert!(!shows(&recording(false)));
}
