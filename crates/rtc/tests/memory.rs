//! What a connection keeps, counted by the allocator of this program, thread by thread.

use core::time::Duration;

use rtc::{DataChannelInit, SendError};

use crate::support::pair::{Pair, configuration};

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

/// The number is that of the sum of all limits; that each of them holds, `sctp/tests/memory.rs` and `datachannel/tests/memory.rs` show.
#[test]
fn the_readme_says_how_much_a_default_connection_takes_at_most() {
    let readme = include_str!("../../../README.md");
    let number = readme.split(" MB of heap").next().and_then(|before| before.rsplit(' ').next()).unwrap();
    let most = configuration(1).most_heap();
    assert_eq!(number.parse(), Ok(most.div_ceil(1_000_000)), "{most} bytes");
}

/// webrtc-pc §6.2, `send`: the buffer is full, whatever the size of the messages, and the peer's application takes none.
#[test]
fn a_connection_whose_peer_does_not_listen_takes_no_more_than_it_says() {
    for len in [1, 1000, 50_000] {
        let mut pair = Pair::new(3);
        let (ours, _) = pair.open_channel("chat", DataChannelInit::default());
        pair.deaf_b = true;
        let counted = allocation_counter::measure(|| {
            for _ in 0..20 {
                while pair.a.send(pair.now, ours, vec![7; len]).is_ok() {}
                pair.run_for(Duration::from_millis(500));
                pair.trace.clear();
            }
            assert_eq!(
                pair.a.send(pair.now, ours, vec![7; len]).map_err(|unsent| unsent.error),
                Err(SendError::BufferFull)
            );
        });
        // Both ends together, and what the harness carries from one to the other.
        let most = configuration(1).most_heap() as u64;
        assert!(counted.bytes_max > most / 8, "{counted:?} for {len} bytes each");
        assert!(counted.bytes_max < most, "{counted:?} for {len} bytes each");
    }
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
