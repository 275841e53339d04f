//! The hellos: where the version is chosen, once a hello is whole (RFC 6347 §4.2.1).
//!
//! ```text
//! client                                     server
//!   AwaitServerHello   ---- ClientHello ---->  AwaitClientHello
//!                      <- HelloVerifyRequest -   (only if it asks for a cookie)
//!                      -- ClientHello+cookie ->
//!                      <---- ServerHello -----   v12::server
//!   v12::client
//! ```
//!
//! The first ClientHello of today's browsers has two fragments and says DTLS 1.2 in its version field, whatever it
//! offers in `supported_versions`: nothing is decided on a part of it.

use alloc::vec::Vec;

use crate::alert::AlertDescription;
use crate::reassembly::Message;
use crate::record::CLEAR;
use crate::stage::{Core, Stage, Step, expect};
use crate::v12::client;
use crate::v12::server;
use crate::wire::extension::{self, ExtensionType};
use crate::wire::handshake::HandshakeType;
use crate::wire::hello::{self, ClientHello, Random};
use crate::wire::record::ProtocolVersion;

/// How many cookies a client sends back: servers may change their minds, but not for ever.
const MAX_COOKIES: u8 = 4;

/// Bytes of our cookies.
const COOKIE_LEN: usize = 32;

/// A client that has sent its ClientHello.
#[derive(Clone, Copy)]
pub(crate) struct AwaitServerHello {
    random: Random,
    cookies: u8,
}

impl AwaitServerHello {
    /// Sends the first ClientHello.
    pub(crate) fn start(core: &mut Core) -> Self {
        let random = core.random();
        Self::start_with(core, random)
    }

    /// Sends the first ClientHello of a handshake that begins with this random.
    pub(crate) fn start_with(core: &mut Core, random: Random) -> Self {
        send_client_hello(core, &random, &[]);
        Self { random, cookies: 0 }
    }

    pub(crate) const fn random(self) -> Random {
        self.random
    }

    /// Whether somebody has asked for a cookie.
    pub(crate) const fn has_cookie(self) -> bool {
        self.cookies > 0
    }

    pub(crate) fn handle(self, core: &mut Core, message: &Message) -> Step<Stage> {
        if message.kind == HandshakeType::HELLO_VERIFY_REQUEST {
            return self.on_hello_verify_request(core, message).map(Stage::AwaitServerHello);
        }
        match client::check_server_hello(core, self, message) {
            Err(alert) => Step::Refused(Stage::AwaitServerHello(self), alert),
            Ok(next) => {
                core.records.agree(ProtocolVersion::DTLS_1_2);
                core.note(message);
                Step::Next(Stage::Client12(next))
            }
        }
    }

    /// The same hello again, with the cookie. What came before leaves the transcript (RFC 6347 §4.2.1).
    fn on_hello_verify_request(self, core: &mut Core, message: &Message) -> Step<Self> {
        let cookie = match hello::parse_hello_verify_request(&message.body) {
            _ if message.epoch != CLEAR || self.cookies == MAX_COOKIES => {
                return Step::Refused(self, AlertDescription::UNEXPECTED_MESSAGE);
            }
            Err(malformed) => return Step::Refused(self, malformed.into()),
            Ok(cookie) => cookie,
        };
        core.transcript.clear();
        core.flight.clear();
        send_client_hello(core, &self.random, cookie);
        Step::Next(Self { cookies: self.cookies + 1, ..self })
    }
}

fn send_client_hello(core: &mut Core, random: &Random, cookie: &[u8]) {
    let suites: Vec<_> = core.suites().map(|(suite, _)| suite).collect();
    let body = hello::emit_client_hello(random, cookie, &suites, |body| {
        client::emit_extensions(core, body);
    });
    core.send(CLEAR, HandshakeType::CLIENT_HELLO, body);
    core.flight.launch(core.now, true);
}

/// A server that has sent nothing, or a HelloVerifyRequest.
#[derive(Default)]
pub(crate) struct AwaitClientHello {
    /// The random of the hello that was asked for a cookie.
    asked: Option<Random>,
}

impl AwaitClientHello {
    pub(crate) const fn asked(&self) -> Option<&Random> {
        self.asked.as_ref()
    }

    pub(crate) fn handle(self, core: &mut Core, message: &Message) -> Step<Stage> {
        let checked = match parse_client_hello(message) {
            Err(alert) => Err(alert),
            Ok(hello) => match missing_cookie(core, &hello) {
                Some(cookie) => {
                    send_cookie(core, &cookie);
                    return Step::Next(Stage::AwaitClientHello(Self { asked: Some(hello.random) }));
                }
                None => choose_version(&hello).and_then(|()| server::check_client_hello(core, &hello)),
            },
        };
        match checked {
            Err(alert) => Step::Refused(Stage::AwaitClientHello(self), alert),
            Ok(chosen) => {
                core.records.agree(ProtocolVersion::DTLS_1_2);
                core.note(message);
                match server::on_client_hello(core, chosen) {
                    Ok(next) => Step::Next(Stage::Server12(next)),
                    Err(alert) => Step::Failed(alert),
                }
            }
        }
    }
}

/// The cookie that this hello should have carried, if it does not. A wrong one is as good as none.
fn missing_cookie(core: &Core, hello: &ClientHello<'_>) -> Option<[u8; COOKIE_LEN]> {
    let key = core.cookie_key.as_ref()?;
    let parameters: [&[u8]; 2] = [&hello.random, hello.compression];
    if hello.cookie.len() == COOKIE_LEN && key.verify(&parameters, hello.cookie) {
        return None;
    }
    key.sign(&parameters).as_ref().first_chunk().copied()
}

/// Asks for the cookie. There is no timer: the client repeats its hello, and gets the same answer.
fn send_cookie(core: &mut Core, cookie: &[u8]) {
    core.flight.clear();
    core.send(CLEAR, HandshakeType::HELLO_VERIFY_REQUEST, hello::emit_hello_verify_request(cookie));
    core.transcript.clear();
    core.flight.launch(core.now, false);
}

/// The random of a ClientHello that a handshake can begin with.
pub(crate) fn acceptable_random(core: &Core, message: &Message) -> Result<Random, AlertDescription> {
    let hello = parse_client_hello(message)?;
    choose_version(&hello)?;
    server::check_client_hello(core, &hello)?;
    Ok(hello.random)
}

fn parse_client_hello(message: &Message) -> Result<ClientHello<'_>, AlertDescription> {
    expect(message, CLEAR, HandshakeType::CLIENT_HELLO)?;
    Ok(ClientHello::parse(&message.body)?)
}

/// We speak DTLS 1.2: it has to be among `supported_versions`, or else covered by the old version field.
///
/// The random of our answer carries no downgrade sentinel: that is for servers which know 1.3 (RFC 8446 §4.1.3).
fn choose_version(hello: &ClientHello<'_>) -> Result<(), AlertDescription> {
    let offered = match hello.extensions.get(ExtensionType::SUPPORTED_VERSIONS) {
        Some(data) => extension::parse_supported_versions(data)?.contains(ProtocolVersion::DTLS_1_2.0),
        // Versions are ones' complements: a newer one is a smaller number, and whoever speaks it takes an older one
        // (RFC 5246 §E.1). The versions of TLS itself are small numbers, and not DTLS.
        None => (0x8000..=ProtocolVersion::DTLS_1_2.0).contains(&hello.version.0),
    };
    if offered { Ok(()) } else { Err(AlertDescription::PROTOCOL_VERSION) }
}
