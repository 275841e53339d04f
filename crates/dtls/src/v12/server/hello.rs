//! What a server makes of a ClientHello: its choice, and flight 4 (RFC 5246 §7.4.1.2, RFC 6347 §4.2.4).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crypto::{KeyExchange, KeyExchangeAlgorithm, NamedGroup};

use super::{Exchanging, Server};
use crate::alert::AlertDescription;
use crate::credential::Choice;
use crate::record::CLEAR;
use crate::srtp::SrtpProfile;
use crate::stage::Core;
use crate::suite::{CipherSuite, Parts};
use crate::v12::Negotiated;
use crate::wire::certificate::{emit_certificate, emit_certificate_request};
use crate::wire::extension::{self, ExtensionType};
use crate::wire::handshake::HandshakeType;
use crate::wire::hello::{ClientHello, EMPTY_RENEGOTIATION_INFO_SCSV, emit_server_hello};
use crate::wire::key_exchange::emit_parameters;
use crate::wire::{Body, U16List};

/// What we answer a ClientHello with.
pub(crate) struct Chosen {
    negotiated: Negotiated,
    group: &'static dyn KeyExchangeAlgorithm,
    ours: Choice,
    offered: Offered,
}

/// Whether the client offered the extensions that always get the same answer (RFC 5246 §7.4.1.4: what was not offered
/// gets none).
#[derive(Clone, Copy)]
struct Offered {
    renegotiation_info: bool,
    point_formats: bool,
}

/// Chooses from what the client offers, by our own order of preference; what is unknown is skipped.
pub(crate) fn check_client_hello(core: &Core, hello: &ClientHello<'_>) -> Result<Chosen, AlertDescription> {
    if !hello.compression.contains(&0) {
        return Err(AlertDescription::ILLEGAL_PARAMETER);
    }
    let extensions = hello.extensions;
    if extensions.get(ExtensionType::EXTENDED_MASTER_SECRET).is_none() {
        return Err(AlertDescription::HANDSHAKE_FAILURE);
    }
    let renegotiation_info = extensions.get(ExtensionType::RENEGOTIATION_INFO);
    if renegotiation_info.is_some_and(|data| data != [0]) {
        return Err(AlertDescription::HANDSHAKE_FAILURE);
    }
    let point_formats = extensions.get(ExtensionType::EC_POINT_FORMATS);
    if !point_formats.map_or(Ok(true), extension::offers_uncompressed_points)? {
        return Err(AlertDescription::ILLEGAL_PARAMETER);
    }
    let schemes =
        extensions.get(ExtensionType::SIGNATURE_ALGORITHMS).ok_or(AlertDescription::HANDSHAKE_FAILURE)?;
    let schemes = extension::parse_u16_list(schemes)?;
    let (suite, parts, ours) = choose_suite(core, hello, schemes)?;
    let negotiated = Negotiated {
        suite,
        parts,
        client_random: hello.random,
        server_random: [0; 32],
        srtp_profile: choose_profile(core, extensions.get(ExtensionType::USE_SRTP))?,
        alpn: choose_protocol(core, extensions.get(ExtensionType::ALPN))?,
    };
    let offered = Offered {
        renegotiation_info: renegotiation_info.is_some()
            || hello.suites.contains(EMPTY_RENEGOTIATION_INFO_SCSV),
        point_formats: point_formats.is_some(),
    };
    let group = choose_group(core, extensions.get(ExtensionType::SUPPORTED_GROUPS))?;
    Ok(Chosen { negotiated, group, ours, offered })
}

/// The first common suite that one of our certificates serves, by a scheme that the client can check.
fn choose_suite(
    core: &Core,
    hello: &ClientHello<'_>,
    schemes: U16List<'_>,
) -> Result<(CipherSuite, Parts, Choice), AlertDescription> {
    let mut common = core.suites().filter(|(suite, _)| hello.suites.contains(suite.0));
    let chosen = common.find_map(|(suite, parts)| {
        let ours = core.credentials.choose(schemes, |key| parts.authentication.takes(key))?;
        Some((suite, parts, ours))
    });
    chosen.ok_or(AlertDescription::HANDSHAKE_FAILURE)
}

/// A client that names no groups leaves the choice to us; every one of them knows P-256 (RFC 8422 §4).
fn choose_group(
    core: &Core,
    data: Option<&[u8]>,
) -> Result<&'static dyn KeyExchangeAlgorithm, AlertDescription> {
    let group = match data {
        None => core.group(NamedGroup::SECP256R1),
        Some(data) => {
            let offered = extension::parse_u16_list(data)?;
            core.groups().find(|algorithm| offered.contains(algorithm.group().0))
        }
    };
    group.ok_or(AlertDescription::HANDSHAKE_FAILURE)
}

/// A common profile, if there is one. A master key identifier that the client sends is answered with none, which
/// says that it will not be used (RFC 5764 §4.1.3).
fn choose_profile(core: &Core, data: Option<&[u8]>) -> Result<Option<SrtpProfile>, AlertDescription> {
    let Some(data) = data else { return Ok(None) };
    let (offered, _mki) = extension::parse_use_srtp(data)?;
    Ok(core.config.srtp_profiles.iter().copied().find(|profile| offered.contains(profile.0)))
}

/// A common protocol, if there is one. A client that offers only others is not turned away: what is spoken inside was
/// settled by the signalling.
fn choose_protocol(core: &Core, data: Option<&[u8]>) -> Result<Option<Vec<u8>>, AlertDescription> {
    let Some(data) = data else { return Ok(None) };
    let offered = extension::parse_alpn(data)?;
    Ok(core.config.alpn.iter().find(|ours| offered.clone().any(|name| name == ours.as_slice())).cloned())
}

/// Sends flight 4.
pub(crate) fn on_client_hello(core: &mut Core, chosen: Chosen) -> Result<Server, AlertDescription> {
    let Chosen { mut negotiated, group, ours, offered } = chosen;
    negotiated.server_random = core.random();
    let exchange = group.start(&mut *core.rng).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
    let server_hello = emit_server_hello(&negotiated.server_random, negotiated.suite, |body| {
        emit_extensions(&negotiated, offered, body);
    });
    core.flight.clear();
    core.send(CLEAR, HandshakeType::SERVER_HELLO, server_hello);
    core.send(CLEAR, HandshakeType::CERTIFICATE, emit_certificate(core.credentials.chain(Some(ours))));
    let server_key_exchange = sign_share(core, &negotiated, &*exchange, ours)?;
    core.send(CLEAR, HandshakeType::SERVER_KEY_EXCHANGE, server_key_exchange);
    let request = emit_certificate_request(core.provider.verifier.schemes());
    core.send(CLEAR, HandshakeType::CERTIFICATE_REQUEST, request);
    core.send(CLEAR, HandshakeType::SERVER_HELLO_DONE, Body::default());
    core.flight.launch(core.now, true);
    Ok(Server::AwaitCertificate(Box::new(Exchanging { negotiated, exchange, ours })))
}

fn emit_extensions(negotiated: &Negotiated, offered: Offered, body: &mut Body) {
    extension::emit(body, ExtensionType::EXTENDED_MASTER_SECRET, |_| ());
    if offered.renegotiation_info {
        extension::emit_renegotiation_info(body);
    }
    if offered.point_formats {
        extension::emit_point_formats(body);
    }
    if let Some(profile) = negotiated.srtp_profile {
        extension::emit_use_srtp(body, &[profile]);
    }
    if let Some(protocol) = &negotiated.alpn {
        extension::emit_alpn(body, [protocol.as_slice()]);
    }
}

fn sign_share(
    core: &mut Core,
    negotiated: &Negotiated,
    exchange: &dyn KeyExchange,
    ours: Choice,
) -> Result<Body, AlertDescription> {
    let mut body = emit_parameters(exchange.group(), exchange.share());
    let mut signed = negotiated.client_random.to_vec();
    signed.extend_from_slice(&negotiated.server_random);
    signed.extend_from_slice(&body.0);
    core.sign(ours, &signed, &mut body).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
    Ok(body)
}
