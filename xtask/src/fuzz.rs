//! Fuzzing: every target, or one, for a while. What is found lands in `fuzz/artifacts`, and what
//! reaches new code in `target/corpus`.

use anyhow::{Result, bail};

use crate::shell::{command, output, root, run, succeeds};

/// Fuzzes for `seconds` each.
pub(crate) fn run_targets(target: Option<&str>, seconds: u32) -> Result<()> {
    if !succeeds("cargo", &["+nightly", "fuzz", "--version"]) {
        bail!("fuzzing needs `rustup toolchain install nightly` and `cargo install cargo-fuzz --locked`");
    }
    let known = output("cargo", &["+nightly", "fuzz", "list"])?;
    let chosen: Vec<&str> =
        known.lines().filter(|name| target.is_none_or(|target| target == *name)).collect();
    if chosen.is_empty() {
        bail!("there is no such target; there are: {}", known.lines().collect::<Vec<_>>().join(", "));
    }
    for name in chosen {
        // What is new goes into the first folder; the committed corpus stays small.
        let (grown, seeds) = (format!("target/corpus/{name}"), format!("fuzz/corpus/{name}"));
        std::fs::create_dir_all(root().join(&grown))?;
        let time = format!("-max_total_time={seconds}");
        let options = [&grown, &seeds, "--", &time, "-max_len=4096", "-print_final_stats=1"];
        run(command("cargo", &["+nightly", "fuzz", "run", name]).args(options))?;
    }
    Ok(())
}
