//! Whose turn it is among the streams that have something to send (RFC 8260 §3, RFC 8831 §6.4).
//!
//! All schedulers share one mechanism, virtual time: each stream stands in line at the time at which its next message
//! would end, and a scheduler only says how long a message takes. So a choice costs O(log n) among n waiting streams, and
//! none among those that wait for nothing.

use core::fmt;

/// Scales costs so that dividing by a weight keeps some bits.
const COST_SCALE: u64 = 1 << 16;
/// What a message costs beyond its bytes: the header of a chunk.
const MESSAGE_OVERHEAD: u64 = 16;

/// How streams with something to send take turns. A message once begun is finished first.
///
/// ```
/// /// Short messages first, among streams that would have waited as long.
/// #[derive(Debug)]
/// struct ShortestFirst;
///
/// impl sctp::Scheduler for ShortestFirst {
///     fn cost(&self, message_len: usize, _weight: u16) -> u64 {
///         message_len as u64
///     }
/// }
///
/// let mut config = sctp::Config::default();
/// config.scheduler = &ShortestFirst;
/// ```
pub trait Scheduler: fmt::Debug + Sync {
    /// The virtual time that a message of `message_len` bytes takes on a stream of this weight (the priority of RFC 8831
    /// §6.4; 256 unless it was set). The stream whose message ends first is next; the same costs are served in turn.
    fn cost(&self, message_len: usize, weight: u16) -> u64;
}

/// One message each in turn, whatever its size or the stream's priority (RFC 8260 §3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundRobin;

impl Scheduler for RoundRobin {
    fn cost(&self, _message_len: usize, _weight: u16) -> u64 {
        1
    }
}

/// Bytes in proportion to the streams' priorities (RFC 8260 §3.6, RFC 8831 §6.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightedFair;

impl Scheduler for WeightedFair {
    fn cost(&self, message_len: usize, weight: u16) -> u64 {
        (message_len as u64 + MESSAGE_OVERHEAD) * COST_SCALE / u64::from(weight.max(1))
    }
}
