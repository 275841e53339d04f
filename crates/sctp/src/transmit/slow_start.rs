//! When the first slow start has gone far enough: a queue grows on the way (RFC 9406).
//!
//! ```text
//!            the least of eight round trips is longer by an eighth
//!  growing ─────────────────────────────────────────────────────────► holding ──► over
//!     ▲                                                                 │ the least of a whole round is as well
//!     └─────────────────────────────────────────────────────────────────┘ it is not: that was jitter
//! ```

use base::{Instant, Serial32};

use super::pacing::TICK_BITS;

/// N_RTT_SAMPLE: round trips of which the least tells a queue from an acknowledgement that was late.
const SAMPLES: u32 = 8;

/// MIN_RTT_THRESH and MAX_RTT_THRESH: 4 and 16 ms.
const THRESHOLDS: [u32; 2] = [4_000_000 >> TICK_BITS, 16_000_000 >> TICK_BITS];
/// MIN_RTT_DIVISOR.
const DIVISOR: u32 = 8;

/// A moment in ticks, which begin anew after 73 minutes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment(u32);

impl Moment {
    pub(super) const ZERO: Self = Self(0);

    /// What is cut off comes back every 73 minutes.
    pub(super) const fn of(now: Instant) -> Self {
        Self((now.as_nanos() >> TICK_BITS) as u32)
    }

    const fn since(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }
}

/// What a round trip says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    Grow,
    Hold,
    /// Slow start is over.
    Leave,
}

/// The least round trips, by rounds: a round ends when what was sent at its beginning is acknowledged.
#[derive(Debug)]
pub(super) struct SlowStart {
    /// The first TSN of the next round.
    next_round: Option<Serial32>,
    last_round: u32,
    this_round: u32,
    /// The least of the latest few, and how many these are.
    latest: (u32, u32),
    holding: bool,
}

impl SlowStart {
    pub(super) const fn new() -> Self {
        Self {
            next_round: None,
            last_round: u32::MAX,
            this_round: u32::MAX,
            latest: (u32::MAX, 0),
            holding: false,
        }
    }

    /// A chunk that was sent once, at `sent`, is acknowledged, with all before `first`, the first that is not. `next` will be
    /// sent next.
    pub(super) fn on_acknowledged(
        &mut self,
        [sent, now]: [Moment; 2],
        [first, next]: [Serial32; 2],
    ) -> Advice {
        let round_trip = now.since(sent);
        self.this_round = self.this_round.min(round_trip);
        let (least, count) = self.latest;
        self.latest = (least.min(round_trip), count + 1);
        if self.next_round.is_none_or(|end| !end.is_after(first)) {
            return self.end_round(next);
        }
        if self.latest.1 >= SAMPLES {
            let (least, _) = core::mem::replace(&mut self.latest, (u32::MAX, 0));
            if !self.holding && self.shows_queue(least) {
                self.holding = true;
                self.this_round = u32::MAX;
                self.next_round = Some(next);
            }
        }
        if self.holding { Advice::Hold } else { Advice::Grow }
    }

    fn end_round(&mut self, next: Serial32) -> Advice {
        let least = core::mem::replace(&mut self.this_round, u32::MAX);
        self.next_round = Some(next);
        // Where acknowledgements are few, a round is all there is.
        let shows_queue = self.shows_queue(least);
        let was_holding = core::mem::replace(&mut self.holding, shows_queue);
        if shows_queue {
            return if was_holding { Advice::Leave } else { Advice::Hold };
        }
        self.last_round = least;
        Advice::Grow
    }

    fn shows_queue(&self, round_trip: u32) -> bool {
        let [least, most] = THRESHOLDS;
        let base = self.last_round;
        round_trip >= base.saturating_add((base / DIVISOR).clamp(least, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds of a slow start in which each round trip takes what `delay` says, in milliseconds, of the place in the round.
    fn advices(rounds: u32, delay: impl Fn(u32, u32) -> u64) -> alloc::vec::Vec<Advice> {
        let mut slow_start = SlowStart::new();
        let mut all = alloc::vec::Vec::new();
        let mut first = Serial32(u32::MAX - 100);
        for round in 0..rounds {
            let next = first + 64;
            for place in 0..32 {
                first = first + 2;
                let now = Instant::from_millis(10_000);
                let sent = Instant::from_millis(10_000 - delay(round, place));
                let times = [sent, now].map(Moment::of);
                all.push(slow_start.on_acknowledged(times, [first, next + 2 * place]));
            }
        }
        all
    }

    #[test]
    fn a_steady_round_trip_lets_the_window_grow() {
        assert!(advices(20, |_, _| 50).iter().all(|advice| *advice == Advice::Grow));
    }

    #[test]
    fn late_acknowledgements_among_others_are_no_queue() {
        let late = |_, place| if place % 8 == 0 { 50 } else { 250 };
        assert!(advices(20, late).iter().all(|advice| *advice == Advice::Grow));
    }

    #[test]
    fn a_queue_holds_the_window_within_eight_acknowledgements_and_ends_slow_start_a_round_later() {
        let all = advices(6, |round, _| if round < 3 { 50 } else { 60 });
        let held = all.iter().position(|advice| *advice == Advice::Hold).unwrap();
        assert!((3 * 32..3 * 32 + 16).contains(&held), "{held}");
        let left = all.iter().position(|advice| *advice == Advice::Leave).unwrap();
        assert!((held + 16..=held + 48).contains(&left), "{held} {left}");
    }

    #[test]
    fn a_path_that_stood_still_for_a_moment_has_no_queue() {
        let all = advices(8, |round, place| if round == 3 && place < 16 { 90 } else { 50 });
        assert!(all.contains(&Advice::Hold) && !all.contains(&Advice::Leave));
        assert_eq!(all.last(), Some(&Advice::Grow));
    }
}
