//! COOKIE ECHO: an association begins, is confirmed, or begins anew (RFC 9260 §5.1.5, §5.2.4).

use core::time::Duration;

use super::{Association, Peer, Phase};
use crate::Discard;
use crate::timer::Timer;
use crate::wire::{CauseCode, Cookie, emit_error};

/// What is to be done with a cookie (RFC 9260 §5.2.4).
#[derive(Clone, Copy, Debug)]
enum Action {
    /// It is too old, by so much, for what it would begin (§5.2.4, 3).
    Refuse(Duration),
    /// There is no association yet, or both sides set one up at once (table 12, B).
    Establish,
    /// B after the fact: the peer has changed its mind before it sent anything.
    ChangePeer,
    /// It confirms what is known (table 12, D).
    Confirm,
    /// The peer has lost its state (table 12, A).
    Restart,
    /// Table 12, C, and whatever it does not show.
    Discard(Discard),
}

impl Association {
    /// Takes a COOKIE ECHO. Returns whether the rest of its packet belongs to the association.
    pub(super) fn on_cookie_echo(&mut self, tag: u32, bytes: &[u8]) -> Result<bool, Discard> {
        let cookie = Cookie::open(bytes, &*self.cookie_key).ok_or(Discard::BadCookie)?;
        if tag != cookie.local_tag {
            return Err(Discard::WrongTag);
        }
        match self.action(&cookie) {
            Action::Refuse(staleness) => return self.refuse_stale(&cookie, staleness),
            Action::Establish => {
                self.adopt(&cookie);
                self.become_established();
            }
            Action::ChangePeer => self.change_peer(&cookie),
            Action::Confirm => self.on_confirmed(),
            Action::Restart if matches!(self.phase, Phase::ShutdownAckSent) => {
                self.pending.shutdown_ack = true;
                self.pending.report(CauseCode::COOKIE_WHILE_SHUTTING_DOWN, &[]);
                return Ok(false);
            }
            Action::Restart => self.restart(&cookie),
            Action::Discard(discard) => return Err(discard),
        }
        self.pending.cookie_ack = true;
        Ok(true)
    }

    fn action(&self, cookie: &Cookie) -> Action {
        let same_local = cookie.local_tag == self.local_tag;
        let same_peer = cookie.peer_tag == self.peer.tag && self.peer.tag != 0;
        let staleness = self.now.since(cookie.made_at).checked_sub(self.config.cookie_lifetime);
        if let Some(staleness) = staleness.filter(|span| !(span.is_zero() || (same_local && same_peer))) {
            return Action::Refuse(staleness);
        }
        match (&self.phase, same_local, same_peer) {
            (Phase::Ended, ..) => Action::Discard(Discard::OutOfTheBlue),
            (Phase::Idle | Phase::CookieWait { .. } | Phase::CookieEchoed { .. }, true, false) => {
                Action::Establish
            }
            (_, true, false) if self.inbound.cumulative_tsn() == self.peer.initial_tsn.previous() => {
                Action::ChangePeer
            }
            (_, true, true) => Action::Confirm,
            (_, false, false) if cookie.tie_tag != 0 && cookie.tie_tag == self.peer.tie_tag => {
                Action::Restart
            }
            _ => Action::Discard(Discard::Unexpected),
        }
    }

    fn refuse_stale(&mut self, cookie: &Cookie, staleness: Duration) -> Result<bool, Discard> {
        let micros = u32::try_from(staleness.as_micros()).unwrap_or(u32::MAX);
        self.pending.reply(cookie.peer_tag, |writer| {
            emit_error(writer, CauseCode::STALE_COOKIE, &micros.to_be_bytes())
        })?;
        Ok(false)
    }

    /// Takes over what a cookie says about both sides.
    fn adopt(&mut self, cookie: &Cookie) {
        self.local_tag = cookie.local_tag;
        self.local_tsn = cookie.local_tsn;
        self.peer = self.peer_of(cookie);
        self.start_streams(cookie.peer_window, cookie.forward_tsn);
    }

    /// What a cookie says about the peer.
    fn peer_of(&mut self, cookie: &Cookie) -> Peer {
        Peer {
            tag: cookie.peer_tag,
            initial_tsn: cookie.peer_tsn,
            outgoing_streams: cookie.peer_outgoing_streams.min(self.config.incoming_streams),
            incoming_streams: cookie.peer_incoming_streams.min(self.config.outgoing_streams),
            reconfig: cookie.reconfig,
            tie_tag: self.rng.next_u64(),
        }
    }

    /// What we have sent stays as it is: only what comes is counted anew.
    fn change_peer(&mut self, cookie: &Cookie) {
        self.peer = self.peer_of(cookie);
        self.inbound.start(cookie.peer_tsn);
        self.expect_resets_anew();
    }

    fn on_confirmed(&mut self) {
        match self.phase {
            Phase::CookieEchoed { .. } => {
                // Our own cookie is unanswered, and so is the data that went with it: its timer goes on for that.
                let early = self.timers.deadline(Timer::Setup);
                self.become_established();
                if let Some(deadline) = early.filter(|_| !self.outbound.is_acknowledged()) {
                    self.timers.start(Timer::Setup, deadline);
                }
            }
            // COOKIE ACK was lost, with all that went with it.
            Phase::Established => self.send_early_data_again(),
            _ => {}
        }
    }

    /// The peer has lost its state: the association begins anew under its new tags.
    fn restart(&mut self, cookie: &Cookie) {
        self.timers.stop_all();
        self.pending.clear();
        self.outbound.restart(&self.config);
        self.forget_resets();
        self.adopt(cookie);
        self.enter_established();
        self.inbound.note_restart((self.peer.incoming_streams, self.peer.outgoing_streams));
    }
}
