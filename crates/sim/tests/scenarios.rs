//! Random scenarios: whatever goes wrong, what was promised holds once it has healed.

#![allow(clippy::panic, clippy::indexing_slicing, clippy::disallowed_types, reason = "a test may stop")]

#[path = "support/stack.rs"]
mod stack;

use stack::failure::complaint;
use stack::scenario::Scenario;

#[test]
fn five_hundred_seeds_keep_every_promise() {
    if let Some(complaint) = (0..500).find_map(complaint) {
        panic!("{complaint}");
    }
}

#[test]
fn the_same_seed_gives_the_same_datagrams_recorded_or_not() {
    for seed in 0..20 {
        let digest = |record| Scenario::new(seed).run(record).digest;
        assert_eq!(digest(false), digest(true), "seed {seed}");
    }
}
