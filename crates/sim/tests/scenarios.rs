//! Random scenarios: whatever goes wrong, what was promised holds once it has healed.

#![allow(clippy::panic, clippy::indexing_slicing, clippy::disallowed_types, reason = "a test may stop")]

#[path = "support/stack.rs"]
mod stack;

use stack::scenario::Scenario;

fn run(seeds: core::ops::Range<u64>) {
    for seed in seeds {
        let outcome = Scenario::new(seed).run(false);
        if let Some(wrong) = outcome.wrong {
            panic!("seed {seed}: {wrong}\nreplay it: cargo xtask sim --seed {seed}");
        }
    }
}

#[test]
fn five_hundred_seeds_keep_every_promise() {
    run(0..500);
}

#[test]
fn the_same_seed_gives_the_same_datagrams() {
    for seed in 0..20 {
        let digest = || Scenario::new(seed).run(false).digest;
        assert_eq!(digest(), digest(), "seed {seed}");
    }
}
