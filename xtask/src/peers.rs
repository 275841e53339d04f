//! The real peers: what each needs, how it is installed, and which tests talk to it.

use anyhow::{Result, bail};

use crate::namespace::Namespace;
use crate::shell::{cargo, run};
use crate::tool::Tool;

/// A program or a library that our tests talk to.
pub(crate) struct Peer {
    tool: Tool,
    /// Where its tests are, and the modules that they are in.
    tests: (Program, &'static [&'static str]),
}

/// A program of tests, as Cargo knows it.
#[derive(Clone, Copy)]
enum Program {
    /// The tests of the main workspace, all of them, so that nothing is built twice.
    Workspace,
    /// `tests/interop` and `tests/peers`. They are built together, so that what both need is built once.
    Satellites,
}

impl Program {
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Workspace => &["test", "--workspace", "--test", "integration"],
            Self::Satellites => &[
                "test",
                "--manifest-path",
                "tests/Cargo.toml",
                "--package",
                "interop",
                "--package",
                "peers",
                "--test",
                "integration",
            ],
        }
    }
}

/// Every peer.
const ALL: [Peer; 7] = [
    Peer {
        tool: Tool {
            name: "chromium",
            packages: &["chromium", "chromium-driver", "iproute2"],
            python: &[],
            probe: ("sh", &["-c", "command -v chromium && command -v chromedriver && command -v ip"]),
        },
        tests: (Program::Satellites, &["chromium::", "demo::"]),
    },
    Peer {
        tool: Tool {
            name: "aiortc",
            packages: &["python3", "python3-venv", "python3-pip"],
            python: &["aiortc"],
            probe: ("target/peers/aiortc/bin/python", &["-c", "import aiortc"]),
        },
        tests: (Program::Satellites, &["aiortc::"]),
    },
    Peer {
        tool: Tool { name: "openssl", packages: &["openssl"], python: &[], probe: ("openssl", &["version"]) },
        tests: (Program::Workspace, &["openssl::"]),
    },
    Peer {
        tool: Tool { name: "tshark", packages: &["tshark"], python: &[], probe: ("tshark", &["--version"]) },
        tests: (Program::Workspace, &["wireshark::"]),
    },
    Peer {
        tool: Tool {
            name: "usrsctp",
            packages: &["libusrsctp-dev", "gcc"],
            python: &[],
            probe: ("sh", &["-c", "test -f /usr/include/usrsctp.h && command -v cc"]),
        },
        tests: (Program::Satellites, &["sctp_usrsctp::"]),
    },
    Peer {
        tool: Tool { name: "dcsctp", packages: &[], python: &[], probe: ("true", &[]) },
        tests: (Program::Satellites, &["sctp_dcsctp::", "simulated_dcsctp::"]),
    },
    Peer {
        tool: Tool { name: "str0m", packages: &[], python: &[], probe: ("true", &[]) },
        tests: (Program::Satellites, &["simulated_str0m::"]),
    },
];

/// Runs the tests against one peer, or against all.
pub(crate) fn run_tests(name: Option<&str>) -> Result<()> {
    let chosen: Vec<&Peer> =
        ALL.iter().filter(|peer| name.is_none_or(|name| name == peer.tool.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|peer| peer.tool.name).collect();
        bail!("there is no such peer; there are: {}", names.join(", "));
    }
    for peer in chosen {
        if !peer.tool.set_up()? {
            continue;
        }
        peer.run_tests()?;
    }
    Ok(())
}

/// What the peers are.
pub(crate) fn tools() -> impl Iterator<Item = &'static Tool> {
    ALL.iter().map(|peer| &peer.tool)
}

impl Peer {
    /// Builds outside, where the registry is, and runs in a namespace, so that nothing leaves this machine.
    fn run_tests(&self) -> Result<()> {
        let (program, modules) = self.tests;
        run(&mut cargo(&[program.arguments(), &["--no-run"]].concat()))?;
        let test = |more: &[&str]| cargo(&[program.arguments(), more, &["--"], modules].concat());
        match Namespace::make() {
            Some(namespace) => run(&mut namespace.enter(&test(&["--offline"]))),
            None => {
                println!(
                    "{}: not in a network namespace of its own, which needs root and `ip netns`",
                    self.tool.name
                );
                run(&mut test(&[]))
            }
        }
    }
}
