//! What the README and the guide show is what the example does.

use crate::subject::EXAMPLE;

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
const GUIDE: &str = include_str!("../../rtc/guide/drivers.md");

#[test]
fn the_readme_shows_the_example_which_has_at_most_forty_lines() {
    let (_, code) = README.split_once("```rust,no_run\n").expect("the document has Rust code");
    let code = code.split_once("```").expect("the code ends").0;
    let (_, example) = EXAMPLE.split_once("\nuse ").expect("the example uses something");
    assert_eq!(code, format!("use {example}"));
    assert!(code.lines().count() <= 40);
}

#[test]
fn the_guide_shows_three_lines_of_the_example() {
    let heading = concat!("\n## ", env!("CARGO_PKG_NAME"), "\n\n```text\n");
    let (_, code) = GUIDE.split_once(heading).expect("the guide has a section on this driver");
    let code = code.split_once("```").expect("the code ends").0;
    assert_eq!(code.lines().count(), 3);
    for line in code.lines() {
        assert!(EXAMPLE.lines().any(|other| other.trim() == line), "{line}");
    }
}
