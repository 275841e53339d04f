//! The client of DTLS 1.2 (RFC 5246 §7.3, RFC 6347 §4.2.4).
//!
//! ```text
//!                          <--- ServerHello              AwaitServerHello
//!                          <--- Certificate              AwaitCertificate
//!                          <--- ServerKeyExchange        AwaitServerKeyExchange
//!                          <--- CertificateRequest       AwaitCertificateRequest
//!                          <--- ServerHelloDone          AwaitServerHelloDone
//! Certificate --->
//! ClientKeyExchange --->
//! CertificateVerify --->
//! [ChangeCipherSpec] --->
//! Finished --->
//!                          <--- [ChangeCipherSpec]
//!                          <--- Finished                 AwaitFinished
//! ```

mod hello;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use crypto::Secret;
pub(crate) use hello::{check_server_hello, emit_extensions};

use super::schedule::{CLIENT_FINISHED, SERVER_FINISHED};
use super::{Established, Negotiated, Peer, check_certificate, check_signature, establish, send_finished};
use crate::alert::AlertDescription;
use crate::credential::Choice;
use crate::hello::AwaitServerHello;
use crate::reassembly::Message;
use crate::record::{CLEAR, PROTECTED};
use crate::stage::{Core, Stage, Step, expect};
use crate::wire::Body;
use crate::wire::certificate::{DigitallySigned, emit_certificate, parse_certificate_request};
use crate::wire::handshake::HandshakeType;
use crate::wire::key_exchange::{ServerKeyExchange, emit_client_key_exchange};

/// A client behind its ClientHello, named for what it awaits.
#[allow(clippy::enum_variant_names, reason = "each is named for what it awaits")]
pub(crate) enum Client {
    AwaitCertificate(AwaitCertificate),
    AwaitServerKeyExchange(Box<AwaitServerKeyExchange>),
    AwaitCertificateRequest(Box<Keyed>),
    AwaitServerHelloDone(Box<Requested>),
    AwaitFinished(Box<Established>),
}

/// Where a client goes back to if a message since the ServerHello was forged.
#[derive(Clone, Copy)]
struct Origin {
    hello: AwaitServerHello,
    /// Bytes of the transcript before the ServerHello, and its number.
    transcript_len: usize,
    seq: u16,
}

/// A client that knows the parameters and nobody yet.
#[derive(Clone)]
pub(crate) struct AwaitCertificate {
    origin: Origin,
    negotiated: Negotiated,
}

/// A client that knows whom it talks to.
pub(crate) struct AwaitServerKeyExchange {
    origin: Origin,
    negotiated: Negotiated,
    peer: Peer,
}

/// A client that has the shared secret.
pub(crate) struct Keyed {
    origin: Origin,
    negotiated: Negotiated,
    peer: Peer,
    share: Vec<u8>,
    premaster: Secret,
}

/// A client that knows which of its certificates the server can check.
pub(crate) struct Requested {
    keyed: Keyed,
    ours: Choice,
}

impl Client {
    pub(crate) fn handle(self, core: &mut Core, message: &Message) -> Step<Stage> {
        match self {
            Self::AwaitCertificate(stage) => stage.handle(core, message),
            Self::AwaitServerKeyExchange(stage) => return stage.handle(core, message),
            Self::AwaitCertificateRequest(stage) => stage.on_certificate_request(core, message),
            Self::AwaitServerHelloDone(stage) => stage.on_server_hello_done(core, message),
            Self::AwaitFinished(stage) => on_finished(stage, core, message),
        }
        .map(Stage::Client12)
    }

    /// The server, once its certificate was taken.
    pub(crate) fn peer(&self) -> Option<&Peer> {
        match self {
            Self::AwaitCertificate(_) => None,
            Self::AwaitServerKeyExchange(stage) => Some(&stage.peer),
            Self::AwaitCertificateRequest(stage) => Some(&stage.peer),
            Self::AwaitServerHelloDone(stage) => Some(&stage.keyed.peer),
            Self::AwaitFinished(established) => Some(&established.peer),
        }
    }

    /// Whether the server has signed for our random.
    pub(crate) const fn is_signed(&self) -> bool {
        !matches!(self, Self::AwaitCertificate(_) | Self::AwaitServerKeyExchange(_))
    }

    /// Back to where the ServerHello was awaited, and its number; `None` once all of the server's flight has been answered.
    pub(crate) fn go_back(&self, core: &mut Core) -> Option<(Stage, u16)> {
        let origin = match self {
            Self::AwaitCertificate(stage) => stage.origin,
            Self::AwaitServerKeyExchange(stage) => stage.origin,
            Self::AwaitCertificateRequest(stage) => stage.origin,
            Self::AwaitServerHelloDone(stage) => stage.keyed.origin,
            Self::AwaitFinished(_) => return None,
        };
        Some(origin.go_back(core))
    }

    /// The same, as long as nobody has shown the promised certificate.
    pub(crate) fn go_back_from_certificate(&self, core: &mut Core) -> Option<(Stage, u16)> {
        if let Self::AwaitCertificate(stage) = self { Some(stage.origin.go_back(core)) } else { None }
    }
}

impl Origin {
    fn go_back(self, core: &mut Core) -> (Stage, u16) {
        core.transcript.truncate(self.transcript_len);
        (Stage::AwaitServerHello(self.hello), self.seq)
    }
}

impl AwaitCertificate {
    fn handle(self, core: &mut Core, message: &Message) -> Step<Client> {
        let checked = check_certificate(core, message).and_then(|peer| {
            let fits = self.negotiated.parts.authentication.takes(peer.key.algorithm);
            if fits { Ok(peer) } else { Err(AlertDescription::UNSUPPORTED_CERTIFICATE) }
        });
        match checked {
            Err(alert) => Step::Refused(Client::AwaitCertificate(self), alert),
            Ok(peer) => {
                core.note(message);
                let Self { origin, negotiated } = self;
                let next = AwaitServerKeyExchange { origin, negotiated, peer };
                Step::Next(Client::AwaitServerKeyExchange(Box::new(next)))
            }
        }
    }
}

impl AwaitServerKeyExchange {
    fn handle(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Stage> {
        match self.check(core, message) {
            // One of the three is forged, and which one nobody can tell: the random of the hello is signed as well.
            Err(AlertDescription::DECRYPT_ERROR) => {
                let (back, seq) = self.origin.go_back(core);
                Step::Rewound(back, AlertDescription::DECRYPT_ERROR, seq)
            }
            Err(alert) => Step::Refused(Stage::Client12(Client::AwaitServerKeyExchange(self)), alert),
            Ok((share, premaster)) => {
                core.note(message);
                let Self { origin, negotiated, peer } = *self;
                let next = Keyed { origin, negotiated, peer, share, premaster };
                Step::Next(Stage::Client12(Client::AwaitCertificateRequest(Box::new(next))))
            }
        }
    }

    /// Checks the signature, then answers the share with ours (RFC 8422 §5.4, §5.10).
    fn check(&self, core: &mut Core, message: &Message) -> Result<(Vec<u8>, Secret), AlertDescription> {
        expect(message, CLEAR, HandshakeType::SERVER_KEY_EXCHANGE)?;
        let exchange = ServerKeyExchange::parse(&message.body)?;
        let algorithm = core.group(exchange.group).ok_or(AlertDescription::ILLEGAL_PARAMETER)?;
        let mut signed = self.negotiated.client_random.to_vec();
        signed.extend_from_slice(&self.negotiated.server_random);
        signed.extend_from_slice(exchange.parameters);
        let DigitallySigned { scheme, signature } = exchange.signed;
        check_signature(core, scheme, &self.peer.key, &signed, signature)?;
        algorithm.respond(&mut *core.rng, exchange.share).map_err(|_| AlertDescription::ILLEGAL_PARAMETER)
    }
}

impl Keyed {
    /// A server that wants no certificate of ours is not one of WebRTC's (RFC 8827 §6.5).
    fn on_certificate_request(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Client> {
        match check_certificate_request(core, message) {
            Err(alert) => Step::Refused(Client::AwaitCertificateRequest(self), alert),
            Ok(ours) => {
                core.note(message);
                Step::Next(Client::AwaitServerHelloDone(Box::new(Requested { keyed: *self, ours })))
            }
        }
    }
}

impl Requested {
    fn on_server_hello_done(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Client> {
        let checked = expect(message, CLEAR, HandshakeType::SERVER_HELLO_DONE);
        let checked =
            checked.and(if message.body.is_empty() { Ok(()) } else { Err(AlertDescription::DECODE_ERROR) });
        if let Err(alert) = checked {
            return Step::Refused(Client::AwaitServerHelloDone(self), alert);
        }
        core.note(message);
        match self.send_flight(core) {
            Ok(established) => Step::Next(Client::AwaitFinished(Box::new(established))),
            Err(alert) => Step::Failed(alert),
        }
    }

    /// Flight 5.
    fn send_flight(self, core: &mut Core) -> Result<Established, AlertDescription> {
        core.flight.on_answer(core.now);
        let Self { keyed: Keyed { negotiated, peer, share, premaster, .. }, ours } = self;
        let chain = emit_certificate(core.credentials.chain(Some(ours)));
        core.send(CLEAR, HandshakeType::CERTIFICATE, chain);
        core.send(CLEAR, HandshakeType::CLIENT_KEY_EXCHANGE, emit_client_key_exchange(&share));
        let session_hash = negotiated.parts.hash.hash(core.provider).hash(&[&core.transcript]);

        let mut body = Body::default();
        let signed = mem::take(&mut core.transcript);
        core.sign(ours, &signed, &mut body).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
        core.transcript = signed;
        core.send(CLEAR, HandshakeType::CERTIFICATE_VERIFY, body);

        let established = establish(core, negotiated, &premaster, session_hash.as_ref(), (peer, ours))?;
        send_finished(core, &established, CLIENT_FINISHED);
        core.flight.launch(core.now, true);
        Ok(established)
    }
}

fn check_certificate_request(core: &Core, message: &Message) -> Result<Choice, AlertDescription> {
    if message.kind == HandshakeType::SERVER_HELLO_DONE {
        return Err(AlertDescription::HANDSHAKE_FAILURE);
    }
    expect(message, CLEAR, HandshakeType::CERTIFICATE_REQUEST)?;
    let schemes = parse_certificate_request(&message.body)?;
    core.credentials.choose(schemes, |_| true).ok_or(AlertDescription::HANDSHAKE_FAILURE)
}

fn on_finished(stage: Box<Established>, core: &mut Core, message: &Message) -> Step<Client> {
    if let Err(alert) = expect(message, PROTECTED, HandshakeType::FINISHED) {
        return Step::Refused(Client::AwaitFinished(stage), alert);
    }
    match stage.check_finished(core, message, SERVER_FINISHED) {
        Err(alert) => Step::Failed(alert),
        Ok(()) => {
            core.flight.on_answer(core.now);
            Step::Done(stage)
        }
    }
}
