//! Pacing: a window leaves in the course of a round trip, and not at once (RFC 9002 §7.7, in place of RFC 9260 §6.1, D).
//!
//! ```text
//!  window × gain / round trip ──► credit, up to the capacity ──► a packet takes what it holds
//!                                     │
//!                                     └── too little: nothing until `resume`, when there is enough for a burst
//! ```

use core::time::Duration;

use base::Instant;

/// Nanoseconds of a tick, as a power of two: so that products of a window and a time fit 64 bits.
pub(super) const TICK_BITS: u32 = 10;
/// What a loop that sleeps by the millisecond sends each time it wakes.
const BURST_TICKS: u64 = 1_000_000 >> TICK_BITS;
/// What is saved up for a loop that wakes late.
const CAPACITY_TICKS: u64 = 2_000_000 >> TICK_BITS;
/// The capacity is at least the initial window of RFC 6928, which any path has to bear …
const MIN_CAPACITY_PACKETS: usize = 10;
/// … and at most what a socket's buffer of a usual size (208 KiB in Linux, which counts 2.3 kB for a packet) and one
/// system call with segmentation offload take.
const MAX_CAPACITY_PACKETS: usize = 64;
/// The longest silence that is counted, in round trips: by then every capacity is full.
const MAX_ROUND_TRIPS: u64 = 16;

/// So many bytes in so much time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    bytes: u64,
    ticks: u64,
}

impl Rate {
    /// `None` if no time passes: then no rate is too high.
    pub(super) fn new(bytes: usize, span: Duration) -> Option<Self> {
        let ticks = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX) >> TICK_BITS;
        (ticks > 0).then_some(Self { bytes: (bytes as u64).max(1), ticks })
    }

    fn bytes_in(self, ticks: u64) -> usize {
        usize::try_from(self.bytes.saturating_mul(ticks) / self.ticks).unwrap_or(usize::MAX)
    }

    fn ticks_for(self, bytes: usize) -> u64 {
        (bytes as u64).saturating_mul(self.ticks).div_ceil(self.bytes).max(1)
    }
}

/// A bucket of bytes that may leave. What they are counted in is what the congestion window is counted in.
#[derive(Debug)]
pub(super) struct Pacer {
    /// Bytes of a full packet.
    packet: usize,
    credit: usize,
    /// Up to when the credit has been counted.
    counted: Instant,
    /// Nothing leaves before.
    resume: Option<Instant>,
}

impl Pacer {
    /// `first` bytes leave at once.
    pub(super) fn new(packet: usize, first: usize) -> Self {
        Self { packet, credit: first, counted: Instant::ZERO, resume: None }
    }

    /// Whether a packet may leave. If not, [`resume`](Self::resume) says when one may. `rate` is asked for where time has
    /// passed; where it is `None`, everything may.
    pub(super) fn allows(&mut self, now: Instant, rate: impl FnOnce() -> Option<Rate>) -> bool {
        if self.resume.is_some_and(|at| now < at) {
            return false;
        }
        self.resume = None;
        let ticks = (now.as_nanos().saturating_sub(self.counted.as_nanos())) >> TICK_BITS;
        if ticks == 0 && self.credit >= self.packet {
            return true;
        }
        let Some(rate) = rate() else {
            self.credit = self.credit.max(MIN_CAPACITY_PACKETS * self.packet);
            return true;
        };
        self.earn(ticks, rate);
        if self.credit < self.packet {
            self.wait(now, rate);
        }
        self.resume.is_none()
    }

    fn earn(&mut self, ticks: u64, rate: Rate) {
        self.counted = Instant::from_nanos(self.counted.as_nanos() + (ticks << TICK_BITS));
        let earned = rate.bytes_in(ticks.min(rate.ticks.saturating_mul(MAX_ROUND_TRIPS)));
        let (least, most) = (MIN_CAPACITY_PACKETS * self.packet, MAX_CAPACITY_PACKETS * self.packet);
        let capacity = rate.bytes_in(CAPACITY_TICKS).clamp(least, most);
        // A first window that is larger than the capacity stays.
        self.credit = self.credit.max(self.credit.saturating_add(earned).min(capacity));
    }

    fn wait(&mut self, now: Instant, rate: Rate) {
        let burst = rate.bytes_in(BURST_TICKS).clamp(self.packet, MAX_CAPACITY_PACKETS / 2 * self.packet);
        let ticks = rate.ticks_for(burst - self.credit);
        self.resume = Some(now + Duration::from_nanos(ticks.saturating_mul(1 << TICK_BITS)));
    }

    /// When the next packet may leave, where one has been refused.
    pub(super) const fn resume(&self) -> Option<Instant> {
        self.resume
    }

    /// Forgets when the next packet may leave, if that was until `now`.
    pub(super) fn stop_waiting(&mut self, now: Instant) {
        self.resume = self.resume.filter(|at| *at > now);
    }

    /// A packet has left.
    pub(super) const fn on_sent(&mut self, bytes: usize) {
        self.credit = self.credit.saturating_sub(bytes);
    }

    /// One packet leaves at once, whatever there is: it asks whether the peer is there.
    pub(super) fn grant_packet(&mut self) {
        self.credit = self.credit.max(self.packet);
        self.resume = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: usize = 1000;
    const MS: Duration = Duration::from_millis(1);

    fn rate(bytes: usize, span: Duration) -> impl Fn() -> Option<Rate> {
        move || Rate::new(bytes, span)
    }

    /// How many packets leave at this moment.
    fn burst(pacer: &mut Pacer, now: Instant, rate: impl Fn() -> Option<Rate>) -> usize {
        let leave = |pacer: &mut Pacer| pacer.allows(now, &rate).then(|| pacer.on_sent(PACKET));
        core::iter::from_fn(|| leave(pacer)).take(100_000).count()
    }

    /// Packets that leave in a span, by a loop that wakes when it is told to, or so much later.
    fn paced(span: Duration, late: Duration, rate: impl Fn() -> Option<Rate>) -> (usize, usize) {
        let mut pacer = Pacer::new(PACKET, 0);
        let (mut now, mut sum, mut most) = (Instant::from_millis(1), 0, 0);
        let end = now + span;
        // What a new bucket may have is not of interest.
        burst(&mut pacer, now, &rate);
        while now < end {
            now = pacer.resume().map_or(end, |at| at + late);
            let count = burst(&mut pacer, now, &rate);
            (sum, most) = (sum + count, most.max(count));
        }
        (sum, most)
    }

    #[test]
    fn a_rate_is_kept_to_whether_it_is_low_or_high() {
        for (packets, span) in [(1, MS * 500), (10, MS * 20), (1000, MS * 50), (10_000, MS * 100)] {
            let expected = usize::try_from(1000 / span.as_millis()).unwrap() * packets;
            let (sum, most) = paced(MS * 1000, Duration::ZERO, rate(packets * PACKET, span));
            assert!(sum.abs_diff(expected) <= expected / 50 + 1, "{sum} of {expected}");
            assert!(most <= (expected / 1000).clamp(1, 32) + 1, "{most} at once, of {expected} in a second");
        }
    }

    #[test]
    fn a_loop_that_wakes_a_millisecond_late_loses_nothing_and_sends_no_more_than_the_capacity_at_once() {
        let (sum, most) = paced(MS * 1000, MS, rate(500 * PACKET, MS * 20));
        assert!((24_500..=25_100).contains(&sum) && (40..=51).contains(&most), "{sum} {most}");
        let (_, most) = paced(MS * 1000, MS * 20, rate(5000 * PACKET, MS * 20));
        assert_eq!(most, MAX_CAPACITY_PACKETS);
    }

    #[test]
    fn silence_saves_up_the_capacity_and_no_more() {
        let mut pacer = Pacer::new(PACKET, 100 * PACKET);
        let slow = rate(10 * PACKET, MS * 100);
        assert_eq!(burst(&mut pacer, Instant::from_millis(1000), &slow), 100, "the first window");
        for (at, expected) in [(1050, 5), (1100, 5), (1111, 1), (9000, 10), (u64::MAX, 10)] {
            assert_eq!(burst(&mut pacer, Instant::from_millis(at), &slow), expected, "{at}");
        }
    }

    #[test]
    fn the_moment_that_is_named_is_later_than_now_and_a_packet_leaves_then() {
        for (bytes, span) in
            [(PACKET, MS * 60_000), (usize::MAX, MS), (usize::MAX / 3, Duration::from_nanos(1024))]
        {
            let mut pacer = Pacer::new(PACKET, 0);
            let mut now = Instant::from_millis(5);
            pacer.counted = now;
            for _ in 0..20 {
                burst(&mut pacer, now, rate(bytes, span));
                let at = pacer.resume().unwrap();
                assert!(at > now);
                let before = Instant::from_nanos(at.as_nanos() - 1);
                assert!(!pacer.allows(before, rate(bytes, span)));
                assert!(pacer.allows(at, rate(bytes, span)), "{bytes} in {span:?}");
                now = at;
            }
        }
    }

    #[test]
    fn without_a_round_trip_everything_may_leave() {
        let mut pacer = Pacer::new(PACKET, 0);
        assert!(pacer.allows(Instant::ZERO, || None) && pacer.resume().is_none());
        assert!(Rate::new(1000, Duration::ZERO).is_none());
    }
}
