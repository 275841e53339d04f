//! Prints the tables of docs/setup-under-loss.md; the argument is the number of seeds.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a command speaks, and may stop"
)]

#[path = "../tests/support/stack.rs"]
mod stack;

use stack::table::{Cell, LOSSES, Way};

fn main() {
    let seeds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    println!("| one way, ms | loss, % | p50, ms | p95 | p99 | mean |");
    println!("|---|---|---|---|---|---|");
    for delay in [20, 50, 200] {
        for loss in LOSSES {
            let cell = Cell::measure(Way { delay, loss, line: None }, 0..seeds);
            println!("| {delay} | {loss} | {} |", cell.open);
        }
    }
    println!();
    println!(
        "| loss, % | DTLS up on both sides: p50, ms | p95 | p99 | mean | channel open on both sides: mean |"
    );
    println!("|---|---|---|---|---|---|");
    for loss in LOSSES {
        // 30 packets of the largest size that a handshake sends.
        let way = Way { delay: 100, loss, line: Some((220_000, 30 * 1228)) };
        let cell = Cell::measure(way, 0..seeds);
        println!("| {loss} | {} | {} |", cell.secure, cell.open.mean().as_millis());
    }
}
