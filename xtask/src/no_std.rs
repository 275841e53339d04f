//! Every protocol crate, built for targets that have no operating system (invariant 3).

use anyhow::{Context, Result};

use crate::shell::{self, cargo};
use crate::{targets, tidy};

/// A RISC-V without atomics, and a Cortex-M4F, for which `cargo xtask freestanding` builds what it runs: here it is checked.
const TARGETS: [(&str, &str); 2] =
    [("riscv32imc-unknown-none-elf", "build"), ("thumbv7em-none-eabihf", "check")];

/// Installs the targets.
pub(crate) fn set_up() -> Result<()> {
    TARGETS.iter().try_for_each(|(target, _)| targets::install(target))
}

/// Builds every crate under `crates/` that does not need an operating system.
pub(crate) fn run() -> Result<()> {
    set_up()?;
    let packages = tidy::no_std_crates().context("cannot read the workspace")?;
    for (target, how) in TARGETS {
        let mut arguments =
            vec![how, "--profile", "unoptimized", "--no-default-features", "--target", target];
        for package in &packages {
            arguments.extend(["--package", package]);
        }
        // A log that only such targets have. `tests/freestanding` builds without it.
        arguments.extend(["--features", "ferry-rtc/defmt"]);
        // Without atomics, `bytes` counts through portable-atomic, which has to be told that there is one core.
        // A firmware says the same by portable-atomic's feature `critical-section`.
        let flags = "--cfg portable_atomic_unsafe_assume_single_core";
        shell::run(cargo(&arguments).env("CARGO_TARGET_RISCV32IMC_UNKNOWN_NONE_ELF_RUSTFLAGS", flags))?;
    }
    Ok(())
}
