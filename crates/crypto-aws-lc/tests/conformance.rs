//! The published vectors.

#![allow(clippy::panic, reason = "a test may stop")]

#[test]
fn every_primitive_passes_the_published_vectors() {
    for report in crypto_conformance::run(&crypto_aws_lc::PROVIDER) {
        assert!(report.failures.is_empty(), "{}: {:#?}", report.name, report.failures);
        assert!(report.vectors > 2, "{}: only {} vectors", report.name, report.vectors);
        assert_eq!(report.skipped, 0, "{}: this provider can replay private keys", report.name);
    }
}
