//! When to acknowledge (RFC 9260 §6.2).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use base::Serial32;

use crate::config::Config;

/// Duplicates that one SACK reports at most.
const MAX_DUPLICATES: usize = 32;

/// Acknowledgements that may be owed at once.
const MAX_OWED: usize = 64;

/// How soon a SACK is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// There is nothing to say.
    #[default]
    None,
    /// With the next DATA or within SACK.Delay.
    Delayed,
    /// At once.
    Now,
}

/// What decides when the next SACK is due.
#[derive(Debug)]
pub(crate) struct Acknowledge {
    urgency: Urgency,
    /// The packet at hand has brought DATA.
    data_in_packet: bool,
    /// Packets with DATA since the last acknowledgement was due.
    unacknowledged_packets: u32,
    /// No DATA has come yet: the first is acknowledged at once (RFC 9260 §5.1).
    first: bool,
    duplicates: Vec<Serial32>,
    /// Cumulative TSNs that were due to be acknowledged while nobody polled. Each still gets its SACK: senders pace
    /// themselves, and open their windows, by the number of SACKs.
    owed: VecDeque<Serial32>,
    /// The window that the peer knows of.
    advertised: usize,
    /// Below this, the peer may hold back a packet.
    low_window: usize,
    /// A quarter of the window.
    step: usize,
}

impl Acknowledge {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            urgency: Urgency::None,
            data_in_packet: false,
            unacknowledged_packets: 0,
            first: true,
            duplicates: Vec::new(),
            owed: VecDeque::new(),
            advertised: config.receive_window,
            low_window: (4 * config.max_packet_size).min(config.receive_window / 4),
            step: config.receive_window / 4,
        }
    }

    pub(super) fn restart(&mut self, window: usize) {
        self.urgency = Urgency::None;
        self.data_in_packet = false;
        self.unacknowledged_packets = 0;
        self.first = true;
        self.duplicates.clear();
        self.owed.clear();
        self.advertised = window;
    }

    pub(crate) fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// The duplicates that the next SACK reports.
    pub(crate) fn duplicates(&self) -> &[Serial32] {
        &self.duplicates
    }

    /// A DATA chunk, or one that counts as such, is in the packet at hand.
    pub(super) fn on_data(&mut self, immediate: bool) {
        self.data_in_packet = true;
        if immediate || self.first {
            self.first = false;
            self.urgency = Urgency::Now;
        }
    }

    pub(super) fn on_duplicate(&mut self, tsn: Serial32) {
        if self.duplicates.len() < MAX_DUPLICATES {
            self.duplicates.push(tsn);
        }
        self.urgency = Urgency::Now;
    }

    /// A SACK is due without delay.
    pub(crate) fn at_once(&mut self) {
        self.urgency = Urgency::Now;
    }

    /// The packet at hand has been dealt with: every second one with DATA is acknowledged, and each while there
    /// are gaps.
    pub(crate) fn on_packet_end(&mut self, cumulative_tsn: Serial32, gaps: bool) {
        if !core::mem::take(&mut self.data_in_packet) {
            return;
        }
        self.unacknowledged_packets += 1;
        let due = gaps || self.urgency == Urgency::Now || self.unacknowledged_packets >= 2;
        if !due {
            self.urgency = Urgency::Delayed;
            return;
        }
        self.urgency = Urgency::Now;
        self.unacknowledged_packets = 0;
        // A SACK from before a gap may be late; one that left out the blocks beyond a gap would take them back.
        if !gaps && self.owed.len() < MAX_OWED {
            self.owed.push_back(cumulative_tsn);
        }
    }

    /// The next acknowledgement if it is an earlier one than the last: what it said of the sequence when it was due.
    pub(crate) fn pop_owed(&mut self) -> Option<Serial32> {
        if self.owed.len() > 1 { self.owed.pop_front() } else { None }
    }

    /// The application has taken something: tells the peer if the window has opened by a quarter, or if it was so
    /// small before that the peer may have stopped.
    pub(super) fn on_window(&mut self, window: usize) {
        let opened = window.saturating_sub(self.advertised);
        if opened >= self.step || (self.advertised < self.low_window && opened >= self.low_window) {
            self.urgency = Urgency::Now;
        }
    }

    /// A SACK with this window has been written.
    pub(crate) fn on_sent(&mut self, window: usize) {
        self.urgency = Urgency::None;
        self.unacknowledged_packets = 0;
        self.duplicates.clear();
        self.owed.clear();
        self.advertised = window;
    }
}
