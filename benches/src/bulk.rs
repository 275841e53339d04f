//! S1, S2, S3: messages from one end to the other, as many as fit in a window of queued bytes.

use std::time::{Duration, Instant};

use crate::link::{DataEnd, Pair};
use crate::measure::{allocations, cpu};
use crate::peers::{ours, rtc, sctp, str0m};
use crate::report::{Better, Contender, Goal, Report};

/// How a measurement sends.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Bytes of a message.
    pub size: usize,
    /// Bytes queued and in flight at most.
    pub window: usize,
    /// Whether messages may overtake and are never sent again.
    pub unreliable: bool,
    /// Channels that are open besides.
    pub idle_channels: usize,
    /// Bytes to send.
    pub total: u64,
}

/// What a measurement found.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// CPU seconds.
    pub cpu: f64,
    /// Messages that arrived.
    pub messages: u64,
    /// Bytes that arrived.
    pub bytes: u64,
    /// Packets on the wire, both ways.
    pub packets: u64,
    /// Allocations in this process.
    pub allocations: usize,
}

/// Connects a pair, warms it up, and measures.
pub fn measure<E: DataEnd>(load: Load, ends: (E, E), start: Instant) -> Figures {
    let mut pair = Pair::connected(ends, start, Duration::from_millis(1));
    pair.run_for(Duration::from_millis(500));
    send(&mut pair, Load { total: (load.total / 16).max(1 << 20), ..load });
    send(&mut pair, load)
}

/// Sends from one end to the other.
fn send<E: DataEnd>(pair: &mut Pair<E>, load: Load) -> Figures {
    let count = load.total / load.size as u64;
    let until = pair.now + Duration::from_secs(3600);
    let before = (pair.ends[1].received(), pair.packets());
    let mut message = vec![0xa5; load.size];
    let began = cpu();
    let ((), change) = allocations(|| {
        let mut sent = 0_u64;
        loop {
            let mut queued = if sent < count { pair.ends[0].buffered() } else { usize::MAX };
            let first = sent;
            while sent < count && queued + load.size <= load.window {
                message[..8].copy_from_slice(&sent.to_le_bytes());
                if !pair.ends[0].send(pair.now, &message) {
                    break;
                }
                sent += 1;
                queued += load.size;
            }
            if sent > first {
                pair.transmit(0);
            }
            if pair.ends[1].received().messages - before.0.messages >= count || !pair.step(until) {
                break;
            }
        }
    });
    let received = pair.ends[1].received();
    assert_eq!(received.messages - before.0.messages, count, "every message arrives");
    Figures {
        cpu: cpu() - began,
        messages: count,
        bytes: received.bytes - before.0.bytes,
        packets: pair.packets() - before.1,
        allocations: change.allocations + change.reallocations,
    }
}

const KIB: usize = 1024;

const TWICE_AND_MORE: (Better, Goal) = (Better::Higher, Goal::Times(2.0));

/// Runs the scenarios.
pub fn run(report: &mut Report) {
    let total = report.options.mib << 20;
    let plain = Load { size: 16 * KIB, window: 128 * KIB, unreliable: false, idle_channels: 0, total };
    for size in [KIB, 16 * KIB, 64 * KIB] {
        for window in [128 * KIB, 1024 * KIB] {
            let load = Load { size, window, ..plain };
            let name = format!("S1 data channel, {} KiB messages, window {} KiB", size / KIB, window / KIB);
            report.compare(&name, "MB per CPU s", TWICE_AND_MORE, whole_stacks(load, throughput));
        }
    }
    let load = Load { idle_channels: 1000, ..plain };
    let name = "S1 data channel, 16 KiB messages, 1,000 other channels open";
    report.compare(name, "MB per CPU s", TWICE_AND_MORE, whole_stacks(load, throughput));
    let load = Load { size: 100, unreliable: true, total: total / 16, ..plain };
    let name = "S2 data channel, 100-byte messages, unordered, no retransmissions";
    report.compare(name, "million messages per CPU s", TWICE_AND_MORE, whole_stacks(load, messages));
    for size in [KIB, 16 * KIB, 64 * KIB] {
        for window in [128 * KIB, 1024 * KIB] {
            let load = Load { size, window, ..plain };
            let name = format!("S3 SCTP alone, {} KiB messages, window {} KiB", size / KIB, window / KIB);
            report.compare(&name, "MB per CPU s", TWICE_AND_MORE, associations(load));
        }
    }
    report.compare(
        "S7 allocations per packet, 16 KiB messages, both ends",
        "allocations",
        (Better::Lower, Goal::AtMost(1.0)),
        whole_stacks(plain, |figures| figures.allocations as f64 / figures.packets as f64),
    );
}

fn throughput(figures: Figures) -> f64 {
    figures.bytes as f64 / 1e6 / figures.cpu
}

fn messages(figures: Figures) -> f64 {
    figures.messages as f64 / 1e6 / figures.cpu
}

fn whole_stacks(load: Load, figure: fn(Figures) -> f64) -> Vec<Contender<'static>> {
    vec![
        (
            "ours (aws-lc)",
            Box::new(move || {
                let now = Instant::now();
                figure(measure(load, ours::pair(now, &crypto_aws_lc::PROVIDER, load), now))
            }),
        ),
        (
            "rtc 0.21.1 (aws-lc)",
            Box::new(move || {
                let now = Instant::now();
                figure(measure(load, rtc::pair(now, load), now))
            }),
        ),
        (
            "str0m 0.25.0 (aws-lc)",
            Box::new(move || {
                // At its own pace a megabyte of window would take minutes.
                let load = Load { total: load.total / 8, ..load };
                let now = Instant::now();
                figure(measure(load, str0m::pair(now, load), now))
            }),
        ),
        (
            "ours (RustCrypto)",
            Box::new(move || {
                let now = Instant::now();
                figure(measure(load, ours::pair(now, &crypto_rust::PROVIDER, load), now))
            }),
        ),
    ]
}

fn associations(load: Load) -> Vec<Contender<'static>> {
    vec![
        (
            "ours",
            Box::new(move || {
                let now = Instant::now();
                throughput(measure(load, ours::associations(now, load), now))
            }),
        ),
        (
            "rtc-sctp 0.21.1",
            Box::new(move || {
                let now = Instant::now();
                throughput(measure(load, sctp::rtc_sctp::pair(now, load), now))
            }),
        ),
        (
            "dcsctp 0.1.16",
            Box::new(move || {
                let load = Load { total: load.total / 8, ..load };
                let now = Instant::now();
                throughput(measure(load, sctp::dcsctp::pair(now, load), now))
            }),
        ),
        (
            "sctp-proto 0.10.8",
            Box::new(move || {
                let load = Load { total: load.total / 8, ..load };
                let now = Instant::now();
                throughput(measure(load, sctp::sctp_proto::pair(now, load), now))
            }),
        ),
    ]
}
