//! Other machines than this one: 32 bits, and a browser's.

use anyhow::{Result, bail};

use crate::shell::{cargo, is_ci, output, run, succeeds};
use crate::tool::Tool;

/// Where a `usize` has 32 bits, and the tests can run on this machine.
const I686: &str = "i686-unknown-linux-gnu";

const WASM: &str = "wasm32-unknown-unknown";

/// Whether the programs of a 32-bit Linux can run here.
const IS_LINUX_ON_X86_64: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// What links a 32-bit program.
const MULTILIB: Tool = Tool {
    name: "the 32-bit C library",
    packages: &["gcc-multilib"],
    python: &[],
    probe: ("sh", &["-c", "echo 'int main(){return 0;}' | cc -m32 -x c -o /dev/null -"]),
};

/// Installs what is missing.
pub(crate) fn set_up() -> Result<()> {
    install(WASM)?;
    if IS_LINUX_ON_X86_64 { install(I686) } else { Ok(()) }
}

/// What has to be installed besides.
pub(crate) fn tools() -> Option<&'static Tool> {
    IS_LINUX_ON_X86_64.then_some(&MULTILIB)
}

/// Adds a target to the compiler.
pub(crate) fn install(target: &str) -> Result<()> {
    let installed = output("rustup", &["target", "list", "--installed"]).unwrap_or_default();
    if !installed.contains(target) && !succeeds("rustup", &["target", "add", target]) {
        bail!("the target {target} is missing: install it with `rustup target add {target}`");
    }
    Ok(())
}

/// Runs the tests of the workspace where a `usize` has 32 bits.
pub(crate) fn test_with_32_bits() -> Result<()> {
    if !IS_LINUX_ON_X86_64 && is_ci() {
        bail!("the programs of {I686} run on Linux on x86-64 alone");
    }
    if !IS_LINUX_ON_X86_64 || !MULTILIB.set_up()? {
        println!("left out: the tests with 32 bits");
        return Ok(());
    }
    install(I686)?;
    let mut test = cargo(&["test", "--workspace", "--lib", "--tests", "--target", I686]);
    // The commands and the demo are for the machine of who develops.
    for command in ["xtask", "demo", "drivers", "growth"] {
        test.args(["--exclude", command]);
    }
    // A failure names its place without it.
    run(test.env("CARGO_PROFILE_DEV_DEBUG", "false"))
}

/// Checks what a page in a browser would embed.
pub(crate) fn check_wasm() -> Result<()> {
    install(WASM)?;
    run(&mut cargo(&["check", "--package", "ferry-rtc", "--package", "ferry-crypto-rust", "--target", WASM]))
}
