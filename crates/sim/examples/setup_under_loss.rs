//! Prints the table of set-up times under loss (docs/setup-under-loss.md); the argument is the number of seeds.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a command speaks, and may stop"
)]

#[path = "../tests/support/stack.rs"]
mod stack;

use stack::table::{Cell, DELAYS, LOSSES};

fn main() {
    let seeds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    println!("| loss | one way | p50 | p95 | p99 | mean |");
    println!("|---|---|---|---|---|---|");
    for delay in DELAYS {
        for loss in LOSSES {
            let cell = Cell::measure(loss, delay, 0..seeds);
            let [p50, p95, p99] = [50, 95, 99].map(|percent| cell.percentile(percent).as_millis());
            println!("| {loss} % | {delay} ms | {p50} ms | {p95} ms | {p99} ms | {} ms | {:?}", cell.mean().as_millis(), cell.stages.map(|s| s.as_millis()));
        }
    }
}
