//! What a connection keeps, counted by the allocator of this program, thread by thread.

use core::time::Duration;

use rtc::DataChannelInit;

use crate::support::pair::Pair;

/// The goal for both ends together, in bytes.
const GOAL: i64 = 48_000;

#[test]
fn a_connected_pair_with_an_idle_channel_keeps_less_than_its_goal() {
    drop(connected(1)); // what is made once and for all is none of the connection's
    let mut pair = None;
    let counted = allocation_counter::measure(|| pair = Some(connected(2)));
    let kept = counted.bytes_current + 2 * size_of::<rtc::PeerConnection>() as i64;
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
