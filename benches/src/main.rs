//! Our stack beside its peers: both ends of each connection in this process, on a simulated clock, measured in CPU time.
//!
//! `cargo xtask bench` runs everything. Repetitions of all contenders are interleaved, so that what else the machine does
//! falls on all of them; what counts are medians and ratios within one run.

#![allow(clippy::field_reassign_with_default, reason = "most of these structs are non-exhaustive")]

mod bulk;
mod floods;
mod link;
mod measure;
mod messages;
mod peers;
mod records;
mod report;
mod setup;

use anyhow::Result;
use clap::Parser;

use crate::report::Report;

/// What to run.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Only scenarios whose name begins like this (S1, S2, S3, S6, S7, S8, S9, F)
    #[arg(long)]
    only: Option<String>,
    /// Only contenders whose name contains this
    #[arg(long)]
    peer: Option<String>,
    /// Repetitions of each measurement
    #[arg(long, default_value_t = 5)]
    reps: usize,
    /// MiB of user data in each bulk measurement
    #[arg(long, default_value_t = 64)]
    mib: u64,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let mut report = Report::new(options);
    bulk::run(&mut report);
    records::run(&mut report);
    setup::run(&mut report);
    messages::run(&mut report);
    floods::run(&report);
    Ok(())
}
