//! The oldest compiler that we promise (`rust-version` in `Cargo.toml`): every protocol crate has to build with it.

use anyhow::{Context, Result, bail};

use crate::shell::{command, is_ci, root, run, succeeds};
use crate::tidy;

/// The version that the workspace states.
fn version() -> Result<String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml"))?;
    let stated = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    Ok(stated.context("the workspace states no rust-version")?.trim_matches('"').to_string())
}

/// Whether that compiler is there, after trying to install it. In continuous integration it has to be.
pub(crate) fn set_up() -> Result<bool> {
    let version = version()?;
    let is_there = || succeeds("rustup", &["run", &version, "rustc", "--version"]);
    if !is_there() {
        println!("installing Rust {version}");
        let _ = succeeds("rustup", &["toolchain", "install", &version, "--profile", "minimal"]);
    }
    if is_there() {
        return Ok(true);
    }
    let advice = format!("Rust {version} is missing: `rustup toolchain install {version} --profile minimal`");
    if is_ci() {
        bail!(advice);
    }
    println!("{advice}");
    Ok(false)
}

/// Checks the crates with that version.
pub(crate) fn check() -> Result<()> {
    if !set_up()? {
        return Ok(());
    }
    let version = version()?;
    let mut arguments = vec!["run", version.as_str(), "cargo", "check"];
    let packages = tidy::no_std_crates().context("cannot read the workspace")?;
    for package in &packages {
        arguments.extend(["--package", package]);
    }
    run(command("rustup", &arguments).env("CARGO_TARGET_DIR", root().join("target/msrv")))
}
