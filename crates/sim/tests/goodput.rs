//! What a line carries, of what headers leave: floors under the table of docs/figures.md.

use std::time::Duration;

use sctp::Config;

use crate::line::{Line, Taking, left_by_headers};

const SPAN: Duration = Duration::from_secs(4);

fn line(rate: u64, taking: Taking) -> Line {
    Line { rate: Some(rate), round_trip: Duration::from_millis(20), config: Config::default(), taking }
}

#[test]
fn a_line_of_100_megabits_and_20_ms_is_filled() {
    let carried = line(100_000_000, Taking::Each).carry(SPAN);
    let share = carried.bits_per_second(SPAN) / (100e6 * left_by_headers());
    assert!(share > 0.97, "{share} {carried:?}");
}

/// A receiver whose socket hands over 256 packets at once says so once. Without a limit to the line, what is left is the
/// receive window in each round trip, and the wait of a batch.
#[test]
fn a_receiver_that_acknowledges_256_packets_at_once_is_sent_as_much() {
    let taking = Taking::Batches(256, Duration::from_millis(5));
    let carried = Line { rate: None, ..line(1, taking) }.carry(SPAN);
    let window_a_round_trip = f64::from(2 << 20) * 8.0 / 0.025;
    let share = carried.bits_per_second(SPAN) / window_a_round_trip;
    assert!(share > 0.95, "{share} {carried:?}");
}

/// Slow start ends before the queue of a long fat line overflows: there is no timeout, and little is sent again.
#[test]
fn a_long_line_is_filled_within_seconds() {
    let mut long = line(100_000_000, Taking::Each);
    long.round_trip = Duration::from_millis(200);
    (long.config.receive_window, long.config.send_buffer) = (16 << 20, 40 << 20);
    let carried = long.carry(SPAN);
    assert_eq!(carried.sender.timeouts, 0);
    let share = carried.bits_per_second(SPAN) / (100e6 * left_by_headers());
    assert!(share > 0.6, "{share} {carried:?}");
}
