//! Everything that must pass.

use anyhow::Result;

use crate::shell::{cargo, run};
use crate::steps::Steps;
use crate::{deny, freestanding, growth, miri, msrv, no_std, peers, setup, targets, tidy};

/// What stands beside the main workspace, so that its lock file stays small.
const SATELLITES: [&str; 3] = ["tests/Cargo.toml", "fuzz/Cargo.toml", "tests/freestanding/Cargo.toml"];

/// Runs every check, cheapest first.
pub(crate) fn run_all(quick: bool) -> Result<()> {
    let mut steps = Steps::default();
    steps.take("what the steps need", if quick { setup::look_for_compiler } else { setup::set_up })?;
    steps.take("format", check_format)?;
    steps.take("architecture", tidy::run)?;
    steps.take("packages", pack)?;
    steps.take("lints", || {
        run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    })?;
    steps.take("documents", || {
        run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    steps.take("tests", test)?;
    if !quick {
        steps.take("licences and sources", deny::check)?;
        steps.take("growth of work", || growth::check(None))?;
        steps.take("tests with 32 bits", targets::test_with_32_bits)?;
        steps.take("wasm", targets::check_wasm)?;
        steps.take("Miri", miri::interpret)?;
        steps.take("without an operating system: every crate", no_std::run)?;
        steps.take("the oldest compiler", msrv::check)?;
        steps.take("lints of the satellites", lint_satellites)?;
        steps.take("without an operating system: two peers", freestanding::run_programs)?;
        steps.take("real peers", || peers::run_tests(None))?;
    }
    steps.print();
    if quick {
        println!("left out: other targets, bare metal and real peers (`cargo xtask test` runs them)");
    }
    Ok(())
}

fn check_format() -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    SATELLITES
        .iter()
        .try_for_each(|manifest| run(&mut cargo(&["fmt", "--all", "--manifest-path", manifest, "--check"])))
}

/// Examples are linted with the rest: those that a test runs, it builds.
fn test() -> Result<()> {
    run(&mut cargo(&["test", "--workspace", "--lib", "--bins", "--tests"]))?;
    run(&mut cargo(&["test", "--workspace", "--doc"]))
}

/// Whether each of our crates can be packed for a registry. They are built in other steps.
fn pack() -> Result<()> {
    let mut package = cargo(&["package", "--quiet", "--workspace", "--no-verify", "--allow-dirty"]);
    for tool in ["xtask", "demo", "drivers", "growth", "targets"] {
        package.args(["--exclude", tool]);
    }
    run(&mut package)
}

fn lint_satellites() -> Result<()> {
    let clippy = |manifest| {
        let mut clippy = cargo(&["clippy", "--manifest-path", manifest, "--workspace", "--all-targets"]);
        clippy.args(["--", "-D", "warnings"]);
        clippy
    };
    run(&mut clippy("tests/Cargo.toml"))?;
    // Nothing is linked, so libFuzzer, which wants a C++ compiler, need not be built.
    run(clippy("fuzz/Cargo.toml").env("CUSTOM_LIBFUZZER_PATH", "/nowhere/libfuzzer.a"))?;
    freestanding::lint()
}
