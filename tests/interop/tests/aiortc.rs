//! Our stack and aiortc.

use interop::python::Aiortc;
use interop::{Endpoint, PATIENCE, bytes_of, eventually, sha256};
use rtc::{ChannelId, DataChannelInit, Event, Payload, SessionDescription};
use serde_json::{Value, json};

fn aiortc() -> Option<Aiortc> {
    match Aiortc::start() {
        Ok(peer) => Some(peer),
        Err(error) if !interop::is_ci() => {
            println!("skipped: {error:#}");
            None
        }
        Err(error) => panic!("{error:#}"),
    }
}

fn description(peer: &mut Aiortc, kind: &str) -> String {
    peer.wait("a description", |said| {
        let fits = said["event"] == "description" && said["type"] == kind;
        fits.then(|| said["sdp"].as_str().unwrap().to_string())
    })
}

fn expect_echo(endpoint: &mut Endpoint, id: ChannelId) {
    for size in [1, 1191, 16_384, 65_535] {
        let text: String = bytes_of(size, 1).iter().map(|byte| char::from(byte % 94 + 33)).collect();
        for payload in [Payload::from(text), Payload::Binary(bytes_of(size, 2).into())] {
            let before = endpoint.messages(id).len();
            endpoint.send(id, payload.clone());
            let back = eventually("the echo", PATIENCE, || endpoint.messages(id).get(before).cloned());
            assert!(back == payload, "{size} bytes came back as {} others", back.len());
        }
    }
}

#[test]
fn we_offer_and_messages_come_back() {
    let Some(mut peer) = aiortc() else { return };
    let mut endpoint = Endpoint::start_on(&["127.0.0.1:0"]).unwrap();
    let id = endpoint.create("chat", DataChannelInit::default());
    let loose = DataChannelInit::default().with_ordered(false).with_max_retransmits(2);
    let loose = endpoint.create("loose", loose);
    endpoint.call(|pc, now| pc.set_local_description_due(now)).unwrap();
    peer.say(&json!({ "cmd": "answer", "sdp": endpoint.gathered_description(), "echo": true })).unwrap();
    let answer = description(&mut peer, "answer");
    endpoint
        .call(move |pc, now| pc.set_remote_description(now, &SessionDescription::answer(answer)))
        .unwrap();
    for id in [id, loose] {
        endpoint.wait_open(id);
        expect_echo(&mut endpoint, id);
    }
}

#[test]
fn aiortc_offers_and_messages_come_back() {
    let Some(mut peer) = aiortc() else { return };
    let mut endpoint = Endpoint::start_on(&["127.0.0.1:0"]).unwrap();
    peer.say(&json!({ "cmd": "offer", "channels": [{ "label": "chat" }], "echo": true })).unwrap();
    let offer = description(&mut peer, "offer");
    endpoint.call(move |pc, now| {
        pc.set_remote_description(now, &SessionDescription::offer(offer)).unwrap();
        pc.set_local_description_due(now).unwrap();
    });
    peer.say(&json!({ "cmd": "remote", "type": "answer", "sdp": endpoint.gathered_description() })).unwrap();
    let id = endpoint.wait_incoming("chat");
    expect_echo(&mut endpoint, id);
}

#[test]
fn a_mebibyte_arrives_with_its_hash_and_a_close_is_seen() {
    let Some(mut peer) = aiortc() else { return };
    let mut endpoint = Endpoint::start_on(&["127.0.0.1:0"]).unwrap();
    let id = endpoint.create("chat", DataChannelInit::default());
    endpoint.call(|pc, now| pc.set_local_description_due(now)).unwrap();
    peer.say(&json!({ "cmd": "answer", "sdp": endpoint.gathered_description() })).unwrap();
    let answer = description(&mut peer, "answer");
    endpoint
        .call(move |pc, now| pc.set_remote_description(now, &SessionDescription::answer(answer)))
        .unwrap();
    endpoint.wait_open(id);
    let hashes: Vec<String> = (0..20u8)
        .map(|seed| {
            let bytes = bytes_of(60_000, seed);
            endpoint.send(id, Payload::Binary(bytes.clone().into()));
            sha256(&bytes)
        })
        .collect();
    let arrived: Vec<String> = eventually("twenty messages", PATIENCE, || {
        peer.wait("a message", |said| (said["event"] == "message").then_some(()));
        let hash = |said: &Value| Some(said["sha256"].as_str()?.to_string());
        let found: Vec<String> =
            peer.log.iter().filter(|said| said["event"] == "message").filter_map(hash).collect();
        (found.len() >= hashes.len()).then_some(found)
    });
    assert_eq!(arrived, hashes);
    peer.say(&json!({ "cmd": "close_channel", "label": "chat" })).unwrap();
    endpoint.wait("the channel closes", |event| (*event == Event::DataChannelClose(id)).then_some(()));
}
