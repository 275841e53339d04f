//! Our SCTP against `dcsctp`, the implementation of libwebrtc, in virtual time and with seeded loss.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use base::Instant;
use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use dcsctp::api::{self as theirs, DcSctpSocket, SocketEvent, SocketState, SocketTime};
use sctp::{Association, Config, Event, Message, Ppid, Reason, SendOptions, State, StreamId};

const DELAY: Duration = Duration::from_millis(10);

/// Who takes the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Initiator {
    We,
    They,
    Both,
}

struct Net {
    now: Instant,
    ours: Association,
    theirs: Box<dyn DcSctpSocket>,
    events: Vec<Event>,
    messages: VecDeque<Message>,
    their_events: Vec<String>,
    their_messages: VecDeque<theirs::Message>,
    wire: BTreeMap<(Instant, u64), (bool, Vec<u8>)>,
    count: u64,
    loss_per_mille: u32,
    rng: ChaCha20Rng,
}

impl Net {
    fn new(seed: u64, loss_per_mille: u32) -> Self {
        let options = theirs::Options {
            max_retransmissions: None,
            max_init_retransmits: None,
            max_timer_backoff_duration: Some(Duration::from_secs(3)),
            max_send_buffer_size: 64 << 20,
            per_stream_send_queue_limit: 64 << 20,
            ..theirs::Options::default()
        };
        let rng = ChaCha20Rng::seed_from_u64(seed + 1000);
        Self {
            now: Instant::from_millis(1),
            ours: Association::new(Config::default(), &crypto_rust::PROVIDER, Box::new(rng)).unwrap(),
            theirs: dcsctp::new_socket("peer", &options),
            events: Vec::new(),
            messages: VecDeque::new(),
            their_events: Vec::new(),
            their_messages: VecDeque::new(),
            wire: BTreeMap::new(),
            count: 0,
            loss_per_mille,
            rng: ChaCha20Rng::seed_from_u64(seed),
        }
    }

    fn connected(seed: u64, loss_per_mille: u32, initiator: Initiator) -> Self {
        let mut net = Self::new(seed, loss_per_mille);
        if initiator != Initiator::They {
            net.ours.connect(net.now);
        }
        if initiator != Initiator::We {
            net.theirs.connect();
        }
        net.run_until("connected", |net| {
            net.ours.state() == State::Established && net.theirs.state() == SocketState::Connected
        });
        net.drain();
        net.events.retain(|event| !matches!(event, Event::Negotiated { .. }));
        assert!(matches!(net.events[..], [Event::Connected { .. }]), "{:?}", net.events);
        net.events.clear();
        net.their_events.clear();
        net
    }

    fn put(&mut self, to_us: bool, packet: Vec<u8>) {
        if self.rng.next_u32() % 1000 >= self.loss_per_mille {
            self.count += 1;
            self.wire.insert((self.now + DELAY, self.count), (to_us, packet));
        }
    }

    fn drain(&mut self) {
        let mut buffer = [0; 2048];
        while let Some(len) = self.ours.poll_transmit(self.now, &mut buffer) {
            self.put(false, buffer[..len].to_vec());
        }
        while let Some(message) = self.ours.receive() {
            self.messages.push_back(message);
        }
        while let Some(event) = self.ours.poll_event() {
            self.events.push(event);
        }
        while let Some(event) = self.theirs.poll_event() {
            match event {
                SocketEvent::SendPacket(packet) => self.put(true, packet),
                SocketEvent::OnBufferedAmountLow(_) | SocketEvent::OnTotalBufferedAmountLow() => {}
                other => self.their_events.push(format!("{other:?}")),
            }
        }
        while let Some(message) = self.theirs.get_next_message() {
            self.their_messages.push_back(message);
        }
    }

    fn step(&mut self, end: Instant) -> bool {
        self.drain();
        self.drain();
        let their_timeout = self.theirs.poll_timeout();
        let their_timeout = (their_timeout != SocketTime::infinite_future())
            .then(|| Instant::ZERO + (their_timeout - SocketTime::zero()));
        let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
        let next = [self.ours.poll_timeout(), their_timeout, arrival].into_iter().flatten().min();
        let Some(next) = next.filter(|at| *at <= end) else { return false };
        self.now = self.now.max(next);
        self.theirs.advance_time(SocketTime::zero() + self.now.since(Instant::ZERO));
        self.ours.handle_timeout(self.now);
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (to_us, packet) = entry.remove();
            if to_us {
                let result = self.ours.handle_input(self.now, &packet);
                let over = self.ours.state() == State::Closed;
                assert!(result.is_ok() || over, "a packet of theirs was discarded: {result:?}");
            } else {
                self.theirs.handle_input(&packet);
            }
        }
        true
    }

    fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let end = self.now + Duration::from_secs(1800);
        for _ in 0..5_000_000 {
            if done(self) {
                return;
            }
            assert!(
                self.step(end),
                "came to rest before: {what}; {:?} {:?} {:?} their {} {:?}",
                self.ours.stats(),
                self.events,
                self.messages.len(),
                self.their_messages.len(),
                self.their_events,
            );
        }
        panic!("too many steps before: {what}");
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.step(end) {}
        self.now = end;
    }

    fn send(&mut self, stream: u16, payload: Vec<u8>, options: SendOptions) {
        self.ours.send(self.now, StreamId(stream), Ppid(53), Bytes::from(payload), options).unwrap();
    }

    fn they_send(&mut self, stream: u16, payload: Vec<u8>, options: &theirs::SendOptions) {
        let message = theirs::Message::new(theirs::StreamId(stream), theirs::PpId(53), payload);
        self.theirs.send(message, options).unwrap();
    }
}

fn payload(number: usize) -> Vec<u8> {
    let len = [1, 100, 1160, 1161, 5000, 60_000, 262_144][number % 7];
    let mut bytes: Vec<u8> = (0..len).map(|at| (at * 13 + number) as u8).collect();
    bytes[0] = number as u8;
    bytes
}

fn each_setting(mut test: impl FnMut(u64, u32, Initiator)) {
    for (seed, loss) in [(1, 0), (2, 20), (3, 100), (4, 200)] {
        for initiator in [Initiator::We, Initiator::They, Initiator::Both] {
            eprintln!("seed {seed}, loss {loss} per mille, first step: {initiator:?}");
            test(seed, loss, initiator);
        }
    }
}

#[test]
fn messages_arrive_once_and_in_order_both_ways() {
    each_setting(|seed, loss, initiator| {
        let mut net = Net::connected(seed, loss, initiator);
        const COUNT: usize = 42;
        for number in 0..COUNT {
            let stream = (number % 3) as u16;
            net.send(stream, payload(number), SendOptions::default());
            net.they_send(stream, payload(number), &theirs::SendOptions::default());
        }
        net.run_until("all has arrived", |net| {
            net.messages.len() == COUNT && net.their_messages.len() == COUNT
        });
        let mut next = [0, 1, 2];
        for message in net.messages.drain(..) {
            let next = &mut next[usize::from(message.stream.0)];
            assert!(message.payload == payload(*next), "message {next} differs");
            *next += 3;
        }
        let mut next = [0, 1, 2];
        for message in net.their_messages.drain(..) {
            let next = &mut next[usize::from(message.stream_id.0)];
            assert!(message.payload == payload(*next), "message {next} differs");
            *next += 3;
        }
        net.run(Duration::from_secs(90));
        assert_eq!(net.ours.state(), State::Established);
        assert_eq!(net.ours.stats().dropped, 0);
        assert_eq!(net.their_events, Vec::<String>::new());
    });
}

#[test]
fn messages_with_limited_reliability_never_block_those_after_them() {
    each_setting(|seed, loss, initiator| {
        let mut net = Net::connected(seed, loss, initiator);
        for number in 0..200 {
            let limited = number % 10 != 9;
            let unordered = number % 4 == 1 && limited;
            let retransmits = limited.then_some(0);
            let mut options = SendOptions::default().with_unordered(unordered);
            options.max_retransmits = retransmits;
            net.send(3, vec![number as u8; 3000], options);
            let options =
                theirs::SendOptions { unordered, max_retransmissions: retransmits, ..Default::default() };
            net.they_send(3, vec![number as u8; 3000], &options);
        }
        net.run_until("the last messages have arrived", |net| {
            net.messages.iter().any(|message| message.payload[0] == 199)
                && net.their_messages.iter().any(|message| message.payload[0] == 199)
        });
        let reliable = |numbers: &[u8]| {
            let kept: Vec<u8> = numbers.iter().copied().filter(|number| number % 10 == 9).collect();
            assert_eq!(kept, (0..20).map(|ten| ten * 10 + 9).collect::<Vec<u8>>());
            if loss == 0 {
                assert_eq!(numbers.len(), 200);
            }
        };
        reliable(&net.messages.iter().map(|message| message.payload[0]).collect::<Vec<_>>());
        reliable(&net.their_messages.iter().map(|message| message.payload[0]).collect::<Vec<_>>());
        net.run(Duration::from_secs(60));
        assert_eq!(net.ours.stats().unacknowledged_chunks, 0);
    });
}

#[test]
fn expired_messages_are_skipped() {
    each_setting(|seed, loss, initiator| {
        let mut net = Net::connected(seed, loss, initiator);
        let lifetime = Duration::from_millis(150);
        for number in 0..100 {
            net.send(3, vec![number; 9000], SendOptions::default().with_lifetime(lifetime));
            let options = theirs::SendOptions { lifetime: Some(lifetime), ..Default::default() };
            net.they_send(3, vec![number; 9000], &options);
        }
        net.run(Duration::from_secs(2));
        net.send(3, vec![200; 9000], SendOptions::default());
        net.they_send(3, vec![200; 9000], &theirs::SendOptions::default());
        net.run_until("the reliable message has arrived", |net| {
            net.messages.iter().any(|message| message.payload[0] == 200)
                && net.their_messages.iter().any(|message| message.payload[0] == 200)
        });
        for numbers in [
            net.messages.iter().map(|message| message.payload[0]).collect::<Vec<_>>(),
            net.their_messages.iter().map(|message| message.payload[0]).collect::<Vec<_>>(),
        ] {
            assert!(numbers.is_sorted(), "{numbers:?}");
        }
    });
}

#[test]
fn streams_are_reset_and_used_again() {
    each_setting(|seed, loss, initiator| {
        let mut net = Net::connected(seed, loss, initiator);
        for round in 0..3 {
            for number in 0..6_u8 {
                net.send(1, vec![number; 20_000], SendOptions::default());
                net.they_send(1, vec![number; 20_000], &theirs::SendOptions::default());
            }
            net.send(2, vec![round], SendOptions::default());
            net.ours.reset_streams(net.now, &[StreamId(1)]).unwrap();
            net.run_until("they hear of our reset", |net| {
                net.their_events.iter().any(|event| event.starts_with("OnIncomingStreamReset"))
            });
            assert_eq!(net.their_messages.iter().filter(|message| message.stream_id.0 == 1).count(), 6);
            // A reset of theirs throws away what has not left yet.
            net.run_until("their messages are here", |net| {
                net.messages.iter().filter(|message| message.stream.0 == 1).count() == 6
            });
            net.theirs.reset_streams(&[theirs::StreamId(1)]).unwrap();
            net.run_until("we hear of theirs, and both are done", |net| {
                let reset = |event: &Event| {
                    matches!(event, Event::StreamsReset { streams, .. } if streams == &[StreamId(1)])
                };
                let done = |event: &Event| {
                    matches!(event, Event::ResetDone { streams, .. } if streams == &[StreamId(1)])
                };
                net.events.iter().any(reset)
                    && net.events.iter().any(done)
                    && net.their_events.iter().any(|event| event.starts_with("OnStreamsResetPerformed"))
            });
            assert_eq!(net.messages.iter().filter(|message| message.stream.0 == 1).count(), 6);
            net.events.clear();
            net.their_events.clear();
            net.messages.clear();
            net.their_messages.clear();
        }
    });
}

#[test]
fn a_shutdown_delivers_everything_first_whoever_asks_for_it() {
    each_setting(|seed, loss, initiator| {
        for we_ask in [true, false] {
            let mut net = Net::connected(seed, loss, initiator);
            for number in 0..10 {
                net.send(1, payload(number), SendOptions::default());
                net.they_send(1, payload(number), &theirs::SendOptions::default());
            }
            if we_ask {
                net.ours.shutdown(net.now);
            } else {
                // Theirs waits for what is in flight, not for what is queued.
                net.run_until("their messages are here", |net| net.messages.len() == 10);
                net.send(1, payload(6), SendOptions::default());
                net.theirs.shutdown();
            }
            net.run_until("both are closed", |net| {
                net.ours.state() == State::Closed && net.theirs.state() == SocketState::Closed
            });
            net.drain();
            let sent = if we_ask { 10 } else { 11 };
            assert_eq!(
                net.their_messages.len(),
                sent,
                "we ask: {we_ask}, {:?} {:?} {:?}",
                net.events,
                net.their_events,
                net.ours.stats()
            );
            assert_eq!(net.events.last(), Some(&Event::Closed(Reason::Shutdown)));
        }
    });
}

#[test]
fn an_abort_ends_the_other_side() {
    let mut net = Net::connected(1, 0, Initiator::We);
    net.ours.abort(net.now, "enough");
    net.run_until("they are closed", |net| net.theirs.state() == SocketState::Closed);
    net.drain();
    assert!(net.their_events.iter().any(|event| event.contains("enough")), "{:?}", net.their_events);

    let mut net = Net::connected(1, 0, Initiator::We);
    net.theirs.close();
    net.run_until("we are closed", |net| net.ours.state() == State::Closed);
    net.drain();
    assert!(matches!(net.events[..], [Event::Closed(Reason::AbortedByPeer { .. })]), "{:?}", net.events);
}

#[test]
fn a_reader_that_stops_and_goes_on_gets_everything() {
    let mut net = Net::connected(5, 0, Initiator::We);
    for number in 0..200_u8 {
        net.they_send(1, vec![number; 40_000], &theirs::SendOptions::default());
    }
    // Five seconds in which nobody reads: the window of 2 MiB closes before the 8 MB have come.
    let end = net.now + Duration::from_secs(5);
    let mut buffer = [0; 2048];
    while net.now < end {
        while let Some(len) = net.ours.poll_transmit(net.now, &mut buffer) {
            net.put(false, buffer[..len].to_vec());
        }
        while let Some(event) = net.theirs.poll_event() {
            if let SocketEvent::SendPacket(packet) = event {
                net.put(true, packet);
            }
        }
        net.now = net.now + Duration::from_millis(1);
        net.theirs.advance_time(SocketTime::zero() + net.now.since(Instant::ZERO));
        net.ours.handle_timeout(net.now);
        while let Some(entry) = net.wire.first_entry().filter(|entry| entry.key().0 <= net.now) {
            let (to_us, packet) = entry.remove();
            if to_us {
                net.ours.handle_input(net.now, &packet).unwrap();
            } else {
                net.theirs.handle_input(&packet);
            }
        }
    }
    assert!(net.ours.stats().receive_window < 2000, "{:?}", net.ours.stats());
    let before = net.now;
    net.run_until("all has arrived", |net| net.messages.len() == 200);
    assert!(net.messages.iter().enumerate().all(|(at, message)| message.payload[0] == at as u8));
    assert!(net.now.since(before) < Duration::from_secs(60), "it took {:?}", net.now.since(before));
}
