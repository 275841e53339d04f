//! The retransmission timeout (RFC 9260 §6.3.1).

use core::time::Duration;

use crate::config::Config;

/// Round-trip estimates and the timeout that follows from them.
#[derive(Debug)]
pub(crate) struct Rto {
    smoothed: Option<Duration>,
    pace: Option<Duration>,
    variation: Duration,
    timeout: Duration,
    /// Timeouts in a row, each doubling the next.
    doublings: u32,
    min: Duration,
    max: Duration,
    max_backoff: Duration,
}

/// Doublings that pass the cap before a round trip is known: from the initial second to 8 s.
const UNMEASURED_DOUBLINGS: u32 = 3;

/// The shortest timeout of INIT and COOKIE ECHO. RTO.Min is longer only because acknowledgements of data may be delayed
/// (RFC 9260 §6.3.1, C6); these chunks are answered at once.
const SETUP_MIN: Duration = Duration::from_millis(50);

/// How often INIT or COOKIE ECHO is repeated at the same pace before that slows down.
const SETUP_REPEATS: u32 = 4;

/// G1: the granularity below which a variation counts as none.
const GRANULARITY: Duration = Duration::from_millis(1);

impl Rto {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            smoothed: None,
            pace: None,
            variation: Duration::ZERO,
            timeout: config.rto_initial,
            doublings: 0,
            min: config.rto_min,
            max: config.rto_max,
            max_backoff: config.max_backoff,
        }
    }

    /// The smoothed round-trip time, once there is one.
    pub(crate) fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    /// The round trip in the course of which a window is sent. After a few acknowledgements that were delayed, the smoothed
    /// one is too long for a while.
    pub(crate) const fn pace(&self) -> Option<Duration> {
        self.pace
    }

    /// The timeout before any doubling.
    pub(crate) fn base(&self) -> Duration {
        self.timeout
    }

    /// The timeout to wait now. Until a round trip has been measured, it doubles beyond the cap: a round trip that is
    /// longer than the cap could never be measured within it (Karn's rule, C5).
    pub(crate) fn current(&self) -> Duration {
        let beyond = self.doublings.min(UNMEASURED_DOUBLINGS);
        let unmeasured = self.timeout.saturating_mul(1 << beyond).min(self.max);
        let capped = self.doubled(self.doublings);
        if self.smoothed.is_none() { capped.max(unmeasured) } else { capped }
    }

    /// The timeout after a number of doublings, within the caps; never below the undoubled one.
    pub(crate) fn doubled(&self, doublings: u32) -> Duration {
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.timeout.saturating_mul(factor).min(self.max).min(self.max_backoff.max(self.timeout))
    }

    /// The timeout of INIT and COOKIE ECHO after so many in vain. Where the round trip is known, the first few are repeated
    /// at twice that: a chunk that was lost at random need not wait for others to be lost (RFC 8085 §3.1.3 bounds such
    /// traffic by a datagram in a round trip). Otherwise, and from then on, the pause doubles.
    pub(crate) fn setup(&self, attempts: u32) -> Duration {
        let Some(round_trip) = self.smoothed else { return self.doubled(attempts) };
        let pace = round_trip.saturating_mul(2).max(SETUP_MIN);
        let factor = 1_u32.checked_shl(attempts.saturating_sub(SETUP_REPEATS)).unwrap_or(u32::MAX);
        pace.saturating_mul(factor).min(self.max_backoff.max(pace))
    }

    /// E2: backs off.
    pub(crate) fn back_off(&mut self) {
        self.doublings = self.doublings.saturating_add(1);
    }

    /// No more backing off: what the timeouts waited for was not the network.
    pub(crate) fn clear_backoff(&mut self) {
        self.doublings = 0;
    }

    /// C2 and C3: a round trip has been measured.
    pub(crate) fn measure(&mut self, round_trip: Duration) {
        let smoothed = match self.smoothed {
            None => {
                self.variation = round_trip / 2;
                round_trip
            }
            Some(smoothed) => {
                let difference = smoothed.abs_diff(round_trip);
                self.variation = (self.variation * 3 + difference) / 4;
                (smoothed * 7 + round_trip) / 8
            }
        };
        self.variation = self.variation.max(GRANULARITY);
        self.smoothed = Some(smoothed);
        self.pace = Some(smoothed.min(round_trip));
        self.timeout = (smoothed + self.variation * 4).clamp(self.min, self.max);
        self.doublings = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_measurement_sets_and_the_next_ones_smooth() {
        let mut rto = Rto::new(&Config { rto_min: Duration::from_millis(1), ..Config::default() });
        assert_eq!(rto.current(), Duration::from_secs(1));
        rto.measure(Duration::from_millis(100));
        assert_eq!(rto.smoothed(), Some(Duration::from_millis(100)));
        assert_eq!(rto.base(), Duration::from_millis(300));
        rto.measure(Duration::from_millis(180));
        // RTTVAR = (3 * 50 + 80) / 4, SRTT = (7 * 100 + 180) / 8.
        assert_eq!(rto.smoothed(), Some(Duration::from_millis(110)));
        assert_eq!(rto.base(), Duration::from_micros(110_000 + 4 * 57_500));
    }

    #[test]
    fn doubling_stops_at_the_cap_and_a_measurement_ends_it() {
        let mut rto = Rto::new(&Config::default());
        rto.measure(Duration::from_millis(500));
        rto.timeout = Duration::from_millis(500);
        let waits: [u64; 5] = core::array::from_fn(|_| {
            let wait = rto.current().as_millis() as u64;
            rto.back_off();
            wait
        });
        assert_eq!(waits, [500, 1000, 2000, 3000, 3000]);
        for _ in 0..100 {
            rto.back_off();
        }
        assert_eq!(rto.current(), Duration::from_secs(3));
        rto = Rto::new(&Config::default());
        rto.back_off();
        rto.measure(Duration::from_millis(10));
        assert_eq!(rto.current(), Duration::from_millis(400));
    }

    #[test]
    fn setting_up_repeats_at_the_pace_of_the_path_and_then_slows_down() {
        let mut rto = Rto::new(&Config::default());
        let pauses = |rto: &Rto| (0..10).map(|n| rto.setup(n).as_millis()).collect::<alloc::vec::Vec<_>>();
        assert_eq!(pauses(&rto)[..4], [1000, 2000, 3000, 3000]);
        rto.measure(Duration::from_millis(100));
        assert_eq!(pauses(&rto), [200, 200, 200, 200, 200, 400, 800, 1600, 3000, 3000]);
        assert_eq!(rto.setup(u32::MAX), Duration::from_secs(3));
        let mut rto = Rto::new(&Config::default());
        rto.measure(Duration::from_millis(1));
        assert_eq!(rto.setup(0), Duration::from_millis(50));
        let mut rto = Rto::new(&Config::default());
        rto.measure(Duration::from_secs(4));
        assert_eq!(rto.setup(9), Duration::from_secs(8), "never shorter than a round trip");
    }

    #[test]
    fn an_unknown_round_trip_may_be_longer_than_the_cap() {
        let mut rto = Rto::new(&Config::default());
        (0..100).for_each(|_| rto.back_off());
        assert_eq!(rto.current(), Duration::from_secs(8));
        assert_eq!(rto.doubled(100), Duration::from_secs(3), "setting up measures nothing");
        rto.measure(Duration::from_secs(4));
        assert_eq!(rto.current(), Duration::from_secs(12));
    }
}
