//! Beginning again, where both sides have noted different messages.
//!
//! Before there are keys, a message can be changed on its way, or be a stranger's. If the other side takes it, no signature
//! over the handshake will ever match, and repeating the flights changes nothing.
//!
//! A client that still awaits messages of flight 4 awaits all of them again, its hello being the same: a server of any make
//! repeats them. Once it has signed for what it has heard, it begins anew (RFC 6347 §4.2.8):
//!
//! ```text
//! client                                        server
//!   flight 5, again and again, in vain            flight 4, again and again, in vain
//!   another ClientHello  ---------------------->  takes it in the place of the first,
//!   and flight 5 of the first handshake           unless the client has signed for that
//!                        <----------------------  flight 4
//!   gives up the first handshake once the
//!   server has signed for the second
//! ```
//!
//! The server may have finished, and its last flight be lost: then it ignores a ClientHello in the clear, as it must. So the
//! client gives nothing up before it knows better.

use alloc::boxed::Box;
use core::time::Duration;

use base::Instant;

use super::{Connection, Phase};
use crate::hello::{AwaitClientHello, AwaitServerHello, acceptable_random};
use crate::reassembly::Reassembly;
use crate::record::CLEAR;
use crate::stage::Stage;
use crate::wire::handshake::FragmentHeader;

/// After how many spans of its flight's timer a client begins anew: the few even repetitions have failed, and one more.
const CLIENT_PATIENCE: u32 = 6;

/// After how many spans a server takes another hello: it has to have lost hope before the client has.
const SERVER_PATIENCE: u32 = 3;

/// How long a client insists on what it has signed for, however short the round trip: the server may be busy.
const CLIENT_PERSEVERANCE: Duration = Duration::from_secs(1);

/// When a server that knows nothing of the path has repeated its flight twice (RFC 6347 §4.2.4.1).
const TWO_REPETITIONS: Duration = Duration::from_secs(3);

impl Connection {
    /// When a client's handshake leads nowhere.
    pub(super) fn hopeless_at(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Handshaking(stage) if stage.awaits_finished() => {
                self.core.flight.in_vain_at(CLIENT_PATIENCE, CLIENT_PERSEVERANCE)
            }
            // That is our own fault.
            _ if self.certificate_waits() => None,
            Phase::Handshaking(Stage::Client12(_)) => self.unanswered_at(),
            _ => None,
        }
    }

    /// When any server would have repeated what a client waits for.
    fn unanswered_at(&self) -> Option<Instant> {
        self.core.flight.in_vain_at(CLIENT_PATIENCE, Duration::ZERO).map(|at| at + TWO_REPETITIONS)
    }

    /// Begins again, as a client whose handshake leads nowhere.
    pub(super) fn begin_again(&mut self) {
        let Phase::Handshaking(Stage::Client12(client)) = &self.phase else { return };
        match client.go_back(&mut self.core) {
            Some((stage, from)) => {
                self.phase = Phase::Handshaking(stage);
                self.reassembly.rewind(from);
            }
            None => self.begin_anew(),
        }
    }

    /// Begins anew. The handshake that awaits the server's Finished goes on beside the new one.
    fn begin_anew(&mut self) {
        self.keep_as_earlier();
        let hello = AwaitServerHello::start(&mut self.core);
        self.phase = Phase::Handshaking(Stage::AwaitServerHello(hello));
        self.stats.begun_anew += 1;
    }

    /// Takes a fragment of a ServerHello whose number is past. Where a stranger has shown their certificate, theirs may be the
    /// ServerHello that was taken, and this one the peer's.
    pub(super) fn on_past_server_hello(&mut self, header: &FragmentHeader, fragment: &[u8]) {
        let among_strangers = self.core.expected.mismatch_since().is_some();
        if among_strangers
            && let Phase::Handshaking(Stage::Client12(client)) = &self.phase
            && let Some((stage, from)) = client.go_back_from_certificate(&mut self.core)
        {
            self.phase = Phase::Handshaking(stage);
            self.reassembly.forget_from(from);
            if header.message_seq == from {
                let _ = self.reassembly.insert(CLEAR, header, fragment);
                return;
            }
        }
        self.doubt_cookie(among_strangers);
    }

    /// A ServerHello with a number that is past answers the hello before the last. Whoever has asked for a cookie does not
    /// say that: if the handshake leads nowhere, the HelloVerifyRequest was forged, and the first hello is right.
    fn doubt_cookie(&mut self, among_strangers: bool) {
        let Phase::Handshaking(Stage::AwaitServerHello(hello)) = self.phase else { return };
        let is_hopeless = among_strangers || self.unanswered_at().is_some_and(|at| at <= self.core.now);
        if !hello.has_cookie() || !is_hopeless {
            return;
        }
        self.start_over(Reassembly::new(self.core.config.max_handshake_message));
        let hello = AwaitServerHello::start_with(&mut self.core, hello.random());
        self.phase = Phase::Handshaking(Stage::AwaitServerHello(hello));
    }

    /// Takes a fragment of a ClientHello behind the one that this handshake began with: if it is another one, and the
    /// handshake leads nowhere, it begins anew. Whoever has been asked for a cookie begins anew at any time.
    pub(super) fn on_past_client_hello(&mut self, header: &FragmentHeader, fragment: &[u8]) {
        let Phase::Handshaking(stage) = &self.phase else { return };
        let in_vain_at = self.core.flight.in_vain_at(SERVER_PATIENCE, Duration::ZERO);
        let is_hopeless = in_vain_at.is_some_and(|at| at <= self.core.now) && !stage.is_signed();
        if !is_hopeless && !matches!(stage, Stage::AwaitClientHello(_)) {
            return;
        }
        let answered = stage.answered().copied();
        let max_message = self.core.config.max_handshake_message;
        let hello = self.another_hello.get_or_insert_with(|| Box::new(Reassembly::new(max_message)));
        if hello.insert(CLEAR, header, fragment).is_err() {
            return;
        }
        let Some(message) = hello.front() else { return };
        match acceptable_random(&self.core, &message) {
            Ok(random) if Some(random) != answered => self.begin_anew_with_hello(),
            _ => hello.reject(),
        }
    }

    /// The hello is the first message of the new handshake.
    fn begin_anew_with_hello(&mut self) {
        let Some(hello) = self.another_hello.take() else { return };
        self.start_over(*hello);
        self.phase = Phase::Handshaking(Stage::AwaitClientHello(AwaitClientHello::default()));
    }

    /// Numbers messages from 0 again, and forgets those before, and what a stranger may have made of them.
    pub(super) fn start_over(&mut self, reassembly: Reassembly) {
        self.reassembly = reassembly;
        self.early.clear();
        self.core.records.swap_keys(&mut None);
        self.core.flight = self.core.flight.anew();
        self.core.transcript.clear();
        self.stats.begun_anew += 1;
    }
}
