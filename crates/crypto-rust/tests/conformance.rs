//! The published vectors.

#[test]
fn every_primitive_passes_the_published_vectors() {
    for report in crypto_conformance::run(&crypto_rust::PROVIDER) {
        assert!(report.failures.is_empty(), "{}: {:#?}", report.name, report.failures);
        assert!(report.vectors > 2, "{}: only {} vectors", report.name, report.vectors);
        assert_eq!(report.skipped, 0, "{}: this provider can replay private keys", report.name);
    }
}

/// `..PROVIDER` in a `static`: how one field is replaced.
static PATCHED: crypto::Provider =
    crypto::Provider { hmac_sha1: crypto_rust::PROVIDER.hmac_sha256, ..crypto_rust::PROVIDER };

#[test]
fn one_field_can_be_replaced_in_a_static() {
    assert_eq!(PATCHED.hmac_sha1.output_len(), 32);
    assert_eq!(PATCHED.hmac_sha256.output_len(), 32);
}
