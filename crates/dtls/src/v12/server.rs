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

mod hello;

use alloc::boxed::Box;
use alloc::vec::Vec;

use base::Reader;
use crypto::KeyExchange;
pub(crate) use hello::{check_client_hello, on_client_hello};

use super::schedule::{CLIENT_FINISHED, SERVER_FINISHED};
use super::twin::twin;
use super::{Established, Negotiated, Peer, check_certificate, check_signature, establish, send_finished};
use crate::alert::AlertDescription;
use crate::credential::Choice;
use crate::reassembly::Message;
use crate::record::{CLEAR, PROTECTED};
use crate::stage::{Core, Step, expect};
use crate::wire::Body;
use crate::wire::certificate::DigitallySigned;
use crate::wire::handshake::HandshakeType;
use crate::wire::hello::Random;
use crate::wire::key_exchange::parse_client_key_exchange;

/// A server behind the ClientHello, named for what it awaits.
#[allow(clippy::enum_variant_names, reason = "each is named for what it awaits")]
pub(crate) enum Server {
    AwaitCertificate(Box<Exchanging>),
    AwaitClientKeyExchange(Box<Identified>),
    AwaitCertificateVerify(Box<Shared>),
    AwaitFinished(Box<Verified>),
}

/// A server that has sent its share.
pub(crate) struct Exchanging {
    negotiated: Negotiated,
    exchange: Box<dyn KeyExchange>,
    ours: Choice,
}

/// A server that knows whom it talks to.
pub(crate) struct Identified {
    exchanging: Exchanging,
    peer: Peer,
    /// Bytes of the transcript before the Certificate, and its number: where to go back to if it was forged.
    transcript_len: usize,
    seq: u16,
}

/// A server that has the client's share. It is used only once the client has signed for it.
pub(crate) struct Shared {
    identified: Identified,
    share: Vec<u8>,
}

/// A server that has keys, as the client has signed for its share.
pub(crate) struct Verified {
    established: Established,
    /// What it has signed; the transcript had so many bytes before.
    certificate_verify: Message,
    transcript_len: usize,
}

impl Server {
    /// The random of the hello that was answered.
    pub(crate) const fn client_random(&self) -> &Random {
        let negotiated = match self {
            Self::AwaitCertificate(exchanging) => &exchanging.negotiated,
            Self::AwaitClientKeyExchange(identified) => &identified.exchanging.negotiated,
            Self::AwaitCertificateVerify(shared) => &shared.identified.exchanging.negotiated,
            Self::AwaitFinished(verified) => &verified.established.negotiated,
        };
        &negotiated.client_random
    }

    /// The client, once its certificate was taken.
    pub(crate) fn peer(&self) -> Option<&Peer> {
        match self {
            Self::AwaitCertificate(_) => None,
            Self::AwaitClientKeyExchange(identified) => Some(&identified.peer),
            Self::AwaitCertificateVerify(shared) => Some(&shared.identified.peer),
            Self::AwaitFinished(verified) => Some(&verified.established.peer),
        }
    }

    /// Whether the client has signed for its share.
    pub(crate) const fn is_signed(&self) -> bool {
        matches!(self, Self::AwaitFinished(_))
    }

    pub(crate) fn handle(self, core: &mut Core, message: &Message) -> Step<Self> {
        match self {
            Self::AwaitCertificate(stage) => stage.on_certificate(core, message),
            Self::AwaitClientKeyExchange(stage) => stage.on_client_key_exchange(core, message),
            Self::AwaitCertificateVerify(stage) => stage.on_certificate_verify(core, message),
            Self::AwaitFinished(stage) => stage.on_finished(core, message),
        }
    }
}

impl Exchanging {
    fn on_certificate(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Server> {
        match check_certificate(core, message) {
            Err(alert) => Step::Refused(Server::AwaitCertificate(self), alert),
            Ok(peer) => {
                let (transcript_len, seq) = (core.transcript.len(), message.seq);
                core.note(message);
                let next = Identified { exchanging: *self, peer, transcript_len, seq };
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
                Ok(verified) => Step::Next(Server::AwaitFinished(Box::new(verified))),
                Err(alert) => Step::Failed(alert),
            },
        }
    }

    fn check(&self, core: &Core, message: &Message) -> Result<(), AlertDescription> {
        expect(message, CLEAR, HandshakeType::CERTIFICATE_VERIFY)?;
        let DigitallySigned { scheme, signature } = DigitallySigned::parse(&mut Reader::new(&message.body))?;
        check_signature(core, scheme, &self.identified.peer.key, &core.transcript, signature)
    }

    /// Completes the key exchange. The owner of the certificate has signed for the share: a bad one is its own fault.
    fn agree(self, core: &mut Core, message: &Message) -> Result<Verified, AlertDescription> {
        let Identified { exchanging, peer, .. } = self.identified;
        let Exchanging { negotiated, exchange, ours } = exchanging;
        let premaster = exchange.complete(&self.share).map_err(|_| AlertDescription::ILLEGAL_PARAMETER)?;
        let session_hash = negotiated.parts.hash.hash(core.provider).hash(&[&core.transcript]);
        let transcript_len = core.transcript.len();
        core.note(message);
        let established = establish(core, negotiated, &premaster, session_hash.as_ref(), (peer, ours))?;
        Ok(Verified { established, certificate_verify: message.clone(), transcript_len })
    }
}

impl Verified {
    /// Answers with flight 6, which is kept: the client repeats itself until it has come.
    fn on_finished(self: Box<Self>, core: &mut Core, message: &Message) -> Step<Server> {
        if let Err(alert) = expect(message, PROTECTED, HandshakeType::FINISHED) {
            return Step::Refused(Server::AwaitFinished(self), alert);
        }
        if let Err(alert) = self.check(core, message) {
            return Step::Failed(alert);
        }
        core.note(message);
        core.flight.on_answer(core.now);
        send_finished(core, &self.established, SERVER_FINISHED);
        core.flight.launch(core.now, false);
        Step::Done(Box::new(self.established))
    }

    /// The Finished covers the CertificateVerify that the client has sent, which anybody can exchange for its twin on the way.
    fn check(&self, core: &mut Core, finished: &Message) -> Result<(), AlertDescription> {
        self.established.check_finished(core, finished, CLIENT_FINISHED).or_else(|alert| {
            let twin = self.twin().ok_or(alert)?;
            core.transcript.truncate(self.transcript_len);
            core.note(&twin);
            self.established.check_finished(core, finished, CLIENT_FINISHED)
        })
    }

    fn twin(&self) -> Option<Message> {
        let DigitallySigned { scheme, signature } =
            DigitallySigned::parse(&mut Reader::new(&self.certificate_verify.body)).ok()?;
        let mut body = Body::default();
        DigitallySigned { scheme, signature: &twin(self.established.peer.key.algorithm, signature)? }
            .emit(&mut body);
        Some(Message { body: body.0, ..self.certificate_verify })
    }
}
