//! Messages that others collected: binding requests of browsers, a capture of Chrome, fuzzing seeds.
#![allow(clippy::print_stdout, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};

use stun::{Class, Message, MessageType, MessageWriter, Method};

/// The folder of the corpus, outside of this repository.
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/pion-stun/testdata");
    if !path.is_dir() {
        println!("skipped: no corpus at {}", path.display());
        return None;
    }
    Some(path)
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for c in text.bytes().filter(|c| *c != b'=') {
        bits = bits << 6 | u32::try_from(DIGITS.iter().position(|d| *d == c).unwrap()).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

/// Parses, walks and writes again. Whether it is a message at all.
fn survives(datagram: &[u8]) -> bool {
    let Ok(message) = Message::parse(datagram) else { return false };
    let mut buffer = vec![0; datagram.len() + 64];
    let mut writer =
        MessageWriter::new(&mut buffer, message.message_type(), message.transaction_id()).unwrap();
    for attribute in message.attributes().flatten() {
        writer.attribute(&attribute).unwrap();
    }
    let len = writer.fingerprint().unwrap();
    let again = Message::parse(&buffer[..len]).unwrap();
    let (before, after) = (message.attributes().flatten(), again.attributes().flatten());
    assert!(before.eq(after));
    true
}

#[test]
fn requests_of_browsers_are_binding_requests() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("frombrowsers.csv")).unwrap();
    let mut seen = 0;
    for line in table.lines().filter(|l| !l.starts_with('#')).skip(1) {
        let datagram = base64(line.split(',').nth(1).unwrap());
        assert!(survives(&datagram), "{line}");
        let message = Message::parse(&datagram).unwrap();
        assert_eq!(message.message_type().method, Method::BINDING);
        assert_eq!(message.message_type().class, Class::Request);
        seen += 1;
    }
    assert!(seen > 10, "only {seen} messages");
}

#[test]
fn a_request_of_chrome_is_read_whole() {
    let Some(corpus) = corpus() else { return };
    let datagram = fs::read(corpus.join("ex1_chrome.stun")).unwrap();
    assert!(survives(&datagram));
    assert_eq!(Message::parse(&datagram).unwrap().message_type(), MessageType::BINDING_REQUEST);
}

#[test]
fn fuzzing_seeds_do_no_harm() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for folder in ["FuzzMessage", "FuzzSetters", "FuzzType"] {
        for file in fs::read_dir(corpus.join("fuzz").join(folder)).unwrap() {
            let text = fs::read(file.unwrap().path()).unwrap();
            // The seeds are Go literals. Their text is hostile enough as it is, and behind a valid header.
            survives(&text);
            let body = &text[..text.len() & !3];
            let mut datagram = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            datagram[2..4].copy_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
            datagram.extend(body);
            survives(&datagram);
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} seeds");
}
