//! Addresses that really come and go: in a network namespace, which the test enters by running itself once more.
#![cfg(target_os = "linux")]

use std::env;
use std::process::{Command, Output};

use crate::several_sockets::SeveralSockets;
use crate::suite::Pair;

/// This test, as its program calls it.
const NAME: &str = "interfaces::an_address_that_comes_carries_the_connection_when_the_other_one_goes";

/// Says to the test that it is inside.
const INSIDE: &str = "FERRY_TEST_IS_INSIDE";

/// The addresses of two interfaces.
const FIRST: &str = "10.79.1.1";
const SECOND: &str = "10.79.2.1";

/// From here nobody reaches the others.
const LOOPBACK: &str = "127.0.0.1";

/// Where the peer is: an address of this host that no interface has, so that a wildcard does not stand for it.
const PEER: &str = "10.79.9.9";

/// What there is before anything comes or goes.
const BEGINNING: [&str; 8] = [
    "link set lo up",
    "link add one type veth peer name one-end",
    "link set one up",
    "link set one-end up",
    "link add two type veth peer name two-end",
    "link set two up",
    "link set two-end up",
    "route add local 10.79.9.0/24 dev lo",
];

#[test]
fn an_address_that_comes_carries_the_connection_when_the_other_one_goes() {
    if env::var_os(INSIDE).is_some() {
        return come_and_go();
    }
    if !inside("ip", &["link"]).is_some_and(|output| output.status.success()) {
        println!("left out: this system lets us have no network namespace");
        return;
    }
    let program = env::current_exe().unwrap();
    let output = inside(program.to_str().unwrap(), &["--exact", NAME]).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Runs a program in a namespace of its own, as one who may do there what administrators may.
fn inside(program: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", program]).args(arguments).env(INSIDE, "");
    command.output().ok()
}

fn come_and_go() {
    BEGINNING.into_iter().for_each(ip);
    ip(&format!("addr add {FIRST}/24 dev one"));
    let mut pair = Pair::new(["0.0.0.0:0", &format!("{PEER}:0")]);
    assert_eq!(addresses(&pair), [FIRST, LOOPBACK]);
    pair.transfer();

    ip(&format!("addr add {SECOND}/24 dev two"));
    assert!(pair.a.driver.has_other_addresses());
    assert_eq!(addresses(&pair), [FIRST, SECOND, LOOPBACK]);
    pair.transfer_again();

    ip(&format!("addr del {FIRST}/24 dev one"));
    assert!(pair.a.driver.has_other_addresses());
    assert_eq!(addresses(&pair), [SECOND, LOOPBACK]);
    pair.transfer_again();
    assert!(!pair.a.driver.has_other_addresses());
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

fn addresses(pair: &Pair) -> Vec<String> {
    pair.a.driver.local_addresses().map(|address| address.ip().to_string()).collect()
}
