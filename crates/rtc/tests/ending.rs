//! How a connection ends, and how that is noticed.

use core::time::Duration;

use rtc::{
    DataChannelInit, DtlsTransportState, End, Event, Fingerprint, Payload, PeerConnectionState,
    RtcErrorDetail,
};

use crate::support::pair::Pair;

#[test]
fn what_was_sent_arrives_before_the_connection_closes() {
    let mut pair = Pair::new(80);
    let (ours, theirs) = pair.open_channel("data", DataChannelInit::default());
    let message = |number: usize| Payload::from(vec![number as u8; 20_000]);
    for number in 0..20 {
        pair.a.send(pair.now, ours, message(number)).unwrap();
    }
    pair.a.close_when_sent(pair.now, Duration::from_secs(10));
    assert!(!pair.a.is_closed());
    pair.run_until("b hears of the end", |pair| pair.b.end().is_some());
    assert_eq!((pair.a.end(), pair.b.end()), (Some(End::Closed), Some(End::ClosedByPeer)));
    assert_eq!(pair.messages_b(theirs), (0..20).map(message).collect::<Vec<_>>());
    pair.run_for(Duration::from_millis(1));
    assert!(
        pair.log_b
            .iter()
            .any(|e| matches!(e, Event::DtlsTransportStateChange(_, DtlsTransportState::Closed)))
    );
}

/// W3C's `close` loses what is on its way.
#[test]
fn close_waits_for_nothing_and_close_when_sent_with_nothing_to_send_neither() {
    let mut pair = Pair::new(81);
    let (ours, theirs) = pair.open_channel("data", DataChannelInit::default());
    pair.a.send(pair.now, ours, vec![1; 200_000]).unwrap();
    pair.a.close(pair.now);
    pair.run_until("b hears of the end", |pair| pair.b.end().is_some());
    assert_eq!(pair.messages_b(theirs), []);

    let mut pair = Pair::new(82);
    pair.open_channel("data", DataChannelInit::default());
    pair.run_for(Duration::from_secs(1));
    pair.a.close_when_sent(pair.now, Duration::from_secs(10));
    assert!(pair.a.is_closed());
}

#[test]
fn a_peer_that_takes_nothing_delays_the_end_for_as_long_as_was_said() {
    let mut pair = Pair::new(83);
    let (ours, _) = pair.open_channel("data", DataChannelInit::default());
    pair.cut = true;
    pair.a.send(pair.now, ours, "never arrives").unwrap();
    let begun = pair.now;
    pair.a.close_when_sent(pair.now, Duration::from_secs(3));
    pair.run_until("a closes", |pair| pair.a.is_closed());
    assert_eq!(pair.now.since(begun), Duration::from_secs(3));
}

#[test]
fn an_end_has_one_name_whatever_made_it() {
    // Nobody is there any longer.
    let mut pair = Pair::new(84);
    pair.open_channel("data", DataChannelInit::default());
    assert_eq!(pair.b.end(), None);
    pair.cut = true;
    pair.run_until("b gives up", |pair| pair.b.connection_state() == PeerConnectionState::Failed);
    assert_eq!(pair.b.end(), Some(End::Unreachable));

    // Somebody else is there.
    let mut pair = Pair::new(85);
    pair.a.create_data_channel("data", DataChannelInit::default()).unwrap();
    pair.a.set_local_description_due(pair.now).unwrap();
    let mut offer = pair.a.local_description().unwrap();
    let promised = pair.a.configuration().certificates[0].fingerprints(&crypto_rust::PROVIDER);
    let Fingerprint { digest: value, .. } = promised.into_iter().next().unwrap();
    let (first, other) = (format!("{:02X}:", value[0]), format!("{:02X}:", value[0] ^ 1));
    offer.sdp = offer.sdp.replacen(&format!("sha-256 {first}"), &format!("sha-256 {other}"), 1);
    pair.b.set_remote_description(pair.now, &offer).unwrap();
    pair.b.set_local_description_due(pair.now).unwrap();
    pair.a.set_remote_description(pair.now, &pair.b.local_description().unwrap()).unwrap();
    pair.run_until("b refuses", |pair| pair.b.end().is_some());
    let Some(End::Failed(error)) = pair.b.end() else { panic!("{:?}", pair.b.end()) };
    assert_eq!(error.detail, RtcErrorDetail::FingerprintFailure);
}

#[test]
fn a_candidate_with_a_name_is_told() {
    let mut pair = Pair::new(86);
    pair.a.create_data_channel("data", DataChannelInit::default()).unwrap();
    pair.negotiate();
    let hidden = "candidate:1 1 udp 2113937151 4b1d8e3c-0a52-4f0f-9d1e-52a1f6c0f2aa.local 54321 typ host";
    let init = rtc::IceCandidateInit::new(hidden).with_sdp_mid("0");
    pair.b.add_ice_candidate(pair.now, &init).unwrap();
    pair.run_for(Duration::from_millis(1));
    let told = |event: &Event| matches!(event, Event::UnresolvedCandidate(name) if **name == *"4b1d8e3c-0a52-4f0f-9d1e-52a1f6c0f2aa.local");
    assert_eq!(pair.log_b.iter().filter(|event| told(event)).count(), 1);
}
