//! Certificate, CertificateRequest and CertificateVerify (RFC 5246 §7.4.2, §7.4.4, §7.4.8).

use alloc::vec::Vec;

use base::Reader;
use crypto::{CertificateDer, SignatureScheme};

use super::{Body, Malformed, U16List, end, vector8, vector16, vector24};
use crate::alert::AlertDescription;

/// The longest chain that is kept; only its first certificate counts.
const MAX_CHAIN: usize = 8;

/// `ecdsa_sign` (RFC 8422 §5.5) and `rsa_sign`.
const CERTIFICATE_TYPES: [u8; 2] = [64, 1];

/// The chain, leaf first. It may be empty.
///
/// # Errors
/// `decode_error`; `certificate_unknown` for a chain that is well-formed and too long.
pub(crate) fn parse_certificate(body: &[u8]) -> Result<Vec<CertificateDer>, AlertDescription> {
    let chain = parse_chain(body)?;
    if chain.len() > MAX_CHAIN {
        return Err(AlertDescription::CERTIFICATE_UNKNOWN);
    }
    Ok(chain.into_iter().map(CertificateDer::copy_from_slice).collect())
}

fn parse_chain(body: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut reader = Reader::new(body);
    let mut list = Reader::new(vector24(&mut reader)?);
    end(&reader)?;
    let mut chain = Vec::new();
    while !list.is_empty() {
        chain.push(vector24(&mut list).ok().filter(|certificate| !certificate.is_empty()).ok_or(Malformed)?);
    }
    Ok(chain)
}

pub(crate) fn emit_certificate(chain: &[CertificateDer]) -> Body {
    let mut list = Body::default();
    chain.iter().for_each(|certificate| list.vector24(certificate));
    let mut body = Body::default();
    body.vector24(&list.0);
    body
}

/// The signature schemes that a CertificateRequest allows. Its certificate types repeat them, its authorities mean nothing here.
pub(crate) fn parse_certificate_request(body: &[u8]) -> Result<U16List<'_>, Malformed> {
    let mut reader = Reader::new(body);
    vector8(&mut reader)?;
    let schemes = U16List::new(vector16(&mut reader)?)?;
    vector16(&mut reader)?;
    end(&reader)?;
    Ok(schemes)
}

pub(crate) fn emit_certificate_request(schemes: &[SignatureScheme]) -> Body {
    let mut body = Body::default();
    body.vector8(&CERTIFICATE_TYPES);
    body.nested16(|body| schemes.iter().for_each(|scheme| body.u16(scheme.0)));
    body.vector16(&[]);
    body
}

/// A signature and its scheme (RFC 5246 §4.7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct DigitallySigned<'a> {
    pub(crate) scheme: SignatureScheme,
    pub(crate) signature: &'a [u8],
}

impl<'a> DigitallySigned<'a> {
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let signed = Self { scheme: SignatureScheme(reader.u16()?), signature: vector16(reader)? };
        end(reader)?;
        Ok(signed)
    }

    pub(crate) fn emit(&self, body: &mut Body) {
        body.u16(self.scheme.0);
        body.vector16(self.signature);
    }
}
