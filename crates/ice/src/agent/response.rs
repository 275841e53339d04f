//! Being a STUN client (RFC 8445 §7.2.5): what the answer to a check means.

use core::net::SocketAddr;

use base::{Instant, Path};
use rand_core::Rng as _;
use stun::{Attribute, AttributeType, Class, ErrorCode, Integrity, Message};

use super::Agent;
use super::request::is_understood;
use crate::error::Discard;
use crate::pair::{Check, PairId, PairState, Purpose};

/// Forbidden: the peer no longer wants to receive (RFC 7675 §5.2).
const FORBIDDEN: u16 = ErrorCode::FORBIDDEN.code();
const ROLE_CONFLICT: u16 = ErrorCode::ROLE_CONFLICT.code();
const SERVER_ERROR: u16 = ErrorCode::SERVER_ERROR.code();

/// What an authentic response says.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Success(SocketAddr),
    Error(u16),
    /// It cannot be understood: the transaction has failed (RFC 8489 §6.3.3 and §6.3.4).
    Unusable,
}

impl Agent {
    pub(super) fn on_response(
        &mut self,
        now: Instant,
        path: &Path,
        message: &Message<'_>,
    ) -> Result<(), Discard> {
        let id = message.transaction_id();
        let found = self.sessions().find_map(|s| s.find_check(path, id).map(|at| (s, at)));
        let (session, (pair_id, at)) = found.ok_or(Discard::UnknownTransaction)?;
        let remote = session.remote.as_ref().ok_or(Discard::UnknownTransaction)?;
        // RFC 8489 §9.1.4: the answer is protected as the request was.
        let protection = message.verify(&remote.credentials.key).map_err(|_| Discard::Forged)?;
        if protection != Integrity::Sha1 {
            return Err(Discard::Forged);
        }
        let verdict = read(message).ok_or(Discard::Malformed)?;
        let generation = session.generation;
        let pair = session.pair(pair_id).ok_or(Discard::UnknownTransaction)?;
        let symmetric = pair.is_on(path);
        if !symmetric && pair.state != PairState::InProgress {
            return Err(Discard::Asymmetric);
        }

        let now = self.shared.tick(now);
        let Self { shared, current, previous, .. } = self;
        let session = match previous {
            Some(p) if p.session.generation == generation => &mut p.session,
            _ => current,
        };
        let Some(check) = session.take_check(pair_id, at) else { return Err(Discard::UnknownTransaction) };
        match verdict {
            _ if !symmetric => session.fail(pair_id),
            Verdict::Success(mapped) => session.on_success(shared, now, pair_id, &check, mapped),
            Verdict::Error(ROLE_CONFLICT) => self.on_role_conflict(now, pair_id, &check),
            Verdict::Error(FORBIDDEN) => session.revoke(pair_id),
            // Worth another try: the repetitions go on.
            Verdict::Error(SERVER_ERROR) => session.put_back(pair_id, check),
            _ if check.purpose == Purpose::Consent || check.superseded => {}
            Verdict::Error(_) | Verdict::Unusable => session.fail(pair_id),
        }
        self.advance(now);
        Ok(())
    }

    /// RFC 8445 §7.2.5.1: the peer has our role and keeps it.
    fn on_role_conflict(&mut self, now: Instant, id: PairId, check: &Check) {
        if check.claimed == self.shared.role {
            self.shared.tie_breaker = self.shared.rng.0.next_u64();
            self.change_role(self.shared.role.opposite());
        }
        let limit = self.shared.config.max_role_conflicts;
        let is_used = [self.current.nominated, self.current.send].contains(&Some(id));
        let Some(pair) = self.current.pair_mut(id) else { return };
        pair.conflicts = pair.conflicts.saturating_add(1);
        match (pair.conflicts > limit, pair.valid && is_used) {
            (false, _) => self.current.trigger(now, id),
            (true, false) => self.current.fail(id),
            // Consent will tell whether it still works.
            (true, true) => pair.state = PairState::Succeeded,
        }
    }
}

fn read(message: &Message<'_>) -> Option<Verdict> {
    if message.unknown_required(is_understood).next().is_some() {
        return Some(Verdict::Unusable);
    }
    match message.message_type().class {
        Class::Success => match message.find(AttributeType::XOR_MAPPED_ADDRESS)? {
            Attribute::XorMappedAddress(mapped) => Some(Verdict::Success(mapped)),
            _ => None,
        },
        _ => match message.find(AttributeType::ERROR_CODE) {
            Some(Attribute::ErrorCode(error)) => Some(Verdict::Error(error.code())),
            _ => {
                let broken = message.attributes().raw().any(|(kind, _)| kind == AttributeType::ERROR_CODE);
                (!broken).then_some(Verdict::Unusable)
            }
        },
    }
}
