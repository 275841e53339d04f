//! How the window grows in congestion avoidance (RFC 9438).
//!
//! ```text
//!  window                      ┌── a cube of the time since K: steep, flat about the window
//!    │ loss                   ╱    that was lost at, and then steep again
//!  W_max ┐ ╷         ____----´
//!        │ │     _--´        ┊
//!  0.7 × └─┘  _-´            ┊
//!    └───────┴───────────────┴─ time
//!          epoch             K
//! ```

use core::time::Duration;

use base::Instant;

/// beta: what a loss leaves of the window, in tenths.
const BETA_TENTHS: usize = 7;
/// The rate of W_est, in thousandths of a packet in a round trip: 3 × (1 − beta) / (1 + beta), which with this beta is on average as
/// fast as one packet with a half.
const ALPHA_THOUSANDTHS: u64 = 529;
/// C is 0.4 packets per cubic second. Longer than this from K, nothing is counted: no window is so large.
const MAX_MILLIS: i64 = 200_000;

/// The growth since the last loss.
#[derive(Debug, Default)]
pub(super) struct Cubic {
    /// W_max: where the window was when something was lost, and zero before that.
    plateau: usize,
    /// cwnd_prior.
    prior: usize,
    epoch: Option<Epoch>,
}

/// A time of growth.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    start: Instant,
    /// K, in milliseconds.
    inflection: i64,
    /// W_est: what the window would be by RFC 9260 §7.2.2.
    estimate: u64,
}

impl Cubic {
    /// A loss at this window. Returns what is left of it.
    pub(super) const fn on_loss(&mut self, window: usize) -> usize {
        let left = window / 10 * BETA_TENTHS;
        // Fast convergence (§4.7): another sender may need room.
        self.plateau = if window < self.plateau { (window + left) / 2 } else { window };
        self.prior = window;
        self.epoch = None;
        left
    }

    /// The window is not in use: what passes until it is does not count (§5.8).
    pub(super) const fn on_pause(&mut self) {
        self.epoch = None;
    }

    /// What `acked` bytes make of a window.
    pub(super) fn grown(
        &mut self,
        now: Instant,
        round_trip: Duration,
        packet: usize,
        window: usize,
        acked: usize,
    ) -> usize {
        let epoch = self.epoch.get_or_insert_with(|| {
            self.plateau = self.plateau.max(window);
            Epoch {
                start: now,
                inflection: inflection((self.plateau - window) / packet),
                estimate: window as u64,
            }
        });
        let alpha = if epoch.estimate < self.prior as u64 { ALPHA_THOUSANDTHS } else { 1000 };
        let share = (acked as u64).saturating_mul(packet as u64) / window as u64;
        epoch.estimate = epoch.estimate.saturating_add((share * alpha).div_ceil(1000));
        let at = |time: Duration| {
            let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
            curve(self.plateau, packet, millis.saturating_sub(epoch.inflection))
        };
        let since = now.since(epoch.start);
        let estimate = usize::try_from(epoch.estimate).unwrap_or(usize::MAX);
        if at(since) < estimate {
            return estimate.max(window);
        }
        let target = at(since + round_trip).clamp(window, window.saturating_add(window / 2));
        let growth = (target - window) as u64 * acked.min(window) as u64 / window as u64;
        window.saturating_add(usize::try_from(growth).unwrap_or(usize::MAX))
    }
}

/// W_cubic, so many milliseconds after K.
fn curve(plateau: usize, packet: usize, millis: i64) -> usize {
    let millis = millis.clamp(-MAX_MILLIS, MAX_MILLIS);
    let packet = i64::try_from(packet).unwrap_or(i64::MAX);
    // In thousandths of a packet: 0.4 × 1,000 / 1,000³.
    let thousandths = millis * millis * millis / 2_500_000;
    let bytes = thousandths.saturating_mul(packet) / 1000;
    let change = usize::try_from(bytes.unsigned_abs()).unwrap_or(usize::MAX);
    if bytes < 0 { plateau.saturating_sub(change) } else { plateau.saturating_add(change) }
}

/// K in milliseconds: the cube root of `packets` / C.
fn inflection(packets: usize) -> i64 {
    let cube = (packets as u64).saturating_mul(2_500_000_000);
    let mut root = 0_u64;
    // No root of 64 bits has more than 22.
    for bit in (0..22).rev() {
        let next = root | (1 << bit);
        if u128::from(next).pow(3) <= u128::from(cube) {
            root = next;
        }
    }
    i64::try_from(root).unwrap_or(MAX_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: usize = 1000;

    /// The window at the end of each second, with a round trip of `millis` and all of it in use.
    fn seconds(cubic: &mut Cubic, mut window: usize, millis: u64, count: u64) -> alloc::vec::Vec<usize> {
        let round_trip = Duration::from_millis(millis);
        let mut now = Instant::from_millis(7);
        let second = |_| {
            for _ in 0..1000 / millis {
                now = now + round_trip;
                for _ in 0..4 {
                    window = cubic.grown(now, round_trip, PACKET, window, window / 4);
                }
            }
            window / PACKET
        };
        (0..count).map(second).collect()
    }

    #[test]
    fn the_curve_is_that_of_the_rfc() {
        // W_max 1,000 packets: K is the cube root of 300 / 0.4, 9.08 s.
        assert_eq!(inflection(300), 9085);
        assert_eq!(inflection(0), 0);
        assert_eq!(curve(1000 * PACKET, PACKET, 0), 1000 * PACKET);
        assert_eq!(curve(1000 * PACKET, PACKET, 10_000), 1400 * PACKET);
        assert_eq!(curve(1000 * PACKET, PACKET, -9085) / PACKET, 700);
        assert!(inflection(usize::MAX) > 0 && curve(usize::MAX, usize::MAX, i64::MAX) == usize::MAX);
    }

    #[test]
    fn a_large_window_is_back_after_k_stays_about_there_and_goes_on() {
        let mut cubic = Cubic::default();
        let window = cubic.on_loss(10_000 * PACKET);
        assert_eq!(window, 7000 * PACKET);
        // K is 19.6 s.
        let windows = seconds(&mut cubic, window, 200, 40);
        assert!((9_500..10_100).contains(&windows[14]), "{windows:?}");
        assert!((9_950..10_100).contains(&windows[20]), "{windows:?}");
        assert!(windows[39] > 12_500, "{windows:?}");
    }

    #[test]
    fn a_small_window_grows_as_that_of_rfc_9260_does() {
        let mut cubic = Cubic::default();
        let window = cubic.on_loss(20 * PACKET);
        let windows = seconds(&mut cubic, window, 20, 2);
        // 50 round trips a second: half a packet in each up to 20, and then one.
        assert!((50..60).contains(&windows[0]) && (98..112).contains(&windows[1]), "{windows:?}");
    }

    #[test]
    fn a_pause_is_no_time_to_grow() {
        let mut cubic = Cubic::default();
        let (round_trip, window) = (Duration::from_millis(100), 1000 * PACKET);
        cubic.grown(Instant::from_millis(1), round_trip, PACKET, window, window);
        cubic.on_pause();
        let grown = cubic.grown(Instant::from_millis(60_000), round_trip, PACKET, window, window);
        assert!(grown <= window + PACKET, "{grown}");
    }
}
