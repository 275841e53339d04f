//! ClientHello (RFC 6347 §4.2.1), ServerHello (RFC 5246 §7.4.1.3) and HelloVerifyRequest.

use base::Reader;

use super::extension::Extensions;
use super::record::ProtocolVersion;
use super::{Body, Malformed, U16List, end, vector8, vector16};
use crate::suite::CipherSuite;

/// 32 random bytes.
pub(crate) type Random = [u8; 32];

/// The suite that says "no renegotiation yet" (RFC 5746 §3.3).
pub(crate) const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00ff;

/// What a client offers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientHello<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) random: Random,
    pub(crate) cookie: &'a [u8],
    pub(crate) suites: U16List<'a>,
    pub(crate) compression: &'a [u8],
    pub(crate) extensions: Extensions<'a>,
}

impl<'a> ClientHello<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let version = ProtocolVersion(reader.u16()?);
        let random = reader.array()?;
        // Sessions are never resumed, so whichever the client names is not looked at.
        if vector8(&mut reader)?.len() > 32 {
            return Err(Malformed);
        }
        let cookie = vector8(&mut reader)?;
        let suites = U16List::new(vector16(&mut reader)?)?;
        let compression = vector8(&mut reader)?;
        let extensions = Extensions::parse(&mut reader)?;
        Ok(Self { version, random, cookie, suites, compression, extensions })
    }
}

/// Writes a ClientHello; `extensions` writes its extensions.
pub(crate) fn emit_client_hello(
    random: &Random,
    cookie: &[u8],
    suites: &[CipherSuite],
    extensions: impl FnOnce(&mut Body),
) -> Body {
    let mut body = Body::default();
    body.u16(ProtocolVersion::DTLS_1_2.0);
    body.bytes(random);
    body.vector8(&[]);
    body.vector8(cookie);
    body.nested16(|body| suites.iter().for_each(|suite| body.u16(suite.0)));
    body.vector8(&[0]);
    body.nested16(extensions);
    body
}

/// What a server chose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerHello<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) random: Random,
    pub(crate) suite: CipherSuite,
    pub(crate) compression: u8,
    pub(crate) extensions: Extensions<'a>,
}

impl<'a> ServerHello<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let version = ProtocolVersion(reader.u16()?);
        let random = reader.array()?;
        if vector8(&mut reader)?.len() > 32 {
            return Err(Malformed);
        }
        let suite = CipherSuite(reader.u16()?);
        let compression = reader.u8()?;
        let extensions = Extensions::parse(&mut reader)?;
        Ok(Self { version, random, suite, compression, extensions })
    }
}

/// Writes a ServerHello without a session; `extensions` writes its extensions.
pub(crate) fn emit_server_hello(
    random: &Random,
    suite: CipherSuite,
    extensions: impl FnOnce(&mut Body),
) -> Body {
    let mut body = Body::default();
    body.u16(ProtocolVersion::DTLS_1_2.0);
    body.bytes(random);
    body.vector8(&[]);
    body.u16(suite.0);
    body.u8(0);
    body.nested16(extensions);
    body
}

/// The cookie of a HelloVerifyRequest. Its version says nothing (RFC 6347 §4.2.1).
pub(crate) fn parse_hello_verify_request(body: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(body);
    reader.u16()?;
    let cookie = vector8(&mut reader)?;
    end(&reader)?;
    Ok(cookie)
}

/// Writes a HelloVerifyRequest, with the version that says nothing.
pub(crate) fn emit_hello_verify_request(cookie: &[u8]) -> Body {
    let mut body = Body::default();
    body.u16(ProtocolVersion::DTLS_1_0.0);
    body.vector8(cookie);
    body
}
