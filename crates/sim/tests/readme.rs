//! What the README shows is what the example does.

const README: &str = include_str!("../README.md");
const TWO_PEERS: &str = include_str!("../examples/two_peers.rs");

#[test]
fn the_readme_shows_the_example() {
    let (_, rest) = README.split_once("```rust\n").expect("the README has Rust code");
    let (shown, _) = rest.split_once("```").expect("the code ends");
    let (_, imports_and_on) = TWO_PEERS.split_once("use std::error").expect("the example has imports");
    assert_eq!(shown, format!("use std::error{imports_and_on}"));
}
