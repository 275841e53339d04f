//! The only entry to this project's commands: `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its caller")]

mod bench;
mod deny;
mod documents;
mod freestanding;
mod fuzz;
mod growth;
mod locks;
mod miri;
mod msrv;
mod namespace;
mod no_std;
mod peers;
mod rfc;
mod setup;
mod shell;
mod sim;
mod steps;
mod surface;
mod targets;
mod test;
mod tidy;
mod tool;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The commands of this project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that must pass: format, lints, architecture, documents, tests, bare metal, real peers
    Test {
        /// Leave out what takes long: the bare-metal builds and the real peers
        #[arg(long)]
        quick: bool,
    },
    /// The architecture's invariants (docs/architecture.md)
    Tidy,
    /// Build every protocol crate for a Cortex-M4F and for a RISC-V without atomics
    NoStd,
    /// Run the tests of the workspace where a `usize` has 32 bits (i686)
    I686,
    /// Check what a page in a browser would embed (wasm32)
    Wasm,
    /// Interpret the unit tests of `base`, `stun` and `sdp` (Miri, a nightly compiler)
    Miri,
    /// Check every protocol crate with the oldest compiler that we promise
    Msrv,
    /// Run two peers without an operating system: as a static program, and as a firmware in an emulator
    Freestanding {
        /// Print where the heap goes instead, by crate and by function
        #[arg(long)]
        layers: bool,
    },
    /// Talk to real peers: browsers, libraries and servers that others wrote
    Interop {
        /// One peer only: chromium, aiortc, openssl, usrsctp, dcsctp or str0m
        peer: Option<String>,
    },
    /// Measure our stack beside its peers, in one process; `-- --help` lists what can be chosen
    Bench {
        /// Passed on: --only S1, --peer rtc, --reps 5, --mib 64
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure our own hot paths, one by one
    Micro {
        /// Those only whose name holds this: `sctp`, `idle`
        filter: Option<String>,
        /// Count instructions under valgrind instead of time
        #[arg(long)]
        instructions: bool,
    },
    /// Count how work grows with what an adversary can make large, under valgrind (docs/security.md)
    Growth {
        /// Those scenarios only whose name holds this
        filter: Option<String>,
    },
    /// Fuzz every target, or one (cargo-fuzz, a nightly compiler)
    Fuzz {
        /// One target only
        target: Option<String>,
        /// For how long each
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Random scenarios over the simulated network (docs/testing.md)
    Sim {
        /// One seed only
        #[arg(long)]
        seed: Option<u64>,
        /// How many seeds, from 0 on
        #[arg(long, default_value_t = 1000)]
        runs: u64,
        /// With somebody on the path who injects
        #[arg(long)]
        attacked: bool,
        /// Print how long it takes to set a connection up under loss instead (docs/setup-under-loss.md)
        #[arg(long, conflicts_with_all = ["seed", "runs"])]
        table: bool,
        /// Print what lines of several speeds and lengths carry instead (docs/figures.md)
        #[arg(long, conflicts_with_all = ["seed", "runs", "table"])]
        goodput: bool,
    },
    /// Which sections of an RFC the code cites, and which tests show them; without a number, how many of each
    Rfc {
        /// 9260, for example
        number: Option<u16>,
    },
    /// Install the real peers, the bare-metal targets and the emulator, or say how to get them
    Setup,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Test { quick } => test::run_all(quick),
        Command::Tidy => tidy::run(),
        Command::NoStd => no_std::run(),
        Command::I686 => targets::test_with_32_bits(),
        Command::Wasm => targets::check_wasm(),
        Command::Miri => miri::interpret(),
        Command::Msrv => msrv::check(),
        Command::Freestanding { layers: false } => freestanding::run_programs(),
        Command::Freestanding { layers: true } => freestanding::run_layers(),
        Command::Interop { peer } => peers::run_tests(peer.as_deref()),
        Command::Bench { arguments } => bench::run_benches(&arguments),
        Command::Micro { filter, instructions: false } => bench::time_hot_paths(filter.as_deref()),
        Command::Micro { filter, instructions: true } => bench::count_instructions(filter.as_deref()),
        Command::Growth { filter } => growth::check(filter.as_deref()),
        Command::Fuzz { target, seconds } => fuzz::run_targets(target.as_deref(), seconds),
        Command::Sim { table: true, .. } => sim::print_table(),
        Command::Sim { goodput: true, .. } => sim::print_goodput(),
        Command::Sim { seed, runs, attacked, .. } => sim::run_scenarios(seed, runs, attacked),
        Command::Rfc { number } => rfc::show(number),
        Command::Setup => setup::set_up(),
    }
}
