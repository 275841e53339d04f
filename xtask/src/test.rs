//! Everything that must pass.

use anyhow::{Result, bail};

use crate::shell::{cargo, run, succeeds};
use crate::{freestanding, msrv, no_std, peers, tidy};

/// What stands beside the main workspace, so that its lock file stays small.
const SATELLITES: [&str; 5] = ["tests/interop", "tests/peers", "benches", "benches/micro", "fuzz"];

/// Runs every check, cheapest first.
pub(crate) fn run_all(quick: bool) -> Result<()> {
    if !succeeds("cc", &["--version"]) {
        bail!("a C compiler is missing, which crypto-aws-lc is built with: install (Debian's name) gcc");
    }
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    for satellite in SATELLITES.iter().chain(&["tests/freestanding"]) {
        run(&mut cargo(&["fmt", "--all", "--manifest-path", &format!("{satellite}/Cargo.toml"), "--check"]))?;
    }
    tidy::run()?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    run(&mut cargo(&["test", "--workspace"]))?;
    if quick {
        println!("left out: bare metal and real peers (`cargo xtask test` runs them)");
        return Ok(());
    }
    no_std::run()?;
    msrv::check()?;
    for satellite in SATELLITES {
        let manifest = format!("{satellite}/Cargo.toml");
        let options = ["--workspace", "--all-targets", "--", "-D", "warnings"];
        run(cargo(&["clippy", "--manifest-path", &manifest]).args(options))?;
    }
    freestanding::lint()?;
    freestanding::run_programs()?;
    run(&mut cargo(&["test", "--manifest-path", "fuzz/Cargo.toml", "--package", "targets"]))?;
    peers::run_tests(None)
}
