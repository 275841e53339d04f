//! What the log says, and what it never says.

use core::fmt::Write;
use core::time::Duration;

use rtc::{DataChannelInit, Ecn, Endpoint, Ignored, Instant, Path, PeerConnection};
use tracing::Level;

use crate::support::listener::{Line, said};
use crate::support::pair::{Pair, address_a, address_b, configuration, connection, connection_with};

/// A pair that connects, says something and is closed.
fn live(mut pair: Pair) -> Pair {
    let (chat, _) = pair.open_channel("a secret label", DataChannelInit::default());
    pair.a.send(pair.now, chat, "a secret word").unwrap();
    pair.run_for(Duration::from_secs(1));
    pair.a.data_channel_mut(chat).unwrap().close();
    pair.run_for(Duration::from_secs(1));
    pair.a.close(pair.now);
    pair.run_for(Duration::from_secs(1));
    pair
}

#[test]
fn a_life_is_told_in_order() {
    let lines = said(|| _ = live(Pair::new(1)));
    let mut texts = lines.iter().map(|line| line.text.as_str());
    for expected in [
        "negotiation is needed",
        "a description is set side=local kind=offer",
        "signalling state state=have-local-offer",
        "a transport is made transport=0 ice_role=controlling fragment=redacted",
        "gathering state state=gathering",
        "a candidate is gathered kind=host address=redacted",
        "gathering state state=complete",
        "a description is set side=remote kind=answer",
        "signalling state state=stable",
        "ICE state transport=0 state=checking",
        "connection state state=connecting",
        "a pair is selected remote_kind=host local=redacted remote=redacted",
        "ICE connection state state=connected",
        "DTLS begins transport=0 role=client",
        "DTLS state transport=0 state=connecting",
        "DTLS state transport=0 state=connected",
        "connection state state=connected",
        "SCTP is negotiated streams=65535",
        "SCTP state state=connected",
        "a channel is open stream=1",
        "the peer closes a channel stream=1",
        "a channel is closed stream=1",
        "the connection is closed",
        "the SCTP association is over cause=12",
        "SCTP state state=closed",
        "DTLS state transport=0 state=closed",
    ] {
        let all = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
        assert!(texts.any(|text| text == expected), "{expected}: not said, or not in this order:\n{all}");
    }
    let loud: Vec<_> = lines.iter().filter(|line| line.level < Level::DEBUG).collect();
    let is_own_state = |line: &&Line| line.text.contains("connection");
    assert_eq!(loud.iter().copied().filter(is_own_state).count(), loud.len());
}

#[test]
fn a_failure_is_a_warning() {
    let lines = said(|| {
        let mut pair = Pair::new(2);
        pair.open_channel("chat", DataChannelInit::default());
        pair.cut = true;
        pair.run_for(Duration::from_secs(60));
    });
    let warnings = lines.iter().filter(|line| line.level == Level::WARN);
    assert_eq!(
        warnings.map(|line| line.text.as_str()).collect::<Vec<_>>(),
        ["connection state state=failed"; 2]
    );
}

/// Datagrams of every kind that nobody believes.
fn forged(number: u8) -> Vec<u8> {
    match number % 4 {
        // A check, with the magic cookie.
        0 => [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[number; 12]].concat(),
        // A record of epoch 1.
        1 => [&[23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, number, 0, 32][..], &[number; 32]].concat(),
        2 => vec![0xff; 40],
        _ => Vec::new(),
    }
}

#[test]
fn a_flood_of_forged_datagrams_is_said_softly_and_counted() {
    let mut pair = Pair::new(3);
    pair.open_channel("chat", DataChannelInit::default());
    let before = pair.a.discarded();
    let lines = said(|| {
        for number in 0..200 {
            let path = Path::udp(
                address_a(),
                if number < 100 { address_b() } else { "203.0.113.9:9".parse().unwrap() },
            );
            let _ = pair.a.handle_input(pair.now, path, Ecn::NotEct, &mut forged(number));
        }
    });
    assert!(lines.iter().all(|line| line.level >= Level::DEBUG));
    let ignored = pair.a.discarded() - before;
    assert!(ignored >= 200, "{ignored}");
    assert_eq!(lines.len() as u64, ignored);
    let last = &lines.last().unwrap().text;
    assert!(last.starts_with("a datagram is ignored reason="), "{last}");
    assert!(last.ends_with(&format!(" ignored={}", pair.a.discarded())), "{last}");
}

#[test]
fn a_log_that_nobody_reads_allocates_nothing() {
    let mut pair = Pair::new(9);
    pair.open_channel("chat", DataChannelInit::default());
    let path = Path::udp(address_a(), address_b());
    let mut datagrams: Vec<_> = (0..40).map(forged).collect();
    let (first, rest) = datagrams.split_at_mut(4);
    let mut take =
        |datagram: &mut Vec<u8>| pair.a.handle_input(pair.now, path, Ecn::NotEct, datagram).is_err();
    // What is said for the first time is made known to who might listen.
    assert!(first.iter_mut().all(&mut take));
    let taken = allocation_counter::measure(|| assert!(rest.iter_mut().all(&mut take)));
    assert_eq!(taken.count_total, 0);
}

#[test]
fn an_endpoint_says_softly_whom_it_does_not_know() {
    let mut endpoint = Endpoint::new();
    let path = Path::udp(address_a(), address_b());
    let lines = said(|| {
        let id = endpoint.insert(connection(4, address_a()));
        for number in 0..100 {
            let result = endpoint.handle_input(Instant::ZERO, path, Ecn::NotEct, &mut forged(number));
            assert_eq!(result, Err(Ignored::NoConnection));
        }
        endpoint.remove(id);
    });
    assert_eq!((lines.len(), endpoint.ignored()), (102, 100));
    assert!(lines.iter().all(|line| line.level >= Level::DEBUG));
    assert_eq!(lines[0].text, "a connection is inserted connection=0 connections=1");
    assert_eq!(
        lines[100].text,
        "a datagram is ignored reason=the datagram belongs to no connection ignored=100"
    );
    assert_eq!(lines[101].text, "a connection is removed connection=0 connections=0");
}

/// What names a connection's ends, and what protects them.
fn identifying(of: &PeerConnection) -> [String; 2] {
    let parameters = of.sctp().unwrap().transport().ice_transport().local_parameters().clone();
    [parameters.username_fragment, parameters.password]
}

#[test]
fn addresses_and_fragments_are_named_to_whom_asks_and_passwords_to_nobody() {
    for is_asked in [false, true] {
        let mut named = Vec::new();
        let lines = said(|| {
            let with = |seed, address| {
                let mut configuration = configuration(seed);
                configuration.log_addresses = is_asked;
                connection_with(configuration, seed, address)
            };
            let pair = live(Pair::of(with(5, address_a()), with(6, address_b())));
            named = [identifying(&pair.a), identifying(&pair.b)].to_vec();
        });
        let all: String = lines.iter().map(|line| line.text.as_str()).collect();
        let shows = |text: &str| all.contains(text);
        for [fragment, password] in named {
            assert_eq!((shows(&fragment), shows(&password)), (is_asked, false), "{all}");
        }
        assert_eq!((shows("192.0.2.1:1000"), shows("192.0.2.2")), (is_asked, is_asked), "{all}");
        assert!(!shows("secret"), "what is said on channels, and what they are called, is not said here");
    }
}

#[test]
fn what_can_be_printed_shows_neither_passwords_nor_keys() {
    let configuration = configuration(7);
    let key = configuration.certificates[0].identity().key.clone();
    let certificate = format!("{configuration:?} {:?}", configuration.certificates[0].identity());
    let mut pair = Pair::of(connection_with(configuration, 7, address_a()), connection(8, address_b()));
    pair.open_channel("chat", DataChannelInit::default());
    let mut printed = certificate;
    let transport = pair.a.sctp().unwrap();
    write!(printed, "{:?} {:?} {transport:?}", pair.a, pair.a.configuration()).unwrap();
    let ice = transport.transport().ice_transport();
    write!(printed, "{:?} {:?} {:?}", transport.transport(), ice, ice.local_parameters()).unwrap();
    write!(printed, "{:?} {:?}", pair.a.local_description(), pair.a.remote_description()).unwrap();
    write!(
        printed,
        "{:#?} {:#?}",
        pair.a.local_description(),
        sdp::SessionDescription::parse(&pair.a.local_description().unwrap().sdp)
    )
    .unwrap();
    write!(printed, "{:?} {:?}", pair.log_a, pair.log_b).unwrap();
    let [fragment, password] = identifying(&pair.a);
    let [_, others] = identifying(&pair.b);
    assert!(printed.contains(&fragment));
    assert!(!printed.contains(&password) && !printed.contains(&others), "{printed}");
    let key = format!("{:?}", key.0.as_ref());
    assert!(!printed.contains(key.trim_matches(['[', ']'])), "{printed}");
}
