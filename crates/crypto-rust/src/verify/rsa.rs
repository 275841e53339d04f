//! Checking RSA signatures, with both paddings (RFC 8017 §8.1.2, §8.2.2).

use crypto::{Failed, PublicKey, PublicKeyAlgorithm, SignatureScheme};
use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Bits of a modulus: shorter ones are broken, longer ones are a way to keep us busy.
const BITS: core::ops::RangeInclusive<u32> = 2048..=4096;

pub(super) fn verify(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Failed> {
    match scheme {
        SignatureScheme::RSA_PKCS1_SHA256 => pkcs1::<Sha256>(key, message, signature),
        SignatureScheme::RSA_PKCS1_SHA384 => pkcs1::<Sha384>(key, message, signature),
        SignatureScheme::RSA_PKCS1_SHA512 => pkcs1::<Sha512>(key, message, signature),
        SignatureScheme::RSA_PSS_SHA256 => pss::<Sha256>(key, message, signature),
        SignatureScheme::RSA_PSS_SHA384 => pss::<Sha384>(key, message, signature),
        SignatureScheme::RSA_PSS_SHA512 => pss::<Sha512>(key, message, signature),
        _ => Err(Failed),
    }
}

fn pkcs1<D>(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Failed>
where
    D: Digest + der::oid::AssociatedOid,
{
    let digest = D::digest(message);
    rsa_key(key)?.verify(Pkcs1v15Sign::new::<D>(), &digest, signature).map_err(|_| Failed)
}

/// TLS fixes the length of the salt: that of the digest (RFC 8446 §4.2.3).
fn pss<D>(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Failed>
where
    D: Digest + sha2::digest::FixedOutputReset,
{
    let digest = <D as Digest>::digest(message);
    rsa_key(key)?.verify(Pss::<D>::new(), &digest, signature).map_err(|_| Failed)
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 §A.1.1).
fn rsa_key(key: &PublicKey) -> Result<rsa::PublicKey, Failed> {
    if key.algorithm != PublicKeyAlgorithm::Rsa {
        return Err(Failed);
    }
    let (modulus, exponent) = integers(&key.key).map_err(|_| Failed)?;
    let (modulus, exponent) =
        (BoxedUint::from_be_slice_vartime(modulus), BoxedUint::from_be_slice_vartime(exponent));
    if !BITS.contains(&modulus.bit_width_vartime()) {
        return Err(Failed);
    }
    rsa::PublicKey::new(modulus, exponent).map_err(|_| Failed)
}

fn integers(document: &[u8]) -> der::Result<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(document)?;
    let pair = reader.sequence(|fields| {
        let modulus = UintRef::decode(fields)?;
        let exponent = UintRef::decode(fields)?;
        Ok::<_, der::Error>((modulus.as_bytes(), exponent.as_bytes()))
    })?;
    reader.finish()?;
    Ok(pair)
}
