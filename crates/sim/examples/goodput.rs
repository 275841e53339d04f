//! Prints the table of what a line carries (docs/figures.md); the argument is the number of virtual seconds, and a second
//! one chooses the cells by their label.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a command speaks, and may stop"
)]

#[path = "../tests/support/line.rs"]
mod line;

use std::time::Duration;

use line::{Line, Taking, left_by_headers};
use sctp::Config;

const ROUND_TRIPS: [u64; 4] = [5, 20, 100, 200];

fn main() {
    let mut words = std::env::args().skip(1);
    let span = Duration::from_secs(words.next().and_then(|text| text.parse().ok()).unwrap_or(60));
    let filter = words.next().unwrap_or_default();
    println!("Headers leave {:.1} % of a line.", left_by_headers() * 100.0);
    println!();
    println!(
        "| Mbit/s | round trip, ms | receive window, MiB | goodput, Mbit/s | % | window at most, kB | sent again | timeouts |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for rate in [Some(10), Some(100), Some(1000), None] {
        for round_trip in ROUND_TRIPS {
            for large in [false, true] {
                let label = format!("{}x{round_trip}{}", rate.unwrap_or(0), if large { "L" } else { "" });
                if (filter.is_empty() || label.starts_with(&filter)) && (rate.is_some() || !large) {
                    print_cell(rate, round_trip, large, span);
                }
            }
        }
    }
}

fn print_cell(rate: Option<u64>, round_trip: u64, large: bool, span: Duration) {
    let mut config = Config::default();
    if large {
        (config.receive_window, config.send_buffer) = (64 << 20, 160 << 20);
    }
    let window = config.receive_window;
    let round_trip = Duration::from_millis(round_trip);
    let line = Line { rate: rate.map(|rate| rate * 1_000_000), round_trip, config, taking: Taking::Each };
    let product = rate.unwrap_or(0) as f64 * 1e6 / 8.0 * round_trip.as_secs_f64();
    if large && product < 0.4 * f64::from(2 << 20) {
        return;
    }
    let carried = line.carry(span);
    let goodput = carried.bits_per_second(span);
    let most = match line.rate {
        Some(rate) => rate as f64 * left_by_headers(),
        None => window as f64 * 8.0 / round_trip.as_secs_f64(),
    };
    println!(
        "| {} | {} | {} | {:.1} | {:.1} | {} | {} | {} |",
        rate.map_or("no limit".into(), |rate| rate.to_string()),
        round_trip.as_millis(),
        window >> 20,
        goodput / 1e6,
        goodput / most * 100.0,
        carried.window / 1000,
        carried.sender.retransmissions,
        carried.sender.timeouts,
    );
}
