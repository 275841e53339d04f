//! How long each hot path takes, and how many bytes it moves in a second.

use criterion::{Criterion, Throughput};
use micro::cases;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for case in cases() {
        let (group, step) = case.name.split_once(": ").expect("a crate and what the step does");
        let mut group = criterion.benchmark_group(group);
        if case.bytes > 0 {
            group.throughput(Throughput::Bytes(case.bytes));
        }
        group.bench_function(step, |bencher| bencher.iter((case.prepare)()));
        group.finish();
    }
    criterion.final_summary();
}
