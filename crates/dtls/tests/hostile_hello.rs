//! What an attacker or a broken peer says in the hellos. The oracle is nearly always the same: the honest handshake still
//! finishes.

use dtls::{AlertDescription, Config, Role, SrtpProfile, State};

use crate::support::hostile::{T0, assert_finishes, at_each_flight, server};
use crate::support::pair::{End, Pair, summary};
use crate::support::wire::{
    self, ALPN, EXTENDED_MASTER_SECRET, GROUPS, Hello, POINT_FORMATS, RENEGOTIATION_INFO, SCHEMES,
    SUPPORTED_VERSIONS, USE_SRTP, fragment, message, record, vector8, vector16,
};

/// RFC 5246 §7.4.1.2 and §7.4.3 (no scheme in common); without a common group there is no suite by RFC 8422 §4.
#[test]
fn a_hello_that_suits_nobody_is_refused_and_the_next_one_is_taken() {
    let good = Hello::default();
    let refused = [
        Hello { suites: vec![0x1301, 0x0a0a, 0x00ff], ..good.clone() },
        Hello { suites: vec![], ..good.clone() },
        Hello { suites: vec![0xc02f], ..good.clone() },
        Hello { compression: vec![1], ..good.clone() },
        Hello { compression: vec![], ..good.clone() },
        Hello { extensions: vec![], ..good.clone() },
        Hello { version: 0xfeff, ..good.clone() },
        Hello { version: 0x0303, ..good.clone() },
        Hello { session_id: vec![0; 33], ..good.clone() },
        good.clone().with(GROUPS, &[0, 2, 0x0a, 0x0a]),
        good.clone().with(GROUPS, &[0, 3, 0, 0x1d, 0]),
        good.clone().with(GROUPS, &[0, 4, 0, 0x1d]),
        good.clone().with(GROUPS, &[]),
        good.clone().with(SCHEMES, &[0, 2, 8, 7]),
        good.clone().without(SCHEMES),
        good.clone().with(SCHEMES, &[0, 1, 4]),
        good.clone().with(SUPPORTED_VERSIONS, &[2, 0xfe, 0xfc]),
        good.clone().with(SUPPORTED_VERSIONS, &[3, 0xfe, 0xfd]),
        good.clone().with(USE_SRTP, &[0, 2, 0, 7]),
        good.clone().with(POINT_FORMATS, &[1, 1]),
        good.clone().with(POINT_FORMATS, &[0]),
        good.clone().with(POINT_FORMATS, &[2, 0]),
        good.clone().with(ALPN, &[0, 1, 0]),
    ];
    for (index, hello) in refused.iter().enumerate() {
        let mut server = server();
        assert_eq!(server.receive(T0, &hello.datagram()), Ok(()));
        assert_eq!(server.connection.stats().refused, 1, "{index}");
        let answer = server.transmit(T0);
        assert!(answer.is_empty() || summary(&answer) == "Alert", "{index}: {}", summary(&answer));
        assert_eq!(server.connection.state(), State::Connecting);
        server.receive(T0, &good.datagram()).unwrap();
        assert!(summary(&server.transmit(T0)).starts_with("ServerHello"), "{index}");
    }
}

/// RFC 5246 §E.1: a client of a later version, even of a later major one, is answered with the highest that we speak.
#[test]
fn a_client_of_a_later_version_is_answered_with_ours() {
    for version in [0xfefc, 0xfe00, 0xfdff, 0x8000] {
        let mut server = server();
        server.receive(T0, &Hello { version, ..Hello::default() }.datagram()).unwrap();
        let flight = server.transmit(T0);
        assert!(summary(&flight).starts_with("ServerHello"), "{version:#06x}");
        assert_eq!(flight[0][25..27], [0xfe, 0xfd]);
    }
}

/// Unknown suites (RFC 5246 §7.4.1.2) and unknown extensions (RFC 5746 §3.6) are ignored.
#[test]
fn a_hello_full_of_grease_and_unknown_values_is_taken() {
    let mut hello = Hello { suites: vec![0x1a1a, 0x1301, 0xfafa, 0xc02b, 0x00ff], ..Hello::default() }
        .with(GROUPS, &[0, 8, 0x2a, 0x2a, 0x11, 0xec, 0, 0x1d, 0xfe, 0xfe])
        .with(SCHEMES, &[0, 8, 0x3a, 0x3a, 4, 2, 0xff, 0xff, 4, 3])
        .with(SUPPORTED_VERSIONS, &[6, 0x4a, 0x4a, 0xfe, 0xfc, 0xfe, 0xfd])
        .with(USE_SRTP, &[0, 6, 0x5a, 0x5a, 0, 1, 0, 7, 0])
        .with(0x6a6a, &[])
        .with(0x7a7a, &[0; 300]);
    hello.session_id = vec![7; 32];
    hello.compression = vec![0, 0xaa];
    hello.suites.extend((0..2000).map(|n| 0x2000 + n));
    let mut server = server();
    server.receive(T0, &hello.datagram()).unwrap();
    assert!(summary(&server.transmit(T0)).starts_with("ServerHello"));
}

/// RFC 5246 §7.4.1.4: what was not offered stands in no ServerHello.
#[test]
fn an_answer_has_no_extension_that_was_not_offered() {
    let list = |hello: Hello| {
        let mut server = server();
        server.receive(T0, &message(1, 0, &hello.body())).unwrap();
        let answer = server.transmit(T0).concat();
        // Behind version, random, an empty session id, suite and compression.
        let mut rest = &answer[13 + 12 + 2 + 32 + 1 + 2 + 1 + 2..];
        let mut kinds = Vec::new();
        let end = u16::from_be_bytes([answer[13 + 12 + 38], answer[13 + 12 + 39]]);
        let mut left = usize::from(end);
        while left > 0 {
            kinds.push(u16::from_be_bytes([rest[0], rest[1]]));
            let len = 4 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
            (rest, left) = (&rest[len..], left - len);
        }
        kinds
    };
    assert_eq!(list(Hello::default()), [EXTENDED_MASTER_SECRET]);
    let more = Hello::default().with(POINT_FORMATS, &[1, 0]).with(RENEGOTIATION_INFO, &[0]);
    assert_eq!(list(more), [EXTENDED_MASTER_SECRET, RENEGOTIATION_INFO, POINT_FORMATS]);
}

/// Nothing is left over (RFC 5246 §7.4.1.2), and nothing comes twice (§7.4.1.4).
#[test]
fn broken_extension_lists_are_refused() {
    let good = Hello::default().body();
    let at = 2 + 32 + 1 + 1 + 4 + 2;
    let mut twice = Hello::default();
    twice.extensions.push((EXTENDED_MASTER_SECRET, vec![]));
    let mut longer = good.clone();
    longer.push(0);
    let mut claims = good.clone();
    claims[at] = 0xff;
    for body in
        [twice.body(), longer, claims, good[..at + 5].to_vec(), good[..at + 1].to_vec(), good[..10].to_vec()]
    {
        let mut server = server();
        server.receive(T0, &message(1, 0, &body)).unwrap();
        assert_eq!(server.connection.noted().refusal, Some(AlertDescription::DECODE_ERROR));
    }
    // As many empty extensions as fit: no quadratic search.
    let many = Hello {
        extensions: (0x2000..0x2000 + 7000).map(|kind| (kind, vec![])).collect(),
        ..Hello::default()
    };
    let mut server = server();
    let body = many.body();
    let length = u32::try_from(body.len()).unwrap();
    for (index, chunk) in body.chunks(1000).enumerate() {
        let (offset, len) = (u32::try_from(index * 1000).unwrap(), u32::try_from(chunk.len()).unwrap());
        server.receive(T0, &record(22, &fragment(1, length, 0, offset, len, chunk))).unwrap();
    }
    assert_eq!(server.connection.noted().refusal, Some(AlertDescription::HANDSHAKE_FAILURE));
}

#[test]
fn every_truncation_and_bit_flip_of_a_hello_is_survived() {
    let hello = Hello::default()
        .with(RENEGOTIATION_INFO, &[0])
        .with(ALPN, &[0, 7, 6, b'w', b'e', b'b', b'r', b't', b'c']);
    let body = hello.body();
    let mut flipped = server();
    for len in 0..body.len() {
        flipped.receive(T0, &message(1, 0, &body[..len])).unwrap();
    }
    assert_eq!(flipped.connection.stats().refused, u64::try_from(body.len()).unwrap());
    let datagram = hello.datagram();
    for bit in 0..datagram.len() * 8 {
        let mut server = server();
        let mut datagram = datagram.clone();
        datagram[bit / 8] ^= 1 << (bit % 8);
        let _ = server.receive(T0, &datagram);
        let _ = server.transmit(T0);
        assert_eq!(server.connection.state(), State::Connecting);
    }
}

/// RFC 6347 §4.2.1.
#[test]
fn cookies_of_any_length_are_brought_back_but_not_for_ever() {
    let mut client = End::new(Config::default(), Role::Client, 1);
    client.connection.start(T0);
    let first = client.transmit(T0);
    for seq in 0..10_u16 {
        let cookie = vec![u8::try_from(seq).unwrap(); if seq == 0 { 255 } else { 20 }];
        let request = [vec![0xfe, 0xff], vector8(&cookie)].concat();
        assert_eq!(client.receive(T0, &message(3, seq, &request)), Ok(()));
        let answer = client.transmit(T0);
        if seq < 4 {
            assert_eq!(summary(&answer), "ClientHello");
            let hello = &answer[0][25..];
            assert_eq!(hello[2..34], first[0][27..59], "the same random");
            assert_eq!(hello[35..36 + cookie.len()], vector8(&cookie));
        } else {
            assert!(answer.is_empty());
        }
    }
    assert_eq!(client.connection.state(), State::Connecting);
}

/// A ServerHello, as a server that is up to no good makes it.
fn server_hello(version: u16, suite: u16, random_end: &[u8; 8], extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([0x55; 24]);
    body.extend(random_end);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let extensions: Vec<u8> =
        extensions.iter().flat_map(|(kind, data)| wire::extension(*kind, data)).collect();
    body.extend(vector16(&extensions));
    message(2, 0, &body)
}

/// RFC 5246 §7.4.1.3 and §7.4.1.4, RFC 5746 §3.4, RFC 5764 §4.1.1, RFC 7301 §3.1, RFC 7627 §5.2.
#[test]
fn a_server_hello_that_lowers_the_guard_is_refused() {
    let secure: (u16, &[u8]) = (EXTENDED_MASTER_SECRET, &[]);
    let refused = [
        server_hello(0xfefd, 0xc02b, &[0; 8], &[]),
        server_hello(0xfeff, 0xc02b, &[0; 8], &[secure]),
        server_hello(0xfefc, 0xc02b, &[0; 8], &[secure]),
        server_hello(0xfefd, 0xc013, &[0; 8], &[secure]),
        server_hello(0xfefd, 0x1301, &[0; 8], &[secure]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (0x1234, &[])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (RENEGOTIATION_INFO, &[1, 7])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (POINT_FORMATS, &[1, 1])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (POINT_FORMATS, &[0])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (ALPN, &[0, 3, 2, b'h', b'2'])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (USE_SRTP, &[0, 2, 0, 2, 0])]),
        server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (USE_SRTP, &[0, 4, 0, 7, 0, 8, 0])]),
    ];
    for (index, hello) in refused.iter().enumerate() {
        let mut pair = Pair::started(Config::default(), Config::default());
        pair.client.receive(T0, hello).unwrap();
        assert_eq!(pair.client.connection.stats().refused, 1, "{index}");
        assert_finishes(pair);
    }
    // We have not offered 1.3, so a server that knows it marks its random, and rightly.
    let mut client = End::new(Config::default(), Role::Client, 1);
    client.connection.start(T0);
    client.receive(T0, &server_hello(0xfefd, 0xc02b, b"DOWNGRD\x01", &[secure])).unwrap();
    assert_eq!(client.connection.stats().refused, 0);
}

/// RFC 8422 §5.2: without uncompressed points there are none that both know. Some servers repeat the groups.
#[test]
fn what_a_server_says_of_points_and_groups() {
    let secure: (u16, &[u8]) = (EXTENDED_MASTER_SECRET, &[]);
    for (extension, refusal) in [
        ((POINT_FORMATS, &[1, 1][..]), Some(AlertDescription::ILLEGAL_PARAMETER)),
        ((POINT_FORMATS, &[2, 1, 0]), None),
        ((GROUPS, &[0, 2, 0, 0x1d]), None),
    ] {
        let mut client = End::new(Config::default(), Role::Client, 1);
        client.connection.start(T0);
        client.receive(T0, &server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, extension])).unwrap();
        assert_eq!(client.connection.noted().refusal, refusal, "{extension:?}");
    }
}

/// RFC 7627 §5.2.
#[test]
fn a_client_without_extended_master_secret_is_refused() {
    let mut server = server();
    server.receive(T0, &Hello::default().without(EXTENDED_MASTER_SECRET).datagram()).unwrap();
    assert_eq!(server.connection.noted().refusal, Some(AlertDescription::HANDSHAKE_FAILURE));
    assert_eq!(summary(&server.transmit(T0)), "Alert");
}

/// RFC 5764 §4.1.1; what an MKI is answered with says §4.1.3.
#[test]
fn use_srtp_in_every_shape() {
    let answer = |data: Option<&[u8]>| {
        let hello = Hello::default();
        let hello = data.map_or(hello.clone(), |data| hello.with(USE_SRTP, data));
        let mut server = server();
        server.receive(T0, &hello.datagram()).unwrap();
        assert_eq!(server.connection.stats().refused, 0);
        let flight = server.transmit(T0).concat();
        flight
            .windows(9)
            .find(|window| window.starts_with(&[0, 14, 0, 5, 0, 2]))
            .map(|window| window[6..9].to_vec())
    };
    assert_eq!(answer(None), None);
    assert_eq!(answer(Some(&[0, 2, 0, 1, 0])), Some(vec![0, 1, 0]));
    assert_eq!(answer(Some(&[0, 4, 0, 1, 0, 8, 0])), Some(vec![0, 8, 0]), "ours first");
    assert_eq!(answer(Some(&[0, 2, 0, 1, 3, 1, 2, 3])), Some(vec![0, 1, 0]), "an MKI is answered with none");
    assert_eq!(answer(Some(&[0, 4, 0x5a, 0x5a, 0, 0x55, 0])), None, "unknown profiles only");
    assert_eq!(answer(Some(&[0, 2, 0, 5, 0])), None, "the NULL profile");

    let secure: (u16, &[u8]) = (EXTENDED_MASTER_SECRET, &[]);
    let mut client = End::new(Config::default(), Role::Client, 1);
    client.connection.start(T0);
    client
        .receive(T0, &server_hello(0xfefd, 0xc02b, &[0; 8], &[secure, (USE_SRTP, &[0, 2, 0, 7, 1, 9])]))
        .unwrap();
    assert_eq!(
        client.connection.noted().refusal,
        Some(AlertDescription::ILLEGAL_PARAMETER),
        "an MKI not asked for"
    );

    let mut config = Config::default();
    config.srtp_profiles = vec![];
    let mut pair = Pair::started(config, Config::default());
    pair.exchange();
    assert_eq!(pair.server.connection.state(), State::Connected);
    assert_eq!(pair.server.connection.srtp_profile(), None::<SrtpProfile>);
}

/// RFC 5246 §7.4.1.1; a hello in the clear ends no association by RFC 6347 §4.2.8.
#[test]
fn hello_requests_in_the_clear_are_ignored() {
    at_each_flight(|pair| {
        for seq in 0..3 {
            assert!(pair.client.receive(T0, &message(0, seq, &[])).is_err());
        }
        if pair.server.connection.state() == State::Connected {
            assert!(
                pair.server.receive(T0, &Hello::default().datagram()).is_err(),
                "a new hello from anybody"
            );
        }
    });
}
