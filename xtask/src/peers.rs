//! The real peers: what each needs, how it is installed, and which tests talk to it.

use anyhow::{Result, bail};

use crate::namespace::Namespace;
use crate::shell::{cargo, command, is_ci, root, run, succeeds};

/// A program or a library that others wrote, and that our tests talk to.
pub(crate) struct Peer {
    name: &'static str,
    /// Debian's packages.
    packages: &'static [&'static str],
    /// A command that succeeds where the peer is installed.
    probe: (&'static str, &'static [&'static str]),
    /// The workspace and the filter of its tests.
    tests: (&'static str, &'static [&'static str]),
}

/// Every peer.
pub(crate) const ALL: [Peer; 5] = [
    Peer {
        name: "chromium",
        packages: &["chromium", "chromium-driver", "iproute2"],
        probe: ("sh", &["-c", "command -v chromium && command -v chromedriver && command -v ip"]),
        tests: ("tests/interop/Cargo.toml", &["--test", "chromium", "--test", "demo"]),
    },
    Peer {
        name: "aiortc",
        packages: &["python3", "python3-venv", "python3-pip"],
        probe: ("target/peers/aiortc/bin/python", &["-c", "import aiortc"]),
        tests: ("tests/interop/Cargo.toml", &["--test", "aiortc"]),
    },
    Peer {
        name: "openssl",
        packages: &["openssl"],
        probe: ("openssl", &["version"]),
        tests: ("Cargo.toml", &["--package", "dtls", "--test", "openssl"]),
    },
    Peer {
        name: "usrsctp",
        packages: &["libusrsctp-dev", "gcc"],
        probe: ("sh", &["-c", "test -f /usr/include/usrsctp.h && command -v cc"]),
        tests: ("tests/peers/Cargo.toml", &["--test", "sctp_usrsctp"]),
    },
    Peer {
        name: "dcsctp",
        packages: &[],
        probe: ("true", &[]),
        tests: ("tests/peers/Cargo.toml", &["--test", "sctp_dcsctp"]),
    },
];

/// Runs the tests against one peer, or against all.
pub(crate) fn run_tests(name: Option<&str>) -> Result<()> {
    let chosen: Vec<&Peer> = ALL.iter().filter(|peer| name.is_none_or(|name| name == peer.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|peer| peer.name).collect();
        bail!("there is no such peer; there are: {}", names.join(", "));
    }
    for peer in chosen {
        if !peer.set_up()? {
            continue;
        }
        peer.run_tests()?;
    }
    Ok(())
}

/// Installs peers where that is possible.
pub(crate) fn set_up(peers: &[Peer]) -> Result<()> {
    peers.iter().try_for_each(|peer| peer.set_up().map(|_| ()))
}

impl Peer {
    /// Builds outside, where the registry is, and runs in a namespace, so that nothing leaves this machine.
    fn run_tests(&self) -> Result<()> {
        let (manifest, filter) = self.tests;
        let test = |more: &[&str]| cargo(&[&["test", "--manifest-path", manifest], filter, more].concat());
        run(&mut test(&["--no-run"]))?;
        match Namespace::make() {
            Some(namespace) => run(&mut namespace.enter(&test(&["--offline"]))),
            None => {
                println!(
                    "{}: not in a network namespace of its own, which needs root and `ip netns`",
                    self.name
                );
                run(&mut test(&[]))
            }
        }
    }

    fn is_installed(&self) -> bool {
        succeeds(self.probe.0, self.probe.1)
    }

    /// Whether the peer is there, after trying to install it. In continuous integration it has to be.
    fn set_up(&self) -> Result<bool> {
        if self.is_installed() {
            return Ok(true);
        }
        println!("installing {}", self.name);
        self.install();
        if self.is_installed() {
            return Ok(true);
        }
        let advice = format!("{} is missing, its tests do not run: {}", self.name, self.advice());
        if is_ci() {
            bail!(advice);
        }
        println!("{advice}");
        Ok(false)
    }

    fn install(&self) {
        if !self.packages.is_empty() && is_root_on_debian() {
            // A failure shows in the probe that follows.
            let _ = run(&mut command("apt-get", &["update", "-qq"]));
            let mut arguments = vec!["install", "-y", "-qq"];
            arguments.extend(self.packages);
            let _ = run(command("apt-get", &arguments).env("DEBIAN_FRONTEND", "noninteractive"));
        }
        if self.name == "aiortc" {
            let folder = root().join("target/peers/aiortc");
            let _ = run(command("python3", &["-m", "venv"]).arg(&folder));
            let _ = run(&mut command(
                "target/peers/aiortc/bin/python",
                &["-m", "pip", "install", "--quiet", "aiortc"],
            ));
        }
    }

    fn advice(&self) -> String {
        match self.name {
            "aiortc" => "install Python 3 with venv and pip, then run `cargo xtask setup`".into(),
            _ => format!("install (Debian's names) {}", self.packages.join(", ")),
        }
    }
}

fn is_root_on_debian() -> bool {
    succeeds("sh", &["-c", "test \"$(id -u)\" = 0 && command -v apt-get"])
}
