//! How many instructions each hot path takes, as callgrind counts them: the same on a busy machine as on an idle one.

use gungraun::{library_benchmark, library_benchmark_group, main};
use micro::{Step, cases};

/// Tables are built, queues have grown, and what has to be allocated once is, after so many steps.
const WARM_UP: usize = 20;

#[library_benchmark(setup = prepared)]
#[bench::stun_parse("stun: parse a check and verify it")]
#[bench::stun_write("stun: write a check")]
#[bench::sdp_parse("sdp: parse an offer")]
#[bench::sdp_write("sdp: write an offer")]
#[bench::dtls_seal_rust("dtls: seal a record of 1,200 bytes (RustCrypto)")]
#[bench::dtls_seal_aws_lc("dtls: seal a record of 1,200 bytes (AWS-LC)")]
#[bench::dtls_open_rust("dtls: seal and open a record of 1,200 bytes (RustCrypto)")]
#[bench::dtls_open_aws_lc("dtls: seal and open a record of 1,200 bytes (AWS-LC)")]
#[bench::sctp_small("sctp: a message of 1,000 bytes and its acknowledgement")]
#[bench::sctp_large("sctp: a message of 64 KiB and its acknowledgements")]
#[bench::sctp_idle_1("sctp: idle polls, 1 stream used")]
#[bench::sctp_idle_1000("sctp: idle polls, 1,000 streams used")]
#[bench::sctp_idle_60000("sctp: idle polls, 60,000 streams used")]
#[bench::datachannel_send("datachannel: send 1,000 bytes on one of 1,000 channels")]
#[bench::datachannel_receive("datachannel: receive 1,000 bytes on one of 1,000 channels")]
#[bench::ice_consent("ice: a consent check and its answer")]
#[bench::ice_idle("ice: idle polls")]
#[bench::rtc_message("rtc: a message of 1,000 bytes, from send to event, and its acknowledgement")]
#[bench::rtc_idle_1("rtc: idle polls, 1 channel open")]
#[bench::rtc_idle_1000("rtc: idle polls, 1,000 channels open")]
#[bench::rtc_set_up("rtc: set up a pair with one channel, certificates made before")]
#[bench::demultiplexer_record("demultiplexer: route a record among 1,000 connections")]
#[bench::demultiplexer_check("demultiplexer: route a check among 1,000 connections")]
fn count(mut step: Step) -> Step {
    step();
    step
}

fn prepared(name: &str) -> Step {
    let case = cases().into_iter().find(|case| case.name == name).expect("one of the cases");
    let mut step = (case.prepare)();
    (0..WARM_UP).for_each(|_| step());
    step
}

library_benchmark_group!(name = hot_paths, benchmarks = count);
main!(library_benchmark_groups = hot_paths);
