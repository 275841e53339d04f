//! Random scenarios over the simulated network: more of them than the tests run, or one again.

use anyhow::Result;

use crate::shell::{cargo, run};

/// Runs the scenarios of these seeds. What breaks a promise is described, with its seed.
pub(crate) fn run_scenarios(seed: Option<u64>, runs: u64) -> Result<()> {
    let (from, to) = seed.map_or((0, runs), |seed| (seed, seed.saturating_add(1)));
    let seeds = [from.to_string(), to.to_string()];
    run(cargo(&["run", "--release", "--quiet", "--package", "sim", "--example", "seeds", "--"]).args(seeds))
}
