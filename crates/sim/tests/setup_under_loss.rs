//! Setting a connection up under loss, against the page that says how long it takes.

#![allow(clippy::disallowed_types, reason = "a test may stop")]

use crate::stack::table::{Cell, Way};

/// The rows of the page's first table: the way, and p50, p95, p99 and the mean in milliseconds.
fn page() -> Vec<(Way, [u128; 4])> {
    let page = include_str!("../../../docs/setup-under-loss.md");
    let table = page.split("| one way, ms |").nth(1).and_then(|rest| rest.split("\n\n").next());
    let rows = table.expect("the page has its table").lines().skip(2).map(|line| {
        let numbers: Vec<u64> = line.split('|').filter_map(|word| word.trim().parse().ok()).collect();
        let way =
            Way { delay: numbers[0], loss: u32::try_from(numbers[1]).expect("a percentage"), line: None };
        (way, [2, 3, 4, 5].map(|at| u128::from(numbers[at])))
    });
    rows.collect()
}

#[test]
fn without_loss_a_channel_opens_after_four_and_a_half_round_trips() {
    for (way, shown) in page().into_iter().filter(|(way, _)| way.loss == 0) {
        let open = Cell::measure(way, 0..3).open.mean().as_millis();
        assert_eq!(open, u128::from(way.delay) * 9);
        assert_eq!(shown, [open; 4], "{way:?}");
    }
}

#[test]
fn the_page_shows_what_the_command_prints() {
    let rows = page();
    assert_eq!(rows.len(), 12);
    for (way, [median, ..]) in rows {
        let open = Cell::measure(way, 0..60).open.percentile(50).as_millis();
        assert!((median * 3 / 4..=median * 4 / 3).contains(&open), "{way:?}: {open}, not {median} ms");
    }
}
