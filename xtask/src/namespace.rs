//! A network namespace of a test's own: whatever runs in it reaches nothing outside it.

use std::process::Command;

use crate::shell::{command, succeeds};

/// The address that stands for the network: loopback is no candidate for most peers.
const ADDRESS: &str = "10.77.0.1/24";

/// A namespace with a loopback device, a pair of virtual Ethernet devices with both ends inside, and a default route
/// that leads nowhere. Dropping it removes it.
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one, where this user and this system may.
    pub(crate) fn make() -> Option<Self> {
        let name = format!("interop-{}", std::process::id());
        if !succeeds("ip", &["netns", "add", &name]) {
            return None;
        }
        let namespace = Self { name };
        let steps: [&[&str]; 6] = [
            &["link", "set", "lo", "up"],
            &["link", "add", "veth0", "type", "veth", "peer", "name", "veth1"],
            &["addr", "add", ADDRESS, "dev", "veth0"],
            &["link", "set", "veth0", "up"],
            &["link", "set", "veth1", "up"],
            &["route", "add", "default", "via", "10.77.0.254"],
        ];
        let done = steps.iter().all(|step| {
            let inside: [&str; 2] = ["-n", &namespace.name];
            succeeds("ip", &[&inside, *step].concat())
        });
        done.then_some(namespace)
    }

    /// The same command, run inside.
    pub(crate) fn enter(&self, inside: &Command) -> Command {
        let mut outside = command("ip", &["netns", "exec", &self.name]);
        outside.arg(inside.get_program()).args(inside.get_args());
        for (name, value) in inside.get_envs() {
            if let Some(value) = value {
                outside.env(name, value);
            }
        }
        outside
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = succeeds("ip", &["netns", "delete", &self.name]);
    }
}
