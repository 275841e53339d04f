//! What a description makes us hold: while it is read, and for as long as it holds.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jsep::{CandidateInit, Config, Description, Session};

/// Bytes of heap for each byte of a description, while it is read.
const WHILE_READ: u64 = 32;

/// Bytes of heap for each byte of a description, for as long as it holds.
const HELD: i64 = 3;

/// What a session takes anyway.
const SESSION: i64 = 8192;

const LONGEST: usize = 524_288;

const FRAME: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

const DATA: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:ETEn\r\n\
    a=ice-pwd:OtSK0WpNtpUjkY4+86js7Z/l\r\na=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:\
    BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2\r\na=setup:actpass\r\na=mid:d\r\na=sctp-port:5000\r\n";

fn session() -> Session {
    let fingerprint = format!("sha-256 {}", ["AB"; 32].join(":")).parse().unwrap();
    Session::new(Config::new(vec![fingerprint]), Box::new(ChaCha20Rng::from_seed([1; 32])))
}

/// As many copies of `line` as make the longest description that is taken.
fn longest_of(line: &str) -> String {
    let room = LONGEST - FRAME.len() - DATA.len();
    format!("{FRAME}{DATA}{}", line.repeat(room / line.len()))
}

#[test]
fn a_description_takes_a_small_multiple_of_its_length() {
    let candidate = "a=candidate:1 1 a 1 ::1 1 typ host x y\n";
    for line in
        ["a=\n", "a=x\n", "a=x:y\n", "a=ice-options:a b c\n", candidate, "a=rid:1 recv\n", "a=ssrc:1\n"]
    {
        let offer = Description::offer(longest_of(line));
        let mut session = session();
        let counted = allocation_counter::measure(|| session.set_remote_description(&offer).unwrap());
        let length = offer.sdp.len() as u64;
        assert!(counted.bytes_max < WHILE_READ * length, "{line:?}: {} bytes at most", counted.bytes_max);
        assert!(
            counted.bytes_current < HELD * length as i64 + SESSION,
            "{line:?}: {} bytes",
            counted.bytes_current
        );
    }
}

#[test]
fn a_description_of_refused_lines_takes_no_more() {
    for line in ["b=\n", "t=\n", "r=\n", "e=\n", "m=a 1 b\n", "m=a 1 b c\n", "m=a 1 b\na=\n"] {
        let offer = Description::offer(longest_of(line));
        let mut session = session();
        let counted = allocation_counter::measure(|| _ = session.set_remote_description(&offer));
        let length = offer.sdp.len() as u64;
        assert!(counted.bytes_max < WHILE_READ * length, "{line:?}: {} bytes at most", counted.bytes_max);
        assert!(counted.bytes_current < SESSION, "{line:?}: {} bytes", counted.bytes_current);
    }
}

#[test]
fn a_description_beyond_the_limit_is_not_read_at_all() {
    let offer = Description::offer(longest_of("a=\n") + "a=too much\r\n");
    assert!(offer.sdp.len() > LONGEST);
    let mut session = session();
    let counted = allocation_counter::measure(|| {
        assert_eq!(session.set_remote_description(&offer), Err(jsep::Error::DescriptionTooLong));
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn trickled_candidates_take_limited_memory_however_long_they_are() {
    let mut session = session();
    session.set_remote_description(&Description::offer(longest_of("a=x\n"))).unwrap();
    let counted = allocation_counter::measure(|| {
        for number in 0..3000 {
            let candidate =
                format!("candidate:{number} 1 udp 1 192.0.2.1 9 typ host x {}", "y".repeat(10_000));
            let init = CandidateInit::new(candidate).with_sdp_mid("d");
            session.add_remote_candidate(&init).unwrap();
        }
    });
    assert!(counted.bytes_current < 512 * 1024, "{} bytes", counted.bytes_current);
}
