//! What Wireshark makes of a recording.

use std::fs;
use std::process::Command;

use crate::call::{WORD, record};

/// Whether there is a tshark to read with; if not, says so once a test, and fails where everything must be there.
fn is_missing() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: there is no tshark here (apt-get install tshark)");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "tshark has to be there");
    }
    !found
}

/// What tshark prints of a recording.
fn read(name: &str, file: &[u8], options: &[&str]) -> String {
    let path = std::env::temp_dir().join(format!("ferry-recording-{}-{name}.pcapng", std::process::id()));
    fs::write(&path, file).unwrap();
    let output = Command::new("tshark").arg("-r").arg(&path).args(options).output().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const PROTOCOLS: [&str; 4] = ["-T", "fields", "-e", "frame.protocols"];

#[test]
fn wireshark_sees_stun_dtls_and_sctp() {
    if is_missing() {
        return;
    }
    let protocols = read("clear", &record(false), &PROTOCOLS);
    for expected in ["raw:ip:udp:stun", "raw:ip:udp:dtls", "sctp"] {
        assert!(protocols.lines().any(|line| line == expected), "{expected}:\n{protocols}");
    }
}

#[test]
fn wireshark_opens_what_the_network_saw_by_the_secret() {
    if is_missing() {
        return;
    }
    // What is inside, in hexadecimal digits, of the datagrams of either direction.
    let inside =
        |file: &[u8], filter: &str| read("inside", file, &["-Y", filter, "-T", "fields", "-e", "data.data"]);
    let word: String = WORD.bytes().map(|byte| format!("{byte:02x}")).collect();
    let (open, closed) = (record(true), record(false));
    assert!(inside(&open, "dtls && ip.src == 192.0.2.1").contains(&word));
    assert_eq!(inside(&closed, "dtls").trim(), "");
    let opened = |file: &[u8]| read("opened", file, &["-Y", "dtls.handshake.verify_data"]).lines().count();
    assert_eq!((opened(&open), opened(&closed)), (2, 0), "the Finished of both");
}
