//! ServerKeyExchange and ClientKeyExchange with elliptic curves (RFC 8422 §5.4, §5.7).

use base::Reader;
use crypto::NamedGroup;

use super::certificate::DigitallySigned;
use super::{Body, Malformed, end, vector8};

/// The only way left to name a curve.
const NAMED_CURVE: u8 = 3;

/// The server's share, signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerKeyExchange<'a> {
    pub(crate) group: NamedGroup,
    pub(crate) share: &'a [u8],
    /// The bytes that the signature covers, behind the two randoms.
    pub(crate) parameters: &'a [u8],
    pub(crate) signed: DigitallySigned<'a>,
}

impl<'a> ServerKeyExchange<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        if reader.u8()? != NAMED_CURVE {
            return Err(Malformed);
        }
        let group = NamedGroup(reader.u16()?);
        let share = vector8(&mut reader)?;
        let parameters = body.get(..body.len() - reader.remaining()).ok_or(Malformed)?;
        let signed = DigitallySigned::parse(&mut reader)?;
        Ok(Self { group, share, parameters, signed })
    }
}

/// The part of a ServerKeyExchange that is signed.
pub(crate) fn emit_parameters(group: NamedGroup, share: &[u8]) -> Body {
    let mut body = Body::default();
    body.u8(NAMED_CURVE);
    body.u16(group.0);
    body.vector8(share);
    body
}

/// The client's share.
pub(crate) fn parse_client_key_exchange(body: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(body);
    let share = vector8(&mut reader)?;
    end(&reader)?;
    Ok(share)
}

pub(crate) fn emit_client_key_exchange(share: &[u8]) -> Body {
    let mut body = Body::default();
    body.vector8(share);
    body
}
