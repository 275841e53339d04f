//! The simulated network: random scenarios, more of them than the tests run or one again, and the table of set-up times.

use anyhow::Result;

use crate::shell::{cargo, run};

/// Runs the scenarios of these seeds. What breaks a promise is described, with its seed and a recording.
pub(crate) fn run_scenarios(seed: Option<u64>, runs: u64) -> Result<()> {
    let (from, to) = seed.map_or((0, runs), |seed| (seed, seed.saturating_add(1)));
    run_example("seeds", &[from, to])
}

/// Prints how long it takes to set a connection up under loss (docs/setup-under-loss.md).
pub(crate) fn print_table() -> Result<()> {
    run_example("setup_under_loss", &[1000])
}

fn run_example(name: &str, numbers: &[u64]) -> Result<()> {
    let numbers = numbers.iter().map(ToString::to_string);
    run(cargo(&["run", "--release", "--quiet", "--package", "sim", "--example", name, "--"]).args(numbers))
}
