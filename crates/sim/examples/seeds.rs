//! Runs random scenarios: the first seed, and the one after the last; and whether somebody on the path injects.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a command speaks, and may stop"
)]

#[path = "../tests/support/stack.rs"]
mod stack;

use stack::failure::complaint;
use stack::scenario::Scenario;

fn main() {
    let bounds: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (first, end) = (bounds.first().copied().unwrap_or(0), bounds.get(1).copied().unwrap_or(500));
    let make =
        if std::env::args().any(|text| text == "attacked") { Scenario::attacked } else { Scenario::new };
    let mut broken = 0;
    for seed in first..end {
        let Some(complaint) = complaint(&make(seed)) else { continue };
        broken += 1;
        let summary = complaint.lines().next().unwrap_or_default();
        println!("{}", if end - first == 1 { &complaint } else { summary });
    }
    println!("{broken} of {} scenarios break a promise", end.saturating_sub(first));
    std::process::exit(i32::from(broken > 0));
}
