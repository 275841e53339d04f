//! Figures beside the peers.

use anyhow::Result;

use crate::shell::{cargo, run};

/// Builds the benches and runs them with these arguments.
pub(crate) fn run_benches(arguments: &[String]) -> Result<()> {
    let build = ["run", "--release", "--manifest-path", "benches/Cargo.toml", "--"];
    run(cargo(&build).args(arguments))
}
