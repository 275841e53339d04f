//! The lock files of the workspaces: what two of them name is the same version, so that nothing is built twice.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

use crate::shell::root;

/// The lock files beside the main one.
const OTHERS: [&str; 3] = ["tests/Cargo.lock", "tests/freestanding/Cargo.lock", "fuzz/Cargo.lock"];

/// The name of a package, and of its versions those that Cargo takes for compatible.
type Slot = (String, String);

/// Names every package of which two lock files have different versions.
pub(crate) fn check(wrong: &mut Vec<String>) -> Result<()> {
    let main = read("Cargo.lock")?;
    for other in OTHERS {
        for ((name, compatible), version) in read(other)? {
            let Some(expected) = main.get(&(name.clone(), compatible)) else { continue };
            if *expected != version {
                wrong.push(format!(
                    "{other}: {name} {version} and not {expected}, as in Cargo.lock: both would be built \
                     (`cargo update {name}@{version} --precise {expected}`)"
                ));
            }
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<BTreeMap<Slot, String>> {
    let text = fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))?;
    Ok(packages(&text))
}

fn packages(lock: &str) -> BTreeMap<Slot, String> {
    let value = |line: &str, key: &str| {
        line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"').map(ToString::to_string)
    };
    let mut found = BTreeMap::new();
    let mut name = String::new();
    for line in lock.lines() {
        if let Some(named) = value(line, "name") {
            name = named;
        } else if let Some(version) = value(line, "version") {
            found.insert((name.clone(), compatible(&version)), version);
        }
    }
    found
}

/// What compatible versions have in common: everything up to the first number that is not zero.
fn compatible(version: &str) -> String {
    let numbers: Vec<&str> = version.split('.').collect();
    let count = numbers.iter().position(|number| *number != "0").map_or(numbers.len(), |at| at + 1);
    numbers.iter().take(count).copied().collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compatible_up_to_the_first_number_that_counts() {
        assert_eq!(compatible("1.12.2"), "1");
        assert_eq!(compatible("0.12.2"), "0.12");
        assert_eq!(compatible("0.0.2"), "0.0.2");
    }

    #[test]
    fn a_package_is_read_once_for_each_of_its_incompatible_versions() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        let found = packages(lock);
        assert_eq!(found.len(), 2);
        assert_eq!(found.get(&("a".to_string(), "2".to_string())).map(String::as_str), Some("2.0.0"));
    }
}
