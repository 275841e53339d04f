//! Hello extensions (RFC 5246 §7.4.1.4) and those that WebRTC needs.

use alloc::vec::Vec;

use base::Reader;

use super::{Body, Malformed, U16List, end, vector8, vector16};
use crate::srtp::SrtpProfile;

/// The type of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExtensionType(pub(crate) u16);

impl ExtensionType {
    /// RFC 8422 §5.1.1.
    pub(crate) const SUPPORTED_GROUPS: Self = Self(10);
    /// RFC 8422 §5.1.2.
    pub(crate) const EC_POINT_FORMATS: Self = Self(11);
    /// RFC 5246 §7.4.1.4.1.
    pub(crate) const SIGNATURE_ALGORITHMS: Self = Self(13);
    /// RFC 5764 §4.1.1.
    pub(crate) const USE_SRTP: Self = Self(14);
    /// RFC 7301 §3.1.
    pub(crate) const ALPN: Self = Self(16);
    /// RFC 7627 §5.1.
    pub(crate) const EXTENDED_MASTER_SECRET: Self = Self(23);
    /// RFC 8446 §4.2.1.
    pub(crate) const SUPPORTED_VERSIONS: Self = Self(43);
    /// RFC 5746 §3.2.
    pub(crate) const RENEGOTIATION_INFO: Self = Self(0xff01);
}

/// The extensions of a hello: walked once, no type twice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extensions<'a>(&'a [u8]);

impl<'a> Extensions<'a> {
    /// Takes what is left of a hello: nothing at all, or one list.
    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        if reader.is_empty() {
            return Ok(Self::default());
        }
        let list = vector16(reader)?;
        end(reader)?;
        let mut types = Vec::new();
        let mut rest = Reader::new(list);
        while !rest.is_empty() {
            types.push(rest.u16()?);
            vector16(&mut rest)?;
        }
        types.sort_unstable();
        let twice = types.iter().zip(types.iter().skip(1)).any(|(a, b)| a == b);
        if twice { Err(Malformed) } else { Ok(Self(list)) }
    }

    /// Every extension with its data.
    pub(crate) fn iter(self) -> impl Iterator<Item = (ExtensionType, &'a [u8])> {
        let mut rest = Reader::new(self.0);
        core::iter::from_fn(move || {
            let kind = ExtensionType(rest.u16().ok()?);
            Some((kind, vector16(&mut rest).ok()?))
        })
    }

    /// The data of one extension.
    pub(crate) fn get(self, kind: ExtensionType) -> Option<&'a [u8]> {
        self.iter().find_map(|(other, data)| (other == kind).then_some(data))
    }
}

/// A list of 16-bit values with a 16-bit length: groups, signature schemes.
pub(crate) fn parse_u16_list(data: &[u8]) -> Result<U16List<'_>, Malformed> {
    let mut reader = Reader::new(data);
    let list = U16List::new(vector16(&mut reader)?)?;
    end(&reader)?;
    Ok(list)
}

/// The versions that a client offers (RFC 8446 §4.2.1).
pub(crate) fn parse_supported_versions(data: &[u8]) -> Result<U16List<'_>, Malformed> {
    let mut reader = Reader::new(data);
    let list = U16List::new(vector8(&mut reader)?)?;
    end(&reader)?;
    Ok(list)
}

/// `use_srtp`: the profiles and the master key identifier (RFC 5764 §4.1.1).
pub(crate) fn parse_use_srtp(data: &[u8]) -> Result<(U16List<'_>, &[u8]), Malformed> {
    let mut reader = Reader::new(data);
    let profiles = U16List::new(vector16(&mut reader)?)?;
    let mki = vector8(&mut reader)?;
    end(&reader)?;
    Ok((profiles, mki))
}

/// The protocols of ALPN (RFC 7301 §3.1): none of them empty.
pub(crate) fn parse_alpn(data: &[u8]) -> Result<impl Iterator<Item = &[u8]> + Clone, Malformed> {
    let mut reader = Reader::new(data);
    let list = vector16(&mut reader)?;
    end(&reader)?;
    let mut check = Reader::new(list);
    while !check.is_empty() {
        if vector8(&mut check)?.is_empty() {
            return Err(Malformed);
        }
    }
    let rest = Reader::new(list);
    Ok(core::iter::successors(next_protocol(rest), |(_, rest)| next_protocol(*rest)).map(|(name, _)| name))
}

fn next_protocol(mut rest: Reader<'_>) -> Option<(&[u8], Reader<'_>)> {
    let name = vector8(&mut rest).ok()?;
    Some((name, rest))
}

/// Writes an extension out of what `fill` writes.
pub(crate) fn emit(body: &mut Body, kind: ExtensionType, fill: impl FnOnce(&mut Body)) {
    body.u16(kind.0);
    body.nested16(fill);
}

/// Writes `use_srtp` without a master key identifier.
pub(crate) fn emit_use_srtp(body: &mut Body, profiles: &[SrtpProfile]) {
    emit(body, ExtensionType::USE_SRTP, |body| {
        body.nested16(|body| profiles.iter().for_each(|profile| body.u16(profile.0)));
        body.vector8(&[]);
    });
}

/// Writes ALPN.
pub(crate) fn emit_alpn<'a>(body: &mut Body, protocols: impl IntoIterator<Item = &'a [u8]>) {
    emit(body, ExtensionType::ALPN, |body| {
        body.nested16(|body| protocols.into_iter().for_each(|name| body.vector8(name)));
    });
}

/// Writes what both hellos say alike: extended master secret, no renegotiation yet, uncompressed points.
pub(crate) fn emit_renegotiation_info(body: &mut Body) {
    emit(body, ExtensionType::RENEGOTIATION_INFO, |body| body.vector8(&[]));
}

/// Whether the list has the one format that everybody must know (RFC 8422 §5.1.2).
pub(crate) fn offers_uncompressed_points(data: &[u8]) -> Result<bool, Malformed> {
    let mut reader = Reader::new(data);
    let formats = vector8(&mut reader)?;
    end(&reader)?;
    Ok(formats.contains(&0))
}

/// Writes the only point format that is left (RFC 8422 §5.1.2).
pub(crate) fn emit_point_formats(body: &mut Body) {
    emit(body, ExtensionType::EC_POINT_FORMATS, |body| body.vector8(&[0]));
}
