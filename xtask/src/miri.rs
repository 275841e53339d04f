//! The unit tests of the crates that read bytes by hand, interpreted by Miri, which finds what is undefined or leaks.

use anyhow::Result;

use crate::shell::{command, run, succeeds};

/// The crates whose tests Miri gets through in a minute.
const PACKAGES: [&str; 3] = ["ferry-base", "ferry-stun", "ferry-sdp"];

/// Whether Miri is there, after trying to add it to a nightly compiler. Where there is none, nobody needs one.
pub(crate) fn set_up() -> bool {
    let is_there = || succeeds("cargo", &["+nightly", "miri", "--version"]);
    is_there()
        || (succeeds("rustup", &["component", "add", "--toolchain", "nightly", "miri", "rust-src"])
            && is_there())
}

/// Interprets the tests, with a few cases of each property.
pub(crate) fn interpret() -> Result<()> {
    if !set_up() {
        println!("left out: Miri (`rustup toolchain install nightly --component miri,rust-src`)");
        return Ok(());
    }
    let mut miri = command("cargo", &["+nightly", "miri", "test", "--lib"]);
    for package in PACKAGES {
        miri.args(["--package", package]);
    }
    // Properties look for the file of their regressions.
    miri.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "4");
    run(&mut miri)
}
