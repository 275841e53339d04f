//! Connections that break (webrtc-pc §4.3.3, RFC 7675): states in their order, and a restart that heals.

use core::time::Duration;

use crypto::{Failed, KeyExchange, KeyExchangeAlgorithm, NamedGroup, Provider, Secret};
use dtls::CipherSuite;
use rtc::{
    DataChannelInit, Event, IceConnectionState, IceTransportState, OfferOptions, PeerConnectionState,
    RtcErrorDetail, SctpTransportState,
};

use crate::support::pair::{Pair, address_a, address_b, configuration, connection, connection_with};

fn positions(log: &[Event], events: &[Event]) -> Vec<usize> {
    let position =
        |event| log.iter().position(|seen| seen == event).unwrap_or_else(|| panic!("{event:?}: {log:#?}"));
    events.iter().map(position).collect()
}

/// RFC 7675 §5.1.
#[test]
fn a_cut_wire_disconnects_then_fails_and_the_channels_live_on_for_a_restart() {
    let mut pair = Pair::new(1);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    pair.log_a.clear();
    pair.cut = true;
    let cut_at = pair.now;
    pair.a.send(pair.now, ours, "into the dark").unwrap();
    pair.run_until("the connection fails", |pair| {
        pair.log_a.contains(&Event::ConnectionStateChange(PeerConnectionState::Failed))
    });
    let took = pair.now.since(cut_at);
    assert!(took <= Duration::from_secs(31), "consent lasts for 30 s: {took:?}");
    let order = [
        Event::IceConnectionStateChange(IceConnectionState::Disconnected),
        Event::ConnectionStateChange(PeerConnectionState::Disconnected),
        Event::IceConnectionStateChange(IceConnectionState::Failed),
        Event::ConnectionStateChange(PeerConnectionState::Failed),
    ];
    assert!(positions(&pair.log_a, &order).is_sorted(), "{:#?}", pair.log_a);
    assert!(!pair.log_a.iter().any(|event| matches!(event, Event::DataChannelClose(_))));
    pair.cut = false;
    pair.run_for(Duration::from_secs(10));
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Failed, "it does not come back by itself");
    pair.negotiate_with(OfferOptions::restart());
    pair.run_until("what was sent arrives", |pair| pair.messages_b(theirs) == ["into the dark".into()]);
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Connected);
}

#[test]
fn a_short_silence_disconnects_at_most_and_comes_back() {
    let mut pair = Pair::new(2);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    pair.cut = true;
    pair.run_for(Duration::from_secs(12));
    assert_eq!(pair.a.connection_state(), PeerConnectionState::Disconnected);
    pair.cut = false;
    pair.a.send(pair.now, ours, "back").unwrap();
    pair.run_until("it comes back", |pair| pair.a.connection_state() == PeerConnectionState::Connected);
    pair.run_until("and speaks", |pair| pair.messages_b(theirs) == ["back".into()]);
}

/// RFC 8863 §4: patience, then failure.
#[test]
fn a_peer_that_cannot_be_reached_fails_after_patience() {
    let mut pair = Pair::new(3);
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.cut = true;
    pair.negotiate();
    let begin = pair.now;
    pair.run_until("it fails", |pair| {
        pair.log_a.contains(&Event::ConnectionStateChange(PeerConnectionState::Failed))
    });
    let took = pair.now.since(begin);
    assert!(took >= Duration::from_millis(39_500) && took < Duration::from_secs(50), "{took:?}");
    let states: Vec<IceTransportState> = pair
        .log_a
        .iter()
        .filter_map(|event| match event {
            Event::IceTransportStateChange(_, state) => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [IceTransportState::Checking, IceTransportState::Failed]);
}

/// RFC 8445 §9.
#[test]
fn a_restart_under_traffic_loses_and_reorders_nothing() {
    let mut pair = Pair::new(4);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    for number in 0..300 {
        if number % 60 == 30 {
            pair.negotiate_with(OfferOptions::restart());
        }
        pair.a.send(pair.now, ours, format!("{number}")).unwrap();
        pair.run_for(Duration::from_millis(10));
    }
    let expected: Vec<rtc::Payload> = (0..300).map(|number| format!("{number}").as_str().into()).collect();
    pair.run_until("all arrive", |pair| pair.messages_b(theirs).len() == 300);
    assert_eq!(pair.messages_b(theirs), expected);
}

/// RFC 8841 §10.4, RFC 9429 §5.11.
#[test]
fn a_rejected_section_ends_the_association_and_its_channels() {
    let mut pair = Pair::new(5);
    let (ours, _) = pair.open_channel("chat", DataChannelInit::default());
    let offer = pair.a.create_offer(OfferOptions::default()).unwrap();
    pair.a.set_local_description(pair.now, &offer).unwrap();
    pair.b.set_remote_description(pair.now, &pair.a.local_description().unwrap()).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    let answer = pair.b.local_description().unwrap().sdp;
    let (session, section) = answer.split_once("m=application ").unwrap();
    let (_, rest) = section.split_once(' ').unwrap();
    let rejected = format!("{}m=application 0 {rest}", session.replace("a=group:BUNDLE 0\r\n", ""));
    pair.a.set_remote_description(pair.now, &rtc::SessionDescription::answer(rejected)).unwrap();
    pair.run_for(Duration::from_secs(1));
    assert!(pair.log_a.contains(&Event::SctpTransportStateChange(SctpTransportState::Closed)));
    assert!(pair.log_a.contains(&Event::DataChannelClose(ours)));
    assert!(pair.a.sctp().is_none());
}

/// Agrees on keys with a share that nobody can use, and signs for it like anybody.
struct Shareless;

impl KeyExchangeAlgorithm for Shareless {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn start(&self, _: &mut dyn rand_core::CryptoRng) -> Result<Box<dyn KeyExchange>, Failed> {
        Ok(Box::new(Self))
    }
}

impl KeyExchange for Shareless {
    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn share(&self) -> &[u8] {
        &[0; 32]
    }

    fn complete(self: Box<Self>, _: &[u8]) -> Result<Secret, Failed> {
        Ok(Secret::new(vec![0; 32]))
    }
}

static SHARELESS: Provider = Provider { key_exchanges: &[&Shareless], ..crypto_rust::PROVIDER };

/// webrtc-pc §11.1: `sentAlert`.
#[test]
fn the_alert_that_a_peer_has_earned_is_in_the_error_that_the_application_sees() {
    let mut broken = configuration(1);
    broken.provider = &SHARELESS;
    let mut pair = Pair::of(connection(2, address_a()), connection_with(broken, 3, address_b()));
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    let failed = Event::ConnectionStateChange(PeerConnectionState::Failed);
    pair.run_until("a fails", |pair| pair.log_a.contains(&failed));
    let error = pair.log_a.iter().find_map(|event| match event {
        Event::DtlsTransportError(_, error) => Some(error),
        _ => None,
    });
    let error = error.unwrap();
    assert_eq!(error.detail, RtcErrorDetail::DtlsFailure);
    let illegal_parameter = 47;
    assert_eq!((error.sent_alert, error.received_alert), (Some(illegal_parameter), None));
}

/// webrtc-pc §11.1: a fatal alert of a handshake that nobody has authenticated ends nothing, and is the reason in the end.
#[test]
fn what_was_noted_of_a_handshake_is_told_when_ice_fails_and_to_whoever_asks_before() {
    let (mut short, mut long) = (configuration(2), configuration(3));
    short.dtls.cipher_suites = vec![CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256];
    long.dtls.cipher_suites = vec![CipherSuite::ECDHE_ECDSA_AES_256_GCM_SHA384];
    let mut pair = Pair::of(connection_with(short, 2, address_a()), connection_with(long, 3, address_b()));
    pair.a.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    pair.run_for(Duration::from_secs(1));
    let handshake_failure = 40;
    let noted = pair.b.sctp().unwrap().transport().noted();
    assert_eq!(
        noted.received_alert.map(|alert| alert.0),
        Some(handshake_failure),
        "the client's suites do not serve"
    );
    let noted = pair.a.sctp().unwrap().transport().noted();
    assert_eq!(noted.sent_alert.map(|alert| alert.0), Some(handshake_failure));
    pair.cut = true;
    let failed = Event::ConnectionStateChange(PeerConnectionState::Failed);
    pair.run_until("both fail", |pair| [&pair.log_a, &pair.log_b].iter().all(|log| log.contains(&failed)));
    let told = |log: &[Event]| {
        log.iter().find_map(|event| match event {
            Event::DtlsTransportError(_, error) => {
                Some((error.detail, error.received_alert, error.sent_alert, error.authenticated))
            }
            _ => None,
        })
    };
    let failure = RtcErrorDetail::DtlsFailure;
    assert_eq!(told(&pair.log_a), Some((failure, None, Some(handshake_failure), false)));
    assert_eq!(told(&pair.log_b), Some((failure, Some(handshake_failure), None, false)));
}
