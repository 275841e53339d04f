//! The command as `cargo xtask growth` calls it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::BTreeSet;
use std::process::Command;

fn growth(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_growth")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(Into::into).collect()
}

#[test]
fn each_scenario_is_listed_once_with_its_smallest_size() {
    let lines = growth(&[]);
    let names: BTreeSet<&str> = lines.iter().map(|line| line.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(names.len(), lines.len());
    assert!(names.len() > 30 && lines.iter().all(|line| line.rsplit_once(' ').unwrap().1 != "0"));
}

#[test]
fn a_scenario_tells_its_bytes_for_each_size() {
    let lines = growth(&["messages sent and acknowledged, by their streams", "100", "200"]);
    assert_eq!(lines, ["100", "200"]);
}
