//! The stages of a handshake: what each works with, and what it makes of a message.

use alloc::boxed::Box;
use alloc::vec::Vec;

use base::Instant;
use crypto::{Failed, HmacKey, KeyExchangeAlgorithm, NamedGroup, Provider, Rng};

use crate::alert::AlertDescription;
use crate::config::{Config, Role};
use crate::credential::{Choice, Credentials};
use crate::error::ConfigError;
use crate::fingerprint::Expected;
use crate::flight::Flight;
use crate::hello::{AwaitClientHello, AwaitServerHello};
use crate::identity::Identity;
use crate::reassembly::Message;
use crate::record::Records;
use crate::suite::{CipherSuite, Parts, curves};
use crate::v12::client::Client;
use crate::v12::server::Server;
use crate::v12::{Established, Peer};
use crate::wire::Body;
use crate::wire::certificate::DigitallySigned;
use crate::wire::handshake::{FragmentHeader, HandshakeType};
use crate::wire::hello::Random;

/// A handshake that is not finished, named for what it awaits.
pub(crate) enum Stage {
    AwaitServerHello(AwaitServerHello),
    AwaitClientHello(AwaitClientHello),
    Client12(Client),
    Server12(Server),
}

impl Stage {
    /// Takes the next message of the peer.
    pub(crate) fn handle(self, core: &mut Core, message: &Message) -> Step<Self> {
        match self {
            Self::AwaitServerHello(stage) => stage.handle(core, message),
            Self::AwaitClientHello(stage) => stage.handle(core, message),
            Self::Client12(stage) => stage.handle(core, message),
            Self::Server12(stage) => stage.handle(core, message).map(Self::Server12),
        }
    }

    /// The peer, once its certificate was taken.
    pub(crate) fn peer(&self) -> Option<&Peer> {
        match self {
            Self::Client12(client) => client.peer(),
            Self::Server12(server) => server.peer(),
            _ => None,
        }
    }

    /// Whether the peer has signed for this very handshake.
    pub(crate) const fn is_signed(&self) -> bool {
        match self {
            Self::Client12(client) => client.is_signed(),
            Self::Server12(server) => server.is_signed(),
            _ => false,
        }
    }

    /// Whether the peer's certificate is what comes next.
    pub(crate) const fn awaits_certificate(&self) -> bool {
        matches!(
            self,
            Self::Client12(Client::AwaitCertificate(_)) | Self::Server12(Server::AwaitCertificate(_))
        )
    }

    /// The random of the ClientHello that a server has answered.
    pub(crate) const fn answered(&self) -> Option<&Random> {
        match self {
            Self::AwaitClientHello(stage) => stage.asked(),
            Self::Server12(server) => Some(server.client_random()),
            _ => None,
        }
    }

    /// Whether the peer may have finished already, so that its application data tells of a lost flight.
    pub(crate) const fn awaits_finished(&self) -> bool {
        matches!(self, Self::Client12(Client::AwaitFinished(_)))
    }
}

/// What a stage made of a message.
pub(crate) enum Step<S> {
    /// It was right: the handshake goes on.
    Next(S),
    /// It was wrong, and anybody could have sent it: the stage waits for another one in its place.
    Refused(S, AlertDescription),
    /// It shows that it or some of the messages before it were forged: all from this number on are awaited anew.
    Rewound(S, AlertDescription, u16),
    /// It was wrong and authenticated, or something of our own failed.
    Failed(AlertDescription),
    /// It was the last one.
    Done(Box<Established>),
}

impl<S> Step<S> {
    pub(crate) fn map<T>(self, wrap: impl FnOnce(S) -> T) -> Step<T> {
        match self {
            Self::Next(stage) => Step::Next(wrap(stage)),
            Self::Refused(stage, alert) => Step::Refused(wrap(stage), alert),
            Self::Rewound(stage, alert, from) => Step::Rewound(wrap(stage), alert, from),
            Self::Failed(alert) => Step::Failed(alert),
            Self::Done(established) => Step::Done(established),
        }
    }
}

/// That a message is of the awaited kind and came in the epoch where it belongs.
pub(crate) fn expect(message: &Message, epoch: u16, kind: HandshakeType) -> Result<(), AlertDescription> {
    if message.kind == kind && message.epoch == epoch {
        Ok(())
    } else {
        Err(AlertDescription::UNEXPECTED_MESSAGE)
    }
}

/// The parts of a connection that a handshake stage reads and moves.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) role: Role,
    pub(crate) provider: &'static Provider,
    pub(crate) rng: Rng,
    pub(crate) credentials: Credentials,
    pub(crate) expected: Expected,
    /// What a server makes cookies with, if it asks for them: one key as long as it lives.
    pub(crate) cookie_key: Option<Box<dyn HmacKey>>,
    pub(crate) records: Records,
    pub(crate) flight: Flight,
    /// Every message of the handshake so far, each as if it had been sent whole (RFC 6347 §4.2.6).
    pub(crate) transcript: Vec<u8>,
    pub(crate) now: Instant,
}

impl Core {
    /// Before anything was said.
    pub(crate) fn new(
        config: Config,
        role: Role,
        identities: &[&Identity],
        provider: &'static Provider,
        rng: Rng,
    ) -> Result<Self, ConfigError> {
        let mut core = Self {
            role,
            provider,
            rng,
            credentials: Credentials::load(identities, provider)?,
            expected: Expected::default(),
            cookie_key: None,
            records: Records::new(),
            flight: Flight::new(&config),
            transcript: Vec::new(),
            now: Instant::ZERO,
            config,
        };
        if role == Role::Server && core.config.cookie_exchange {
            let secret = core.random();
            core.cookie_key = Some(provider.hmac_sha256.key(&secret));
        }
        Ok(core)
    }

    /// Appends a message to the flight and to the transcript.
    pub(crate) fn send(&mut self, epoch: u16, kind: HandshakeType, body: Body) {
        let len = body.0.len();
        // The number is known only when the flight has taken the body.
        let start = self.transcript.len();
        self.transcript.extend_from_slice(&FragmentHeader::whole(kind, 0, len));
        self.transcript.extend_from_slice(&body.0);
        let seq = self.flight.push(epoch, kind, body.0);
        let header = FragmentHeader::whole(kind, seq, len);
        self.transcript.iter_mut().skip(start).zip(header).for_each(|(byte, right)| *byte = right);
    }

    /// Appends a message of the peer to the transcript.
    pub(crate) fn note(&mut self, message: &Message) {
        let header = FragmentHeader::whole(message.kind, message.seq, message.body.len());
        self.transcript.extend_from_slice(&header);
        self.transcript.extend_from_slice(&message.body);
    }

    /// A signature of ours, as it stands in a message.
    pub(crate) fn sign(&mut self, choice: Choice, message: &[u8], body: &mut Body) -> Result<(), Failed> {
        let signature = self.credentials.sign(&mut self.rng, choice, message)?;
        DigitallySigned { scheme: choice.scheme, signature: &signature }.emit(body);
        Ok(())
    }

    pub(crate) fn random(&mut self) -> Random {
        let mut random = Random::default();
        self.rng.fill_bytes(&mut random);
        random
    }

    /// The suites that the configuration names and that serve, with what they are made of.
    pub(crate) fn suites(&self) -> impl Iterator<Item = (CipherSuite, Parts)> {
        let usable = |suite: &CipherSuite| {
            Some((*suite, suite.usable(self.role, self.provider, self.credentials.keys())?))
        };
        self.config.cipher_suites.iter().filter_map(usable)
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &'static dyn KeyExchangeAlgorithm> {
        curves(self.provider)
    }

    pub(crate) fn group(&self, group: NamedGroup) -> Option<&'static dyn KeyExchangeAlgorithm> {
        self.groups().find(|algorithm| algorithm.group() == group)
    }
}
