//! What an agent can be told.

use core::time::Duration;

use stun::{AttributeType, Retransmission};

use crate::error::ConfigError;
use crate::parameters::Parameters;

/// The pause between two new checks where nobody proposes another one (RFC 8445 §14.2).
pub(crate) const DEFAULT_PACING: Duration = Duration::from_millis(50);

/// The longest pause that a peer can demand: more would stop the checks.
pub(crate) const LONGEST_PACING: Duration = Duration::from_secs(1);

/// The settings of an [`Agent`](crate::Agent), checked once when it is made.
///
/// Example: [on the first page](crate).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whether the agent only answers checks (RFC 8445 §2.5). Only for hosts with a public address.
    pub lite: bool,
    /// Our own parameters, where they must not be random: an agent whose peer computes them.
    pub local_parameters: Option<Parameters>,
    /// The pause between two new checks that we propose (Ta, RFC 8445 §14.2). 50 ms; at least 5 ms. It holds if the peer
    /// proposes none that is longer; a peer that says nothing proposes 50 ms.
    pub pacing: Duration,
    /// How checks are repeated (RFC 8445 §14.3). The RTO is at least 500 ms; four repetitions come at this pace before it
    /// doubles, and the eleventh request is the last, so that a pair has failed after 41.5 s.
    pub retransmission: Retransmission,
    /// How long a controlling agent waits for a better pair once it has a valid one. 100 ms; it waits for none when
    /// no better one is left.
    pub nomination_delay: Duration,
    /// The pause between two consent checks, before it is varied by a fifth (RFC 7675 §5.1). 5 s; at least that.
    pub consent_interval: Duration,
    /// After how much time without an answer sending has to stop (RFC 7675 §5.1). 30 s.
    pub consent_timeout: Duration,
    /// After how much silence of the peer the state is `Disconnected`. 7 s, a little more than the longest pause
    /// between two consent checks: with less, an idle connection would flicker.
    pub disconnected_timeout: Duration,
    /// How long an agent waits at least before it is `Failed` (RFC 8863 §4). 39.5 s.
    pub patience: Duration,
    /// After how much time without a packet of ours a keep-alive is sent (Tr, RFC 8445 §11). 15 s; at least that.
    pub keepalive_interval: Duration,
    /// How long checks of the old generation are still answered once a restart has succeeded. 3 s.
    pub old_generation_linger: Duration,
    /// The most local candidates that the application adds, and the most that the peer discovers besides; more are refused.
    /// 64.
    pub max_local_candidates: usize,
    /// The most remote candidates that are signalled; more are discarded. 100.
    pub max_remote_candidates: usize,
    /// The most pairs with remote candidates that only checks have revealed. For another, one makes room that never
    /// answered: who sees a check can send it again from any address. 32.
    pub max_discovered_pairs: usize,
    /// The most pairs (RFC 8445 §6.1.2.5); of more, those with the lowest priority are discarded. 100.
    pub max_pairs: usize,
    /// The most responses that wait for being polled; further requests are discarded. 64.
    pub max_pending_responses: usize,
    /// How often in a row a pair's check may be refused for its role before the pair has failed. 4.
    pub max_role_conflicts: u32,
    /// The attribute that counts nominations (draft-thatcher-ice-renomination), once both sides have agreed on it.
    pub nomination_attribute: Option<AttributeType>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lite: false,
            local_parameters: None,
            pacing: DEFAULT_PACING,
            retransmission: persistent(),
            nomination_delay: Duration::from_millis(100),
            consent_interval: Duration::from_secs(5),
            consent_timeout: Duration::from_secs(30),
            disconnected_timeout: Duration::from_secs(7),
            patience: Duration::from_millis(39_500),
            keepalive_interval: Duration::from_secs(15),
            old_generation_linger: Duration::from_secs(3),
            max_local_candidates: 64,
            max_remote_candidates: 100,
            max_discovered_pairs: 32,
            max_pairs: 100,
            max_pending_responses: 64,
            max_role_conflicts: 4,
            nomination_attribute: None,
        }
    }
}

/// Checks are few and small, so that repeating them evenly costs little. A side that works already sends none of its own
/// any more: the other one has only these.
fn persistent() -> Retransmission {
    let mut retransmission = Retransmission::default();
    (retransmission.even_repeats, retransmission.max_requests) = (4, 11);
    retransmission
}

/// Bytes that a candidate takes, with its texts and its place in a list that has room for twice as many.
const CANDIDATE_COST: usize = 300;
/// Bytes that a pair takes, with the checks that are under way.
const PAIR_COST: usize = 700;
/// Bytes that an answer takes that waits.
const RESPONSE_COST: usize = 500;
/// Bytes that the rest takes: credentials, checks that are remembered, events.
const FIXED_HEAP: usize = 64 << 10;

impl Config {
    /// Bytes of heap that an agent takes at most, whatever its peer sends: candidates and pairs in two generations, the one that
    /// works and the next one, and the answers that wait.
    #[must_use]
    pub const fn most_heap(&self) -> usize {
        let remote = self.max_remote_candidates.saturating_add(self.max_discovered_pairs);
        let candidates = remote.saturating_add(self.max_local_candidates.saturating_mul(2));
        let pairs = self.max_pairs.saturating_add(self.max_discovered_pairs);
        let generation =
            candidates.saturating_mul(CANDIDATE_COST).saturating_add(pairs.saturating_mul(PAIR_COST));
        let responses = self.max_pending_responses.saturating_mul(RESPONSE_COST);
        generation.saturating_mul(2).saturating_add(responses).saturating_add(FIXED_HEAP)
    }

    /// Whether these settings keep to the limits of the RFCs.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that does not.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.pacing < Duration::from_millis(5) || self.retransmission.rto < Duration::from_millis(500) {
            return Err(ConfigError::Pacing);
        }
        if self.consent_interval < Duration::from_secs(5) || self.keepalive_interval < Duration::from_secs(15)
        {
            return Err(ConfigError::Interval);
        }
        let limits = [
            self.max_local_candidates,
            self.max_remote_candidates,
            self.max_discovered_pairs,
            self.max_pairs,
            self.max_pending_responses,
        ];
        if limits.contains(&0) || self.retransmission.max_requests == 0 {
            return Err(ConfigError::Limit);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8445 §11 and §14, RFC 7675 §5.1: each setting just inside its limit, and just outside.
    #[test]
    fn every_limit_is_held() {
        const MS: fn(u64) -> Duration = Duration::from_millis;
        type Set = fn(&mut Config, bool);
        let limits: [(Set, ConfigError); 10] = [
            (|c, out| c.pacing = if out { MS(4) } else { MS(5) }, ConfigError::Pacing),
            (|c, out| c.retransmission.rto = if out { MS(499) } else { MS(500) }, ConfigError::Pacing),
            (|c, out| c.consent_interval = if out { MS(4999) } else { MS(5000) }, ConfigError::Interval),
            (
                |c, out| c.keepalive_interval = if out { MS(14_999) } else { MS(15_000) },
                ConfigError::Interval,
            ),
            (|c, out| c.max_local_candidates = usize::from(!out), ConfigError::Limit),
            (|c, out| c.max_remote_candidates = usize::from(!out), ConfigError::Limit),
            (|c, out| c.max_discovered_pairs = usize::from(!out), ConfigError::Limit),
            (|c, out| c.max_pairs = usize::from(!out), ConfigError::Limit),
            (|c, out| c.max_pending_responses = usize::from(!out), ConfigError::Limit),
            (|c, out| c.retransmission.max_requests = u32::from(!out), ConfigError::Limit),
        ];
        assert_eq!(Config::default().check(), Ok(()));
        for (index, (set, error)) in limits.into_iter().enumerate() {
            for (outside, verdict) in [(false, Ok(())), (true, Err(error))] {
                let mut config = Config::default();
                set(&mut config, outside);
                assert_eq!(config.check(), verdict, "limit {index}");
            }
        }
    }
}
