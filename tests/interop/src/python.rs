//! aiortc in a Python process of its own, spoken to in lines of JSON.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{PATIENCE, eventually};

/// An aiortc peer. Dropping it ends its process.
pub struct Aiortc {
    process: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    /// Everything that it said, in order.
    pub log: Vec<Value>,
}

impl Aiortc {
    /// Starts the peer, in the environment that `cargo xtask setup` made.
    ///
    /// # Errors
    /// If Python or aiortc is missing.
    pub fn start() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join("target/peers/aiortc/bin/python");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/aiortc_peer.py");
        let mut process = Command::new(&python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("aiortc is missing: run `cargo xtask setup`")?;
        let input = process.stdin.take().context("the peer has an input")?;
        let lines = BufReader::new(process.stdout.take().context("the peer has an output")?).lines();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(value) = serde_json::from_str(&line) {
                    let _ = sender.send(value);
                }
            }
        });
        Ok(Self { process, input, output, log: Vec::new() })
    }

    /// Sends a command.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn say(&mut self, command: &Value) -> Result<()> {
        writeln!(self.input, "{command}")?;
        Ok(self.input.flush()?)
    }

    /// Waits for something that the peer says, past things included.
    ///
    /// # Panics
    /// When it does not say it.
    pub fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Value) -> Option<T>) -> T {
        eventually(what, PATIENCE, || {
            self.log.extend(self.output.try_iter());
            self.log.iter().find_map(&mut pick)
        })
    }
}

impl Drop for Aiortc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
