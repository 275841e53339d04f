//! INITs and cookies of an attacker (RFC 9260 §5).

use std::time::Duration;

use sctp::{CauseCode, Config, Discard, Event, State};

use crate::support::hostile::{discarded, portrait};
use crate::support::ladder::{A, Chunk, Ladder, Z, association, chunk, names, packet, tag};

/// RFC 9260 §5.2.6: the cookie is stale, the set-up begins anew, and the peer allows fewer streams than before.
#[test]
fn a_peer_that_allows_fewer_streams_the_second_time_spoils_no_sums() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.say(A, 1, &[7; 2000]);
    let init = ladder.packet(A);
    ladder.deliver(Z, &init);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    assert_eq!(names(&echo), "COOKIE ECHO, DATA", "the message is under way");
    let stale = Chunk::new(9, 0, &[0, 3, 0, 8, 0, 0, 0, 1]);
    ladder.deliver(A, &packet(chunk(&init, 1).u32(0), &[stale]));
    let mut narrow = Config::default();
    narrow.incoming_streams = 1;
    ladder.ends[Z] = association(&narrow, 3);
    ladder.exchange();
    ladder.say(A, 0, b"goes on");
    ladder.exchange();
    assert_eq!(ladder.heard(Z), [b"goes on"]);
    assert_eq!(ladder.ends[A].stats().buffered, 0);
}

/// RFC 9260 §8.5.1, A.
#[test]
fn an_init_with_a_tag_or_with_company_is_ignored() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let init = chunk(&ladder.packet(A), 1);
    assert_eq!(discarded(&mut ladder, Z, &packet(7, std::slice::from_ref(&init))), Discard::WrongTag);
    let bundled = packet(0, &[init, Chunk::new(11, 0, &[])]);
    assert_eq!(discarded(&mut ladder, Z, &bundled), Discard::Malformed);
}

/// RFC 9260 §5.1.3.
#[test]
fn a_flood_of_inits_is_answered_a_few_times_and_remembered_never() {
    for established in [false, true] {
        let mut ladder =
            if established { Ladder::plain() } else { Ladder::new(&Config::default(), &Config::default()) };
        let before = portrait(&ladder, Z);
        for number in 1..1000_u32 {
            let value =
                [&number.to_be_bytes()[..], &[0, 1, 0, 0, 0, 9, 0, 9], &number.to_be_bytes()].concat();
            let _ = ladder.ends[Z].handle_input(ladder.now, &packet(0, &[Chunk::new(1, 0, &value)]));
        }
        assert!(ladder.packets(Z).len() <= 4);
        let after = portrait(&ladder, Z);
        assert_eq!((after.0, after.2), (before.0, before.2));
        assert_eq!(ladder.events(Z), []);
        if established {
            ladder.say(A, 0, b"undisturbed");
            ladder.exchange();
            assert_eq!(ladder.heard(Z), [b"undisturbed"]);
        }
    }
}

/// RFC 9260 §3.3.2.
#[test]
fn an_init_that_asks_for_no_streams_or_has_no_tag_is_refused() {
    for (init_tag, out, inn, answer) in [(0_u32, 9_u16, 9_u16, None), (5, 0, 9, Some(7)), (5, 9, 0, Some(7))]
    {
        let mut ladder = Ladder::new(&Config::default(), &Config::default());
        let value =
            [&init_tag.to_be_bytes()[..], &[0, 1, 0, 0], &out.to_be_bytes(), &inn.to_be_bytes(), &[0; 4]]
                .concat();
        let init = packet(0, &[Chunk::new(1, 0, &value)]);
        match answer {
            None => assert_eq!(discarded(&mut ladder, Z, &init), Discard::Malformed),
            Some(cause) => {
                ladder.deliver(Z, &init);
                let abort = ladder.packet(Z);
                assert_eq!((tag(&abort), chunk(&abort, 6).u16(0)), (init_tag, cause));
            }
        }
        assert_eq!(ladder.ends[Z].state(), State::Closed);
    }
}

/// RFC 9260 §5.1.3: the cookie is authenticated as a whole.
#[test]
fn a_cookie_that_was_changed_or_made_by_another_is_nothing() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    let cookie = chunk(&echo, 10);
    for bit in 0..cookie.value.len() * 8 {
        let mut forged = cookie.clone();
        forged.value[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            discarded(&mut ladder, Z, &packet(tag(&echo), &[forged])),
            Discard::BadCookie,
            "bit {bit}"
        );
    }
    for len in 0..cookie.value.len() {
        let cut = Chunk::new(10, 0, &cookie.value[..len]);
        assert_eq!(discarded(&mut ladder, Z, &packet(tag(&echo), &[cut])), Discard::BadCookie);
    }
    assert_eq!(discarded(&mut ladder, Z, &packet(tag(&echo) ^ 1, &[cookie])), Discard::WrongTag);
    // The same generator's state, another association's key.
    ladder.ends[Z] = association(&Config::default(), 77);
    assert_eq!(discarded(&mut ladder, Z, &echo), Discard::BadCookie);
    assert_eq!(ladder.packets(Z).len(), 0);
}

/// RFC 9260 §5.2.4.
#[test]
fn a_cookie_that_comes_again_changes_nothing_but_is_acknowledged() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    ladder.rung(A);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    ladder.deliver(Z, &echo);
    ladder.exchange();
    ladder.say(A, 0, b"before");
    ladder.exchange();
    ladder.events(Z);
    for _ in 0..10 {
        ladder.deliver(Z, &echo);
    }
    assert_eq!(names(&ladder.packet(Z)).split(", ").next(), Some("COOKIE ACK"));
    assert_eq!((ladder.events(Z), ladder.ends[Z].state()), (vec![], State::Established));
    ladder.say(A, 0, b"after");
    ladder.exchange();
    assert_eq!(ladder.heard(Z).len(), 2);
}

/// RFC 9260 §8.4: an old cookie of an association that has since ended and begun anew must not bring the old one back.
#[test]
fn an_ended_association_stays_ended() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let init = ladder.packet(A);
    ladder.deliver(Z, &init);
    ladder.rung(Z);
    let echo = ladder.packet(A);
    ladder.deliver(Z, &echo);
    ladder.exchange();
    ladder.ends[Z].abort(ladder.now, "over");
    ladder.lost(Z);
    for old in [&init, &echo] {
        assert_eq!(discarded(&mut ladder, Z, old), Discard::OutOfTheBlue);
    }
    assert_eq!(ladder.ends[Z].state(), State::Closed);
}

/// An INIT with these parameters, as they stand.
fn init_with(parameters: &[u8]) -> Vec<u8> {
    let fixed = [&7_u32.to_be_bytes()[..], &[0, 1, 0, 0], &[0, 9, 0, 9], &9_u32.to_be_bytes()].concat();
    packet(0, &[Chunk::new(1, 0, &[&fixed[..], parameters].concat())])
}

/// RFC 9260 §3.2.1 and §3.3.2.
#[test]
fn parameters_that_lie_about_their_length_make_no_init() {
    for parameters in
        [&[0x80, 8, 0, 0][..], &[0x80, 8, 0, 3], &[0x80, 8, 0, 9, 1, 2, 3, 4], &[0x80, 8, 0xff, 0xff]]
    {
        let mut ladder = Ladder::new(&Config::default(), &Config::default());
        let discard = discarded(&mut ladder, Z, &init_with(parameters));
        assert!(matches!(discard, Discard::Malformed | Discard::Truncated), "{parameters:?}: {discard:?}");
        assert_eq!(ladder.packets(Z).len(), 0);
    }
}

/// RFC 9260 §3.2.2 and §3.3.3.1.2.
#[test]
fn a_hundred_unknown_parameters_are_reported_as_far_as_an_answer_has_room() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    let hundred: Vec<u8> = (0..100_u16)
        .flat_map(|number| {
            let kind = (0xc100 | number).to_be_bytes();
            [&kind[..], &[0, 8, 1, 2, 3, 4]].concat()
        })
        .collect();
    ladder.deliver(Z, &init_with(&hundred));
    let answers = ladder.packets(Z);
    assert_eq!(answers.iter().map(|answer| names(answer)).collect::<Vec<_>>(), ["INIT ACK"]);
    assert!(answers[0].len() <= Config::default().max_packet_size);
    let parameters = &chunk(&answers[0], 2).value[16..];
    let reported = parameters.windows(4).filter(|window| window[..2] == [0, 8]).count();
    assert!((1..100).contains(&reported), "{reported}");
}

/// RFC 9260 §3.3.2.1: a receiver must not resolve a name.
#[test]
fn a_host_name_is_refused() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.deliver(Z, &init_with(&[0, 11, 0, 8, b'a', b'.', b'b', 0]));
    let abort = chunk(&ladder.packet(Z), 6);
    assert_eq!(abort.u16(0), CauseCode::UNRESOLVABLE_ADDRESS.0);
    assert_eq!(ladder.ends[Z].state(), State::Closed);
}

/// RFC 9260 §3.3.2 wants 1,500 bytes at least: with less, one packet at a time still gets through.
#[test]
fn a_window_that_is_smaller_than_a_packet_slows_and_does_not_stop() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    ladder.ends[A].connect(ladder.now);
    let init = ladder.packet(A);
    let mut small = chunk(&init, 1);
    small.value[4..8].copy_from_slice(&[0, 0, 0, 1]);
    ladder.deliver(Z, &packet(0, &[small]));
    ladder.exchange();
    (0..5).for_each(|_| ladder.say(Z, 0, &[3; 1000]));
    for _ in 0..20 {
        ladder.exchange();
        ladder.pass(Duration::from_secs(1));
    }
    assert_eq!(ladder.heard(A).len(), 5);
}

/// RFC 9260 §3.3.3.1.1.
#[test]
fn the_first_of_two_cookies_is_brought_back_and_one_that_fits_no_packet_ends_the_attempt() {
    let cookie = |bytes: &[u8]| {
        let len = u16::try_from(bytes.len() + 4).unwrap().to_be_bytes();
        [&[0, 7][..], &len, bytes].concat()
    };
    let answered = |cookies: &[u8]| {
        let mut ladder = Ladder::new(&Config::default(), &Config::default());
        ladder.ends[A].connect(ladder.now);
        let ours = chunk(&ladder.packet(A), 1).u32(0);
        let fixed = [&7_u32.to_be_bytes()[..], &[0, 1, 0, 0], &[0, 9, 0, 9], &9_u32.to_be_bytes()].concat();
        ladder.deliver(A, &packet(ours, &[Chunk::new(2, 0, &[&fixed[..], cookies].concat())]));
        ladder
    };
    let mut ladder = answered(&[cookie(b"first.."), vec![0], cookie(b"second.")].concat());
    assert_eq!(chunk(&ladder.packet(A), 10).value, b"first..");
    let mut ladder = answered(&cookie(&[1; 60_000]));
    assert_eq!(names(&ladder.packet(A)), "ABORT");
    assert!(matches!(ladder.events(A)[..], [Event::Closed(_)]));
}

#[test]
fn a_cookie_of_sixty_kilobytes_is_nothing() {
    let mut ladder = Ladder::new(&Config::default(), &Config::default());
    let forged = packet(7, &[Chunk::new(10, 0, &[1; 60_000])]);
    assert_eq!(discarded(&mut ladder, Z, &forged), Discard::BadCookie);
}
