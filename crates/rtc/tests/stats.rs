//! getStats (webrtc-stats): the dictionaries, their members' names, and whether the numbers are right.

use core::time::Duration;

use rtc::{DataChannelInit, Event, PeerConnection};
use serde_json::{Map, Value};

use crate::support::pair::Pair;

/// W3C's members of each dictionary, as far as they concern data; `type` tells which it is. Members with a question mark
/// are there only when there is something to say.
const DICTIONARIES: [(&str, &str); 7] = [
    ("peer-connection", "dataChannelsOpened dataChannelsClosed"),
    (
        "transport",
        "packetsSent packetsReceived bytesSent bytesReceived iceRole iceLocalUsernameFragment dtlsState iceState \
         selectedCandidatePairId? localCertificateId? remoteCertificateId? tlsVersion? dtlsCipher? srtpCipher? dtlsRole \
         selectedCandidatePairChanges",
    ),
    (
        "candidate-pair",
        "transportId localCandidateId remoteCandidateId state nominated packetsSent packetsReceived bytesSent \
         bytesReceived lastPacketSentTimestamp? lastPacketReceivedTimestamp? totalRoundTripTime \
         currentRoundTripTime? requestsReceived requestsSent responsesReceived responsesSent consentRequestsSent",
    ),
    ("local-candidate", CANDIDATE),
    ("remote-candidate", CANDIDATE),
    ("certificate", "fingerprint fingerprintAlgorithm base64Certificate issuerCertificateId?"),
    (
        "data-channel",
        "label protocol dataChannelIdentifier? state messagesSent bytesSent messagesReceived bytesReceived",
    ),
];

const CANDIDATE: &str = "transportId address port protocol candidateType priority foundation relatedAddress? \
                         relatedPort? usernameFragment? tcpType?";

/// A report as an application would send it on: JSON.
fn report(connection: &PeerConnection, pair: &Pair) -> Map<String, Value> {
    serde_json::to_value(connection.stats(pair.now)).unwrap().as_object().unwrap().clone()
}

/// The entries of one type.
fn of_type(report: &Map<String, Value>, kind: &str) -> Vec<Value> {
    report.values().filter(|entry| entry["type"] == kind).cloned().collect()
}

/// Two connections that have said something to each other.
fn busy() -> Pair {
    let mut pair = Pair::new(1);
    let (ours, theirs) = pair.open_channel("chat", DataChannelInit::default());
    for _ in 0..10 {
        pair.a.send(pair.now, ours, "12345").unwrap();
    }
    pair.b.send(pair.now, theirs, "back").unwrap();
    pair.run_until("all arrive", |pair| {
        pair.messages_b(theirs).len() == 10 && !pair.messages_a(ours).is_empty()
    });
    pair.run_for(Duration::from_secs(20));
    pair
}

#[test]
fn every_entry_has_w3cs_members_and_no_others() {
    let pair = busy();
    for connection in [&pair.a, &pair.b] {
        let report = report(connection, &pair);
        for (id, entry) in &report {
            let entry = entry.as_object().unwrap();
            let kind = entry["type"].as_str().unwrap();
            let (_, members) = DICTIONARIES.iter().find(|(known, _)| *known == kind).expect(kind);
            let known: Vec<&str> =
                members.split_whitespace().map(|name| name.trim_end_matches('?')).collect();
            for name in entry.keys().filter(|name| !["id", "timestamp", "type"].contains(&name.as_str())) {
                assert!(known.contains(&name.as_str()), "{kind} has no {name}");
                assert!(!entry[name].is_null(), "{kind}: what is not known is left out: {name}");
            }
            for name in members.split_whitespace().filter(|name| !name.ends_with('?')) {
                assert!(entry.contains_key(name), "{kind} lacks {name}");
            }
            assert_eq!(entry["id"], id.as_str());
            assert_eq!(
                entry["timestamp"].as_f64().unwrap(),
                pair.now.as_nanos() as f64 / 1e6,
                "in milliseconds"
            );
        }
        for (kind, _) in DICTIONARIES {
            assert!(!of_type(&report, kind).is_empty(), "there is a {kind}");
        }
    }
}

#[test]
fn every_id_that_an_entry_names_is_there() {
    let mut pair = busy();
    assert_ids(&report(&pair.a, &pair));
    // The pair in use is of the generation before, whose candidates no longer count.
    pair.a.set_ice_transport_policy(rtc::IceTransportPolicy::Relay);
    let offer = pair.a.create_offer(rtc::OfferOptions::restart()).unwrap();
    pair.a.set_local_description(pair.now, &offer).unwrap();
    assert_ids(&report(&pair.a, &pair));
}

fn assert_ids(report: &Map<String, Value>) {
    for entry in report.values().map(|entry| entry.as_object().unwrap()) {
        for (name, id) in entry.iter().filter(|(name, _)| name.ends_with("Id")) {
            let found = report.get(id.as_str().unwrap());
            let expected = match name.as_str() {
                "transportId" => "transport",
                "localCandidateId" => "local-candidate",
                "remoteCandidateId" => "remote-candidate",
                "selectedCandidatePairId" => "candidate-pair",
                _ => "certificate",
            };
            assert_eq!(found.expect(name)["type"], expected, "{name}");
        }
    }
}

#[test]
fn the_numbers_are_those_of_what_happened() {
    let pair = busy();
    let (a, b) = (report(&pair.a, &pair), report(&pair.b, &pair));
    let channel = &of_type(&a, "data-channel")[0];
    assert_eq!((&channel["label"], &channel["state"]), (&"chat".into(), &"open".into()));
    assert_eq!((&channel["messagesSent"], &channel["bytesSent"]), (&10.into(), &50.into()));
    assert_eq!((&channel["messagesReceived"], &channel["bytesReceived"]), (&1.into(), &4.into()));
    assert_eq!(of_type(&a, "peer-connection")[0]["dataChannelsOpened"], 1);
    let (ours, theirs) = (&of_type(&a, "transport")[0], &of_type(&b, "transport")[0]);
    for (sent, received) in [("packetsSent", "packetsReceived"), ("bytesSent", "bytesReceived")] {
        assert_eq!(ours[sent], theirs[received], "nothing was lost");
        assert_eq!(theirs[sent], ours[received]);
    }
    let carried: u64 = of_type(&a, "candidate-pair").iter().map(|p| p["bytesSent"].as_u64().unwrap()).sum();
    assert_eq!(ours["bytesSent"].as_u64(), Some(carried), "connectivity checks are no payload");
    assert_eq!((&ours["iceRole"], &theirs["iceRole"]), (&"controlling".into(), &"controlled".into()));
    assert_eq!((&ours["dtlsRole"], &theirs["dtlsRole"]), (&"server".into(), &"client".into()));
    assert_eq!((&ours["tlsVersion"], &ours["dtlsState"]), (&"FEFD".into(), &"connected".into()));
    assert!(
        ours["srtpCipher"].as_str().unwrap().starts_with("SRTP_"),
        "the keys are agreed on, for media to come"
    );
    assert!(ours["dtlsCipher"].as_str().unwrap().starts_with("TLS_ECDHE_ECDSA_WITH_"));
    let selected = &a[ours["selectedCandidatePairId"].as_str().unwrap()];
    assert_eq!((&selected["state"], &selected["nominated"]), (&"succeeded".into(), &true.into()));
    assert_eq!(selected["currentRoundTripTime"].as_f64(), Some(0.02), "in seconds");
    assert!(selected["consentRequestsSent"].as_u64().unwrap() >= 2);
    assert_eq!(a[selected["remoteCandidateId"].as_str().unwrap()]["address"], "192.0.2.2");
    assert_eq!(ours["localCertificateId"], "C0L0");
    let (local, remote) = (&a["C0L0"], &b[theirs["remoteCertificateId"].as_str().unwrap()]);
    assert_eq!(local["fingerprint"], remote["fingerprint"]);
    assert_eq!(local["base64Certificate"], remote["base64Certificate"]);
}

/// webrtc-stats, dataChannelsClosed: "left the open state".
#[test]
fn a_channel_counts_as_closed_when_it_begins_to_close() {
    let mut pair = Pair::new(3);
    let (ours, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.data_channel_mut(ours).unwrap().close();
    let counts = |pair: &Pair| {
        let report = report(&pair.a, pair);
        let connection = &of_type(&report, "peer-connection")[0];
        (connection["dataChannelsOpened"].as_u64(), connection["dataChannelsClosed"].as_u64())
    };
    assert_eq!(counts(&pair), (Some(1), Some(1)));
    pair.run_until("it is gone", |pair| pair.log_a.contains(&Event::DataChannelClose(ours)));
    assert_eq!(counts(&pair), (Some(1), Some(1)));
}

#[test]
fn a_connection_that_has_done_nothing_has_little_to_tell() {
    let pair = Pair::new(2);
    let report = report(&pair.a, &pair);
    assert_eq!(report.len(), 1);
    assert_eq!(of_type(&report, "peer-connection")[0]["dataChannelsOpened"], 0);
}

#[test]
fn a_closed_channel_is_counted_and_gone() {
    let mut pair = Pair::new(3);
    let (ours, _) = pair.open_channel("chat", DataChannelInit::default());
    pair.a.data_channel_mut(ours).unwrap().close();
    pair.run_for(Duration::from_secs(2));
    let report = report(&pair.a, &pair);
    let counts = &of_type(&report, "peer-connection")[0];
    assert_eq!((&counts["dataChannelsOpened"], &counts["dataChannelsClosed"]), (&1.into(), &1.into()));
    assert!(of_type(&report, "data-channel").is_empty());
}
