//! One step after the other, with the time that each took, and what its processes computed meanwhile: where the second is less
//! than the first times the processors, something waits.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps that are done.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    time: Duration,
    /// Of all processors together, where the system tells.
    computed: Option<Duration>,
}

impl Steps {
    /// Takes a step.
    pub(crate) fn take(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("== {name}");
        let (start, before) = (Instant::now(), computed_by_children());
        step().with_context(|| format!("in the step \"{name}\""))?;
        let computed = computed_by_children().zip(before).map(|(after, before)| after.saturating_sub(before));
        self.done.push(Step { name, time: start.elapsed(), computed });
        Ok(())
    }

    /// Prints how long each took.
    pub(crate) fn print(&self) {
        println!("== all done: seconds, and seconds of computing");
        let line = |time: Duration, computed: Duration, name: &str| {
            println!("{:7.1} {:7.1}  {name}", time.as_secs_f64(), computed.as_secs_f64());
        };
        let (mut time, mut computed) = (Duration::ZERO, Duration::ZERO);
        for step in &self.done {
            let its = step.computed.unwrap_or_default();
            line(step.time, its, step.name);
            (time, computed) = (time + step.time, computed + its);
        }
        line(time, computed, "in all");
    }
}

/// What every process that this one started and waited for has computed: `cutime` and `cstime` of `proc(5)`, hundredths of a second.
fn computed_by_children() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in parentheses and may hold anything; 13 numbers stand between it and `cutime`.
    let mut numbers = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut next = || numbers.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (next()? + next()?)))
}
