//! The timers of an association (RFC 9260 §5.1, §6.2, §6.3, §8.3, §9.2; RFC 6525 §5.1.1).

use base::Instant;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// T1-init and T1-cookie: INIT or COOKIE ECHO is sent again.
    Setup,
    /// T2-shutdown: SHUTDOWN or SHUTDOWN ACK is sent again.
    Shutdown,
    /// T3-rtx: data is sent again.
    Retransmit,
    /// The delayed acknowledgement is sent.
    Acknowledge,
    /// The path is probed, or the probe has failed.
    Heartbeat,
    /// The re-configuration request is sent again.
    Reconfigure,
    /// T5-shutdown-guard: the shutdown has taken too long.
    ShutdownGuard,
}

const ALL: [Timer; 7] = [
    Timer::Setup,
    Timer::Shutdown,
    Timer::Retransmit,
    Timer::Acknowledge,
    Timer::Heartbeat,
    Timer::Reconfigure,
    Timer::ShutdownGuard,
];

/// One deadline per timer.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: [Option<Instant>; ALL.len()],
}

impl Timers {
    pub(crate) fn start(&mut self, timer: Timer, deadline: Instant) {
        if let Some(slot) = self.deadlines.get_mut(timer as usize) {
            *slot = Some(deadline);
        }
    }

    pub(crate) fn start_if_stopped(&mut self, timer: Timer, deadline: impl FnOnce() -> Instant) {
        if !self.is_running(timer) {
            self.start(timer, deadline());
        }
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        if let Some(slot) = self.deadlines.get_mut(timer as usize) {
            *slot = None;
        }
    }

    pub(crate) fn stop_all(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn deadline(&self, timer: Timer) -> Option<Instant> {
        self.deadlines.get(timer as usize).copied().flatten()
    }

    pub(crate) fn is_running(&self, timer: Timer) -> bool {
        self.deadline(timer).is_some()
    }

    /// The next deadline of all.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.deadlines.iter().flatten().min().copied()
    }

    /// Stops and returns a timer whose deadline has come.
    pub(crate) fn pop_expired(&mut self, now: Instant) -> Option<Timer> {
        for (timer, slot) in ALL.iter().zip(&mut self.deadlines) {
            if slot.is_some_and(|deadline| deadline <= now) {
                *slot = None;
                return Some(*timer);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_timer_expires_once_and_the_next_deadline_is_the_earliest() {
        let mut timers = Timers::default();
        for (at, timer) in ALL.iter().enumerate() {
            timers.start(*timer, Instant::from_millis(100 - at as u64));
        }
        assert_eq!(timers.next(), Some(Instant::from_millis(94)));
        assert_eq!(timers.pop_expired(Instant::from_millis(93)), None);
        for timer in ALL {
            assert_eq!(timers.pop_expired(Instant::from_millis(100)), Some(timer));
        }
        assert_eq!(timers.pop_expired(Instant::from_millis(100)), None);
        assert_eq!(timers.next(), None);
    }
}
