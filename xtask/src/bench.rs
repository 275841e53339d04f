//! Figures beside the peers, and of our own hot paths.

use anyhow::{Result, bail};

use crate::growth::VALGRIND;
use crate::shell::{cargo, root, run};

const MICRO: &str = "benches/micro/Cargo.toml";

/// What starts valgrind for `gungraun`, of the version that `benches/micro` names.
const RUNNER: &str = "gungraun-runner@0.20.0";

/// Builds the benches and runs them with these arguments.
pub(crate) fn run_benches(arguments: &[String]) -> Result<()> {
    let build = ["run", "--release", "--manifest-path", "benches/Cargo.toml", "--"];
    run(cargo(&build).args(arguments))
}

/// Measures the hot paths whose name holds `filter`, or all.
pub(crate) fn time_hot_paths(filter: Option<&str>) -> Result<()> {
    let bench = ["bench", "--quiet", "--manifest-path", MICRO, "--bench", "time", "--"];
    run(cargo(&bench).args(filter))
}

/// Counts the instructions of the hot paths whose name holds `filter`, or of all.
pub(crate) fn count_instructions(filter: Option<&str>) -> Result<()> {
    if !VALGRIND.set_up()? {
        bail!("instructions are counted under valgrind");
    }
    let tools = root().join("target/tools");
    run(cargo(&["install", "--quiet", "--locked", RUNNER, "--root"]).arg(&tools))?;
    let bench = ["bench", "--quiet", "--manifest-path", MICRO, "--bench", "instructions", "--"];
    let mut bench = cargo(&bench);
    bench.args(["--callgrind-metrics=ir", "--nosummary", "--truncate-description=no"]);
    bench.args(filter.map(|filter| format!("*{filter}*")));
    run(bench.env("GUNGRAUN_RUNNER", tools.join("bin/gungraun-runner")))
}
