//! The twin of an ECDSA signature.
//!
//! Where `(r, s)` is a signature, `(r, n - s)` is another one of the same key over the same message; `n` is the order of the
//! curve. Whoever sees one can make the other, and to who verifies both are right. No third one can be made without the key.

use alloc::vec::Vec;

use base::Reader;
use crypto::PublicKeyAlgorithm;

use crate::wire::{Body, Malformed, vector8};

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

/// The order of P-256 (FIPS 186-4, D.1.2.3).
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of P-384 (FIPS 186-4, D.1.2.4).
const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

/// The other form of a signature that was found right; `None` where there is no other, as with RSA.
pub(super) fn twin(algorithm: PublicKeyAlgorithm, signature: &[u8]) -> Option<Vec<u8>> {
    let order: &[u8] = match algorithm {
        PublicKeyAlgorithm::EcP256 => &P256_ORDER,
        PublicKeyAlgorithm::EcP384 => &P384_ORDER,
        _ => return None,
    };
    let (r, s) = parse(signature).ok()?;
    let mut numbers = Body::default();
    emit_integer(&mut numbers, r);
    emit_integer(&mut numbers, &difference(order, s));
    let mut body = Body::default();
    body.u8(SEQUENCE);
    body.vector8(&numbers.0);
    Some(body.0)
}

/// The two numbers, big-endian (RFC 8422 §5.4: `Ecdsa-Sig-Value` in DER). For these curves every length takes one byte.
fn parse(signature: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut numbers = Reader::new(element(&mut Reader::new(signature), SEQUENCE)?);
    Ok((element(&mut numbers, INTEGER)?, element(&mut numbers, INTEGER)?))
}

fn element<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<&'a [u8], Malformed> {
    if reader.u8()? == tag { vector8(reader) } else { Err(Malformed) }
}

/// `order - number`, where the number is the smaller one.
fn difference(order: &[u8], number: &[u8]) -> Vec<u8> {
    let digits = number.iter().rev().copied().chain(core::iter::repeat(0));
    let mut borrows = false;
    let mut out = order.to_vec();
    for (byte, digit) in out.iter_mut().rev().zip(digits) {
        let (once, below) = byte.overflowing_sub(digit);
        let (twice, below_again) = once.overflowing_sub(borrows.into());
        *byte = twice;
        borrows = below || below_again;
    }
    out
}

/// Without needless zeros, and with the one that tells from a negative number.
fn emit_integer(body: &mut Body, number: &[u8]) {
    let mut digits = number;
    while let [0, rest @ ..] = digits {
        digits = rest;
    }
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    body.u8(INTEGER);
    body.vector8(&[sign, digits].concat());
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;
    use crypto::{PublicKey, SignatureScheme};

    /// Whatever the highest bits of the numbers are.
    #[test]
    fn the_twin_verifies_and_its_twin_is_the_signature() {
        let provider = &crypto_rust::PROVIDER;
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let (_, signer) = provider.ecdsa_p256.generate(&mut rng).unwrap();
        let key = signer.public_key();
        for message in 0..100_u8 {
            let scheme = SignatureScheme::ECDSA_SHA256;
            let signature = signer.sign(&mut rng, scheme, &[message]).unwrap();
            let other = twin(key.algorithm, &signature).unwrap();
            assert_ne!(other, signature);
            provider.verifier.verify(scheme, &key, &[message], &other).unwrap();
            assert_eq!(twin(key.algorithm, &other), Some(signature));
        }
    }

    /// The key and the signature of RFC 6979 §A.2.6, with SHA-384 over "sample".
    #[test]
    fn a_signature_on_p_384_has_a_twin_as_well() {
        let point = hex("04\
            ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13\
            8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720");
        let key = PublicKey { algorithm: PublicKeyAlgorithm::EcP384, key: point.into() };
        let signature = hex("3066023100\
            94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46\
            023100\
            99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
        let verifies = |signature: &[u8]| {
            let scheme = SignatureScheme::ECDSA_SHA384;
            crypto_rust::PROVIDER.verifier.verify(scheme, &key, b"sample", signature).is_ok()
        };
        let other = twin(key.algorithm, &signature).unwrap();
        assert_ne!(other, signature);
        assert!(verifies(&signature) && verifies(&other));
    }

    fn hex(digits: &str) -> Vec<u8> {
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(digits.get(at..at + 2).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn what_is_no_pair_of_numbers_has_no_twin() {
        for odd in [
            &[][..],
            &[0x30],
            &[0x30, 3, 2, 1, 5],
            &[0x31, 6, 2, 1, 5, 2, 1, 5],
            &[0x30, 6, 2, 1, 5, 3, 1, 5],
        ] {
            assert_eq!(twin(PublicKeyAlgorithm::EcP384, odd), None);
        }
        assert_eq!(twin(PublicKeyAlgorithm::Rsa, &[0x30, 6, 2, 1, 5, 2, 1, 5]), None);
    }
}
