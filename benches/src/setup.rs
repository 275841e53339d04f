//! S6, S7: from nothing to an open channel, and what a connected pair keeps.

use std::time::{Duration, Instant};

use crate::bulk::Load;
use crate::link::{DataEnd, Pair};
use crate::measure::{allocations, cpu, median};
use crate::peers::{ours, rtc, str0m};
use crate::report::{Better, Contender, Goal, Report};

const LOAD: Load = Load { size: 100, window: 1 << 17, unreliable: false, idle_channels: 0, total: 0 };
const ONE_WAY: Duration = Duration::from_millis(50);
const PAIRS: usize = 30;

/// Connects a pair whose parts `make` makes, certificates included.
fn connected<E: DataEnd>(make: impl FnOnce(Instant) -> (E, E)) -> (Pair<E>, f64, f64) {
    let now = Instant::now();
    let began = cpu();
    let pair = Pair::connected(make(now), now, ONE_WAY);
    let flights = pair.elapsed().as_secs_f64() / ONE_WAY.as_secs_f64();
    let spent = cpu() - began;
    (pair, spent, flights)
}

fn cpu_ms<E: DataEnd>(make: impl Fn(Instant) -> (E, E)) -> f64 {
    let mut all: Vec<f64> = (0..PAIRS).map(|_| connected(&make).1 * 1e3).collect();
    median(&mut all)
}

fn kept_kb<E: DataEnd>(make: impl Fn(Instant) -> (E, E)) -> f64 {
    let count = 10;
    drop(connected(&make));
    let (kept, change) = allocations(|| {
        let mut kept: Vec<Pair<E>> = (0..count).map(|_| connected(&make).0).collect();
        for pair in &mut kept {
            pair.run_for(Duration::from_secs(10));
            pair.forget_what_is_on_the_way();
        }
        kept
    });
    // What grows in place counts as allocated, what shrinks as given back.
    let bytes = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
    drop(kept);
    bytes / 1e3 / f64::from(count)
}

/// Runs the scenarios.
pub fn run(report: &mut Report) {
    let aws = |now| ours::pair(now, &crypto_aws_lc::PROVIDER, LOAD);
    let rust = |now| ours::pair(now, &crypto_rust::PROVIDER, LOAD);
    let theirs = |now| rtc::pair(now, LOAD);
    let str0ms = |now| str0m::pair(now, LOAD);
    let contenders: Vec<Contender<'_>> = vec![
        ("ours (aws-lc)", Box::new(|| cpu_ms(aws))),
        ("rtc 0.21.1 (aws-lc)", Box::new(|| cpu_ms(theirs))),
        ("str0m 0.25.0 (aws-lc)", Box::new(|| cpu_ms(str0ms))),
        ("ours (RustCrypto)", Box::new(|| cpu_ms(rust))),
    ];
    let goal = (Better::Lower, Goal::Times(1.3));
    report.compare("S6 set-up of a pair, fresh certificates", "CPU ms", goal, contenders);
    let contenders: Vec<Contender<'_>> = vec![
        ("ours", Box::new(|| connected(aws).2)),
        ("rtc 0.21.1", Box::new(|| connected(theirs).2)),
        ("str0m 0.25.0", Box::new(|| connected(str0ms).2)),
    ];
    let goal = (Better::Lower, Goal::AtMost(10.0));
    report.compare("S6 one-way flights until both channels are open", "flights", goal, contenders);
    let contenders: Vec<Contender<'_>> = vec![
        ("ours (aws-lc)", Box::new(|| kept_kb(aws))),
        ("rtc 0.21.1 (aws-lc)", Box::new(|| kept_kb(theirs))),
        ("str0m 0.25.0 (aws-lc)", Box::new(|| kept_kb(str0ms))),
    ];
    let goal = (Better::Lower, Goal::AtMost(48.0));
    report.compare("S7 heap of a connected pair with one channel", "kB", goal, contenders);
}
