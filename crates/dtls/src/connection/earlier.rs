//! A client's first handshake beside the one that has begun anew: both go on until it is known which of them the server knows.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use bytes::Bytes;

use super::{Connection, Phase};
use crate::flight::Flight;
use crate::reassembly::Reassembly;
use crate::record::Keys;

/// What belongs to one handshake alone.
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
    /// Makes room for a new handshake; the present one becomes the earlier.
    pub(super) fn keep_as_earlier(&mut self) {
        let mut earlier = Box::new(Earlier {
            phase: Phase::New,
            reassembly: Reassembly::new(self.core.config.max_handshake_message),
            flight: self.core.flight.anew(),
            transcript: Vec::new(),
            keys: None,
            early: VecDeque::new(),
        });
        earlier.swap(self);
        self.earlier = Some(earlier);
    }

    /// Gives the earlier handshake up once the server has signed for the new one.
    pub(super) fn weigh_earlier(&mut self) {
        if matches!(&self.phase, Phase::Handshaking(stage) if stage.is_signed()) {
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
}
