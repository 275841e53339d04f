//! What applications exchange, as JSON: what a browser's `JSON.stringify` gives is read, and it reads what is given.

use rtc::{
    DataChannelInit, Event, IceCandidateInit, IceTransportPolicy, OfferOptions, Priority, SdpType,
    SessionDescription,
};
use serde_json::{Value, from_value, json, to_value};

use crate::support::pair::{address_a, connection};

#[test]
fn a_description_has_a_type_and_a_text() {
    let read: SessionDescription = from_value(json!({ "type": "pranswer", "sdp": "v=0\r\n" })).unwrap();
    assert_eq!(read, SessionDescription::new(SdpType::PrAnswer, "v=0\r\n"));
    assert_eq!(to_value(&read).unwrap(), json!({ "type": "pranswer", "sdp": "v=0\r\n" }));
    let rollback: SessionDescription = from_value(json!({ "type": "rollback" })).unwrap();
    assert_eq!(rollback.kind, SdpType::Rollback);
    for kind in [SdpType::Offer, SdpType::Answer, SdpType::PrAnswer, SdpType::Rollback] {
        assert_eq!(to_value(kind).unwrap(), Value::from(kind.as_str()));
    }
    assert!(from_value::<SessionDescription>(json!({ "type": "proposal", "sdp": "" })).is_err());
}

#[test]
fn a_candidate_is_what_to_json_gives() {
    let mut connection = connection(90, address_a());
    connection.create_data_channel("data", DataChannelInit::default()).unwrap();
    let offer = connection.create_offer(OfferOptions::default()).unwrap();
    connection.set_local_description(rtc::Instant::ZERO, &offer).unwrap();
    let candidate = core::iter::from_fn(|| connection.poll_event()).find_map(|event| match event {
        Event::IceCandidate(Some(candidate)) => Some(candidate),
        _ => None,
    });
    let candidate = candidate.unwrap();
    let expected = json!({
        "candidate": candidate.text(),
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": candidate.username_fragment,
    });
    assert_eq!(to_value(&candidate).unwrap(), expected);
    assert_eq!(from_value::<IceCandidateInit>(expected).unwrap(), candidate.to_init());
    let nulls = json!({ "candidate": "", "sdpMid": null, "sdpMLineIndex": null, "usernameFragment": null });
    assert_eq!(from_value::<IceCandidateInit>(nulls).unwrap(), IceCandidateInit::default());
}

#[test]
fn settings_have_w3cs_names_and_defaults() {
    assert_eq!(from_value::<DataChannelInit>(json!({})).unwrap(), DataChannelInit::default());
    let init = json!({ "ordered": false, "maxPacketLifeTime": 500, "priority": "very-low" });
    let expected = DataChannelInit::default()
        .with_ordered(false)
        .with_max_packet_life_time(500)
        .with_priority(Priority::VeryLow);
    assert_eq!(from_value::<DataChannelInit>(init).unwrap(), expected);
    assert_eq!(from_value::<IceTransportPolicy>(json!("relay")).unwrap(), IceTransportPolicy::Relay);
    for priority in [Priority::VeryLow, Priority::Low, Priority::Medium, Priority::High] {
        assert_eq!(to_value(priority).unwrap(), Value::from(priority.as_str()));
    }
}
