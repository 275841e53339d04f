//! What is printed: where the heap goes.

use core::fmt::{self, Write};

use crate::heap::{Account, Usage};

/// Prints a line a phase, with what changed since the line before.
pub(crate) struct Report<'a> {
    account: &'a dyn Account,
    out: &'a mut dyn Write,
    last: Usage,
}

impl<'a> Report<'a> {
    /// Begins the table.
    pub(crate) fn new(account: &'a dyn Account, out: &'a mut dyn Write) -> Result<Self, fmt::Error> {
        writeln!(out, "{:<40} {:>8} {:>8} {:>12}", "bytes of heap", "at end", "at most", "allocations")?;
        account.restart_peak();
        Ok(Self { last: account.usage(), account, out })
    }

    /// A phase is over. Gives what was used until now.
    pub(crate) fn phase(&mut self, name: &str) -> Result<Usage, fmt::Error> {
        let usage = self.account.usage();
        let allocations = usage.allocations - self.last.allocations;
        writeln!(self.out, "{name:<40} {:>8} {:>8} {allocations:>12}", usage.live, usage.peak)?;
        self.last = usage;
        self.account.restart_peak();
        Ok(usage)
    }

    /// A line of its own.
    pub(crate) fn line(&mut self, line: fmt::Arguments<'_>) -> fmt::Result {
        writeln!(self.out, "{line}")
    }
}
