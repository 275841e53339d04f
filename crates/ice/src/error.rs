//! What a command refuses, and why a datagram is discarded.

use crate::parameters::ParametersError;

/// Why an agent cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Checks would be sent faster than every 5 ms, or repeated before 500 ms (RFC 8445 §14).
    #[error("checks would be sent faster than RFC 8445 allows")]
    Pacing,
    /// Consent would be asked for more often than every 5 s, or keep-alives sent more often than every 15 s.
    #[error("consent checks or keep-alives would be sent more often than allowed")]
    Interval,
    /// A limit of zero leaves nothing to work with.
    #[error("a limit is zero")]
    Limit,
    /// The given local parameters are not valid.
    #[error("the local parameters are not valid")]
    Parameters(#[from] ParametersError),
}

/// Why a local address makes no candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalAddressError {
    /// Unspecified, multicast, broadcast, IPv4-mapped, or without a port.
    #[error("the address cannot be a candidate")]
    Unusable,
    /// There are as many candidates as the configuration allows.
    #[error("there are too many local candidates")]
    TooMany,
    /// The agent is closed.
    #[error("the agent is closed")]
    Closed,
}

/// Why a remote candidate is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CandidateError {
    /// It names a generation other than the peer's current one.
    #[error("the candidate belongs to another generation")]
    WrongGeneration,
    /// Its address is unspecified, multicast or IPv4-mapped, or its port is zero.
    #[error("the address cannot be a candidate")]
    Unusable,
    /// It is for a component other than the first: RTP and RTCP share one (RFC 8834 §4.5).
    #[error("the candidate is for another component")]
    Component,
    /// There are as many candidates as the configuration allows.
    #[error("there are too many remote candidates")]
    TooMany,
    /// The agent is closed.
    #[error("the agent is closed")]
    Closed,
}

/// Why a datagram was ignored. It changed nothing but a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Discard {
    /// No STUN message.
    #[error("not a well-formed STUN message")]
    NotStun,
    /// A STUN message of another usage.
    #[error("not a message of ICE")]
    NotOurs,
    /// An attribute that the message needs is missing or malformed.
    #[error("an attribute is missing or malformed")]
    Malformed,
    /// The local address is none of our candidates.
    #[error("the datagram came to an address that is no candidate")]
    UnknownAddress,
    /// The username names no generation of ours, or not the one of the peer that belongs to it.
    #[error("the username is not ours")]
    UnknownUsername,
    /// No integrity, or one that does not match.
    #[error("the message is not authentic")]
    Forged,
    /// A response that nobody waits for.
    #[error("the response belongs to no transaction")]
    UnknownTransaction,
    /// A response that took another way than its request.
    #[error("the response came by another way than the request went")]
    Asymmetric,
    /// Too many responses wait for being sent.
    #[error("too many responses are waiting")]
    Overloaded,
    /// The agent is closed.
    #[error("the agent is closed")]
    Closed,
}

/// How much was discarded, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discards {
    /// [`Discard::NotStun`].
    pub not_stun: u64,
    /// [`Discard::NotOurs`].
    pub not_ours: u64,
    /// [`Discard::Malformed`].
    pub malformed: u64,
    /// [`Discard::UnknownAddress`].
    pub unknown_address: u64,
    /// [`Discard::UnknownUsername`].
    pub unknown_username: u64,
    /// [`Discard::Forged`].
    pub forged: u64,
    /// [`Discard::UnknownTransaction`].
    pub unknown_transaction: u64,
    /// [`Discard::Asymmetric`].
    pub asymmetric: u64,
    /// [`Discard::Overloaded`].
    pub overloaded: u64,
    /// [`Discard::Closed`].
    pub closed: u64,
    /// Remote candidates that were refused: of another generation, with an unusable address, or too many.
    pub remote_candidates: u64,
    /// Candidate pairs that were left out or dropped because there were too many.
    pub pairs: u64,
}

impl Discards {
    pub(crate) const fn count(&mut self, discard: Discard) {
        let counter = match discard {
            Discard::NotStun => &mut self.not_stun,
            Discard::NotOurs => &mut self.not_ours,
            Discard::Malformed => &mut self.malformed,
            Discard::UnknownAddress => &mut self.unknown_address,
            Discard::UnknownUsername => &mut self.unknown_username,
            Discard::Forged => &mut self.forged,
            Discard::UnknownTransaction => &mut self.unknown_transaction,
            Discard::Asymmetric => &mut self.asymmetric,
            Discard::Overloaded => &mut self.overloaded,
            Discard::Closed => &mut self.closed,
        };
        increment(counter);
    }

    pub(crate) const fn count_remote_candidate(&mut self) {
        increment(&mut self.remote_candidates);
    }

    pub(crate) const fn count_pair(&mut self) {
        increment(&mut self.pairs);
    }
}

const fn increment(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
