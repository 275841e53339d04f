//! What the README shows is what the example does.

const README: &str = include_str!("../../../README.md");
const RUN_LOOP: &str = include_str!("../examples/run_loop.rs");

/// The Rust code in a document.
fn code_of(document: &str) -> &str {
    let (_, rest) = document.split_once("```rust\n").expect("the document has Rust code");
    rest.split_once("```").expect("the code ends").0
}

#[test]
fn the_readme_shows_the_run_loop_of_the_example() {
    let (_, main) = RUN_LOOP.split_once("\nfn main").expect("the example has a main");
    assert_eq!(code_of(README), format!("fn main{main}"));
}

#[test]
fn the_run_loop_has_forty_lines() {
    assert_eq!(code_of(README).lines().count(), 40);
}
