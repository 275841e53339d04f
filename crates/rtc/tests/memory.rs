//! What a connection keeps. The counting allocator counts for the whole program: one test, in a program of its own.

#[path = "support/pair.rs"]
mod support;

use core::time::Duration;
use std::alloc::System;

use rtc::DataChannelInit;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use crate::support::Pair;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The goal for both ends together, in bytes.
const GOAL: usize = 48_000;

#[test]
fn a_connected_pair_with_an_idle_channel_keeps_less_than_its_goal() {
    drop(connected(1)); // what is made once and for all is none of the connection's
    let region = Region::new(ALLOCATOR);
    let pair = connected(2);
    let change = region.change();
    let kept = change.bytes_allocated - change.bytes_deallocated + 2 * size_of::<rtc::PeerConnection>();
    assert!(kept < GOAL, "{kept} bytes");
    drop(pair);
}

/// A pair that has been idle for a while, without what its test harness has noted.
fn connected(seed: u64) -> Pair {
    let mut pair = Pair::new(seed);
    pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(30));
    pair.trace = Vec::new();
    (pair.log_a, pair.log_b) = (Vec::new(), Vec::new());
    pair
}
