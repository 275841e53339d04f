//! CPU time and allocations.

use std::alloc::System;

use cpu_time::ProcessTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// CPU seconds that this process has used.
pub fn cpu() -> f64 {
    ProcessTime::now().as_duration().as_secs_f64()
}

/// Runs something, and says how often it allocated and how much of that is still there.
pub fn allocations<T>(run: impl FnOnce() -> T) -> (T, Stats) {
    let region = Region::new(ALLOCATOR);
    let value = run();
    let change = region.change();
    (value, change)
}

/// The median.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
