//! Everything that must pass.

use anyhow::Result;

use crate::shell::{cargo, run};
use crate::{no_std, peers, tidy};

/// Runs every check, cheapest first.
pub(crate) fn run_all(quick: bool) -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    run(&mut cargo(&["test", "--workspace"]))?;
    if quick {
        println!("left out: bare metal and real peers (`cargo xtask test` runs them)");
        return Ok(());
    }
    no_std::run()?;
    peers::run_tests(None)
}
