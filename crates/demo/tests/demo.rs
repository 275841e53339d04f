//! The program's own words.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::process::{Command, Output};

fn demo(argument: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demo")).arg(argument).output().unwrap()
}

#[test]
fn help_names_every_option() {
    let output = demo("--help");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(["--listen", "--udp", "--public-address"].iter().all(|option| text.contains(option)), "{text}");
}

#[test]
fn an_option_that_does_not_exist_is_named_and_ends_it() {
    let output = demo("--colour");
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("--colour"));
}
