//! The fuzz corpora of BoringSSL and pion: whatever a peer without keys sends, nothing ends and nothing panics.

#![allow(clippy::print_stderr, reason = "a test says that it was skipped")]

use std::path::{Path, PathBuf};

use base::Instant;
use dtls::{Config, Role, State};

use crate::support::pair::{End, Pair};

/// The corpora lie beside the repository; a clone of it alone has none.
fn corpus(name: &str) -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora").join(name);
    if !root.is_dir() {
        eprintln!("skipped: {name} is not here");
        return None;
    }
    let mut files = vec![];
    collect(&root, &mut files);
    files.sort();
    Some(files)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// Each datagram, into both roles: fresh, and in the middle of a handshake.
fn feed(datagrams: &[&[u8]]) {
    let now = Instant::from_millis(1000);
    let mut pair = Pair::started(Config::default(), Config::default());
    for datagram in pair.client.transmit(now) {
        pair.server.receive(now, &datagram).unwrap();
    }
    let mut fresh = [Role::Client, Role::Server].map(|role| End::new(Config::default(), role, 5));
    fresh.iter_mut().for_each(|end| end.connection.start(now));
    let [client, server] = &mut fresh;
    for end in [client, server, &mut pair.client, &mut pair.server] {
        for datagram in datagrams {
            let _ = end.receive(now, datagram);
            let _ = end.transmit(now);
        }
        assert_eq!(end.connection.state(), State::Connecting);
        assert!(end.delivered.is_empty());
    }
}

/// BoringSSL's transcripts: settings, then datagrams behind 24-bit lengths.
fn framed(mut rest: &[u8]) -> Vec<&[u8]> {
    let start = rest.windows(5).position(|window| matches!(window[3..], [20..=23, 0xfe]));
    rest = &rest[start.unwrap_or(0)..];
    let mut datagrams = vec![];
    while let [a, b, c, behind @ ..] = rest {
        let len = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let (datagram, behind) = behind.split_at(len.min(behind.len()));
        datagrams.push(datagram);
        rest = behind;
    }
    datagrams
}

#[test]
fn the_transcripts_of_boringssl_are_survived() {
    let Some(files) = corpus("dtls-boringssl/fuzz") else { return };
    assert!(files.len() > 500);
    for file in files {
        let bytes = std::fs::read(file).unwrap();
        feed(&framed(&bytes));
    }
}

#[test]
fn the_seeds_of_pion_are_survived() {
    let Some(files) = corpus("pion-dtls") else { return };
    assert!(files.len() > 150);
    for file in files {
        let bytes = std::fs::read(file).unwrap();
        // Raw, whatever it is, and as the content of a record.
        let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        let body = &bytes[..bytes.len().min(4000)];
        record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        record.extend(body);
        let text = String::from_utf8_lossy(&bytes);
        feed(&[&bytes, &record, &unquoted(&text)]);
    }
}

/// Go's corpora write bytes as string literals: `[]byte("\x16...")`.
fn unquoted(text: &str) -> Vec<u8> {
    let literal =
        text.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map_or("", |(literal, _)| literal);
    let mut bytes = vec![];
    let mut rest = literal.chars();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next() } else { None };
        match escaped {
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(0));
            }
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('a') => bytes.push(7),
            Some('b') => bytes.push(8),
            Some('v') => bytes.push(11),
            Some('f') => bytes.push(12),
            Some(other) => bytes.extend(other.to_string().bytes()),
            None => bytes.extend(c.to_string().bytes()),
        }
    }
    bytes
}
