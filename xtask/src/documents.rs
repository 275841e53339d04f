//! What the documents name exists: files, links, tests.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::shell::{output, root};

/// Checks every document of the repository.
pub(crate) fn check(wrong: &mut Vec<String>) -> Result<()> {
    for name in output("git", &["ls-files", "*.md"])?.lines() {
        let document = fs::read_to_string(root().join(name))?;
        check_files(name, &document, wrong);
        check_links(name, &document, wrong);
    }
    check_attacks(wrong)
}

/// The files between backticks: from the root, or from where the document's readers are.
fn check_files(name: &str, document: &str, wrong: &mut Vec<String>) {
    let own = Path::new(name).parent().unwrap_or(Path::new(""));
    for file in words(document).filter(|word| is_file(word)) {
        let places = [Path::new(""), own, Path::new("crates"), Path::new("crates/rtc"), Path::new("docs")];
        if !places.iter().any(|place| root().join(place).join(file).is_file()) {
            wrong.push(format!("{name}: names {file}, which does not exist"));
        }
    }
}

/// What stands between backticks.
fn words(document: &str) -> impl Iterator<Item = &str> {
    document.split('`').skip(1).step_by(2)
}

/// Whether a word is the path of one file: not a pattern, nor an example under `foo`.
fn is_file(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    word.contains('/')
        && !word.starts_with("foo/")
        && word.chars().all(plain)
        && [".rs", ".md", ".py", ".html"].iter().any(|end| word.ends_with(end))
}

/// The links into this repository.
fn check_links(name: &str, document: &str, wrong: &mut Vec<String>) {
    let folder = root().join(name).parent().map(Path::to_path_buf).unwrap_or_default();
    let targets = document.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    for link in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
        let file = link.split('#').next().unwrap_or(link);
        if !folder.join(file).exists() {
            wrong.push(format!("{name}: links to {link}, which does not exist"));
        }
    }
}

/// The tests that the table of attacks names.
fn check_attacks(wrong: &mut Vec<String>) -> Result<()> {
    const TABLE: &str = "docs/security.md";
    let table = fs::read_to_string(root().join(TABLE))?;
    let mut code = String::new();
    for file in output("git", &["ls-files", "crates/*.rs"])?.lines() {
        code += &fs::read_to_string(root().join(file))?;
    }
    let is_sentence = |word: &&str| {
        word.matches('_').count() > 2 && word.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    };
    for test in words(&table).filter(is_sentence) {
        if !code.contains(&format!("fn {test}(")) {
            wrong.push(format!("{TABLE}: names the test {test}, which does not exist"));
        }
    }
    Ok(())
}
