//! The simulated network: random scenarios, more of them than the tests run or one again, and the tables of set-up times and of goodput.

use anyhow::Result;

use crate::shell::{cargo, run};

/// Runs the scenarios of these seeds. What breaks a promise is described, with its seed and a recording.
pub(crate) fn run_scenarios(seed: Option<u64>, runs: u64, attacked: bool) -> Result<()> {
    let (from, to) = seed.map_or((0, runs), |seed| (seed, seed.saturating_add(1)));
    let mut words = vec![from.to_string(), to.to_string()];
    words.extend(attacked.then(|| "attacked".to_string()));
    run_example("seeds", &words)
}

/// Prints how long it takes to set a connection up under loss (docs/setup-under-loss.md).
pub(crate) fn print_table() -> Result<()> {
    run_example("setup_under_loss", &["1000".to_string()])
}

/// Prints what a line carries in a virtual minute (docs/figures.md).
pub(crate) fn print_goodput() -> Result<()> {
    run_example("goodput", &["60".to_string()])
}

fn run_example(name: &str, words: &[String]) -> Result<()> {
    run(cargo(&["run", "--release", "--quiet", "--package", "ferry-sim", "--example", name, "--"])
        .args(words))
}
