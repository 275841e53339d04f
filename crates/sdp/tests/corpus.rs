//! Every description in the shared corpora (browsers and stacks) parses, and `emit(parse(x))` means the same as `x`.

#![allow(clippy::print_stdout, reason = "a test may stop, and says what it skips")]

use std::path::{Path, PathBuf};
use std::{fs, io};

use sdp::{Attribute, ParseErrorKind, SessionDescription};

fn corpora() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if shared.join("corpora").is_dir() {
        return Some(shared);
    }
    println!("skipped: the shared corpora are not beside this checkout");
    None
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "sdp") {
            found.push(path);
        }
    }
    Ok(())
}

fn descriptions() -> Vec<(PathBuf, String)> {
    let Some(shared) = corpora() else { return Vec::new() };
    let mut files = Vec::new();
    for folder in ["corpora/sdp", "corpora/browser-sessions", "reference"] {
        files_below(&shared.join(folder), &mut files).unwrap();
    }
    files.sort();
    let seeds = shared.join("corpora/libwebrtc/test/fuzzers/corpora/sdp-corpus");
    files.extend(
        fs::read_dir(seeds).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()),
    );
    assert!(files.len() > 150, "the corpora shrank to {} files", files.len());
    let read =
        |path: PathBuf| (path.clone(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
    files.into_iter().map(read).collect()
}

fn attributes_of(description: &SessionDescription) -> impl Iterator<Item = &Attribute> {
    description.attributes.iter().chain(description.media.iter().flat_map(|media| &media.attributes))
}

#[test]
fn every_description_parses_and_means_the_same_when_written_again() {
    for (path, text) in descriptions() {
        if text.contains("m=audio {} ") {
            // Two files are source code's templates, in which a port is still to be filled in.
            let error = SessionDescription::parse(&text).unwrap_err();
            assert_eq!((error.line, error.kind), (6, ParseErrorKind::Media), "{}", path.display());
            continue;
        }
        let parsed = SessionDescription::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let written = parsed.to_string();
        let again = SessionDescription::parse(&written).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        // A malformed attribute remembers its line, which moves; everything else has to be equal.
        assert_eq!(again.to_string(), written, "{}", path.display());
        assert_eq!(attributes_of(&again).count(), attributes_of(&parsed).count(), "{}", path.display());
        let lines = text.lines().filter(|line| line.trim().starts_with("a=")).count();
        assert_eq!(attributes_of(&parsed).count(), lines, "{}: an attribute was lost", path.display());
    }
}

#[test]
fn browsers_write_no_attribute_that_is_malformed_to_us() {
    for (path, text) in descriptions() {
        let name = path.to_string_lossy();
        if !(name.contains("browser-sessions") || name.contains("full.offer")) {
            continue;
        }
        let parsed = SessionDescription::parse(&text).unwrap();
        for attribute in attributes_of(&parsed) {
            assert!(!matches!(attribute, Attribute::Malformed { .. }), "{name}: {attribute}");
        }
        // Firefox spells candidates' transports in upper case; we write them in lower case.
        let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        assert_eq!(parsed.to_string().to_ascii_lowercase(), text.to_ascii_lowercase(), "{name}");
    }
}
