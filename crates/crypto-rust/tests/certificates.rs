//! Our certificates before a strict parser, and those of others before ours.

use base::UnixTime;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto::{CertificateFields, PublicKeyAlgorithm, SelfSigned};
use crypto_rust::PROVIDER;

const NOT_BEFORE: UnixTime = UnixTime::from_secs(1_790_000_000);
const NOT_AFTER: UnixTime = UnixTime::from_secs(1_800_000_000);

/// The certificate of a fixture: a line of hexadecimal digits behind comments.
fn der(fixture: &str) -> Vec<u8> {
    let digits = fixture.lines().find(|line| !line.starts_with('#')).unwrap();
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
        .collect()
}

fn read(fixture: &str) -> CertificateFields {
    PROVIDER.x509.read(&der(fixture)).unwrap()
}

/// RFC 5246 §7.4.2: webpki reads no version but 3.
#[test]
fn a_strict_parser_takes_our_certificates() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    for algorithm in [PROVIDER.ecdsa_p256, PROVIDER.rsa_2048.unwrap()] {
        let (_, signer) = algorithm.generate(&mut rng).unwrap();
        let parameters = SelfSigned::new("WebRTC", NOT_BEFORE, NOT_AFTER);
        let certificate = PROVIDER.x509.self_signed(&parameters, &*signer, &mut rng).unwrap();
        webpki::EndEntityCert::try_from(&certificate.to_vec().into()).unwrap();
    }
}

/// RFC 5246 §7.4.2, RFC 5280 §4.2.1.3.
#[test]
fn key_usage_says_whether_a_key_may_sign() {
    let (agreement, signature) =
        (include_str!("fixtures/agreement.txt"), include_str!("fixtures/signature.txt"));
    assert!(!read(agreement).may_sign);
    assert!(read(signature).may_sign);
    for fixture in [agreement, signature] {
        assert_eq!(read(fixture).public_key.unwrap().algorithm, PublicKeyAlgorithm::EcP256);
    }
}

#[test]
fn a_key_of_an_unknown_kind_is_told_from_a_broken_certificate() {
    let fixture = include_str!("fixtures/ed25519.txt");
    assert_eq!(read(fixture).public_key, None);
    let mut broken = der(fixture);
    broken.truncate(200);
    assert!(PROVIDER.x509.read(&broken).is_err());
}

/// Peers get extensions wrong in many ways, and nothing depends on most of them.
#[test]
fn every_flipped_bit_of_an_extension_is_survived() {
    let certificate = der(include_str!("fixtures/agreement.txt"));
    for bit in 0..certificate.len() * 8 {
        let mut flipped = certificate.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = PROVIDER.x509.read(&flipped);
    }
}
