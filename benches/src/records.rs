//! DTLS by itself: one record out and in, on an open connection.

use std::time::{Duration, Instant};

use crate::link::{DataEnd, Pair};
use crate::messages::ns;
use crate::peers::dtls::{dimpl, ours, rtc_dtls};
use crate::report::{Better, Contender, Goal, Report};

/// Records that are measured at a time.
const RECORDS: u32 = 20_000;

/// Nanoseconds that both ends take for a record with `len` bytes of data.
fn ns_per_record<E: DataEnd>(len: usize, ends: impl FnOnce(Instant) -> (E, E)) -> f64 {
    let start = Instant::now();
    let mut pair = Pair::connected(ends(start), start, Duration::from_millis(1));
    pair.run_for(Duration::from_millis(500));
    let mut message = vec![0xa5; len];
    let mut sent = 0_u64;
    let spent = ns(RECORDS, || {
        message[..8].copy_from_slice(&sent.to_le_bytes());
        sent += 1;
        assert!(pair.ends[0].send(pair.now, &message), "it is taken");
        pair.transmit(0);
        pair.deliver_at_once(0);
        pair.transmit(1);
    });
    assert_eq!(pair.ends[1].received().messages, sent, "every record arrives");
    spent
}

/// Runs the scenarios: a full SCTP packet, and a small one.
pub fn run(report: &mut Report) {
    for len in [1191, 100] {
        let contenders: Vec<Contender<'_>> = vec![
            (
                "ours (aws-lc)",
                Box::new(move || ns_per_record(len, |now| ours::pair(now, &crypto_aws_lc::PROVIDER))),
            ),
            ("rtc-dtls 0.21.1 (aws-lc)", Box::new(move || ns_per_record(len, rtc_dtls::pair))),
            ("dimpl 0.9.0 (aws-lc)", Box::new(move || ns_per_record(len, dimpl::pair))),
            (
                "ours (RustCrypto)",
                Box::new(move || ns_per_record(len, |now| ours::pair(now, &crypto_rust::PROVIDER))),
            ),
        ];
        let name = format!("DTLS alone, records of {len} bytes, sealed and opened");
        report.compare(&name, "ns", (Better::Lower, Goal::Times(1.3)), contenders);
    }
}
