//! Runs one scenario at some sizes, for `cargo xtask growth`, which counts the instructions of what is measured.
//!
//! ```text
//! growth                 the names of the scenarios, each with its smallest size
//! growth NAME SIZE...    runs one at each size; prints how many bytes caused the work that is measured
//! ```
//!
//! Work is to follow the bytes that cause it: where a scenario of twice the size has the same bytes, its work may grow by a
//! logarithm; where it has twice the bytes, by twice and a logarithm.

#![allow(clippy::print_stdout, reason = "a command speaks to its caller")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a measurement may stop")]

mod data_channels;
mod demultiplexing;
mod descriptions;
mod endpoint;
mod ice_lists;
mod sctp_association;

/// Something that an adversary can make large, and the verb that meets it.
struct Scenario {
    name: &'static str,
    /// The smallest size; it is measured at twice, four and eight times this as well.
    size: usize,
    /// Prepares the state of this size, and measures one verb. How many bytes caused the work.
    run: fn(usize) -> usize,
}

const SCENARIOS: &[&[Scenario]] = &[
    data_channels::SCENARIOS,
    demultiplexing::SCENARIOS,
    descriptions::SCENARIOS,
    endpoint::SCENARIOS,
    ice_lists::SCENARIOS,
    sctp_association::SCENARIOS,
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let scenarios = || SCENARIOS.iter().copied().flatten();
    let Some(name) = arguments.next() else {
        scenarios().for_each(|scenario| println!("{} {}", scenario.name, scenario.size));
        return;
    };
    let scenario = scenarios().find(|scenario| scenario.name == name).unwrap();
    arguments.for_each(|size| println!("{}", (scenario.run)(size.parse().unwrap())));
}

/// Runs what is counted: the instructions in here, and in all that it calls.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}
