//! Slow start, congestion avoidance and fast recovery (RFC 9260 §7.2).

use core::time::Duration;

use base::{Instant, Serial32};

use super::cubic::Cubic;
use super::slow_start::{Advice, Moment, SlowStart};

/// The threshold and a decayed window do not go below this many full packets.
const MIN_PACKETS: usize = 4;

/// The congestion window and what moves it. All sizes are bytes of DATA chunks with headers and padding.
#[derive(Debug)]
pub(super) struct Congestion {
    /// PMDCS: the chunks of a full packet.
    packet: usize,
    window: usize,
    threshold: usize,
    cubic: Cubic,
    slow_start: SlowStart,
    /// The first slow start waits to see whether there is a queue.
    holding: bool,
    /// Fast recovery ends when this TSN has been acknowledged.
    recovery_exit: Option<Serial32>,
}

impl Congestion {
    pub(super) fn new(packet: usize, initial_packets: u32) -> Self {
        Self {
            packet,
            window: packet.saturating_mul(initial_packets as usize),
            threshold: usize::MAX,
            cubic: Cubic::default(),
            slow_start: SlowStart::new(),
            holding: false,
            recovery_exit: None,
        }
    }

    pub(super) fn window(&self) -> usize {
        self.window
    }

    pub(super) fn threshold(&self) -> usize {
        self.threshold
    }

    /// What is sent in a round trip: more than the window, so that acknowledgements and not the pace say how much is under
    /// way (RFC 9002 §7.7), and twice as much where the window doubles in a round trip.
    pub(super) fn paced(&self) -> usize {
        let more = if self.window <= self.threshold { self.window } else { self.window / 4 };
        self.window.saturating_add(more)
    }

    pub(super) fn in_recovery(&self) -> bool {
        self.recovery_exit.is_some()
    }

    /// Whether `flight` bytes leave no room for another full packet.
    pub(super) fn is_used_up(&self, flight: usize) -> bool {
        flight + self.packet > self.window
    }

    /// A SACK has acknowledged `acked` bytes, of a window that was `utilized` or not.
    ///
    /// L of RFC 9260 §7.2.1 does not bind: it keeps one SACK for many packets from releasing twice as many at once, and that
    /// is what [pacing](super::pacing) does (RFC 9406 §4.2 has no limit there, either). See `docs/decisions/congestion.md`.
    pub(super) fn on_acknowledged(
        &mut self,
        now: Instant,
        round_trip: Duration,
        acked: usize,
        utilized: bool,
        cumulative_advanced: bool,
    ) {
        if self.in_recovery() {
            return;
        }
        if self.window <= self.threshold {
            // A loss ends the first slow start, and its waiting: round trips that would say so may not come for long, for what is
            // sent again measures none.
            let holds = self.holding && self.is_first_slow_start();
            if utilized && cumulative_advanced && !holds {
                self.window = self.window.saturating_add(acked);
            }
            return;
        }
        if utilized {
            self.window = self.cubic.grown(now, round_trip, self.packet, self.window, acked);
        } else {
            self.cubic.on_pause();
        }
    }

    /// A round trip of the newest chunk that a SACK acknowledges, of a window that is in use. The first slow start ends by it, before
    /// a loss ends it: one that overflows a queue by a whole window takes many round trips to mend.
    pub(super) fn on_round_trip(&mut self, times: [Moment; 2], tsns: [Serial32; 2]) {
        if !self.is_first_slow_start() {
            return;
        }
        let advice = self.slow_start.on_acknowledged(times, tsns);
        self.holding = advice == Advice::Hold;
        if advice == Advice::Leave {
            self.threshold = self.window;
        }
    }

    const fn is_first_slow_start(&self) -> bool {
        self.threshold == usize::MAX
    }

    /// The cumulative TSN has moved.
    pub(super) fn on_cumulative(&mut self, cumulative_tsn: Serial32) {
        if self.recovery_exit.is_some_and(|exit| !exit.is_after(cumulative_tsn)) {
            self.recovery_exit = None;
        }
    }

    /// A loss was seen from SACKs. Returns whether it begins a fast recovery, which lasts until `highest` is
    /// acknowledged.
    pub(super) fn on_loss(&mut self, highest: Serial32) -> bool {
        if self.in_recovery() {
            return false;
        }
        self.threshold = self.reduced();
        self.window = self.threshold;
        self.recovery_exit = Some(highest);
        true
    }

    /// The retransmission timer has expired.
    pub(super) fn on_timeout(&mut self) {
        self.threshold = self.reduced();
        self.window = self.packet;
        self.recovery_exit = None;
    }

    /// Nothing has been sent for `idle`: per timeout the window becomes `max(window / 2, 4 packets)` (RFC 9260 §7.2.1).
    /// What a timeout made of it ends with that, too.
    pub(super) fn on_idle(&mut self, idle: Duration, timeout: Duration) {
        let floor = MIN_PACKETS * self.packet;
        if idle < timeout {
            return;
        }
        if self.window <= floor {
            self.window = floor;
            return;
        }
        self.threshold = self.window;
        let mut elapsed = timeout;
        // At most as many steps as a number has bits.
        while elapsed <= idle && self.window > floor {
            self.window = (self.window / 2).max(floor);
            elapsed = elapsed.saturating_add(timeout);
        }
    }

    fn reduced(&mut self) -> usize {
        self.cubic.on_loss(self.window).max(MIN_PACKETS * self.packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(1);

    /// A first slow start that waits to see whether there is a queue: the round trips have grown.
    fn holding() -> Congestion {
        let mut congestion = Congestion::new(1000, 10);
        for (round, sent) in [(1, 0), (2, 100), (3, 200)] {
            let round_trip = if round == 3 { 50 } else { 10 };
            let times = [sent, sent + round_trip].map(|at| Moment::of(Instant::from_millis(at)));
            congestion.on_round_trip(times, [Serial32(round), Serial32(round + 1)]);
        }
        let before = congestion.window();
        congestion.on_acknowledged(Instant::ZERO, TIMEOUT, 1000, true, true);
        assert_eq!(congestion.window(), before, "it holds");
        congestion
    }

    #[test]
    fn a_loss_ends_the_waiting_of_the_first_slow_start_also_while_all_is_sent_again() {
        let mut congestion = holding();
        congestion.on_timeout();
        congestion.on_acknowledged(Instant::ZERO, TIMEOUT, 1000, true, true);
        assert_eq!(congestion.window(), 2000, "after a timeout");
        let mut congestion = holding();
        assert!(congestion.on_loss(Serial32(9)));
        congestion.on_cumulative(Serial32(9));
        let before = congestion.window();
        congestion.on_acknowledged(Instant::ZERO, TIMEOUT, 1000, true, true);
        assert_eq!(congestion.window(), before + 1000, "after a recovery");
    }

    #[test]
    fn silence_brings_the_window_to_four_packets_from_either_side() {
        let mut congestion = Congestion::new(1000, 10);
        congestion.on_idle(TIMEOUT, TIMEOUT);
        assert_eq!((congestion.window(), congestion.threshold()), (5000, 10_000));
        congestion.on_idle(TIMEOUT * 9, TIMEOUT);
        assert_eq!(congestion.window(), 4000);
        congestion.on_timeout();
        assert_eq!(congestion.window(), 1000);
        congestion.on_idle(TIMEOUT / 2, TIMEOUT);
        assert_eq!(congestion.window(), 1000, "that is no silence");
        congestion.on_idle(TIMEOUT, TIMEOUT);
        assert_eq!((congestion.window(), congestion.threshold()), (4000, 4000));
    }
}
