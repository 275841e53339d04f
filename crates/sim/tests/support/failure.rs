//! What a failing seed leaves behind.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::scenario::Scenario;

/// Plays a scenario. If it breaks a promise: what is wrong, the command that replays it, and where the recordings of both
/// peers are, which a second run has made.
pub fn complaint(scenario: &Scenario) -> Option<String> {
    let wrong = scenario.run(false).wrong?;
    let mut text = format!("seed {}: {wrong}\nreplay it: {}", scenario.seed, scenario.command());
    for (index, capture) in scenario.run(true).captures.iter().enumerate() {
        let path = folder().join(format!("seed-{}-peer-{index}.pcapng", scenario.seed));
        let written = fs::create_dir_all(folder()).and_then(|()| fs::write(&path, capture));
        text += &match written {
            Ok(()) => format!("\npeer {index}: {}", path.display()),
            Err(error) => format!("\npeer {index}: no recording at {}: {error}", path.display()),
        };
    }
    Some(text)
}

/// Beside what the compiler builds.
fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("sim")
}
