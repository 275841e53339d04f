//! What a connection costs: its heap, and the work that is done for it, in steps.
//!
//! Work is counted in steps, as a test must not depend on the machine: how often the heap is asked for room, for how many bytes,
//! how many datagrams leave, and how often the connection wants to be woken. Each bound says what causes the work, so that what
//! grows faster than its cause breaks it. What takes instructions and none of these, `cargo xtask growth` counts.

use allocation_counter::AllocationInfo;
use sim::Instant;

/// How often one call may ask for room, for each byte that it brings or takes away and besides: a record is opened, chunks are
/// read, channels open, answers are made. One request or one timeout may concern every channel that there is, and an OPEN has all
/// messages delivered that were kept for it. Where there are few, the most that was seen besides is 36.
const ASKED: (u64, u64, u64) = (1, 100, 4);

/// Bytes of its budget that a message takes which is kept for a channel that is not there yet.
const KEPT: usize = 160;

/// How often all calls together may ask for room, for each call, once, and for each channel that there was at once: nothing that
/// is kept is delivered twice. Seen were one and a half for each call, and five where many short messages begin a connection.
const ASKED_IN_ALL: (u64, u64, u64) = (3, 5000, 50);

/// How many bytes of room all calls together may ask for, for each byte that was brought, taken away or given to send, for
/// each call, once, for what every connection has, and for each channel that there was at once. Queues that grow by doubling ask for four bytes in all for each that
/// they hold. Seen were one and a half in all.
const ROOM: (u64, u64, u64, u64) = (4, 512, 32 << 10, 2000);

/// How many datagrams may leave for each datagram, command or timeout, over the whole life of a connection: an answer, and
/// one that an acknowledgement has made room for. Seen were three for four.
const DATAGRAMS: u64 = 2;

/// How often a second a connection may want to be woken besides once for each command and each datagram that comes or leaves, as data
/// leaves at a pace: a check every 50 ms
/// (RFC 8445 §14.2) and the repetitions of earlier ones, and a few timers of each layer. Seen were nine.
const WAKES: u64 = 40;

/// The account of one connection.
#[derive(Debug)]
pub struct Account {
    budget: usize,
    /// The most messages that may be kept for channels that are not there yet.
    kept: u64,
    /// The most channels at once, as far as they were counted.
    channels: u64,
    heap: i64,
    highest: i64,
    calls: u64,
    causes: u64,
    bytes: u64,
    asked: u64,
    room: u64,
    sent: u64,
    /// The second that passes, and how often it was woken and had a cause in it.
    second: u64,
    woken: u64,
    stirred: u64,
    /// The first bound that was broken.
    broken: Option<String>,
}

impl Account {
    /// With so many bytes of heap, and so many of them for what comes before its channel.
    pub const fn new(budget: usize, retained: usize) -> Self {
        let (kept, channels, heap, highest) = ((retained / KEPT) as u64, 0, 0, 0);
        let (calls, causes, bytes, asked, room, sent) = (0, 0, 0, 0, 0, 0);
        let (second, woken, stirred, broken) = (0, 0, 0, None);
        Self {
            budget,
            kept,
            channels,
            heap,
            highest,
            calls,
            causes,
            bytes,
            asked,
            room,
            sent,
            second,
            woken,
            stirred,
            broken,
        }
    }

    /// The first bound that was broken, if any was.
    pub const fn broken(&self) -> Option<&String> {
        self.broken.as_ref()
    }

    /// The most bytes of heap at once.
    pub const fn highest(&self) -> i64 {
        self.highest
    }

    /// A call has done this to the heap.
    pub fn on_heap(&mut self, asked: &AllocationInfo) {
        self.highest = self.highest.max(self.heap + asked.bytes_max as i64);
        self.heap += asked.bytes_current;
        let (highest, budget) = (self.highest, self.budget);
        self.hold(highest <= budget as i64, || format!("{highest} bytes of heap, of {budget}"));
    }

    /// Something has come that may be followed by datagrams.
    pub fn on_cause(&mut self, now: Option<Instant>) {
        self.at(now);
        self.causes += 1;
        self.stirred += 1;
    }

    /// It wanted to be woken.
    pub fn on_wake(&mut self, now: Instant) {
        self.at(Some(now));
        self.causes += 1;
        self.woken += 1;
        let beyond = self.woken.saturating_sub(self.stirred);
        self.hold(beyond <= WAKES, || format!("at {now}: it wants to be woken {beyond} times a second"));
    }

    /// A datagram has left.
    pub fn on_sent(&mut self, now: Instant) {
        self.at(Some(now));
        self.sent += 1;
        self.stirred += 1;
        let (sent, causes) = (self.sent, self.causes);
        self.hold(sent <= DATAGRAMS * causes, || {
            format!("at {now}: {sent} datagrams leave because of {causes} that came, commands and timeouts")
        });
    }

    /// Whether what a call asked of the heap is in proportion to its bytes and channels, which are counted only where that
    /// matters, and what all did to theirs.
    pub fn on_call(
        &mut self,
        what: &str,
        len: usize,
        channels: impl FnOnce() -> usize,
        asked: &AllocationInfo,
    ) {
        self.calls += 1;
        self.bytes += len as u64;
        self.room += asked.bytes_total;
        self.asked += asked.count_total;
        let (calls, bytes) = (self.calls, self.bytes);
        let in_all = |channels| ASKED_IN_ALL.0 * calls + ASKED_IN_ALL.1 + ASKED_IN_ALL.2 * channels;
        let room = |channels| ROOM.0 * bytes + ROOM.1 * calls + ROOM.2 + ROOM.3 * channels;
        let once = |kept, channels| ASKED.0 * len as u64 + ASKED.1 + ASKED.2 * channels + kept;
        let is_within = |account: &Self, channels| {
            (
                asked.count_total <= once(account.kept, channels),
                account.asked <= in_all(channels),
                account.room <= room(channels),
            )
        };
        if is_within(self, self.channels) == (true, true, true) {
            return;
        }
        self.channels = self.channels.max(channels() as u64);
        let (is_once, is_in_all, is_room) = is_within(self, self.channels);
        let (channels, of_all, bytes_of_all) = (self.channels, self.asked, self.room);
        self.hold(is_once, || {
            let count = asked.count_total;
            format!("{what} of {len} bytes, among {channels} channels, asks the heap for room {count} times")
        });
        self.hold(is_in_all, || format!("{calls} calls ask the heap for room {of_all} times"));
        self.hold(is_room, || {
            format!("{calls} calls with {bytes} bytes ask the heap for {bytes_of_all} bytes")
        });
    }

    fn hold(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(complaint());
        }
    }

    fn at(&mut self, now: Option<Instant>) {
        let second = now.map_or(self.second, |now| now.as_millis() / 1000);
        if self.second != second {
            (self.second, self.woken, self.stirred) = (second, 0, 0);
        }
    }
}
