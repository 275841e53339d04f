//! Which sections of the RFCs the code cites, and which tests cite them too.
//!
//! A citation is `RFC 9260 §6.3.1`; a bare `§6.3.1` belongs to the document that the file named last. What stands in front of a
//! test, or in it, is the test's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::root;

/// Where a section is cited.
#[derive(Debug, Default, PartialEq, Eq)]
struct Places {
    /// Files that do what it says.
    code: Vec<String>,
    /// Tests that show it.
    tests: Vec<String>,
}

/// By RFC and section.
type Citations = BTreeMap<(u16, Section), Places>;

/// The number of a section, in the order of the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Section(Vec<u16>);

impl Section {
    /// `6.3.1`, with whatever follows it left out.
    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let number = text.get(..end)?.trim_end_matches('.');
        number.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().map(Self)
    }
}

impl std::fmt::Display for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u16::to_string).collect();
        write!(f, "§{}", numbers.join("."))
    }
}

/// Prints what is cited of one RFC, or how much of each.
pub(crate) fn show(number: Option<u16>) -> Result<()> {
    let mut citations = Citations::new();
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files)?;
    files.sort();
    for file in files {
        let name = file.strip_prefix(root().join("crates")).unwrap_or(&file).display().to_string();
        collect(&name, &std::fs::read_to_string(&file)?, &mut citations);
    }
    match number {
        Some(number) => show_one(number, &citations),
        None => {
            show_all(&citations);
            Ok(())
        }
    }
}

fn show_all(citations: &Citations) {
    println!("{:>8}  {:>8}  {:>8}", "RFC", "sections", "in tests");
    let mut numbers: Vec<u16> = citations.keys().map(|(number, _)| *number).collect();
    numbers.dedup();
    for number in numbers {
        let of_number = || citations.iter().filter(|((other, _), _)| *other == number);
        let tested = of_number().filter(|(_, places)| !places.tests.is_empty()).count();
        println!("{number:>8}  {:>8}  {tested:>8}", of_number().count());
    }
}

fn show_one(number: u16, citations: &Citations) -> Result<()> {
    let of_number: Vec<_> = citations.iter().filter(|((other, _), _)| *other == number).collect();
    if of_number.is_empty() {
        bail!("nothing cites RFC {number}");
    }
    for ((_, section), Places { code, tests }) in of_number {
        println!("RFC {number} {section}");
        code.iter().for_each(|file| println!("    in      {file}"));
        tests.iter().for_each(|test| println!("    test    {test}"));
    }
    Ok(())
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// Adds the citations of a file.
fn collect(file: &str, text: &str, citations: &mut Citations) {
    let (mut rfc, mut test, mut waiting) = (None, None, Vec::new());
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = function(line) {
            let is_test = std::mem::take(&mut test) == Some(String::new());
            test = is_test.then(|| format!("{file}: {name}"));
            attribute(file, test.as_deref(), &mut waiting, citations);
        } else if line == "#[test]" {
            test = Some(String::new());
        }
        waiting.extend(cited(line, &mut rfc));
        let describes_what_follows = line.starts_with("///") || line.starts_with("#[");
        if !describes_what_follows {
            attribute(file, test.as_deref(), &mut waiting, citations);
        }
    }
    attribute(file, test.as_deref(), &mut waiting, citations);
}

/// The name of a function that begins here.
fn function(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let begins = before.split_whitespace().all(|word| word.starts_with("pub") || word == "const");
    let name = after.split(['(', '<']).next()?;
    (begins && !line.starts_with("//")).then_some(name)
}

/// Notes what has been cited so far for the test, or for the file.
fn attribute(file: &str, test: Option<&str>, waiting: &mut Vec<(u16, Section)>, citations: &mut Citations) {
    for citation in waiting.drain(..) {
        let places = citations.entry(citation).or_default();
        let (list, place) = match test {
            Some(test) if !test.is_empty() => (&mut places.tests, test),
            // The head of a file of tests speaks for all of them.
            _ if file.contains("/tests") => (&mut places.tests, file),
            _ => (&mut places.code, file),
        };
        if list.last().is_none_or(|last| last != place) {
            list.push(place.to_string());
        }
    }
}

/// The sections that a line cites; `rfc` is the one named last.
fn cited(line: &str, rfc: &mut Option<u16>) -> Vec<(u16, Section)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['§', 'R', 'w']) {
        rest = rest.get(at..).unwrap_or_default();
        if let Some(number) = rest.strip_prefix("RFC ") {
            let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            *rfc = number.get(..end).and_then(|digits| digits.parse().ok()).or(*rfc);
        } else if rest.starts_with("webrtc-pc") {
            // A section of W3C's is no RFC's.
            *rfc = None;
        } else if let (Some(section), Some(number)) = (rest.strip_prefix('§'), *rfc) {
            found.extend(Section::parse(section).map(|section| (number, section)));
        }
        rest = rest.get(rest.chars().next().map_or(1, char::len_utf8)..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_is_of_the_test_that_it_describes_and_else_of_the_file() {
        let code = "//! Resets (RFC 6525 §5.1).\n\n/// By §5.2.2, E5.\nfn a() {}\n// webrtc-pc §4.4.1.5\n";
        let tests = "//! Resets (RFC 6525 §5).\n\n/// RFC 6525 §5.1.\n#[test]\nfn a_reset() {\n    // §4.1 says so, RFC 9260 §3 too\n}\nfn help() {}\n";
        let mut citations = Citations::new();
        collect("sctp/src/reset.rs", code, &mut citations);
        collect("sctp/tests/reset.rs", tests, &mut citations);
        let shown: Vec<String> = citations
            .iter()
            .map(|((number, section), places)| {
                format!("{number} {section} {} {}", places.code.len(), places.tests.len())
            })
            .collect();
        assert_eq!(
            shown,
            ["6525 §4.1 0 1", "6525 §5 0 1", "6525 §5.1 1 1", "6525 §5.2.2 1 0", "9260 §3 0 1"]
        );
    }
}
