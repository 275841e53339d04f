//! Beginning anew, where both sides have noted different messages (RFC 6347 §4.2.8).
//!
//! Before there are keys, a message can be changed on its way, or be a stranger's. If the other side takes it, no signature
//! over the handshake will ever match, and repeating the flights changes nothing.
//!
//! ```text
//! client                                        server
//!   flight 5, again and again, in vain            flight 4, again and again, in vain
//!   another ClientHello  ---------------------->  takes it in the place of the first,
//!   and flight 5 of the first handshake           unless somebody has signed for that
//!                        <----------------------  flight 4
//!   gives up the first handshake once the
//!   server has signed for the second
//! ```
//!
//! The server may have finished, and its last flight be lost: then it ignores a ClientHello in the clear, as it must. So the
//! client gives nothing up before it knows better.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use base::Instant;
use bytes::Bytes;

use super::{Connection, Phase};
use crate::config::Role;
use crate::flight::Flight;
use crate::hello::{AwaitClientHello, AwaitServerHello, Stage, acceptable_random};
use crate::reassembly::Reassembly;
use crate::record::{CLEAR, Keys};
use crate::wire::handshake::FragmentHeader;

/// After how many spans of its flight's timer a client begins anew: the few even repetitions have failed, and one more.
const CLIENT_PATIENCE: u32 = 6;

/// After how many spans a server takes another hello: it has to have lost hope before the client has.
const SERVER_PATIENCE: u32 = 3;

/// A client's handshake that lacks nothing but the server's Finished, beside the one that has begun anew.
pub(super) struct Earlier {
    phase: Phase,
    reassembly: Reassembly,
    flight: Flight,
    transcript: Vec<u8>,
    keys: Option<Keys>,
    /// What these keys have opened goes up behind the Finished of this handshake, or not at all (RFC 6347 §4.2.4).
    early: VecDeque<Bytes>,
}

impl Earlier {
    pub(super) const fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Puts this handshake in the place of the connection's own, and that one here.
    const fn swap(&mut self, connection: &mut Connection) {
        mem::swap(&mut self.phase, &mut connection.phase);
        mem::swap(&mut self.reassembly, &mut connection.reassembly);
        mem::swap(&mut self.flight, &mut connection.core.flight);
        mem::swap(&mut self.transcript, &mut connection.core.transcript);
        mem::swap(&mut self.early, &mut connection.early);
        connection.core.records.swap_keys(&mut self.keys);
    }
}

impl Connection {
    /// When a client's handshake leads nowhere.
    pub(super) fn anew_at(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Handshaking(stage) if self.core.role == Role::Client && !stage.is_fresh() => {
                self.core.flight.in_vain_at(CLIENT_PATIENCE)
            }
            _ => None,
        }
    }

    /// Begins anew, as a client. A handshake that awaits the server's Finished goes on beside the new one.
    pub(super) fn begin_anew(&mut self) {
        let Phase::Handshaking(stage) = &self.phase else { return };
        let mut next = Box::new(Earlier {
            phase: Phase::New,
            reassembly: Reassembly::new(self.core.config.max_handshake_message),
            flight: self.core.flight.anew(),
            transcript: Vec::new(),
            keys: None,
            early: VecDeque::new(),
        });
        let awaits_finished = stage.awaits_finished();
        next.swap(self);
        if awaits_finished {
            self.earlier = Some(next);
        }
        let stage = AwaitServerHello::start(&mut self.core);
        self.phase = Phase::Handshaking(Stage::AwaitServerHello(stage));
        self.stats.begun_anew += 1;
    }

    /// A message was right, as far as can be seen.
    pub(super) fn on_progress(&mut self, stage: &Stage) {
        // A server learns by the last message of a flight whether the others were right.
        if self.core.role == Role::Client {
            self.core.flight.on_progress(self.core.now);
        }
        if stage.is_answered() {
            self.earlier = None;
        }
    }

    /// Does something in the earlier handshake, if there is one. If that ends by it, well or badly, the new one ends too.
    pub(super) fn in_earlier<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let mut earlier = self.earlier.take()?;
        earlier.swap(self);
        let outcome = act(self);
        if matches!(self.phase, Phase::Handshaking(_)) {
            earlier.swap(self);
            self.earlier = Some(earlier);
        }
        Some(outcome)
    }

    /// Takes a fragment of a ClientHello behind the one that this handshake began with: if it is another one, and the
    /// handshake leads nowhere, it begins anew. Whoever has been asked for a cookie begins anew at any time.
    pub(super) fn on_another_hello(&mut self, header: &FragmentHeader, fragment: &[u8]) {
        let Phase::Handshaking(stage) = &self.phase else { return };
        let answered = match stage {
            Stage::AwaitClientHello(_) => None,
            _ if self.core.flight.in_vain_at(SERVER_PATIENCE).is_none_or(|at| self.core.now < at) => return,
            _ => match stage.unproven_random() {
                None => return,
                random => random.copied(),
            },
        };
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
        self.reassembly = *hello;
        self.core.flight = self.core.flight.anew();
        self.core.transcript.clear();
        let stage = AwaitClientHello::start(&mut self.core);
        self.phase = Phase::Handshaking(Stage::AwaitClientHello(stage));
        self.stats.begun_anew += 1;
    }
}
