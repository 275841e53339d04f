//! Our SCTP against `usrsctp` in a process of its own, over loopback, with seeded loss on our side.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant as Clock};

use base::Instant;
use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sctp::{Association, Config, Event, Message, Ppid, Reason, SendOptions, State, StreamId};

const ECHO: Ppid = Ppid(53);
const ECHO_WITHOUT_RETRANSMISSION: Ppid = Ppid(54);
const ECHO_WITH_LIFETIME: Ppid = Ppid(55);
const ABORT: Ppid = Ppid(98);
const SHUT_DOWN: Ppid = Ppid(99);

/// The peer's program, compiled once; `None` if the library is not there.
fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM
        .get_or_init(|| {
            let source = concat!(env!("CARGO_MANIFEST_DIR"), "/usrsctp/peer.c");
            let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("usrsctp-peer");
            let present = Command::new("cc")
                .args(["-x", "c", "-E", "-", "-include", "usrsctp.h"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success());
            if !present {
                let how = "skipped: usrsctp is missing; `apt-get install libusrsctp-dev gcc` brings it";
                assert!(std::env::var("CI").as_deref() != Ok("true"), "{how}");
                eprintln!("{how}");
                return None;
            }
            let status = Command::new("cc")
                .args(["-O1", "-Wall", "-Wextra", "-pthread", source, "-lusrsctp", "-o"])
                .arg(&program)
                .status()
                .unwrap();
            assert!(status.success(), "the peer does not compile");
            Some(program)
        })
        .as_deref()
}

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Our end, and the process that is the other.
struct Link {
    _peer: Peer,
    socket: UdpSocket,
    began: Clock,
    association: Association,
    events: Vec<Event>,
    messages: Vec<Message>,
    loss_per_mille: u32,
    rng: ChaCha20Rng,
}

impl Link {
    fn new(program: &Path, peer_connects: bool, seed: u64, loss_per_mille: u32) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port().to_string();
        let mut child = Command::new(program)
            .args([port.as_str(), if peer_connects { "connect" } else { "listen" }])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 = line.trim().strip_prefix("port ").unwrap().parse().unwrap();
        socket.connect(("127.0.0.1", port)).unwrap();
        let rng = ChaCha20Rng::seed_from_u64(seed);
        Self {
            _peer: Peer(child),
            socket,
            began: Clock::now(),
            association: Association::new(Config::default(), &crypto_rust::PROVIDER, Box::new(rng)).unwrap(),
            events: Vec::new(),
            messages: Vec::new(),
            loss_per_mille,
            rng: ChaCha20Rng::seed_from_u64(seed + 1),
        }
    }

    fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.began.elapsed().as_nanos()).unwrap())
    }

    fn is_lost(&mut self) -> bool {
        self.rng.next_u32() % 1000 < self.loss_per_mille
    }

    fn step(&mut self) {
        let mut buffer = [0; 65536];
        let now = self.now();
        self.association.handle_timeout(now);
        while let Some(len) = self.association.poll_transmit(now, &mut buffer) {
            if !self.is_lost() {
                let _ = self.socket.send(&buffer[..len]);
            }
        }
        while let Some(message) = self.association.receive() {
            self.messages.push(message);
        }
        while let Some(event) = self.association.poll_event() {
            self.events.push(event);
        }
        self.socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        if let Ok(len) = self.socket.recv(&mut buffer)
            && !self.is_lost()
        {
            let now = self.now();
            let result = self.association.handle_input(now, &buffer[..len]);
            let over = self.association.state() == State::Closed;
            assert!(result.is_ok() || over, "a packet of theirs was discarded: {result:?}");
        }
    }

    fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let end = Clock::now() + Duration::from_secs(40);
        while !done(self) {
            assert!(Clock::now() < end, "too late: {what}; {:?} {:?}", self.association, self.events);
            self.step();
        }
    }

    fn send(&mut self, stream: u16, ppid: Ppid, payload: Vec<u8>, unordered: bool) {
        let options = SendOptions::default().with_unordered(unordered);
        let now = self.now();
        self.association.send(now, StreamId(stream), ppid, Bytes::from(payload), options).unwrap();
    }

    fn is_open(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Connected { .. }))
    }
}

/// Runs a test with each side, and with both, taking the first step.
fn each_way(loss_per_mille: u32, test: impl Fn(&mut Link)) {
    let Some(program) = program() else { return };
    for (seed, (we, they)) in [(true, false), (false, true), (true, true)].into_iter().enumerate() {
        eprintln!("we connect: {we}, they connect: {they}, loss {loss_per_mille} per mille");
        let mut link = Link::new(program, they, seed as u64 + 7, loss_per_mille);
        if we {
            let now = link.now();
            link.association.connect(now);
        }
        link.run_until("connected", Link::is_open);
        test(&mut link);
    }
}

fn payload(number: usize) -> Vec<u8> {
    let len = [1, 100, 1160, 1161, 5000, 60_000, 250_000][number % 7];
    (0..len).map(|at| (at * 13 + number) as u8).collect()
}

fn echoes_come_back(link: &mut Link, count: usize) {
    for number in 0..count {
        link.send((number % 3) as u16, ECHO, payload(number), false);
    }
    link.run_until("all echoes are back", |link| link.messages.len() == count);
    let mut next = [0, 1, 2];
    for message in link.messages.drain(..) {
        let next = &mut next[usize::from(message.stream.0)];
        let sent = payload(*next);
        let first = sent.iter().zip(&message.payload).position(|(a, b)| a != b);
        assert!(
            message.payload == sent,
            "message {next} of {} bytes came back with {}, and the first that differs is {first:?}",
            sent.len(),
            message.payload.len()
        );
        assert!(!message.unordered);
        *next += 3;
    }
    assert_eq!(link.association.stats().dropped, 0);
}

#[test]
fn messages_of_all_sizes_are_echoed() {
    each_way(0, |link| echoes_come_back(link, 70));
}

#[test]
fn messages_are_echoed_whole_and_in_order_when_packets_are_lost() {
    each_way(30, |link| echoes_come_back(link, 21));
}

#[test]
fn unordered_messages_are_echoed_as_such() {
    each_way(0, |link| {
        for number in 0..100 {
            link.send(5, ECHO, vec![number; 2000], true);
        }
        link.run_until("all echoes are back", |link| link.messages.len() == 100);
        assert!(link.messages.iter().all(|message| message.unordered));
    });
}

#[test]
fn echoes_with_limited_reliability_are_skipped_when_lost() {
    each_way(100, |link| {
        for number in 0..60_u8 {
            let ppid = if number % 2 == 0 { ECHO_WITHOUT_RETRANSMISSION } else { ECHO_WITH_LIFETIME };
            link.send(2, ppid, vec![number; 3000], false);
        }
        link.send(2, ECHO, vec![200; 3000], false);
        link.run_until("the reliable echo is back", |link| {
            link.messages.iter().any(|message| message.payload[0] == 200)
        });
        let numbers: Vec<u8> = link.messages.iter().map(|message| message.payload[0]).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
    });
}

#[test]
fn our_lost_messages_are_skipped_by_them() {
    each_way(100, |link| {
        for number in 0..60_u8 {
            let now = link.now();
            let options = if number % 2 == 0 {
                SendOptions::default().with_max_retransmits(0)
            } else {
                SendOptions::default().with_lifetime(Duration::from_millis(20))
            };
            let payload = Bytes::from(vec![number; 3000]);
            link.association.send(now, StreamId(2), ECHO, payload, options).unwrap();
        }
        link.send(2, ECHO, vec![200; 3000], false);
        link.run_until("the reliable echo is back", |link| {
            link.messages.iter().any(|message| message.payload[0] == 200)
        });
        let numbers: Vec<u8> = link.messages.iter().map(|message| message.payload[0]).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        assert!(link.association.stats().abandoned > 0);
    });
}

#[test]
fn a_reset_of_ours_is_answered_by_theirs_and_the_stream_begins_anew() {
    each_way(20, |link| {
        for round in 0..3_u8 {
            for number in 0..10 {
                link.send(4, ECHO, vec![round * 16 + number; 4000], false);
            }
            link.run_until("all echoes are back", |link| link.messages.len() == 10);
            link.messages.clear();
            let now = link.now();
            link.association.reset_streams(now, &[StreamId(4)]).unwrap();
            link.run_until("both directions are reset", |link| {
                let reset = |event: &Event| {
                    matches!(event, Event::StreamsReset { streams, .. } if streams == &[StreamId(4)])
                };
                let done = |event: &Event| {
                    matches!(event, Event::ResetDone { streams, .. } if streams == &[StreamId(4)])
                };
                link.events.iter().any(reset) && link.events.iter().any(done)
            });
            link.events.clear();
        }
    });
}

#[test]
fn a_shutdown_of_either_side_ends_both() {
    for theirs in [false, true] {
        each_way(20, |link| {
            for number in 0..5 {
                link.send(1, ECHO, payload(number), false);
            }
            link.run_until("all echoes are back", |link| link.messages.len() == 5);
            if theirs {
                link.send(1, SHUT_DOWN, vec![0], false);
            } else {
                let now = link.now();
                link.association.shutdown(now);
            }
            link.run_until("the end", |link| link.events.last() == Some(&Event::Closed(Reason::Shutdown)));
        });
    }
}

#[test]
fn an_abort_of_theirs_ends_ours() {
    each_way(0, |link| {
        link.send(1, ABORT, vec![0], false);
        link.run_until("the end", |link| {
            matches!(link.events.last(), Some(Event::Closed(Reason::AbortedByPeer { .. })))
        });
    });
}
