//! What any step of the tests needs: looked for before the first step, and installed where it can be.

use anyhow::{Result, bail};

use crate::shell::succeeds;
use crate::tool::{self, Tool};
use crate::{deny, freestanding, growth, miri, msrv, no_std, peers, targets};

/// What compiles the provider that is written in C.
pub(crate) fn look_for_compiler() -> Result<()> {
    if succeeds("cc", &["--version"]) {
        return Ok(());
    }
    bail!("a C compiler is missing, which crypto-aws-lc is built with: install (Debian's name) gcc")
}

/// All that the whole command needs. Debian's packages come at once: each call of its tool takes seconds.
pub(crate) fn set_up() -> Result<()> {
    look_for_compiler()?;
    let tools = || {
        [&freestanding::EMULATOR, &growth::VALGRIND].into_iter().chain(targets::tools()).chain(peers::tools())
    };
    tool::install_packages(&tools().filter(|tool| !tool.is_installed()).collect::<Vec<&Tool>>());
    tools().try_for_each(|tool| tool.set_up().map(|_| ()))?;
    no_std::set_up()?;
    targets::set_up()?;
    msrv::set_up()?;
    miri::set_up();
    deny::CARGO_DENY.try_to_set_up();
    Ok(())
}
