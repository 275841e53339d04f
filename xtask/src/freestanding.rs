//! Two peers without an operating system (docs/freestanding.md): as a static program without std and libc, and as a
//! firmware in an emulator.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection};

use crate::no_std;
use crate::shell::{cargo, command, is_ci, root, run};
use crate::tool::Tool;

const MANIFEST: &str = "tests/freestanding/Cargo.toml";

const CORTEX_M4F: &str = "thumbv7em-none-eabihf";

/// Bytes of heap that the pair may use.
const MAX_HEAP: usize = 128 * 1024;

/// The messages that have to go out and to come back.
const EXCHANGED: &str = "messages exchanged: 1000 out and back";

/// Whether the static program is one for this machine.
const IS_LINUX_ON_X86_64: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// How long a program may run. It takes seconds; one that does not end must not hold up the tests for ever.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// The machine that the firmware runs on.
pub(crate) const EMULATOR: Tool = Tool {
    name: "qemu-system-arm",
    packages: &["qemu-system-arm"],
    python: &[],
    probe: ("qemu-system-arm", &["--version"]),
};

/// Builds and runs both programs, and checks what they print.
pub(crate) fn run_programs() -> Result<()> {
    no_std::set_up()?;
    run(&mut cargo(&["test", "--manifest-path", MANIFEST, "--package", "story"]))?;
    if IS_LINUX_ON_X86_64 {
        let program = build("freestanding-x86-64", None)?;
        check("x86-64", &program, &mut command(&program, &[]))?;
    } else if is_ci() {
        bail!("the static program runs on Linux on x86-64 alone");
    } else {
        println!("the static program does not run here: it is one for Linux on x86-64");
    }
    let firmware = build("freestanding-cortex-m4f", Some(CORTEX_M4F))?;
    if EMULATOR.set_up()? {
        check("Cortex-M4F", &firmware, &mut emulator(&firmware))?;
    }
    Ok(())
}

/// Prints where the heap goes, by crate and by function.
pub(crate) fn run_layers() -> Result<()> {
    run(&mut cargo(&["run", "--manifest-path", MANIFEST, "--package", "story", "--example", "layers"]))
}

/// Clippy, for each target what is meant for it.
pub(crate) fn lint() -> Result<()> {
    let clippy = |options: &[&str]| {
        let arguments = [&["clippy", "--manifest-path", MANIFEST, "--all-targets"], options].concat();
        run(cargo(&arguments).args(["--", "-D", "warnings"]))
    };
    // One by one: the features of a critical section exclude each other.
    clippy(&["--package", "story"])?;
    if IS_LINUX_ON_X86_64 {
        clippy(&["--package", "freestanding-x86-64"])?;
    }
    clippy(&["--package", "freestanding-cortex-m4f", "--target", CORTEX_M4F])
}

/// Builds a program. Gives its path.
fn build(package: &str, target: Option<&str>) -> Result<String> {
    let mut build = cargo(&["build", "--release", "--manifest-path", MANIFEST, "--package", package]);
    let mut folder = root().join("target");
    if let Some(target) = target {
        build.args(["--target", target]);
        folder.push(target);
    }
    run(&mut build)?;
    let path = folder.join("release").join(package);
    path.into_os_string().into_string().ok().context("the path of the checkout is no text")
}

fn emulator(firmware: &str) -> Command {
    let machine = ["-machine", "mps2-an386", "-cpu", "cortex-m4", "-nographic", "-monitor", "none"];
    let mut emulator = command(EMULATOR.name, &machine);
    emulator.args(["-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel", firmware]);
    emulator
}

/// Runs a program that has to print what is promised, and shows it.
fn check(name: &str, file: &str, program: &mut Command) -> Result<()> {
    println!("{name}:");
    let output = run_bounded(program, TIME_LIMIT)
        .with_context(|| format!("{name} has not told its story to the end"))?;
    print!("{output}");
    println!("code size: {}", code_size(Path::new(file))?);
    let heap = heap_used(&output).with_context(|| format!("{name} does not say how much heap it used"))?;
    if heap > MAX_HEAP {
        bail!("{name} uses {heap} bytes of heap, more than {MAX_HEAP}");
    }
    if !output.contains(EXCHANGED) {
        bail!("{name} has not exchanged its messages");
    }
    Ok(())
}

/// What a program prints, if it ends well and in time.
fn run_bounded(program: &mut Command, limit: Duration) -> Result<String> {
    let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let end = Instant::now() + limit;
    while child.try_wait()?.is_none() {
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            bail!("it did not end within {limit:?}");
        }
        sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("it failed ({}):\n{text}", output.status);
    }
    Ok(text)
}

/// The bytes in the line about the high-water mark.
fn heap_used(output: &str) -> Option<usize> {
    let line = output.lines().find_map(|line| line.strip_prefix("heap high-water mark: "))?;
    line.split(' ').next()?.parse().ok()
}

/// What the linker put into the program, in words.
fn code_size(program: &Path) -> Result<String> {
    let bytes = fs::read(program)?;
    let (mut code, mut constants, mut data, mut unwinding) = (0, 0, 0, 0);
    for section in object::File::parse(&*bytes)?.sections() {
        match section.name()? {
            ".text" => code += section.size(),
            ".vector_table" | ".rodata" | ".data.rel.ro" | ".got" => constants += section.size(),
            ".data" => data += section.size(),
            name if name.starts_with(".eh_frame") => unwinding += section.size(),
            _ => {}
        }
    }
    let total = code + constants + data;
    let mut words =
        format!("{total} bytes ({code} of instructions, {constants} of constants, {data} of initial data)");
    if unwinding > 0 {
        words += &format!(", beside {unwinding} of unwinding tables that nobody reads");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_says_nothing_of_its_heap_is_not_believed() {
        assert_eq!(heap_used("a line\nheap high-water mark: 70000 of 131072 bytes\n"), Some(70_000));
        assert_eq!(heap_used("heap high-water mark: unknown\n"), None);
        assert_eq!(heap_used("the end\n"), None);
    }

    #[test]
    fn a_program_that_fails_or_does_not_end_has_told_nothing() {
        let run =
            |program: &str, arguments: &[&str], limit| run_bounded(&mut command(program, arguments), limit);
        assert!(run("echo", &["done"], TIME_LIMIT).is_ok_and(|output| output == "done\n"));
        assert!(run("false", &[], TIME_LIMIT).is_err());
        assert!(run("sleep", &["600"], Duration::ZERO).is_err());
    }
}
