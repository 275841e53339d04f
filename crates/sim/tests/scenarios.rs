//! Random scenarios: whatever goes wrong, what was promised holds once it has healed.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use crate::stack::failure::complaint;
use crate::stack::scenario::Scenario;

/// So many seeds, and a fifth of them where a `usize` has 32 bits: what differs there differs in every scenario.
const fn seeds(count: u64) -> core::ops::Range<u64> {
    0..if cfg!(target_pointer_width = "32") { count / 5 } else { count }
}

#[test]
fn five_hundred_seeds_keep_every_promise() {
    if let Some(complaint) = seeds(500).find_map(|seed| complaint(&Scenario::new(seed))) {
        panic!("{complaint}");
    }
}

/// Nothing that somebody on the path injects ends what is promised, or makes anybody connected with anybody else. No lie of an
/// authenticated peer takes more heap or work than it may, or disturbs anybody but its victim.
#[test]
fn two_hundred_seeds_with_an_adversary_keep_every_promise() {
    if let Some(complaint) = seeds(200).find_map(|seed| complaint(&Scenario::attacked(seed))) {
        panic!("{complaint}");
    }
}

#[test]
fn liars_connect_and_lie() {
    let told = |seed| Scenario::attacked(seed).run(false).lies;
    let told: Vec<u32> = (0..30).map(told).filter(|told| *told > 0).collect();
    assert!(told.len() > 7 && told.iter().sum::<u32>() > 2000, "{told:?}");
}

#[test]
fn the_same_seed_gives_the_same_datagrams_recorded_or_not() {
    for seed in 0..20 {
        let digest = |record| Scenario::new(seed).run(record).digest;
        assert_eq!(digest(false), digest(true), "seed {seed}");
    }
}
