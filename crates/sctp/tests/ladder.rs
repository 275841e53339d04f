//! The figures of RFC 9260, rung by rung: setting up, at once and again, losing packets, and ending.

use std::time::Duration;

use sctp::{CauseCode, Config, ConfigError, Event, Reason, State, StreamId};

use crate::support::ladder::{self, A, Ladder, MS, Z, association, chunk, names, packet, seal, tag};

/// RFC 9260 §3.3.2, §6.2, §6.3.1.
#[test]
fn a_configuration_that_breaks_a_limit_is_refused_with_the_limit() {
    let refused = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        config.check().err()
    };
    assert_eq!(refused(|_| ()), None);
    for (change, limit) in [
        (|c| c.max_packet_size = 255, ConfigError::PacketSize),
        (|c| c.max_packet_size = 65_533, ConfigError::PacketSize),
        (|c| c.outgoing_streams = 0, ConfigError::Streams),
        (|c| c.incoming_streams = 0, ConfigError::Streams),
        (|c| c.max_message_size = 0, ConfigError::ReceiveWindow),
        (|c| c.receive_window = c.max_message_size, ConfigError::ReceiveWindow),
        (|c| (c.max_message_size, c.receive_window) = (100, 1499), ConfigError::ReceiveWindow),
        (|c| c.rto_initial = Duration::ZERO, ConfigError::Timers),
        (|c| c.rto_min = Duration::ZERO, ConfigError::Timers),
        (|c| c.rto_max = c.rto_min - MS, ConfigError::Timers),
        (|c| c.sack_delay = 501 * MS, ConfigError::Timers),
        (|c| c.heartbeat_interval = Some(Duration::ZERO), ConfigError::Timers),
        (|c| c.initial_window_packets = 0, ConfigError::Congestion),
    ] as [(fn(&mut Config), ConfigError); 13]
    {
        assert_eq!(refused(change), Some(limit));
    }
    // Where there are numbers that no window can be.
    if let Ok(more) = usize::try_from(1_u64 << 32) {
        let mut config = Config::default();
        config.receive_window = more;
        assert_eq!(config.check(), Err(ConfigError::ReceiveWindow));
    }
}

/// RFC 9260 §5.1.6, figure 3.
#[test]
fn four_packets_set_an_association_up_and_the_last_two_may_carry_data() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.say(A, 0, b"first");
    assert_eq!(ladder.rung(A), ["INIT"]);
    assert_eq!(ladder.ends[A].state(), State::CookieWait);
    assert_eq!(ladder.rung(Z), ["INIT ACK"]);
    assert_eq!(ladder.ends[Z].state(), State::Closed, "Z keeps nothing before the cookie comes back");
    assert_eq!(ladder.ends[Z].poll_timeout(), None);
    assert_eq!(ladder.ends[A].state(), State::CookieEchoed);
    assert_eq!(ladder.rung(A), ["COOKIE ECHO, DATA"]);
    assert_eq!(ladder.ends[Z].state(), State::Established);
    ladder.say(Z, 0, b"second");
    assert_eq!(ladder.rung(Z), ["COOKIE ACK, SACK, DATA"]);
    assert_eq!(ladder.ends[A].state(), State::Established);
    assert_eq!(ladder.rung(A), ["SACK"]);
    assert_eq!((ladder.heard(Z), ladder.heard(A)), (vec![b"first".to_vec()], vec![b"second".to_vec()]));
}

/// RFC 9260 §5.1.1.
#[test]
fn each_side_gets_the_streams_that_the_other_allows() {
    let (mut a, mut z) = (Config::default(), Config::default());
    (a.outgoing_streams, a.incoming_streams) = (10, 300);
    (z.outgoing_streams, z.incoming_streams) = (400, 7);
    let mut ladder = Ladder::new(&a, &z);
    ladder.ends[A].connect(ladder.now);
    ladder.exchange();
    for (end, outgoing, incoming) in [(A, 7, 300), (Z, 300, 7)] {
        let found = (ladder.ends[end].outgoing_streams(), ladder.ends[end].incoming_streams());
        assert_eq!(found, (outgoing, incoming));
    }
}

/// RFC 9260 §5.2.1: both ends open, and the two attempts become one association.
#[test]
fn two_ends_that_connect_at_once_become_one_association() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    let now = ladder.now;
    ladder.ends.iter_mut().for_each(|end| end.connect(now));
    ladder.say(A, 0, b"from A");
    ladder.say(Z, 0, b"from Z");
    for expected in ["INIT", "INIT ACK", "COOKIE ECHO, DATA"] {
        let crossing = [ladder.packet(A), ladder.packet(Z)];
        assert_eq!([names(&crossing[A]), names(&crossing[Z])], [expected, expected]);
        ladder.deliver(Z, &crossing[A]);
        ladder.deliver(A, &crossing[Z]);
    }
    ladder.exchange();
    for (end, heard) in [(A, "from Z"), (Z, "from A")] {
        assert_eq!(ladder.ends[end].state(), State::Established);
        assert!(matches!(ladder.events(end)[..], [Event::Connected { .. }, ..]));
        assert_eq!(ladder.heard(end), [heard.as_bytes()]);
    }
}

/// RFC 9260 §5.2.1: T1 runs on, from there.
#[test]
fn an_end_that_has_answered_an_init_lets_the_cookie_come_back_before_it_repeats_its_own() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].set_round_trip(100 * MS);
    ladder.ends[A].connect(ladder.now);
    assert_eq!(ladder.lost(A), ["INIT"]);
    ladder.pass(150 * MS);
    ladder.ends[Z].connect(ladder.now);
    assert_eq!(ladder.rung(Z), ["INIT"]);
    assert_eq!(ladder.lost(A), ["INIT ACK"]);
    assert_eq!(ladder.wait(A), 200 * MS);
    assert_eq!(ladder.rung(A), ["INIT"]);
    ladder.exchange();
    assert_eq!(ladder.ends[A].state(), State::Established);
}

/// RFC 9260 §5.2.2.
#[test]
fn an_end_that_connects_after_its_peer_did_joins_it() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    assert_eq!(ladder.rung(A), ["INIT"]);
    ladder.ends[Z].connect(ladder.now);
    ladder.exchange();
    for end in [A, Z] {
        assert_eq!(ladder.ends[end].state(), State::Established);
        assert_eq!(ladder.events(end).len(), 1);
    }
    ladder.say(A, 0, b"joined");
    ladder.exchange();
    assert_eq!(ladder.heard(Z), [b"joined"]);
}

/// T1-init (RFC 9260 §5.1, A): doubled each time, up to the cap.
#[test]
fn a_lost_init_is_sent_again_with_growing_pauses() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let mut pauses = Vec::new();
    for _ in 0..5 {
        assert_eq!(ladder.lost(A), ["INIT"]);
        pauses.push(ladder.wait(A).as_millis());
    }
    assert_eq!(pauses, [1000, 2000, 3000, 3000, 3000]);
    ladder.exchange();
    assert_eq!(ladder.ends[A].state(), State::Established);
}

/// T1-cookie (RFC 9260 §5.1, C).
#[test]
fn a_lost_cookie_echo_or_ack_is_made_up_for() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.say(A, 0, b"with the cookie");
    ladder.rung(A);
    ladder.rung(Z);
    assert_eq!(ladder.lost(A), ["COOKIE ECHO, DATA"]);
    ladder.wait(A);
    assert_eq!(ladder.rung(A), ["COOKIE ECHO, DATA"]);
    assert_eq!(ladder.lost(Z), ["COOKIE ACK, SACK"]);
    ladder.wait(A);
    assert_eq!(ladder.rung(A), ["COOKIE ECHO, DATA"]);
    assert_eq!(ladder.rung(Z), ["COOKIE ACK, SACK"]);
    assert_eq!(ladder.ends[A].state(), State::Established);
    assert_eq!(ladder.heard(Z), [b"with the cookie"], "once");
    assert_eq!(ladder.events(Z).len(), 1);
}

/// What the user learns with the INIT ACK is early enough for data to go with the cookie.
#[test]
fn the_limits_are_known_before_the_cookie_goes_out() {
    let mut config = Config::default();
    config.incoming_streams = 7;
    let mut ladder = Ladder::new(&Config::default(), &config);
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    let negotiated = ladder.ends[A].poll_event();
    assert!(
        matches!(negotiated, Some(Event::Negotiated { outgoing_streams: 7, incoming_streams: u16::MAX, .. })),
        "{negotiated:?}"
    );
    ladder.say(A, 6, b"early");
    assert_eq!(ladder.rung(A), ["COOKIE ECHO, DATA"]);
    assert!(matches!(ladder.ends[Z].poll_event(), Some(Event::Connected { .. })), "Z only answers");
    assert_eq!(ladder.heard(Z), [b"early"]);
}

/// RFC 9260 §6.3.1: where another layer has measured the path, lost chunks of the set-up follow at its pace.
#[test]
fn a_round_trip_that_is_known_sets_the_pace_of_setting_up() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].set_round_trip(40 * MS);
    ladder.ends[A].connect(ladder.now);
    assert_eq!(ladder.lost(A), ["INIT"]);
    assert_eq!(ladder.wait(A), 80 * MS);
    assert_eq!(ladder.rung(A), ["INIT"]);
    ladder.rung(Z);
    assert_eq!(ladder.lost(A), ["COOKIE ECHO"]);
    assert_eq!(ladder.wait(A), 80 * MS);
    ladder.ends[A].set_round_trip(300 * MS);
    assert_eq!(ladder.lost(A), ["COOKIE ECHO"]);
    assert_eq!(ladder.wait(A), 80 * MS, "only the first one counts");
}

/// COOKIE ACK and the data with it are lost: the cookie that comes again shows it, long before T3-rtx.
#[test]
fn data_that_went_with_a_lost_cookie_ack_goes_with_the_next_one() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].set_round_trip(40 * MS);
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    assert_eq!(ladder.rung(A), ["COOKIE ECHO"]);
    ladder.say(Z, 0, b"at once");
    assert_eq!(ladder.lost(Z), ["COOKIE ACK, DATA"]);
    ladder.wait(A);
    assert_eq!(ladder.rung(A), ["COOKIE ECHO"]);
    assert_eq!(ladder.rung(Z), ["COOKIE ACK, DATA"]);
    assert_eq!(ladder.heard(A), [b"at once"]);
    ladder.pass(300 * MS);
    ladder.exchange();
    assert_eq!(ladder.ends[A].state(), State::Established);
    // Once something is acknowledged, a stray cookie repeats nothing.
    ladder.say(Z, 0, b"later");
    assert_eq!(ladder.rung(Z), ["DATA"]);
}

/// Both connect, and one cookie is lost with its data: the other one's makes the association, and the timer of the lost
/// one goes on for the data.
#[test]
fn data_that_went_with_a_lost_cookie_is_sent_at_the_pace_of_setting_up() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    let now = ladder.now;
    ladder.say(A, 0, b"early");
    for end in &mut ladder.ends {
        end.set_round_trip(40 * MS);
        end.connect(now);
    }
    for _ in ["INIT", "INIT ACK"] {
        let crossing = [ladder.packet(A), ladder.packet(Z)];
        ladder.deliver(Z, &crossing[A]);
        ladder.deliver(A, &crossing[Z]);
    }
    assert_eq!(ladder.lost(A), ["COOKIE ECHO, DATA"]);
    assert_eq!(ladder.rung(Z), ["COOKIE ECHO"]);
    assert_eq!(ladder.ends[A].state(), State::Established);
    assert_eq!(ladder.rung(A), ["COOKIE ACK"]);
    assert_eq!(ladder.wait(A), 80 * MS);
    assert_eq!(ladder.rung(A), ["DATA"]);
    assert_eq!(ladder.heard(Z), [b"early"]);
}

/// RFC 9260 §16.
#[test]
fn setting_up_ends_after_the_configured_number_of_attempts() {
    let mut config = Config::default();
    config.max_init_retransmissions = Some(3);
    let mut ladder = Ladder::new(&config, &config);
    ladder.ends[A].connect(ladder.now);
    for _ in 0..4 {
        assert_eq!(ladder.lost(A), ["INIT"]);
        ladder.wait(A);
    }
    assert_eq!(ladder.lost(A), [""; 0]);
    assert_eq!(ladder.events(A), [Event::Closed(Reason::Unreachable)]);
    assert_eq!((ladder.ends[A].state(), ladder.ends[A].poll_timeout()), (State::Closed, None));
}

/// RFC 9260 §5.2.6.
#[test]
fn a_stale_cookie_is_answered_by_a_new_attempt() {
    let mut config = Config::default();
    config.cookie_lifetime = Duration::from_secs(1);
    let mut ladder = Ladder::new(&config, &config);
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    ladder.lost(A);
    ladder.pass(Duration::from_millis(1500));
    assert_eq!(ladder.rung(A), ["COOKIE ECHO"]);
    assert_eq!(ladder.ends[Z].state(), State::Closed);
    assert_eq!(ladder.rung(Z), ["ERROR"]);
    assert_eq!(ladder.rung(A), ["INIT"]);
    ladder.exchange();
    assert_eq!(ladder.ends[Z].state(), State::Established);
}

/// RFC 9260 §5.2.4, action A.
#[test]
fn a_peer_that_lost_its_state_sets_the_association_up_anew() {
    let mut ladder = Ladder::plain();
    for _ in 0..5 {
        ladder.say(A, 3, b"before");
    }
    ladder.exchange();
    ladder.heard(Z);
    ladder.say(Z, 3, b"never to arrive");
    ladder.lost(Z);
    ladder.ends[A] = association(&Config::default(), 99);
    ladder.ends[A].connect(ladder.now);
    ladder.say(A, 3, b"after");
    ladder.exchange();
    assert!(matches!(ladder.events(Z)[..], [Event::Restarted { outgoing_streams: 65_535, .. }]));
    assert_eq!(ladder.heard(Z), [b"after"], "its sequence numbers begin anew");
    ladder.say(Z, 3, b"answer");
    ladder.exchange();
    assert_eq!(ladder.heard(A), [b"answer"]);
    assert_eq!(ladder.ends[Z].stats().in_flight, 0);
}

/// RFC 9260 §5.2.4, action A: what came before belongs to what was before.
#[test]
fn a_restart_is_told_behind_the_messages_before_it_and_ahead_of_those_behind_it() {
    let mut ladder = Ladder::plain();
    ladder.say(A, 3, b"before");
    ladder.exchange();
    ladder.ends[A] = association(&Config::default(), 99);
    ladder.ends[A].connect(ladder.now);
    ladder.say(A, 3, b"after");
    ladder.exchange();
    assert_eq!(ladder.events(Z), []);
    assert_eq!(ladder.ends[Z].receive().unwrap().payload, &b"before"[..]);
    assert!(matches!(ladder.events(Z)[..], [Event::Restarted { .. }]));
    assert_eq!(ladder.heard(Z), [b"after"]);
}

/// RFC 9260 §9.2.
#[test]
fn three_packets_shut_an_association_down() {
    let mut ladder = Ladder::plain();
    ladder.ends[A].shutdown(ladder.now);
    assert_eq!(ladder.rung(A), ["SHUTDOWN"]);
    assert_eq!(
        (ladder.ends[A].state(), ladder.ends[Z].state()),
        (State::ShutdownSent, State::ShutdownAckSent)
    );
    assert_eq!(ladder.rung(Z), ["SHUTDOWN ACK"]);
    assert_eq!(ladder.rung(A), ["SHUTDOWN COMPLETE"]);
    for end in [A, Z] {
        assert_eq!(ladder.events(end), [Event::Closed(Reason::Shutdown)]);
        assert_eq!((ladder.ends[end].state(), ladder.ends[end].poll_timeout()), (State::Closed, None));
    }
}

/// RFC 9260 §9.2.
#[test]
fn a_shutdown_waits_for_what_both_sides_have_sent() {
    let mut ladder = Ladder::plain();
    ladder.say(A, 0, b"from A");
    ladder.say(Z, 0, &[7; 5000]);
    let from_z = ladder.packets(Z);
    ladder.ends[A].shutdown(ladder.now);
    assert_eq!(ladder.ends[A].state(), State::ShutdownPending);
    let refused =
        ladder.ends[A].send(ladder.now, StreamId(0), sctp::Ppid(51), "late".into(), Default::default());
    let refused = refused.unwrap_err();
    assert_eq!((refused.error, &*refused.payload), (sctp::SendError::Closed, &b"late"[..]));
    assert_eq!(ladder.rung(A), ["DATA"]);
    ladder.pass(200 * MS);
    // Z's own data is still under way when the SHUTDOWN arrives.
    assert_eq!(ladder.rung(Z), ["SACK"]);
    assert_eq!(ladder.rung(A), ["SHUTDOWN"]);
    assert_eq!(ladder.ends[Z].state(), State::ShutdownReceived);
    from_z.iter().for_each(|packet| ladder.deliver(A, packet));
    ladder.exchange();
    assert_eq!((ladder.heard(Z), ladder.heard(A)), (vec![b"from A".to_vec()], vec![vec![7; 5000]]));
    for end in [A, Z] {
        assert_eq!(ladder.events(end).last(), Some(&Event::Closed(Reason::Shutdown)));
    }
}

/// RFC 9260 §9.2.
#[test]
fn both_sides_may_shut_down_at_once() {
    let mut ladder = Ladder::plain();
    let now = ladder.now;
    ladder.ends.iter_mut().for_each(|end| end.shutdown(now));
    let crossing = [ladder.packet(A), ladder.packet(Z)];
    assert_eq!([names(&crossing[A]), names(&crossing[Z])], ["SHUTDOWN", "SHUTDOWN"]);
    ladder.deliver(Z, &crossing[A]);
    ladder.deliver(A, &crossing[Z]);
    ladder.exchange();
    for end in [A, Z] {
        assert_eq!(ladder.events(end), [Event::Closed(Reason::Shutdown)]);
    }
}

/// RFC 9260 §9.2: T2-shutdown.
#[test]
fn a_lost_shutdown_or_its_answer_is_sent_again() {
    let mut ladder = Ladder::plain();
    ladder.ends[A].shutdown(ladder.now);
    assert_eq!(ladder.lost(A), ["SHUTDOWN"]);
    ladder.wait(A);
    assert_eq!(ladder.rung(A), ["SHUTDOWN"]);
    assert_eq!(ladder.lost(Z), ["SHUTDOWN ACK"]);
    ladder.wait(Z);
    assert_eq!(ladder.rung(Z), ["SHUTDOWN ACK"]);
    assert_eq!(ladder.lost(A), ["SHUTDOWN COMPLETE"]);
    assert_eq!(ladder.ends[A].state(), State::Closed);
    // Z knows nothing of that and asks again. A has no association any more (RFC 9260 §8.4, rule 5).
    ladder.wait(Z);
    assert_eq!(ladder.rung(Z), ["SHUTDOWN ACK"]);
    let complete = ladder.packet(A);
    assert_eq!((names(&complete).as_str(), chunk(&complete, 14).flags), ("SHUTDOWN COMPLETE", 1));
    ladder.deliver(Z, &complete);
    assert_eq!(ladder.events(Z), [Event::Closed(Reason::Shutdown)]);
}

/// RFC 9260 §9.2: T5-shutdown-guard.
#[test]
fn a_shutdown_that_nobody_answers_ends_with_an_abort() {
    let mut ladder = Ladder::plain();
    ladder.ends[A].shutdown(ladder.now);
    let begin = ladder.now;
    let mut last = Vec::new();
    while ladder.ends[A].state() != State::Closed {
        last = ladder.lost(A);
        ladder.wait(A);
        assert!(ladder.now.since(begin) <= Duration::from_secs(300), "five times RTO.Max");
    }
    assert_eq!(last, ["SHUTDOWN"]);
    assert_eq!(ladder.rung(A), ["ABORT"]);
    assert_eq!(ladder.events(A), [Event::Closed(Reason::Unreachable)]);
    assert!(matches!(ladder.events(Z)[..], [Event::Closed(Reason::AbortedByPeer { .. })]));
}

/// RFC 9260 §9.1.
#[test]
fn an_abort_ends_both_sides_at_once_and_tells_why() {
    let mut ladder = Ladder::plain();
    ladder.say(A, 0, b"lost with it");
    ladder.ends[A].abort(ladder.now, "enough");
    assert_eq!(ladder.rung(A), ["ABORT"]);
    assert_eq!(ladder.events(A), [Event::Closed(Reason::Aborted)]);
    match &ladder.events(Z)[..] {
        [Event::Closed(Reason::AbortedByPeer { cause, text, .. })] => {
            assert_eq!(*cause, Some(CauseCode::USER_INITIATED_ABORT));
            assert_eq!(&text[..], b"enough");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ladder.rung(Z), [""; 0], "nobody answers an ABORT");
}

/// RFC 9260 §8.4, rule 8: what belongs to no association is answered by an ABORT that shows its own tag.
#[test]
fn an_end_without_an_association_says_so() {
    let mut ladder = Ladder::plain();
    ladder.say(A, 0, b"hello?");
    let data = ladder.packet(A);
    ladder.ends[Z] = association(&Config::default(), 50);
    ladder.deliver(Z, &data);
    let abort = ladder.packet(Z);
    assert_eq!((names(&abort).as_str(), chunk(&abort, 6).flags, tag(&abort)), ("ABORT", 1, tag(&data)));
    ladder.deliver(A, &abort);
    assert!(matches!(ladder.events(A)[..], [Event::Closed(Reason::AbortedByPeer { cause: None, .. })]));
}

/// RFC 9260 §8.3.
#[test]
fn a_silent_path_is_probed_and_the_answer_measures_it() {
    let mut quiet = Config::default();
    quiet.heartbeat_interval = None;
    let mut ladder = Ladder::established(&Config::default(), &quiet);
    let waited = ladder.wait(A);
    assert!(waited >= Duration::from_secs(30) && waited < Duration::from_secs(32), "{waited:?}");
    assert_eq!(ladder.lost(Z), [""; 0]);
    let probe = ladder.packet(A);
    assert_eq!(names(&probe), "HEARTBEAT");
    ladder.pass(25 * MS);
    ladder.deliver(Z, &probe);
    let answer = ladder.packet(Z);
    assert_eq!(
        (names(&answer).as_str(), &chunk(&answer, 5).value),
        ("HEARTBEAT ACK", &chunk(&probe, 4).value)
    );
    ladder.pass(25 * MS);
    ladder.deliver(A, &answer);
    assert!(ladder.ends[A].stats().smoothed_round_trip_time.is_some());
}

/// RFC 9260 §8.3: what a probe carries comes back as the peer likes. It can be recognised, and says nothing of the time.
#[test]
fn an_answer_that_the_peer_has_changed_measures_nothing() {
    let mut quiet = Config::default();
    quiet.heartbeat_interval = None;
    let mut len = 1;
    for at in 0.. {
        if at == len {
            return;
        }
        let mut ladder = Ladder::established(&Config::default(), &quiet);
        ladder.wait(A);
        ladder.rung(A);
        let mut answer = ladder.packet(Z);
        len = chunk(&answer, 5).value.len();
        answer[16 + at] ^= 0x55;
        seal(&mut answer);
        ladder.pass(25 * MS);
        ladder.deliver(A, &answer);
        assert_eq!(ladder.ends[A].stats().smoothed_round_trip_time, None, "byte {at}");
    }
}

/// RFC 9260 §8.1.
#[test]
fn a_peer_that_answers_no_probe_is_unreachable_if_there_is_a_limit() {
    let mut config = Config::default();
    config.max_retransmissions = Some(2);
    let mut ladder = Ladder::established(&config, &Config::default());
    let mut probes = 0;
    while ladder.ends[A].state() == State::Established {
        ladder.wait(A);
        probes += ladder.lost(A).len();
        assert!(probes < 10);
    }
    assert_eq!(ladder.events(A), [Event::Closed(Reason::Unreachable)]);
    assert_eq!(probes, 3);
}

/// RFC 9260 §3.2: the high bits of an unknown type say what to do.
#[test]
fn unknown_chunks_are_skipped_or_stop_their_packet_and_are_reported_if_asked() {
    for (kind, goes_on, reported) in
        [(0x3d, false, false), (0x7d, false, true), (0xbd, true, false), (0xfd, true, true)]
    {
        let mut ladder = Ladder::plain();
        ladder.say(A, 0, b"behind it");
        let data = ladder.packet(A);
        let unknown = ladder::Chunk::new(kind, 3, b"what");
        ladder.deliver(Z, &packet(tag(&data), &[unknown, chunk(&data, 0)]));
        assert_eq!(ladder.heard(Z).len(), usize::from(goes_on), "{kind:#x}");
        ladder.pass(200 * MS);
        let answers: Vec<_> = ladder.packets(Z).iter().flat_map(|packet| ladder::chunks(packet)).collect();
        let errors: Vec<_> = answers.iter().filter(|chunk| chunk.kind == 9).collect();
        assert_eq!(errors.len(), usize::from(reported), "{kind:#x}");
        if let [error] = errors[..] {
            assert_eq!((error.u16(0), error.value[4]), (CauseCode::UNRECOGNIZED_CHUNK.0, kind));
        }
        assert_eq!(ladder.ends[Z].state(), State::Established);
    }
}
