//! What a client offers, and which answers it takes (RFC 5246 §7.4.1).

use alloc::vec::Vec;

use super::{AwaitCertificate, Client, Origin};
use crate::alert::AlertDescription;
use crate::hello::AwaitServerHello;
use crate::reassembly::Message;
use crate::record::CLEAR;
use crate::srtp::SrtpProfile;
use crate::stage::{Core, expect};
use crate::v12::Negotiated;
use crate::wire::Body;
use crate::wire::extension::{self, ExtensionType};
use crate::wire::handshake::HandshakeType;
use crate::wire::hello::{Random, ServerHello};
use crate::wire::record::ProtocolVersion;

/// Writes what we offer.
pub(crate) fn emit_extensions(core: &Core, body: &mut Body) {
    extension::emit(body, ExtensionType::EXTENDED_MASTER_SECRET, |_| ());
    extension::emit_renegotiation_info(body);
    extension::emit(body, ExtensionType::SUPPORTED_GROUPS, |body| {
        body.nested16(|body| core.groups().for_each(|algorithm| body.u16(algorithm.group().0)));
    });
    extension::emit_point_formats(body);
    extension::emit(body, ExtensionType::SIGNATURE_ALGORITHMS, |body| {
        body.nested16(|body| core.provider.verifier.schemes().iter().for_each(|scheme| body.u16(scheme.0)));
    });
    if !core.config.srtp_profiles.is_empty() {
        extension::emit_use_srtp(body, &core.config.srtp_profiles);
    }
    if !core.config.alpn.is_empty() {
        extension::emit_alpn(body, core.config.alpn.iter().map(Vec::as_slice));
    }
}

/// Checks the answer to our hello. The version is the server's choice; we have offered one.
pub(crate) fn check_server_hello(
    core: &Core,
    hello: AwaitServerHello,
    message: &Message,
) -> Result<Client, AlertDescription> {
    expect(message, CLEAR, HandshakeType::SERVER_HELLO)?;
    let answer = ServerHello::parse(&message.body)?;
    if answer.version != ProtocolVersion::DTLS_1_2 {
        return Err(AlertDescription::PROTOCOL_VERSION);
    }
    let negotiated = choose(core, hello.random(), &answer)?;
    let origin = Origin { hello, transcript_len: core.transcript.len(), seq: message.seq };
    Ok(Client::AwaitCertificate(AwaitCertificate { origin, negotiated }))
}

/// Checks that the server chose from what we offered, and nothing else (RFC 5246 §7.4.1.3).
fn choose(
    core: &Core,
    client_random: Random,
    hello: &ServerHello<'_>,
) -> Result<Negotiated, AlertDescription> {
    let chosen = core.suites().find(|(suite, _)| *suite == hello.suite);
    let (suite, parts) = chosen.ok_or(AlertDescription::ILLEGAL_PARAMETER)?;
    if hello.compression != 0 {
        return Err(AlertDescription::ILLEGAL_PARAMETER);
    }
    if hello.extensions.iter().any(|(kind, _)| !is_offered(core, kind)) {
        return Err(AlertDescription::UNSUPPORTED_EXTENSION);
    }
    if hello.extensions.get(ExtensionType::EXTENDED_MASTER_SECRET).is_none() {
        return Err(AlertDescription::HANDSHAKE_FAILURE);
    }
    let point_formats = hello.extensions.get(ExtensionType::EC_POINT_FORMATS);
    if !point_formats.map_or(Ok(true), extension::offers_uncompressed_points)? {
        return Err(AlertDescription::ILLEGAL_PARAMETER);
    }
    // A first handshake has nothing to tell about an earlier one (RFC 5746 §3.4).
    if hello.extensions.get(ExtensionType::RENEGOTIATION_INFO).is_some_and(|data| data != [0]) {
        return Err(AlertDescription::HANDSHAKE_FAILURE);
    }
    Ok(Negotiated {
        suite,
        parts,
        client_random,
        server_random: hello.random,
        srtp_profile: hello
            .extensions
            .get(ExtensionType::USE_SRTP)
            .map(|data| chosen_profile(core, data))
            .transpose()?,
        alpn: hello
            .extensions
            .get(ExtensionType::ALPN)
            .map(|data| chosen_protocol(core, data))
            .transpose()?,
    })
}

/// Whether a server may answer with this extension.
fn is_offered(core: &Core, kind: ExtensionType) -> bool {
    match kind {
        ExtensionType::EXTENDED_MASTER_SECRET
        | ExtensionType::RENEGOTIATION_INFO
        | ExtensionType::EC_POINT_FORMATS
        // Servers in the field repeat it here, where it says nothing.
        | ExtensionType::SUPPORTED_GROUPS => true,
        ExtensionType::USE_SRTP => !core.config.srtp_profiles.is_empty(),
        ExtensionType::ALPN => !core.config.alpn.is_empty(),
        _ => false,
    }
}

/// One profile out of ours, and no master key identifier, as we sent none (RFC 5764 §4.1.3).
fn chosen_profile(core: &Core, data: &[u8]) -> Result<SrtpProfile, AlertDescription> {
    let (profiles, mki) = extension::parse_use_srtp(data)?;
    let mut profiles = profiles.iter().map(SrtpProfile);
    match (profiles.next(), profiles.next()) {
        (Some(profile), None) if mki.is_empty() && core.config.srtp_profiles.contains(&profile) => {
            Ok(profile)
        }
        _ => Err(AlertDescription::ILLEGAL_PARAMETER),
    }
}

/// One protocol out of ours (RFC 7301 §3.1).
fn chosen_protocol(core: &Core, data: &[u8]) -> Result<Vec<u8>, AlertDescription> {
    let mut protocols = extension::parse_alpn(data)?;
    match (protocols.next(), protocols.next()) {
        (Some(name), None) if core.config.alpn.iter().any(|ours| ours == name) => Ok(name.to_vec()),
        _ => Err(AlertDescription::ILLEGAL_PARAMETER),
    }
}
