//! Whom signalling has promised: what a connection does about certificates that are not the peer's (RFC 8122 §6.2).
//!
//! Anybody on the path can show a certificate of their own and sign with it. So one that was not promised is refused like any
//! other message that makes no sense, and the promised one is awaited in its place. A mistake in signalling looks the same,
//! but for the promised certificate, which never comes: it ends the connection after a while, under its own name.
//!
//! Before anything was promised nobody can be told from a stranger, and the handshake waits at the certificate.

use alloc::vec::Vec;

use base::Instant;
use crypto::Fingerprint;

use super::{Connection, Over, Phase};
use crate::alert::{Alert, AlertDescription};
use crate::config::Role;
use crate::event::Reason;
use crate::hello::{AwaitClientHello, AwaitServerHello};
use crate::reassembly::Reassembly;
use crate::stage::Stage;
use crate::v12::Peer;

impl Connection {
    /// Takes the fingerprints that signalling promised: one of them has to be that of the peer's certificate.
    ///
    /// May be called at any time. The handshake waits at the peer's certificate for the first call; what has come
    /// meanwhile is taken then. An empty list matches nothing.
    pub fn set_remote_fingerprints(&mut self, now: Instant, fingerprints: Vec<Fingerprint>) {
        self.advance_clock(now);
        if !self.core.expected.set(fingerprints) {
            return;
        }
        match &self.phase {
            Phase::Open(established) if self.is_stranger(&established.peer) => self.end_for_mismatch(),
            Phase::Handshaking(_) => {
                self.forget_strangers();
                self.handle_messages();
                self.release_protected();
            }
            _ => {}
        }
    }

    /// Whether a certificate has come to its turn before it can be judged.
    pub(super) fn certificate_waits(&self) -> bool {
        let awaits = matches!(&self.phase, Phase::Handshaking(stage) if stage.awaits_certificate());
        awaits && self.core.expected.is_unknown()
    }

    /// When a mismatch that the promised certificate does not contradict ends the connection.
    pub(super) fn mismatch_deadline(&self) -> Option<Instant> {
        let since = self.core.expected.mismatch_since()?;
        matches!(self.phase, Phase::Handshaking(_)).then(|| since + self.core.config.mismatch_timeout)
    }

    pub(super) fn end_for_mismatch(&mut self) {
        self.tell_last(Alert::fatal(AlertDescription::BAD_CERTIFICATE));
        self.end(Over::Failed, Reason::FingerprintMismatch);
    }

    fn is_stranger(&self, peer: &Peer) -> bool {
        peer.chain.first().is_none_or(|leaf| self.core.expected.check(self.core.provider, leaf).is_none())
    }

    /// Signalling has changed its mind: what was agreed with somebody else is forgotten.
    fn forget_strangers(&mut self) {
        let is_gone = self.in_earlier(Self::is_among_strangers).unwrap_or(false);
        if is_gone {
            self.earlier = None;
        }
        if !self.is_among_strangers() {
            return;
        }
        self.start_over(Reassembly::new(self.core.config.max_handshake_message));
        self.phase = Phase::Handshaking(match self.core.role {
            Role::Client => Stage::AwaitServerHello(AwaitServerHello::start(&mut self.core)),
            Role::Server => Stage::AwaitClientHello(AwaitClientHello::default()),
        });
    }

    fn is_among_strangers(&mut self) -> bool {
        matches!(&self.phase, Phase::Handshaking(stage) if stage.peer().is_some_and(|peer| self.is_stranger(peer)))
    }
}
