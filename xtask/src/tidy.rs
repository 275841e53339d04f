//! The architecture's invariants (docs/architecture.md), as far as a program can see them, and the documents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use cargo_metadata::semver::VersionReq;
use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};

use crate::documents;
use crate::locks;
use crate::shell::{output, root};
use crate::surface;

/// What the names of our packages begin with. Their libraries are called by the noun alone.
const PREFIX: &str = "ferry-";

/// The edges that invariant 1 allows between crates of ours. Everything may use `base` and `crypto`.
const EDGES: [(&str, &[&str]); 21] = [
    ("base", &[]),
    ("crypto", &[]),
    ("crypto-rust", &[]),
    ("crypto-aws-lc", &["crypto-rust"]),
    ("crypto-conformance", &[]),
    ("stun", &[]),
    ("turn", &["stun"]),
    ("ice", &["stun", "turn"]),
    ("dtls", &[]),
    ("sctp", &[]),
    ("datachannel", &[]),
    ("sdp", &[]),
    ("jsep", &["sdp"]),
    ("rtc", &["ice", "dtls", "sctp", "datachannel", "sdp", "jsep", "stun"]),
    ("recording", &["rtc"]),
    ("sim", &["recording", "rtc"]),
    ("driver", &["rtc"]),
    ("driver-udp", &["rtc", "driver"]),
    ("tokio", &["rtc", "driver-udp"]),
    ("mio", &["rtc", "driver-udp"]),
    ("std", &["rtc", "driver"]),
];

/// The drivers that are called by a runtime: their libraries keep the whole name, because the noun is the runtime's own.
const RUNTIMES: [&str; 3] = ["tokio", "mio", "std"];

/// What several drivers share.
const SHARED_BY_DRIVERS: [&str; 2] = ["driver", "driver-udp"];

/// The crates under `crates/` that may use the standard library.
const WITH_STD: [&str; 9] = [
    "crypto-aws-lc",
    "crypto-conformance",
    "recording",
    "sim",
    "driver",
    "driver-udp",
    "tokio",
    "mio",
    "std",
];

const MAX_FILE_LINES: usize = 600;
const MAX_BASE_LINES: usize = 800;

/// Checks everything, and names everything that is wrong.
pub(crate) fn run() -> Result<()> {
    let packages = packages()?;
    let mut wrong = Vec::new();
    for package in &packages {
        check_edges(package, &mut wrong);
        check_leaves(package, &mut wrong);
        check_crate(package, &mut wrong);
        check_package(package, &mut wrong);
    }
    check_base(&mut wrong);
    check_sources(&mut wrong)?;
    locks::check(&mut wrong)?;
    surface::check(&mut wrong)?;
    documents::check(&mut wrong)?;
    if wrong.is_empty() {
        println!("tidy: {} crates keep the architecture's invariants", packages.len());
        return Ok(());
    }
    for complaint in &wrong {
        eprintln!("tidy: {complaint}");
    }
    bail!("{} things are not as docs/architecture.md has them", wrong.len())
}

/// The names of the crates that must build without an operating system.
pub(crate) fn no_std_crates() -> Result<Vec<String>> {
    let packages = packages()?.into_iter().filter(|package| !WITH_STD.contains(&noun(&package.name)));
    Ok(packages.map(|package| package.name.to_string()).collect())
}

/// The packages under `crates/`, but for programs that are not published: those use what they like.
fn packages() -> Result<Vec<Package>> {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec()?;
    let crates = root().join("crates");
    let is_ours = |package: &Package| package.manifest_path.starts_with(&crates) && is_published(package);
    Ok(metadata.packages.into_iter().filter(is_ours).collect())
}

fn is_published(package: &Package) -> bool {
    package.publish.as_ref().is_none_or(|registries| !registries.is_empty())
}

/// The name of one of our packages, without what all have in common.
fn noun(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn folder(package: &Package) -> PathBuf {
    package.manifest_path.parent().map(PathBuf::from).unwrap_or_default()
}

/// Invariant 1: siblings do not know each other.
fn check_edges(package: &Package, wrong: &mut Vec<String>) {
    let own = noun(&package.name);
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == own) else {
        wrong.push(format!("{}: name the edges of this new crate in xtask/src/tidy.rs", package.name));
        return;
    };
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    for dependency in normal {
        let Some(name) = dependency.name.strip_prefix(PREFIX) else { continue };
        let vocabulary = match name {
            "base" => own != "base" && own != "sdp",
            "crypto" => !matches!(own, "base" | "sdp" | "jsep" | "datachannel"),
            _ => false,
        };
        if !vocabulary && !allowed.contains(&name) {
            wrong.push(format!("{}: must not depend on its sibling {name} (invariant 1)", package.name));
        }
    }
}

/// Drivers are leaves: nobody depends on one, not even for tests.
fn check_leaves(package: &Package, wrong: &mut Vec<String>) {
    let own = noun(&package.name);
    let is_driver = RUNTIMES.contains(&own) || SHARED_BY_DRIVERS.contains(&own);
    for name in package.dependencies.iter().filter_map(|dependency| dependency.name.strip_prefix(PREFIX)) {
        if RUNTIMES.contains(&name) || (SHARED_BY_DRIVERS.contains(&name) && !is_driver) {
            wrong.push(format!("{}: must not depend on the driver {name} (invariant 2)", package.name));
        }
    }
}

/// Invariant 3, and what every crate has.
fn check_crate(package: &Package, wrong: &mut Vec<String>) {
    let folder = folder(package);
    let root = fs::read_to_string(folder.join("src/lib.rs")).unwrap_or_default();
    let with_std = WITH_STD.contains(&noun(&package.name));
    if !with_std && !root.contains("#![no_std]") {
        wrong.push(format!("{}: src/lib.rs must say #![no_std] (invariant 3)", package.name));
    }
    if !folder.join("README.md").is_file() {
        wrong.push(format!("{}: README.md is missing", package.name));
    }
    let manifest = fs::read_to_string(&package.manifest_path).unwrap_or_default();
    if !manifest.contains("[lints]\nworkspace = true") {
        wrong.push(format!("{}: Cargo.toml must take the workspace's lints", package.name));
    }
}

/// What a registry asks of a package, so that `cargo package` works for each.
fn check_package(package: &Package, wrong: &mut Vec<String>) {
    let folder = folder(package);
    let mut expect = |there: bool, what: &str| {
        if !there {
            wrong.push(format!("{}: {what}", package.name));
        }
    };
    expect(package.name.starts_with(PREFIX), "the names of our packages begin with ferry-");
    let noun = noun(&package.name);
    let library = if RUNTIMES.contains(&noun) { package.name.as_str() } else { noun };
    expect(package.targets.iter().any(|t| t.name == library.replace('-', "_")), "[lib] keeps the noun");
    expect(package.description.is_some(), "Cargo.toml has no description");
    expect(!package.keywords.is_empty() && !package.categories.is_empty(), "no keywords or no categories");
    expect(package.metadata.pointer("/docs/rs").is_some(), "Cargo.toml says nothing to docs.rs");
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        expect(folder.join(license).is_file(), &format!("{license} is missing"));
    }
    let unversioned = |d: &&Dependency| {
        d.kind != DependencyKind::Development && d.path.is_some() && d.req == VersionReq::STAR
    };
    for dependency in package.dependencies.iter().filter(unversioned) {
        expect(false, &format!("{} is required without a version", dependency.name));
    }
}

/// Invariant 6: base is vocabulary.
fn check_base(wrong: &mut Vec<String>) {
    let mut files = Vec::new();
    sources_below(&root().join("crates/base/src"), &mut files);
    let lines: usize = files.iter().map(|file| count_lines(file)).sum();
    if lines > MAX_BASE_LINES {
        wrong.push(format!("base: {lines} lines are more than vocabulary ({MAX_BASE_LINES}, invariant 6)"));
    }
}

/// What holds for every source file.
fn check_sources(wrong: &mut Vec<String>) -> Result<()> {
    let listed = output("git", &["ls-files", "*.rs"])?;
    for name in listed.lines() {
        let path = root().join(name);
        let text = fs::read_to_string(&path).unwrap_or_default();
        if path.ends_with("mod.rs") {
            wrong.push(format!("{name}: a module's file is named for the module, not mod.rs"));
        }
        if name.starts_with("crates/") && name.contains("/src/") && text.lines().count() > MAX_FILE_LINES {
            wrong.push(format!("{name}: more than {MAX_FILE_LINES} lines are more than one idea"));
        }
        let ignored = concat!("#[", "ignore");
        if text.contains(ignored) {
            wrong.push(format!("{name}: an ignored test proves nothing"));
        }
    }
    Ok(())
}

fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn count_lines(file: &Path) -> usize {
    fs::read_to_string(file).map(|text| text.lines().count()).unwrap_or_default()
}
