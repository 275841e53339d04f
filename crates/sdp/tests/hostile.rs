//! Texts that nobody honest writes: a clear error or a description, never a panic, never more than linear time.

use proptest::prelude::*;
use sdp::{Attribute, Candidate, ParseErrorKind, SessionDescription};

const SMALL: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

#[test]
fn a_megabyte_of_lines_is_read_in_one_pass() {
    let text = format!("{SMALL}{}", "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n".repeat(24_000));
    assert!(text.len() > 1_000_000);
    assert_eq!(SessionDescription::parse(&text).unwrap().attributes.len(), 24_000);
}

#[test]
fn ten_thousand_sections_are_ten_thousand_sections() {
    let text = format!("{SMALL}{}", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n".repeat(10_000));
    assert_eq!(SessionDescription::parse(&text).unwrap().media.len(), 10_000);
}

#[test]
fn one_line_of_a_megabyte_is_one_attribute() {
    let text = format!("{SMALL}a=x:{}\r\n", "y".repeat(1 << 20));
    assert_eq!(SessionDescription::parse(&text).unwrap().attributes.len(), 1);
}

/// A line may end with a line feed alone: RFC 8866 §5.
#[test]
fn nul_bytes_and_bare_line_feeds_are_survived() {
    let text = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=x:\0y\n\0\n";
    let description = SessionDescription::parse(text).unwrap();
    // No byte string may hold NUL (RFC 8866 §9): it counts as white space.
    assert_eq!(description.attributes, [Attribute::Other { name: "x".into(), value: Some(" y".into()) }]);
}

/// RFC 8866 §5 (the form of a line), §5.1 (the version), §5.14 (the sections).
#[test]
fn an_empty_text_and_a_line_without_equals_sign_are_errors_with_their_line() {
    assert_eq!(SessionDescription::parse("").unwrap_err().kind, ParseErrorKind::Empty);
    let error = SessionDescription::parse("v=0\r\nhello\r\n").unwrap_err();
    assert_eq!((error.line, error.kind), (2, ParseErrorKind::NotALine));
    assert_eq!(SessionDescription::parse("v=1\r\n").unwrap_err().kind, ParseErrorKind::Version);
    assert_eq!(SessionDescription::parse("m=audio\r\n").unwrap_err().kind, ParseErrorKind::Media);
    assert_eq!(SessionDescription::parse("m=audio 70000 x y\r\n").unwrap_err().kind, ParseErrorKind::Media);
}

#[test]
fn a_malformed_value_stays_in_the_description_with_its_line() {
    let text = format!("{SMALL}a=rtpmap:128 opus/48000\r\na=fingerprint:nonsense\r\na=mid:\r\na=setup\r\n");
    let description = SessionDescription::parse(&text).unwrap();
    let lines: Vec<_> = description
        .attributes
        .iter()
        .map(|a| if let Attribute::Malformed { line, .. } = a { *line } else { panic!("{a} was read") })
        .collect();
    assert_eq!(lines, [5, 6, 7, 8]);
    assert_eq!(description.to_string(), text);
}

proptest! {
    #[test]
    fn any_text_is_an_error_or_a_description_that_is_stable(text in "([a-z]=[ -~]{0,40}\r?\n|[ -~\\PC]{0,30}\n){0,30}") {
        if let Ok(description) = SessionDescription::parse(&text) {
            let written = description.to_string();
            prop_assert_eq!(SessionDescription::parse(&written).unwrap().to_string(), written);
        }
    }

    #[test]
    fn any_known_attribute_with_any_value_survives(
        name in "(group|mid|ice-options|candidate|fingerprint|setup|sctpmap|rtpmap|fmtp|rtcp-fb|rtcp|extmap|msid|ssrc|ssrc-group|rid|simulcast)",
        value in "[a-z0-9 :/;,~*-]{0,40}",
    ) {
        let text = format!("{SMALL}a={name}:{value}\r\n");
        let description = SessionDescription::parse(&text).unwrap();
        let written = description.to_string();
        prop_assert_eq!(SessionDescription::parse(&written).unwrap(), description);
    }

    /// RFC 8839 §5.1.
    #[test]
    fn any_candidate_round_trips(
        foundation in "[A-Za-z0-9+/]{1,32}", component in 1u16..=256, priority: u32, port: u16,
        address: std::net::IpAddr, extensions in proptest::collection::vec(("[a-z-]{3,9}x", "[a-z0-9]{1,9}"), 0..4),
    ) {
        let extensions: String = extensions.iter().map(|(name, value)| format!(" {name} {value}")).collect();
        let text = format!("{foundation} {component} udp {priority} {address} {port} typ srflx raddr {address} rport {port}{extensions}");
        prop_assert_eq!(text.parse::<Candidate>().unwrap().to_string(), text);
    }
}
