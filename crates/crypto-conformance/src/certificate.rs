//! Certificates: what the provider makes, it can read, and it says what was asked for.

use base::UnixTime;
use crypto::{Provider, SelfSigned, SigningAlgorithm};

use crate::Report;
use crate::rng::Scripted;

const NOT_BEFORE: UnixTime = UnixTime::from_secs(1_700_000_000);
/// In 2053: beyond UTCTime.
const NOT_AFTER: UnixTime = UnixTime::from_secs(2_640_000_000);

pub(crate) fn run(provider: &Provider) -> Report {
    let mut report = Report::new("X.509");
    for algorithm in [Some(provider.ecdsa_p256), provider.rsa_2048].into_iter().flatten() {
        if rounds(provider, algorithm, &mut report).is_none() {
            report.check(false, || "a certificate can be made".into());
        }
    }
    let x509 = provider.x509;
    report.check(x509.read(&[]).is_err(), || "an empty certificate".into());
    report.check(x509.read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_err(), || "a huge length".into());
    report
}

fn rounds(provider: &Provider, algorithm: &dyn SigningAlgorithm, report: &mut Report) -> Option<()> {
    let mut rng = Scripted::new(&[]);
    let (_, signer) = algorithm.generate(&mut rng).ok()?;
    let parameters = SelfSigned::new("conformance", NOT_BEFORE, NOT_AFTER);
    let first = provider.x509.self_signed(&parameters, &*signer, &mut rng).ok()?;
    let second = provider.x509.self_signed(&parameters, &*signer, &mut rng).ok()?;
    report.check(first != second, || "no two certificates are alike".into());
    let fields = provider.x509.read(&first).ok()?;
    report.check(fields.public_key == Some(signer.public_key()), || "the public key".into());
    report.check(fields.not_after == NOT_AFTER, || "the end of validity".into());
    report.check(fields.may_sign, || "a key that may sign".into());
    let version_3 = [0xa0, 3, 2, 1, 2];
    let is_version_3 = first.windows(version_3.len()).any(|window| window == version_3);
    report.check(is_version_3, || "version 3".into());
    let names = first.windows(11).filter(|window| *window == b"conformance").count();
    report.check(names == 2, || "the common name stands in subject and issuer".into());
    for len in 0..first.len() {
        let truncated = first.get(..len).unwrap_or_default();
        report.check(provider.x509.read(truncated).is_err(), || format!("truncated to {len} bytes"));
    }
    let backwards = SelfSigned::new("conformance", NOT_AFTER, NOT_BEFORE);
    let refused = provider.x509.self_signed(&backwards, &*signer, &mut rng).is_err();
    report.check(refused, || "a validity that ends before it starts".into());
    let nameless = SelfSigned::new("", NOT_BEFORE, NOT_AFTER);
    report.check(provider.x509.self_signed(&nameless, &*signer, &mut rng).is_err(), || "no name".into());
    Some(())
}
