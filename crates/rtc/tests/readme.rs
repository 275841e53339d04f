//! What the documents show is what the examples do, and the files that they name exist.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

use std::path::{Path, PathBuf};

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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands between backticks, if it looks like the path of one file.
fn named_files(document: &str) -> impl Iterator<Item = &str> {
    let is_file = |text: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
        text.contains('/')
            && text.chars().all(plain)
            && [".rs", ".md", ".py", ".html"].iter().any(|end| text.ends_with(end))
    };
    document.split('`').skip(1).step_by(2).filter(is_file)
}

/// The targets of links into this repository.
fn links(document: &str) -> impl Iterator<Item = &str> {
    let targets = document.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    targets.filter(|target| !target.contains("://") && !target.starts_with('#'))
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut count = 0;
    for name in [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/architecture.md",
        "docs/freestanding.md",
        "docs/security.md",
        "docs/status.md",
        "docs/testing.md",
    ] {
        let path = root().join(name);
        let document = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        for file in named_files(&document) {
            let places =
                [file.into(), format!("crates/{file}"), format!("crates/rtc/{file}"), format!("docs/{file}")];
            let found = places.iter().any(|place| root().join(place).is_file());
            assert!(found || file == "foo/tests.rs", "{name} names {file}, which does not exist");
            count += 1;
        }
        for link in links(&document) {
            let target = path.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(target.exists(), "{name} links to {link}, which does not exist");
        }
    }
    assert!(count > 100, "{count} files");
}

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_that_the_table_of_attacks_names_exists() {
    let table = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let code: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let is_sentence = |text: &&str| {
        text.matches('_').count() > 2 && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    };
    let named: Vec<&str> = table.split('`').skip(1).step_by(2).filter(is_sentence).collect();
    for test in &named {
        assert!(code.contains(&format!("fn {test}(")), "there is no test {test}");
    }
    assert!(named.len() > 40, "{} tests", named.len());
}
