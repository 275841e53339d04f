//! The server of DTLS 1.2 (RFC 5246 §7.3, RFC 6347 §4.2.4).
//!
//! ```text
//!                          <--- ServerHello
//!                          <--- Certificate
//!                          <--- ServerKeyExchange
//!                          <--- CertificateRequest
//!                          <--- ServerHelloDone
//! Certificate --->                                       AwaitCertificate
//! ClientKeyExchange --->                                 AwaitClientKeyExchange
//! CertificateVerify --->                                 AwaitCertificateVerify
//! [ChangeCipherSpec] --->
//! Finished --->                                          AwaitFinished
//!                          <--- [ChangeCipherSpec]
//!                          <--- Finished
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use base::Reader;
use crypto::{CertificateDer, KeyExchange, KeyExchangeAlgorithm, NamedGroup, PublicKey};

use super::schedule::{CLIENT_FINISHED, SERVER_FINISHED};
use super::{Established, Negotiated, check_certificate, check_signature, establish, send_finished};
use crate::alert::AlertDescription;
use crate::reassembly::Message;
use crate::record::{CLEAR, PROTECTED};
use crate::shared::{Core, Step, expect};
use crate::srtp::SrtpProfile;
use crate::suite::{Authentication, CipherSuite};
use crate::wire::Body;
use crate::wire::certificate::{DigitallySigned, emit_certificate, emit_certificate_request};
use crate::wire::extension::{self, ExtensionType};
use crate::wire::handshake::HandshakeType;
use crate::wire::hello::{ClientHello, EMPTY_RENEGOTIATION_INFO_SCSV, Random, emit_server_hello};
use crate::wire::key_exchange::{emit_parameters, parse_client_key_exchange};

/// A server behind the ClientHello, named for what it awaits.
#[allow(clippy::enum_variant_names, reason = "each is named for what it awaits")]
pub(crate) enum Server {
    AwaitCertificate(Box<Exchanging>),
    AwaitClientKeyExchange(Box<Identified>),
    AwaitCertificateVerify(Box<Shared>),
    AwaitFinished(Box<Established>),
}

/// A server that has sent its share.
pub(crate) struct Exchanging {
    negotiated: Negotiated,
    exchange: Box<dyn KeyExchange>,
}

/// A server that knows whom it talks to.
pub(crate) struct Identified {
    exchanging: Exchanging,
    peer_certificates: Vec<CertificateDer>,
    peer_key: PublicKey,
    /// Bytes of the transcript before the Certificate, and its number: where to go back to if it was forged.
    transcript_len: usize,
    seq: u16,
}

/// A server that has the client's share. It is used only once the client has signed for it.
pub(crate) struct Shared {
    identified: Identified,
    share: Vec<u8>,
}

/// What we answer a ClientHello with.
pub(crate) struct Chosen {
    negotiated: Negotiated,
    group: &'static dyn KeyExchangeAlgorithm,
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
    if !extension::parse_u16_list(schemes)?.contains(core.signer.scheme().0) {
        return Err(AlertDescription::HANDSHAKE_FAILURE);
    }
    let (suite, parts) = choose_suite(core, hello)?;
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
    Ok(Chosen { negotiated, group, offered })
}

/// Our key is an elliptic one, so only such suites come into question.
fn choose_suite(
    core: &Core,
    hello: &ClientHello<'_>,
) -> Result<(CipherSuite, crate::suite::Parts), AlertDescription> {
    let mut common = core.suites().filter(|(suite, _)| hello.suites.contains(suite.0));
    let chosen = common.find(|(_, parts)| parts.authentication == Authentication::Ecdsa);
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
    let Chosen { mut negotiated, group, offered } = chosen;
    negotiated.server_random = core.random();
    let exchange = group.start(&mut *core.rng).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
    let server_hello = emit_server_hello(&negotiated.server_random, negotiated.suite, |body| {
        emit_extensions(&negotiated, offered, body);
    });
    core.flight.clear();
    core.send(CLEAR, HandshakeType::SERVER_HELLO, server_hello);
    core.send(CLEAR, HandshakeType::CERTIFICATE, emit_certificate(&core.chain));
    let server_key_exchange = sign_share(core, &negotiated, &*exchange)?;
    core.send(CLEAR, HandshakeType::SERVER_KEY_EXCHANGE, server_key_exchange);
    let request = emit_certificate_request(core.provider.verifier.schemes());
    core.send(CLEAR, HandshakeType::CERTIFICATE_REQUEST, request);
    core.send(CLEAR, HandshakeType::SERVER_HELLO_DONE, Body::default());
    core.flight.launch(core.now, true);
    Ok(Server::AwaitCertificate(Box::new(Exchanging { negotiated, exchange })))
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
) -> Result<Body, AlertDescription> {
    let mut body = emit_parameters(exchange.group(), exchange.share());
    let mut signed = negotiated.client_random.to_vec();
    signed.extend_from_slice(&negotiated.server_random);
    signed.extend_from_slice(&body.0);
    let signature =
        core.signer.sign(&mut *core.rng, &signed).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
    DigitallySigned { scheme: core.signer.scheme(), signature: &signature }.emit(&mut body);
    Ok(body)
}

impl Server {
    /// The random of the hello that was answered.
    pub(crate) const fn client_random(&self) -> &Random {
        let negotiated = match self {
            Self::AwaitCertificate(exchanging) => &exchanging.negotiated,
            Self::AwaitClientKeyExchange(identified) => &identified.exchanging.negotiated,
            Self::AwaitCertificateVerify(shared) => &shared.identified.exchanging.negotiated,
            Self::AwaitFinished(established) => &established.negotiated,
        };
        &negotiated.client_random
    }

    /// The certificate of the client that has signed for its share.
    pub(crate) fn signer(&self) -> Option<&CertificateDer> {
        match self {
            Self::AwaitFinished(established) => established.peer_certificates.first(),
            _ => None,
        }
    }

    pub(crate) fn handle(self, core: &mut Core, message: &Message) -> Step<Self> {
        match self {
            Self::AwaitCertificate(stage) => stage.on_certificate(core, message),
            Self::AwaitClientKeyExchange(stage) => stage.on_client_key_exchange(core, message),
            Self::AwaitCertificateVerify(stage) => stage.on_certificate_verify(core, message),
            Self::AwaitFinished(stage) => on_finished(stage, core, message),
        }
    }
}

impl Exchanging {
    fn on_certificate(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Server> {
        match check_certificate(core, message) {
            Err(alert) => Step::Refused(Server::AwaitCertificate(self), alert),
            Ok((peer_certificates, peer_key)) => {
                let (transcript_len, seq) = (core.transcript.len(), message.seq);
                core.note(message);
                let next = Identified { exchanging: *self, peer_certificates, peer_key, transcript_len, seq };
                Step::Next(Server::AwaitClientKeyExchange(Box::new(next)))
            }
        }
    }
}

impl Identified {
    fn on_client_key_exchange(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Server> {
        let checked = expect(message, CLEAR, HandshakeType::CLIENT_KEY_EXCHANGE)
            .and_then(|()| Ok(parse_client_key_exchange(&message.body)?.to_vec()));
        match checked {
            Err(alert) => Step::Refused(Server::AwaitClientKeyExchange(self), alert),
            Ok(share) => {
                core.note(message);
                Step::Next(Server::AwaitCertificateVerify(Box::new(Shared { identified: *self, share })))
            }
        }
    }
}

impl Shared {
    fn on_certificate_verify(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Server> {
        match self.check(core, message) {
            // Certificate, share or signature is forged, and which of them nobody can tell.
            Err(AlertDescription::DECRYPT_ERROR) => {
                let Identified { exchanging, transcript_len, seq, .. } = self.identified;
                core.transcript.truncate(transcript_len);
                let back = Server::AwaitCertificate(Box::new(exchanging));
                Step::Rewound(back, AlertDescription::DECRYPT_ERROR, seq)
            }
            Err(alert) => Step::Refused(Server::AwaitCertificateVerify(self), alert),
            Ok(()) => match self.agree(core, message) {
                Ok(established) => Step::Next(Server::AwaitFinished(Box::new(established))),
                Err(alert) => Step::Failed(alert),
            },
        }
    }

    fn check(&self, core: &Core, message: &Message) -> Result<(), AlertDescription> {
        expect(message, CLEAR, HandshakeType::CERTIFICATE_VERIFY)?;
        let DigitallySigned { scheme, signature } = DigitallySigned::parse(&mut Reader::new(&message.body))?;
        check_signature(core, scheme, &self.identified.peer_key, &core.transcript, signature)
    }

    /// Completes the key exchange. The owner of the certificate has signed for the share: a bad one is its own fault.
    fn agree(self, core: &mut Core, message: &Message) -> Result<Established, AlertDescription> {
        let Identified { exchanging, peer_certificates, .. } = self.identified;
        let Exchanging { negotiated, exchange } = exchanging;
        let premaster = exchange.complete(&self.share).map_err(|_| AlertDescription::ILLEGAL_PARAMETER)?;
        let session_hash = negotiated.parts.hash.hash(core.provider).hash(&[&core.transcript]);
        core.note(message);
        establish(core, negotiated, &premaster, session_hash.as_ref(), peer_certificates)
    }
}

/// Answers with flight 6, which is kept: the client repeats itself until it has come.
fn on_finished(stage: Box<Established>, core: &mut Core, message: &Message) -> Step<Server> {
    if let Err(alert) = expect(message, PROTECTED, HandshakeType::FINISHED) {
        return Step::Refused(Server::AwaitFinished(stage), alert);
    }
    if let Err(alert) = stage.check_finished(core, message, CLIENT_FINISHED) {
        return Step::Failed(alert);
    }
    core.note(message);
    core.flight.on_answer(core.now);
    send_finished(core, &stage, SERVER_FINISHED);
    core.flight.launch(core.now, false);
    Step::Done(stage)
}
