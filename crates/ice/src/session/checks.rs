//! Checks on their way out (RFC 8445 §7.1 and §7.2.4).

use base::{Full, Instant, Transmit};
use stun::{Attribute, Integrity, MessageType, MessageWriter, Retransmission, Transaction, TransactionId};

use super::Session;
use crate::pair::{Check, Pair, PairId, PairState, Purpose};
use crate::role::Role;
use crate::shared::Shared;

impl Session {
    /// Starts a check of a pair.
    pub(crate) fn begin_check(&mut self, shared: &mut Shared, id: PairId) {
        let retransmission = paced(shared, self.load());
        let nominating = shared.role == Role::Controlling && self.nominating == Some(id);
        if nominating {
            self.own_nominations = self.own_nominations.saturating_add(1);
        }
        let Some(pair) = self.pair_mut(id) else { return };
        pair.state = PairState::InProgress;
        pair.start_check(Check {
            transaction: Transaction::new(TransactionId::random(&mut shared.rng.0), retransmission),
            purpose: Purpose::Connectivity,
            nominating,
            claimed: shared.role,
            superseded: false,
        });
    }

    /// Writes the first check that is due, new or repeated.
    pub(crate) fn poll_due_check(
        &mut self,
        shared: &Shared,
        now: Instant,
        out: &mut [u8],
    ) -> Option<Transmit> {
        let due = |c: &Check| c.transaction.is_due();
        let index = self.pairs.iter().position(|p| p.checks.iter().any(due))?;
        let pair = self.pairs.get_mut(index)?;
        let at = pair.checks.iter().position(due)?;
        let check = pair.checks.get_mut(at)?;
        check.transaction.poll_transmit(now);
        pair.last_sent = Some(now);
        let counter = match check.purpose {
            Purpose::Connectivity => &mut pair.stats.requests_sent,
            Purpose::Consent => &mut pair.stats.consent_requests_sent,
        };
        let is_first = check.transaction.requests_sent() == 1;
        *counter = counter.saturating_add(u64::from(is_first));

        let pair = self.pairs.get(index)?;
        let len = self.emit_check(shared, pair, pair.checks.get(at)?, out).ok()?;
        Some(Transmit::new(pair.path, len))
    }

    /// RFC 8445 §7.1 and §7.2.2.
    fn emit_check(&self, shared: &Shared, pair: &Pair, check: &Check, out: &mut [u8]) -> Result<usize, Full> {
        let remote = self.remote.as_ref().ok_or(Full)?;
        let priority = shared.locals.get(pair.base).map_or(0, |l| l.candidate.peer_reflexive_priority());
        let claim = match check.claimed {
            Role::Controlling => Attribute::IceControlling(shared.tie_breaker),
            Role::Controlled => Attribute::IceControlled(shared.tie_breaker),
        };
        let mut writer = MessageWriter::new(out, MessageType::BINDING_REQUEST, check.transaction.id())?;
        writer.attribute(&Attribute::Username(&remote.username))?;
        writer.attribute(&claim)?;
        writer.attribute(&Attribute::Priority(priority))?;
        if check.nominating {
            writer.attribute(&Attribute::UseCandidate)?;
            if let Some(kind) = shared.config.nomination_attribute {
                let value = self.own_nominations.to_be_bytes();
                writer.attribute(&Attribute::Other(kind, &value))?;
            }
        }
        writer.integrity(Integrity::Sha1, &remote.credentials.key)?;
        writer.fingerprint()
    }
}

/// The RTO grows with the number of checks, so that every pair is tried before any is tried again (RFC 8445 §14.3).
fn paced(shared: &Shared, load: u32) -> Retransmission {
    let retransmission = shared.config.retransmission;
    retransmission.with_rto(retransmission.rto.max(shared.pacing.saturating_mul(load)))
}
