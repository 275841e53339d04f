//! One step after the other, with the time that each took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps that are done.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Takes a step.
    pub(crate) fn take(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("== {name}");
        let start = Instant::now();
        step().with_context(|| format!("in the step \"{name}\""))?;
        self.done.push((name, start.elapsed()));
        Ok(())
    }

    /// Prints how long each took.
    pub(crate) fn print(&self) {
        println!("== all done");
        for (name, time) in &self.done {
            println!("{:7.1} s  {name}", time.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, time)| *time).sum();
        println!("{:7.1} s  in all", total.as_secs_f64());
    }
}
