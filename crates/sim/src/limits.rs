//! What a run may cost at most, and what ends it.

use base::Instant;

use crate::HostId;

/// The bounds of a run: nothing loops for ever.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The most steps of the whole run; a step is a moment at which something was due.
    pub steps: u64,
    /// The most datagrams that a host sends at one moment.
    pub burst: u32,
    /// The most timeouts of one host in one virtual second that send nothing, with nothing received in between.
    pub idle_timeouts: u32,
    /// The bytes of the buffer that hosts write into.
    pub buffer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 10_000_000, burst: 20_000, idle_timeouts: 200, buffer: 65_535 }
    }
}

/// A host does what no host may do, or the run is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// After `handle_timeout`, the timeout is still not later than now: a driver would spin.
    #[error("{host:?} asks at {now} for a timeout at {timeout}, which has passed")]
    TimerInThePast {
        /// Which one.
        host: HostId,
        /// The moment.
        now: Instant,
        /// What it asked for.
        timeout: Instant,
    },
    /// More timeouts without any effect than [`Limits::idle_timeouts`].
    #[error("{host:?} wakes up again and again around {now} and does nothing")]
    BusyLoop {
        /// Which one.
        host: HostId,
        /// The moment.
        now: Instant,
    },
    /// More datagrams at one moment than [`Limits::burst`].
    #[error("{host:?} does not stop sending at {now}")]
    EndlessBurst {
        /// Which one.
        host: HostId,
        /// The moment.
        now: Instant,
    },
    /// A host claims to have written more than the buffer holds.
    #[error("{host:?} claims at {now} to have written beyond its buffer")]
    BeyondBuffer {
        /// Which one.
        host: HostId,
        /// The moment.
        now: Instant,
    },
    /// A node of a link gives datagrams for ever.
    #[error("a link does not come to rest at {now}")]
    RestlessLink {
        /// The moment.
        now: Instant,
    },
    /// More steps than [`Limits::steps`].
    #[error("the run is longer than allowed: it ends at {now}")]
    TooManySteps {
        /// The moment.
        now: Instant,
    },
}
