//! A file from one process to another over loopback, by each driver, and by the loop of the README.
//!
//! `cargo run --release -p drivers -- tokio 1024` sends 1024 MiB, and prints the seconds that took and the CPU seconds of each
//! process. The other ways are `mio`, `std`, and `loop`; all of them one after the other without arguments.

mod drive;
mod transfer;

use std::error::Error;
use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use serde_json::{from_str, to_string};

use crate::drive::Way;
use crate::transfer::{Role, Transfer};

/// What a step leads to.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// How much is sent without a second argument, in MiB.
const DEFAULT_MIB: usize = 1024;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let ways = match arguments.first() {
        Some(name) => vec![Way::from_name(name).ok_or("tokio, mio, std, or loop")?],
        None => Way::ALL.to_vec(),
    };
    let mib = arguments.get(1).map_or(Ok(DEFAULT_MIB), |mib| mib.parse())?;
    let is_receiver = arguments.get(2).is_some_and(|role| role == "receive");
    for way in ways {
        if is_receiver { receive(way, mib << 20)? } else { send(way, mib)? }
    }
    Ok(())
}

/// The process that a user starts: it sends, and starts the one that receives.
#[allow(clippy::print_stdout, reason = "a program owns the terminal")]
fn send(way: Way, mib: usize) -> Outcome<()> {
    let mut receiver = Receiver::start(way, mib)?;
    let before = cpu_time()?;
    let took = way.run(Transfer::new(Role::Sender, mib << 20), |offer| receiver.exchange(offer))?;
    let sender = (cpu_time()? - before).as_secs_f64();
    let receiver = receiver.end()?;
    let seconds = took.as_secs_f64();
    println!(
        "{:6} {mib} MiB in {seconds:.2} s; sender {sender:.2} CPU s, receiver {receiver:.2} CPU s",
        way.name()
    );
    Ok(())
}

/// The other process: its standard input is the offer, its standard output the answer and its CPU time.
#[allow(clippy::print_stdout, reason = "a program owns the terminal")]
fn receive(way: Way, total: usize) -> Outcome<()> {
    let mut offer = String::new();
    stdin().lock().read_line(&mut offer)?;
    let offer: String = from_str(&offer)?;
    way.run(Transfer::new(Role::Receiver { offer }, total), |answer| {
        println!("{}", to_string(answer)?);
        Ok(String::new())
    })?;
    println!("{}", cpu_time()?.as_secs_f64());
    Ok(())
}

/// The process that receives.
struct Receiver {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Receiver {
    fn start(way: Way, mib: usize) -> Outcome<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args([way.name(), &mib.to_string(), "receive"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(process.stdout.take().ok_or("no output")?);
        Ok(Self { process, output })
    }

    /// An offer for an answer.
    fn exchange(&mut self, offer: &str) -> Outcome<String> {
        let input = self.process.stdin.as_mut().ok_or("no input")?;
        writeln!(input, "{}", to_string(offer)?)?;
        Ok(from_str(&self.line()?)?)
    }

    /// Waits for its end; its CPU time.
    fn end(mut self) -> Outcome<f64> {
        let seconds = self.line()?.trim().parse()?;
        self.process.wait()?;
        Ok(seconds)
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line)
    }
}

/// What this process has taken of the processors, in user mode and in the system: fields 14 and 15 of `/proc/self/stat`, in
/// hundredths of a second.
fn cpu_time() -> Outcome<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let mut ticks = 0;
    for field in fields.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 10))
}
