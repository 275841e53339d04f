//! Flights: what is sent together and repeated together (RFC 6347 §4.2.4).

use alloc::vec::Vec;
use core::time::Duration;

use base::{Instant, Writer};

use crate::config::Config;
use crate::record::{CLEAR, Records};
use crate::wire::handshake::{self, FragmentHeader, HandshakeType};
use crate::wire::record::ContentType;

/// The smallest part of a message that is worth a record of its own while more is to follow.
const MIN_FRAGMENT: usize = 32;

/// A retransmission of the peer is answered once in this span: its datagrams come in a burst.
const ANSWER_INTERVAL: Duration = Duration::from_millis(20);

/// How often a flight is repeated at the same pace before that slows down, where the pace of the path is known.
const REPEATS: u32 = 4;

/// The newest flight, its place in the sending, and its timer.
#[derive(Debug)]
pub(crate) struct Flight {
    messages: Vec<Outgoing>,
    next_seq: u16,
    cursor: Option<Cursor>,
    /// Since when an answer is awaited, or the rest of one; and the timer's span then, which measurements behind the first
    /// repetition do not change.
    waiting_since: Instant,
    span: Duration,
    sent_at: Option<Instant>,
    repeated: bool,
    rtt: Option<Duration>,
    timer: Timer,
}

#[derive(Debug)]
struct Outgoing {
    epoch: u16,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Handshake { kind: HandshakeType, seq: u16, body: Vec<u8> },
    ChangeCipherSpec,
}

/// What comes next: a message, and how much of its body went out already.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    index: usize,
    offset: usize,
}

/// The retransmission timer (RFC 6347 §4.2.4.1).
///
/// With the round-trip time that ICE has measured, the first few repetitions follow at the same pace: a flight that was
/// lost at random need not wait for others to be lost (RFC 8085 §3.1.3 bounds such traffic by a datagram in a round
/// trip). Otherwise, and from then on, the pause doubles.
#[derive(Clone, Copy, Debug)]
struct Timer {
    first: Duration,
    /// Whether `first` comes from a measurement.
    measured: bool,
    /// How often the timer of this flight has expired.
    expired: u32,
    shortest: Duration,
    longest: Duration,
    interval: Duration,
    deadline: Option<Instant>,
}

impl Flight {
    pub(crate) fn new(config: &Config) -> Self {
        let timer = Timer {
            first: config
                .initial_timeout
                .clamp(config.min_timeout, config.max_timeout.max(config.min_timeout)),
            measured: false,
            expired: 0,
            shortest: config.min_timeout,
            longest: config.max_timeout.max(config.min_timeout),
            interval: config.initial_timeout,
            deadline: None,
        };
        Self::on_path(timer, None)
    }

    /// The first flights of a handshake that begins anew on the same path, its messages numbered from 0.
    pub(crate) const fn anew(&self) -> Self {
        Self::on_path(Timer { deadline: None, ..self.timer }, self.rtt)
    }

    const fn on_path(timer: Timer, rtt: Option<Duration>) -> Self {
        Self {
            messages: Vec::new(),
            next_seq: 0,
            cursor: None,
            waiting_since: Instant::ZERO,
            span: timer.first,
            sent_at: None,
            repeated: false,
            rtt,
            timer,
        }
    }

    /// Takes the round-trip time for the timeouts of the flights to come, and of one that still waits for its first.
    pub(crate) fn set_rtt(&mut self, rtt: Duration) {
        self.timer.first = rtt.saturating_mul(2).clamp(self.timer.shortest, self.timer.longest);
        self.timer.measured = true;
        if let (Some(sent), Some(_), 0) = (self.sent_at, self.timer.deadline, self.timer.expired) {
            self.timer.interval = self.timer.first;
            self.timer.deadline = Some(sent + self.timer.interval);
            self.span = self.timer.first;
        }
    }

    /// The peer has answered the flight. One that went out once has measured the path, if nobody else has; of one that was
    /// repeated nobody can tell which was answered (Karn).
    pub(crate) fn on_answer(&mut self, now: Instant) {
        if let Some(sent) = self.sent_at.filter(|_| !self.repeated) {
            let took = now.since(sent);
            self.rtt = Some(self.rtt.map_or(took, |rtt| rtt.min(took)));
            if !self.timer.measured {
                self.set_rtt(took);
            }
        }
        self.clear();
    }

    /// The shortest time in which a flight was answered: a round trip, and what the peer had to compute.
    pub(crate) const fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    /// A part of the answer has come.
    pub(crate) const fn on_progress(&mut self, now: Instant) {
        self.waiting_since = now;
        self.span = self.timer.first;
    }

    /// When an answer will have been awaited for so many times the span after which a flight is repeated, and for so long.
    pub(crate) fn in_vain_at(&self, spans: u32, at_least: Duration) -> Option<Instant> {
        self.timer.deadline.map(|_| self.waiting_since + self.span.saturating_mul(spans).max(at_least))
    }

    /// Repeats the flight no more; what of it is due still goes out.
    pub(crate) fn finish(&mut self) {
        self.timer.deadline = None;
        if self.cursor.is_none() {
            self.messages = Vec::new();
        }
    }

    /// Drops the flight.
    pub(crate) fn clear(&mut self) {
        self.messages = Vec::new();
        self.cursor = None;
        self.timer.deadline = None;
    }

    /// Appends a handshake message and returns its number.
    pub(crate) fn push(&mut self, epoch: u16, kind: HandshakeType, body: Vec<u8>) -> u16 {
        let seq = self.next_seq;
        self.next_seq = self.next_seq.saturating_add(1);
        self.messages.push(Outgoing { epoch, content: Content::Handshake { kind, seq, body } });
        seq
    }

    /// Appends a ChangeCipherSpec.
    pub(crate) fn push_change_cipher_spec(&mut self) {
        self.messages.push(Outgoing { epoch: CLEAR, content: Content::ChangeCipherSpec });
    }

    /// The flight is complete: it goes out, and again each time the timer expires if an answer is awaited.
    pub(crate) fn launch(&mut self, now: Instant, awaits_answer: bool) {
        self.cursor = Some(Cursor { index: 0, offset: 0 });
        self.on_progress(now);
        self.sent_at = Some(now);
        self.repeated = false;
        self.timer.interval = self.timer.first;
        self.timer.expired = 0;
        self.timer.deadline = awaits_answer.then(|| now + self.timer.interval);
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.timer.deadline
    }

    /// Whether something is waiting to be sent.
    pub(crate) const fn is_due(&self) -> bool {
        self.cursor.is_some()
    }

    /// Sends the flight again if the timer has expired, and says whether it does.
    pub(crate) fn on_timeout(&mut self, now: Instant) -> bool {
        if self.timer.deadline.is_none_or(|deadline| deadline > now) {
            return false;
        }
        self.timer.expired = self.timer.expired.saturating_add(1);
        if !self.timer.measured || self.timer.expired > REPEATS {
            self.timer.interval = self.timer.interval.saturating_mul(2).min(self.timer.longest);
        }
        self.timer.deadline = Some(now + self.timer.interval);
        self.restart(now)
    }

    /// Sends the flight again because the peer may not have been there before, and says whether it does. The timer stays.
    pub(crate) fn on_peer_ready(&mut self, now: Instant) -> bool {
        let waits = self.timer.deadline.is_some() && self.cursor.is_none() && !self.messages.is_empty();
        if !waits || self.sent_at == Some(now) {
            return false;
        }
        self.cursor = Some(Cursor { index: 0, offset: 0 });
        self.repeated = true;
        true
    }

    /// Sends the flight again because the peer repeats its own, and says whether it does.
    pub(crate) fn on_peer_retransmission(&mut self, now: Instant) -> bool {
        let recent = self.sent_at.is_some_and(|at| now.since(at) < ANSWER_INTERVAL);
        if recent || self.cursor.is_some() || self.messages.is_empty() {
            return false;
        }
        if self.timer.deadline.is_some() {
            self.timer.deadline = Some(now + self.timer.interval);
        }
        self.restart(now)
    }

    fn restart(&mut self, now: Instant) -> bool {
        self.cursor = Some(Cursor { index: 0, offset: 0 });
        self.sent_at = Some(now);
        self.repeated = true;
        !self.messages.is_empty()
    }

    /// Packs as much as fits into a datagram; returns its length and how many records it has.
    pub(crate) fn pack(&mut self, records: &mut Records, out: &mut [u8]) -> (usize, u64) {
        let (mut len, mut count) = (0, 0);
        while let Some(cursor) = self.cursor {
            let Some(message) = self.messages.get(cursor.index) else {
                self.cursor = None;
                break;
            };
            let rest = out.get_mut(len..).unwrap_or_default();
            let Some((written, done)) = message.emit(records, cursor.offset, rest, len == 0) else { break };
            len += written;
            count += 1;
            self.cursor = Some(match done {
                None => Cursor { index: cursor.index + 1, offset: 0 },
                Some(offset) => Cursor { index: cursor.index, offset },
            });
        }
        if self.cursor.is_some_and(|cursor| cursor.index >= self.messages.len()) {
            self.cursor = None;
        }
        (len, count)
    }
}

impl Outgoing {
    /// Writes one record from `offset` on; returns its length and where the next one begins, if any.
    /// `None` if it does not fit. `alone` says that the datagram is empty, so that small fragments are accepted.
    fn emit(
        &self,
        records: &mut Records,
        offset: usize,
        out: &mut [u8],
        alone: bool,
    ) -> Option<(usize, Option<usize>)> {
        let Content::Handshake { kind, seq, body } = &self.content else {
            let len = records.emit(self.epoch, ContentType::CHANGE_CIPHER_SPEC, &[1], out).ok()?;
            return Some((len, None));
        };
        let head = records.header_len(self.epoch);
        let room = out.len().checked_sub(head + handshake::HEADER_LEN + Records::tag_len(self.epoch))?;
        let rest = body.get(offset..).unwrap_or_default();
        let len = rest.len().min(room);
        if len < rest.len() && (len == 0 || !alone && len < MIN_FRAGMENT) {
            return None;
        }
        let header = FragmentHeader { kind: *kind, length: body.len(), message_seq: *seq, offset };
        let mut writer = Writer::new(out);
        writer.reserve(head).ok()?;
        writer.bytes(&header.emit(len)).ok()?;
        writer.bytes(rest.get(..len)?).ok()?;
        let written =
            records.seal(self.epoch, ContentType::HANDSHAKE, out, handshake::HEADER_LEN + len).ok()?;
        Some((written, (len < rest.len()).then_some(offset + len)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::ZERO;

    fn flight() -> Flight {
        let mut flight = Flight::new(&Config::default());
        flight.push(CLEAR, HandshakeType::SERVER_HELLO, alloc::vec![1; 100]);
        flight.push(CLEAR, HandshakeType::CERTIFICATE, alloc::vec![2; 500]);
        flight.push_change_cipher_spec();
        flight.launch(T0, true);
        flight
    }

    /// RFC 6347 §4.2.3.
    #[test]
    fn messages_share_a_datagram_and_are_cut_at_its_end() {
        let mut records = Records::new();
        let mut flight = flight();
        let mut out = [0; 300];
        let (len, count) = flight.pack(&mut records, &mut out);
        assert_eq!((len, count), (300, 2));
        assert_eq!(flight.pack(&mut records, &mut out), (300, 1));
        let (len, count) = flight.pack(&mut records, &mut out);
        assert_eq!(count, 2);
        assert_eq!(len, 500 - 150 - 275 + 25 + 14);
        assert!(!flight.is_due());
        assert_eq!(flight.pack(&mut records, &mut out), (0, 0));
    }

    #[test]
    fn a_tiny_buffer_gives_nothing_and_loses_nothing() {
        let mut records = Records::new();
        let mut flight = flight();
        assert_eq!(flight.pack(&mut records, &mut [0; 25]), (0, 0));
        assert!(flight.is_due());
        assert_eq!(flight.pack(&mut records, &mut [0; 26]), (26, 1));
    }

    #[test]
    fn the_timeout_follows_the_round_trip_time_and_then_doubles_up_to_its_cap() {
        let mut flight = flight();
        flight.set_rtt(Duration::from_millis(40));
        flight.launch(T0, true);
        assert_eq!(waits(&mut flight), [80, 80, 80, 80, 80, 160, 320, 640, 1280, 2560, 3000, 3000]);
        flight.launch(T0, true);
        assert_eq!(flight.deadline(), Some(Instant::from_millis(80)), "each flight begins anew");
    }

    /// The first second and the doubling are those of RFC 6347 §4.2.4.1; the cap is ours.
    #[test]
    fn an_unknown_round_trip_doubles_the_timeout_at_once() {
        assert_eq!(waits(&mut flight()), [1000, 2000, 3000, 3000]);
    }

    #[test]
    fn a_round_trip_that_becomes_known_while_a_flight_waits_shortens_its_wait() {
        let mut flight = flight();
        flight.set_rtt(Duration::from_millis(40));
        let hopeless_at = |flight: &Flight| flight.in_vain_at(3, Duration::ZERO);
        assert_eq!(flight.deadline(), Some(Instant::from_millis(80)));
        assert_eq!(hopeless_at(&flight), Some(Instant::from_millis(240)));
        assert!(flight.on_timeout(Instant::from_millis(80)));
        flight.set_rtt(Duration::from_millis(100));
        assert_eq!(flight.deadline(), Some(Instant::from_millis(160)), "a repetition is under way");
        assert_eq!(hopeless_at(&flight), Some(Instant::from_millis(240)));
    }

    /// The pauses before each of the first repetitions, in milliseconds.
    fn waits<const N: usize>(flight: &mut Flight) -> [u128; N] {
        let mut now = T0;
        core::array::from_fn(|_| {
            let deadline = flight.deadline().unwrap();
            assert!(!flight.on_timeout(deadline - Duration::from_nanos(1)));
            assert!(flight.on_timeout(deadline));
            let wait = deadline.since(now).as_millis();
            now = deadline;
            wait
        })
    }

    #[test]
    fn a_flight_that_went_out_once_measures_the_path() {
        let mut flight = flight();
        assert_eq!(flight.rtt(), None);
        flight.on_answer(Instant::from_millis(30));
        assert_eq!(flight.rtt(), Some(Duration::from_millis(30)));
        flight.push(CLEAR, HandshakeType::FINISHED, alloc::vec![0; 12]);
        flight.launch(T0, true);
        assert_eq!(flight.deadline(), Some(Instant::from_millis(60)));
        assert!(flight.on_timeout(Instant::from_millis(60)));
        flight.on_answer(Instant::from_millis(61));
        assert_eq!(flight.rtt(), Some(Duration::from_millis(30)), "which one was answered is not known");
    }

    #[test]
    fn the_round_trip_time_is_clamped() {
        let mut flight = flight();
        for (rtt, expected) in [(1, 50), (100, 200), (60_000, 3000)] {
            flight.set_rtt(Duration::from_millis(rtt));
            flight.launch(T0, true);
            assert_eq!(flight.deadline(), Some(Instant::from_millis(expected)));
        }
    }

    #[test]
    fn a_peer_that_becomes_ready_gets_at_once_what_waits_and_moves_no_timer() {
        let mut records = Records::new();
        let mut flight = flight();
        assert!(!flight.on_peer_ready(T0), "it is still going out");
        flight.pack(&mut records, &mut [0; 2000]);
        flight.set_rtt(Duration::from_millis(100));
        let deadline = flight.deadline();
        assert!(flight.on_peer_ready(T0 + Duration::from_millis(10)) && flight.is_due());
        flight.set_rtt(Duration::from_millis(100));
        assert_eq!(flight.deadline(), deadline);
        flight.pack(&mut records, &mut [0; 2000]);
        flight.on_answer(T0 + Duration::from_millis(110));
        assert_eq!(flight.rtt(), None, "which of both was answered, nobody can tell");
        assert!(!flight.on_peer_ready(T0 + Duration::from_millis(120)), "nothing waits any more");
    }

    /// RFC 6347 §4.2.4.
    #[test]
    fn a_burst_of_repetitions_is_answered_once() {
        let mut records = Records::new();
        let mut flight = flight();
        flight.pack(&mut records, &mut [0; 2000]);
        assert!(!flight.on_peer_retransmission(T0 + Duration::from_millis(5)), "that is the network");
        let later = T0 + Duration::from_millis(100);
        assert!(flight.on_peer_retransmission(later));
        assert!(!flight.on_peer_retransmission(later));
        flight.pack(&mut records, &mut [0; 2000]);
        assert!(!flight.on_peer_retransmission(later + Duration::from_millis(19)));
        assert!(flight.on_peer_retransmission(later + Duration::from_millis(20)));
    }
}
