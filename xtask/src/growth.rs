//! How work grows with what an adversary can make large (docs/security.md): instructions are counted, so that the same code
//! gives the same figures on any machine, however busy.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow, bail};

use crate::shell::{cargo, root, run};
use crate::tool::Tool;

pub(crate) const VALGRIND: Tool =
    Tool { name: "valgrind", packages: &["valgrind"], python: &[], probe: ("valgrind", &["--version"]) };

/// How often a scenario's size is doubled.
const DOUBLINGS: u32 = 3;

/// What the work for each byte may grow beyond a logarithm: caches of the allocator, the rounding of small trees.
const TOLERANCE: f64 = 1.35;

/// Instructions that cost nobody anything, and hide what is small.
const BASE: f64 = 2_000.0;

/// One scenario at one size.
struct Count {
    size: usize,
    bytes: f64,
    instructions: f64,
}

/// Runs the scenarios whose name holds `filter`, or all, and fails where work grows faster than its bytes and a logarithm.
pub(crate) fn check(filter: Option<&str>) -> Result<()> {
    if !VALGRIND.set_up()? {
        println!("left out: the growth of work, which is counted under valgrind");
        return Ok(());
    }
    // As the tests are built, so that nothing is built twice.
    run(&mut cargo(&["test", "--quiet", "--workspace", "--no-run", "--test", "growth"]))?;
    let program = root().join("target/debug/growth");
    let list = Command::new(&program).output().context("growth does not start")?;
    let mut scenarios = Vec::new();
    for line in String::from_utf8_lossy(&list.stdout).lines() {
        let (name, size) = line.rsplit_once(' ').context("growth lists names and sizes")?;
        if filter.is_none_or(|filter| name.contains(filter)) {
            scenarios.push((name.to_string(), size.parse()?));
        }
    }
    if scenarios.is_empty() {
        bail!("there is no such scenario; `{}` lists them", program.display());
    }
    let mut too_fast = Vec::new();
    for ((name, _), counts) in scenarios.iter().zip(measure_all(&program, &scenarios)?) {
        let factor = growth(&counts);
        println!("{factor:5.2}  {name}: {}", in_words(&counts));
        if factor > TOLERANCE {
            too_fast.push(name.clone());
        }
    }
    if too_fast.is_empty() {
        return Ok(());
    }
    bail!("work grows faster than its bytes times a logarithm: {}", too_fast.join("; "))
}

/// Measures every scenario, as many at once as there are processors: instructions are the same however busy they are.
fn measure_all(program: &Path, scenarios: &[(String, usize)]) -> Result<Vec<Vec<Count>>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Vec<Count>)>> {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, size)) = scenarios.get(index) else { return Ok(done) };
            done.push((index, measure(program, name, *size)?));
        }
    };
    let mut all = std::thread::scope(|scope| -> Result<Vec<(usize, Vec<Count>)>> {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| anyhow!("a measurement has panicked"))??);
        }
        Ok(all)
    })?;
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, counts)| counts).collect())
}

/// Counts under callgrind, which collects inside of `measured` alone and writes a file each time that it ends: all sizes in one
/// process, because valgrind takes longer to start than most scenarios run.
fn measure(program: &Path, name: &str, smallest: usize) -> Result<Vec<Count>> {
    let sizes: Vec<usize> = (0..=DOUBLINGS).map(|doublings| smallest << doublings).collect();
    let files =
        root().join("target/growth").join(name.replace(|letter: char| !letter.is_alphanumeric(), "-"));
    std::fs::create_dir_all(&files)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=growth::measured", "--dump-after=growth::measured"])
        .arg(format!("--callgrind-out-file={}", files.join("count").display()))
        .arg(program)
        .arg(name)
        .args(sizes.iter().map(ToString::to_string))
        .output()?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let told = String::from_utf8_lossy(&output.stdout);
    let counts = (1..).zip(sizes).zip(told.lines()).map(|((number, size), bytes)| {
        let instructions = instructions(&files.join(format!("count.{number}")))?;
        Ok(Count { size, bytes: bytes.parse()?, instructions })
    });
    let counts = counts.collect::<Result<Vec<_>>>().with_context(|| format!("counting {name}"))?;
    if counts.len() <= DOUBLINGS as usize || counts.iter().any(|count| count.instructions == 0.0) {
        bail!("{name}: not every size was measured");
    }
    Ok(counts)
}

/// What one file of callgrind counted.
fn instructions(file: &Path) -> Result<f64> {
    let text = std::fs::read_to_string(file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.context("callgrind tells no total")?.trim().parse()?)
}

/// How much faster than a logarithm the work for each byte has grown, from the smallest size to the largest.
fn growth(counts: &[Count]) -> f64 {
    let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return f64::NAN };
    let for_each_byte = |count: &Count| (count.instructions + BASE) / count.bytes;
    let logarithms = (last.size as f64).log2() / (first.size as f64).log2();
    for_each_byte(last) / for_each_byte(first) / logarithms
}

fn in_words(counts: &[Count]) -> String {
    let words = counts.iter().map(|c| format!("{} at {} ({} bytes)", c.instructions, c.size, c.bytes));
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: impl Fn(f64) -> (f64, f64)) -> Vec<Count> {
        let count = |size: usize| {
            let (bytes, instructions) = of(size as f64);
            Count { size, bytes, instructions }
        };
        [1000, 2000, 4000, 8000].map(count).into()
    }

    #[test]
    fn work_that_follows_its_bytes_is_told_from_work_that_does_not() {
        assert!(growth(&counts(|_| (60.0, 50_000.0))) < TOLERANCE, "a constant");
        assert!(growth(&counts(|n| (60.0, 5_000.0 * n.log2()))) < TOLERANCE, "a logarithm");
        assert!(growth(&counts(|n| (7.0 * n, 100.0 * n * n.log2()))) < TOLERANCE, "n log n for n bytes");
        assert!(growth(&counts(|n| (60.0, 10.0 * n))) > TOLERANCE, "n for a constant");
        assert!(growth(&counts(|n| (7.0 * n, n * n))) > TOLERANCE, "n² for n");
    }
}
