//! What the README shows is what the example does.

const README: &str = include_str!("../README.md");
const ECHO: &str = include_str!("../examples/echo_std.rs");

#[test]
fn the_readme_shows_the_example_which_has_at_most_forty_lines() {
    let (_, code) = README.split_once("```rust,no_run\n").expect("the document has Rust code");
    let code = code.split_once("```").expect("the code ends").0;
    let (_, example) = ECHO.split_once("\nuse ").expect("the example uses something");
    assert_eq!(code, format!("use {example}"));
    assert!(code.lines().count() <= 40);
}
