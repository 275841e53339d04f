//! What others wrote and our tests need: how to see whether it is there, how to install it, and what to say where that
//! cannot be done.

use anyhow::{Result, bail};

use crate::shell::{command, is_ci, output, root, run, succeeds};

/// A program or a library that others wrote.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// Debian's packages.
    pub(crate) packages: &'static [&'static str],
    /// Python's packages; they get an environment of their own.
    pub(crate) python: &'static [&'static str],
    /// A command that succeeds where the tool is installed.
    pub(crate) probe: (&'static str, &'static [&'static str]),
}

impl Tool {
    /// Whether the tool is there, after trying to install it. In continuous integration it has to be.
    pub(crate) fn set_up(&self) -> Result<bool> {
        if self.try_to_set_up() {
            return Ok(true);
        }
        let advice = format!("{} is missing, its tests do not run: {}", self.name, self.advice());
        if is_ci() {
            bail!(advice);
        }
        println!("{advice}");
        Ok(false)
    }

    /// Whether the tool is there, after trying to install it. Nobody needs it where it is not.
    pub(crate) fn try_to_set_up(&self) -> bool {
        if self.is_installed() {
            return true;
        }
        println!("installing {}", self.name);
        self.install();
        self.is_installed()
    }

    pub(crate) fn is_installed(&self) -> bool {
        succeeds(self.probe.0, self.probe.1)
    }

    fn install(&self) {
        install_packages(&[self]);
        if !self.python.is_empty() {
            let folder = root().join("target/peers").join(self.name);
            let _ = run(command("python3", &["-m", "venv"]).arg(&folder));
            let python = folder.join("bin/python").to_string_lossy().into_owned();
            let _ = run(command(&python, &["-m", "pip", "install", "--quiet"]).args(self.python));
        }
    }

    fn advice(&self) -> String {
        format!("install (Debian's names) {}, then run `cargo xtask setup`", self.packages.join(", "))
    }
}

/// Tries to install Debian's packages of these, as far as they are missing. A failure shows in the probe that follows.
pub(crate) fn install_packages(tools: &[&Tool]) {
    if !is_root_on_debian() {
        return;
    }
    let mut packages: Vec<&str> = tools.iter().flat_map(|tool| tool.packages).copied().collect();
    packages.retain(|package| !is_package_installed(package));
    if packages.is_empty() {
        return;
    }
    let _ = run(&mut command("apt-get", &["update", "-qq"]));
    let arguments = [&["install", "-y", "-qq"], packages.as_slice()].concat();
    let _ = run(command("apt-get", &arguments).env("DEBIAN_FRONTEND", "noninteractive"));
}

fn is_package_installed(package: &str) -> bool {
    let status = output("dpkg-query", &["--show", "--showformat=${db:Status-Status}", package]);
    status.is_ok_and(|status| status == "installed")
}

fn is_root_on_debian() -> bool {
    succeeds("sh", &["-c", "test \"$(id -u)\" = 0 && command -v apt-get"])
}
